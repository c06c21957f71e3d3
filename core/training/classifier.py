"""Training of the expression classifier on labelled faces."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.data.faces import Faces, as_tensor, at_face_size
from core.errors import InputError
from core.precision import autocast, device_of
from core.recognition import ExpressionClassifier, load_classifier, predict
from core.training.augmentation import augment, mix
from core.training.average import Average
from core.training.loop import Length, fit
from core.training.losses import blended, recognition
from core.training.material import Material
from core.training.optimisers import on_card
from core.training.randomness import Purpose, generator, number_of
from core.training.settings import ClassifierConfig

Teacher = Callable[[Tensor], Tensor]
"""Probabilities (B, classes) of faces (B, 3, H, H)."""


def accuracy(
    classifier: nn.Module, faces: Faces, batch: int = 256, read: Callable = predict
) -> float:
    """Share of faces whose most probable class (test-time flip) is the label.

    ``read(classifier, x)`` gives the probabilities.
    """
    pixels, device = at_face_size(faces.pixels), device_of(classifier)
    right = 0
    for start in range(0, len(faces), batch):
        x = as_tensor(pixels[start : start + batch]).contiguous(memory_format=torch.channels_last)
        with autocast(device.type):
            guess = read(classifier, x.to(device)).argmax(dim=1).cpu().numpy()
        right += int((guess == faces.labels[start : start + batch]).sum())
    return right / len(faces)


def predict_crops(classifier: nn.Module, x: Tensor) -> Tensor:
    """Probabilities (B, classes) averaged over the whole face, four corners of it and their mirrors.

    A corner is 7/8 of a side, enlarged.  For figures that say so: ten readings cost ten times one.
    """
    side = x.shape[-1]
    part = side - side // 8
    places = ((0, 0), (0, side - part), (side - part, 0), (side - part, side - part))
    views = [x] + [
        nn.functional.interpolate(
            x[..., row : row + part, column : column + part],
            (side, side), mode="bilinear", align_corners=False,
        )
        for row, column in places
    ]  # fmt: skip
    return torch.stack([predict(classifier, view) for view in views]).mean(dim=0)


def train_classifier(
    material: Material,
    config: ClassifierConfig,
    state: Path,
    length: Length | None = None,
    model: ExpressionClassifier | None = None,
) -> ExpressionClassifier:
    """Train on the train split; return the averaged weights.

    Resumes from ``state``.  ``length`` is all phases unless told otherwise; ``model`` a network with
    random weights, made where it is missing.  Weights and schedule never look at the test split.
    """
    torch.manual_seed(config.seed)
    train, device = material.train, material.device
    model = _begin(material, config, model).to(device, memory_format=torch.channels_last)
    average = Average(model, config.average_decay)
    optimiser = decaying_sgd(model, config)
    batch = min(config.batch, len(train))
    sides = config.sides()
    per_epoch = max(1, len(train) // batch)
    steps = per_epoch * len(sides)
    teacher, experienced = _teacher(config, average, device)

    def step_once(step: int, part: float) -> dict[str, Tensor]:
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * cosine(part, config.warmup)
        side = sides[min(int(part * len(sides) + 1e-9), len(sides) - 1)]
        x, target, labels = seen_batch(material, config, step, batch, side)
        share = config.distillation * (1.0 if experienced else min(1.0, 4 * part))
        with autocast(device.type):
            taught = teacher(x) if share > 0 else None
            logits = model(x)
        loss = recognition(logits, target, config.label_smoothing, taught, share).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        average.update(model)
        right = (logits.detach().argmax(dim=1) == labels).float().mean()
        return {"loss": loss.detach(), "train_accuracy": right}

    fit(
        step_once,
        length=length or Length(steps=steps),
        parts={"model": model, "average": average, "optimiser": optimiser},
        state=state,
        evaluate=None
        if length
        else lambda _: {"val_accuracy": accuracy(average.model, material.val)},
        evaluate_every=max(2 * per_epoch, steps // 20),
    )
    return average.model


def cosine(part: float, warmup: float) -> float:
    """Share of the peak learning rate: a linear rise, then half a cosine down to 0."""
    if part < warmup:
        return part / warmup
    return 0.5 * (1 + math.cos(math.pi * (part - warmup) / (1 - warmup)))


def seen_batch(
    material: Material, config: ClassifierConfig, step: int, batch: int, side: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Faces (B, 3, side, side) as the network sees them, their targets (B, classes), their labels."""
    seen = material.train(step, batch, config.seed, mirrored=False)
    drawn = generator(config.seed, Purpose.AUGMENTATION, step, material.device)
    x = seen.x[:, :1] if material.train.pixels.ndim == 3 else seen.x
    x = augment(x, drawn, side, config.erasing)
    target = blended(seen.labels, seen.shares, config.votes)
    if config.mixup > 0:
        rng = np.random.default_rng(number_of(config.seed, Purpose.MIXUP, step))
        order = torch.rand(batch, generator=drawn, device=material.device).argsort()
        x, target = mix(x, target, float(rng.beta(config.mixup, config.mixup)), order)
    x = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    return x, target, seen.labels


def _begin(
    material: Material, config: ClassifierConfig, model: ExpressionClassifier | None
) -> ExpressionClassifier:
    """The network before its first step."""
    if config.start:
        model, card = load_classifier(config.start)
        if card.architecture["classes"] != material.classes:
            raise InputError(
                f"Checkpoint {config.start!r} knows {card.architecture['classes']} classes, the faces "
                f"have {material.classes}: start without --start."
            )
    model = model or ExpressionClassifier(material.classes)
    return model.requires_grad_(True)


def decaying_sgd(model: nn.Module, config: ClassifierConfig) -> torch.optim.Optimizer:
    """Nesterov's momentum; kernels decay, biases and normalisations do not."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.SGD(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others}],
        lr=config.learning_rate, momentum=0.9, nesterov=True, fused=on_card(model),
    )  # fmt: skip


def _teacher(
    config: ClassifierConfig, average: Average, device: torch.device
) -> tuple[Teacher, bool]:
    """Who is learned from, and whether they know something from the first step on."""
    names = [name.strip() for name in config.teachers.split(",") if name.strip()]
    if not names:
        return (lambda x: predict(average.model, x, flip=False).clone()), False
    teachers = [load_classifier(name)[0].to(device) for name in names]

    def read(x: Tensor) -> Tensor:
        return torch.stack([predict(each, x, flip=False) for each in teachers]).mean(dim=0).clone()

    return read, True
