"""Training of the expression classifier on labelled faces."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.data.faces import FACE_SIZE, Faces, as_tensor, at_face_size
from core.errors import InputError
from core.precision import autocast, device_of
from core.recognition import ExpressionClassifier, load_classifier, predict
from core.recognition.classifier import SIDE
from core.training.average import Average
from core.training.losses import recognition
from core.training.progress import fit


@dataclass(frozen=True)
class ClassifierConfig:
    """How the classifier is trained; stored in the checkpoint's card.

    ``phases`` are epochs x pixels: early epochs see smaller pictures, which are cheaper; the last
    phase runs at the size of use.  One cosine schedule spans them all.  ``start`` names a checkpoint
    to start from instead of random weights.  ``erasing`` is the share of faces with a hole.
    ``distillation`` of the loss is against what the average of the weights so far reads in the same
    picture, the rest against the label.
    """

    phases: str = f"112x{SIDE}"
    start: str = ""
    batch: int = 256
    learning_rate: float = 0.15
    warmup: float = 0.08
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    erasing: float = 0.35
    distillation: float = 0.5
    average_decay: float = 0.998
    seed: int = 0

    def pixels(self) -> list[int]:
        """Side of the training pictures in every epoch; InputError for phases of another form."""
        try:
            phases = [[int(n) for n in phase.split("x")] for phase in self.phases.split(",")]
            return [pixels for epochs, pixels in phases for _ in range(epochs)]
        except ValueError:
            raise InputError(
                f"--phases {self.phases}: epochs x pixels, separated by commas, as in 20x32,20x48."
            ) from None


def augment(
    x: Tensor, generator: torch.Generator, pixels: int = FACE_SIZE, erasing: float = 0.35
) -> Tensor:
    """Random mirror, rotation, scale, shift, contrast, brightness and erasing of faces (B, C, H, W).

    ``generator`` is one of the device of ``x``.
    """
    batch = len(x)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        values = torch.rand(*(shape or (batch,)), generator=generator, device=x.device)
        return values * (high - low) + low

    angle = uniform(-0.26, 0.26)
    scale = uniform(0.8, 1.15)
    stretch = uniform(0.92, 1.08)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = uniform(-0.15, 0.15, batch, 2)
    theta = torch.stack(
        [
            torch.stack([cos * mirror * stretch, -sin, shift[:, 0]], dim=1),
            torch.stack([sin * mirror * stretch, cos, shift[:, 1]], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    if pixels != x.shape[-1]:
        x = F.interpolate(x, (pixels, pixels), mode="bilinear", antialias=True, align_corners=False)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    contrast = uniform(0.65, 1.35).view(-1, 1, 1, 1)
    x = ((x - mean) * contrast + mean + uniform(-0.15, 0.15).view(-1, 1, 1, 1)).clamp(0, 1)
    side = uniform(0.15, 0.45, batch, 2)
    centre = uniform(0, 1, batch, 2)
    line = (torch.arange(pixels, device=x.device) + 0.5) / pixels
    rows = (line[None] - centre[:, :1]).abs() < side[:, :1] / 2
    columns = (line[None] - centre[:, 1:]).abs() < side[:, 1:] / 2
    erased = rows[:, None, :, None] & columns[:, None, None, :]
    erased &= (uniform(0, 1) < erasing).view(-1, 1, 1, 1)
    return torch.where(erased, uniform(0, 1).view(-1, 1, 1, 1), x)


def accuracy(classifier: torch.nn.Module, faces: Faces, batch: int = 256) -> float:
    """Share of faces whose most probable class (test-time flip) is the label."""
    pixels, device = at_face_size(faces.pixels), device_of(classifier)
    right = 0
    for start in range(0, len(faces), batch):
        x = as_tensor(pixels[start : start + batch]).contiguous(memory_format=torch.channels_last)
        with autocast(device.type):
            guess = predict(classifier, x.to(device)).argmax(dim=1).cpu().numpy()
        right += int((guess == faces.labels[start : start + batch]).sum())
    return right / len(faces)


def train_classifier(
    faces: Faces, config: ClassifierConfig, state: Path, device: str = "cpu"
) -> ExpressionClassifier:
    """Train on the (cleaned) train split, on ``device``; return the averaged weights.

    Resumes from ``state``.  Weights and schedule never look at the test split.
    """
    torch.manual_seed(config.seed)
    train, val = faces.split("train"), faces.split("val")
    pixels = torch.from_numpy(at_face_size(train.pixels)).to(device)
    labels = torch.from_numpy(train.labels).to(device)
    model = ExpressionClassifier(len(faces.classes))
    if config.start:
        model, card = load_classifier(config.start)
        if card.architecture["classes"] != len(faces.classes):
            raise InputError(
                f"Checkpoint {config.start!r} knows {card.architecture['classes']} classes, the faces "
                f"have {len(faces.classes)}: start without --start."
            )
    model.requires_grad_(True).to(device, memory_format=torch.channels_last)
    average = Average(model, config.average_decay)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.SGD(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others}],
        lr=config.learning_rate, momentum=0.9, nesterov=True,
    )  # fmt: skip
    per_epoch = max(1, len(train) // config.batch)
    sides = config.pixels()
    steps = per_epoch * len(sides)

    def step_once(step: int) -> dict[str, Tensor]:
        model.train()
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng((config.seed, epoch)).permutation(len(train))
        chosen = torch.from_numpy(order[place * config.batch : (place + 1) * config.batch])
        chosen = chosen.to(device)
        generator = torch.Generator(device).manual_seed(config.seed * 1_000_003 + step)
        x = as_tensor(pixels[chosen])
        x = x[:, :1] if pixels.ndim == 3 else x
        x = augment(x, generator, sides[epoch], config.erasing).expand(-1, 3, -1, -1)
        x = x.contiguous(memory_format=torch.channels_last)
        part = step / steps
        rate = (
            part / config.warmup
            if part < config.warmup
            else 0.5 * (1 + math.cos(math.pi * (part - config.warmup) / (1 - config.warmup)))
        )
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * rate
        wanted, taught, share = labels[chosen], None, 0.0
        if config.distillation > 0:
            share = config.distillation * min(1.0, 4 * part)  # a young average knows little
            with autocast(device):
                taught = predict(average.model, x, flip=False).clone()
        with autocast(device):
            logits = model(x)
        loss = recognition(logits, wanted, config.label_smoothing, taught, share).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        average.update(model)
        right = (logits.argmax(dim=1) == wanted).float().mean()
        return {"loss": loss.detach(), "train_accuracy": right}

    fit(
        step_once,
        steps=steps,
        parts={"model": model, "average": average, "optimiser": optimiser},
        state=state,
        evaluate=lambda _: {"val_accuracy": accuracy(average.model, val)},
        evaluate_every=max(2 * per_epoch, steps // 20),
    )
    return average.model
