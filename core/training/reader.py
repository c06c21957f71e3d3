"""Fine-tuning of the classifier on coded faces, without costing it its accuracy on originals.

Every batch holds coded faces and uncoded ones, and goes through the network at once: its batch
normalisation then learns one set of running statistics that serves both.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.network import VariableRateCodec
from core.data.faces import Faces, as_tensor, at_face_size
from core.precision import autocast, codec_layout, device_of
from core.recognition import ExpressionClassifier, predict
from core.training.average import Average
from core.training.classifier import accuracy, augment
from core.training.codec import face_batch, forward, stratified_quality, trapezoid
from core.training.losses import balance, recognition
from core.training.progress import fit

Coded = Callable[[int, Tensor], tuple[Tensor, Tensor]]
"""Of a step and its faces x (B, 3, 64, 64): the same faces decoded, and how much each counts (B,)."""


@dataclass(frozen=True)
class ReaderConfig:
    """How a classifier is fine-tuned on coded faces; stored in the checkpoint's card.

    Every step sees ``faces`` coded faces and, beside them, the share ``originals`` of them uncoded.
    ``augmented`` is the share of pictures that are turned, shifted and relit after decoding.
    ``distillation`` of the loss is against what the base classifier reads on the uncoded face.
    """

    faces: int = 32
    steps: int = 2500
    classifier_rate: float = 1e-4
    warmup: int = 100
    clip: float = 1.0
    average_decay: float = 0.998
    originals: float = 0.5
    augmented: float = 0.5
    distillation: float = 0.0
    label_smoothing: float = 0.1
    seed: int = 0


class Reading:
    """A classifier with its teacher, as a training step sees them."""

    def __init__(self, classifier: ExpressionClassifier, config: ReaderConfig) -> None:
        self.classifier = classifier
        self.config = config
        self.teacher = None
        if config.distillation > 0:
            self.teacher = copy.deepcopy(classifier).requires_grad_(False).eval()

    def cross_entropies(
        self, x_hat: Tensor, x: Tensor, labels: Tensor, originals: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Cross-entropy of the decoded faces ``x_hat`` (B,) and of the first ``originals`` of ``x``.

        The third value is the share of decoded faces that are read correctly.
        """
        pictures = torch.cat([x_hat, x[:originals]])
        wanted = torch.cat([labels, labels[:originals]])
        logits = self._logits(self._augmented(pictures))
        taught = None
        if self.teacher is not None:
            taught = predict(self.teacher, x, flip=False).clone()
            taught = torch.cat([taught, taught[:originals]])
        config = self.config
        crossed = recognition(logits, wanted, config.label_smoothing, taught, config.distillation)
        right = (logits[: len(x)].argmax(dim=1) == labels).float().mean()
        return crossed[: len(x)], crossed[len(x) :], right

    def _augmented(self, x: Tensor) -> Tensor:
        """Grey faces (B, 1, 64, 64), a random share of them changed as in the base training."""
        grey = (x * self.classifier.luma).sum(dim=1, keepdim=True)
        if self.config.augmented <= 0:
            return grey
        generator = torch.Generator(x.device).manual_seed(int(torch.randint(2**31, (1,))))
        changed = torch.rand(len(x), generator=generator, device=x.device) < self.config.augmented
        changed = changed.view(-1, 1, 1, 1)
        return torch.where(changed, augment(grey, generator), grey)

    def _logits(self, grey: Tensor) -> Tensor:
        x = grey.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        with autocast(x.device.type):
            return self.classifier(x)


def train_reader(
    classifier: ExpressionClassifier,
    faces: Faces,
    coded: Coded,
    config: ReaderConfig,
    state: Path,
    device: str = "cpu",
) -> ExpressionClassifier:
    """Fine-tune ``classifier`` (changed in place) on what ``coded`` makes of the train split.

    Runs on ``device``; returns the averaged weights.  Resumes from ``state``.
    """
    train, val = faces.split("train"), faces.split("val")
    pixels, labels = at_face_size(train.pixels), torch.from_numpy(train.labels)
    classifier.to(device, memory_format=torch.channels_last)
    reading = Reading(classifier, config)
    classifier.requires_grad_(True)
    average = Average(classifier, config.average_decay)
    optimiser = torch.optim.Adam(classifier.parameters(), lr=config.classifier_rate)

    def step_once(step: int) -> dict[str, Tensor]:
        classifier.train()
        torch.manual_seed(config.seed * 1_000_003 + step)
        share = trapezoid(step, config.steps, config.warmup, max(1, config.steps // 2))
        optimiser.param_groups[0]["lr"] = share * config.classifier_rate
        optimiser.zero_grad(set_to_none=True)
        chosen, x = face_batch(pixels, step, config.faces, config.seed)
        x_hat, weight = (part.to(device) for part in coded(step, x))
        x = x.to(device)
        decoded, uncoded, right = reading.cross_entropies(
            x_hat, x, labels[chosen].to(device), round(config.originals * len(x))
        )
        weight = weight / weight.mean()
        ((weight * decoded).sum() + uncoded.sum()).div(len(x)).backward()
        torch.nn.utils.clip_grad_norm_(classifier.parameters(), config.clip)
        optimiser.step()
        average.update(classifier)
        return {"cross_entropy": decoded.detach().mean(), "accuracy": right}

    fit(
        step_once,
        steps=config.steps,
        parts={"classifier": classifier, "average": average, "optimiser": optimiser},
        state=state,
        evaluate=lambda _: {"val_accuracy_originals": accuracy(average.model, val)},
        evaluate_every=1000,
    )
    return average.model


def output_of(codec: VariableRateCodec) -> Coded:
    """What a frozen codec makes of faces, each at its own random quality."""
    device = device_of(codec)
    codec.requires_grad_(False).eval().to(memory_format=codec_layout(device.type))

    def coded(_: int, x: Tensor) -> tuple[Tensor, Tensor]:
        quality = stratified_quality(len(x)).to(device)
        with torch.no_grad():
            x_hat = forward(codec, x.to(device), quality)["x_hat"].clamp(0, 1)
        return x_hat, balance(codec.lmbda(quality))

    return coded


@torch.no_grad()
def accuracy_at(
    codec: VariableRateCodec,
    classifier: ExpressionClassifier,
    faces: Faces,
    qualities: tuple[float, ...] = (0.0, 0.25, 0.5),
    batch: int = 64,
) -> dict[str, float]:
    """Share of faces read correctly after coding, without flip, as ``accuracy@quality``."""
    codec.eval()
    pixels, device = at_face_size(faces.pixels), device_of(codec)
    found = {}
    for q in qualities:
        right = 0
        for start in range(0, len(faces), batch):
            x = as_tensor(pixels[start : start + batch]).to(device)
            quality = torch.full((len(x),), q, device=device)
            x_hat = forward(codec, x, quality)["x_hat"].clamp(0, 1)
            guess = predict(classifier, x_hat, flip=False).argmax(dim=1).cpu().numpy()
            right += int(np.sum(guess == faces.labels[start : start + batch]))
        found[f"accuracy@{q:g}"] = right / len(faces)
    return found
