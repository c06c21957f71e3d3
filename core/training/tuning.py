"""Tuning of the classifier on coded faces, without costing it its accuracy on originals.

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
from core.training.augmentation import augment
from core.training.average import Average
from core.training.batches import Batch
from core.training.classifier import accuracy
from core.training.codec import forward, stratified_quality, trapezoid
from core.training.features import stage_features
from core.training.loop import Length, fit
from core.training.losses import balance, blended, feature_distances, recognition
from core.training.material import Material
from core.training.optimisers import on_card
from core.training.randomness import Purpose, number_of
from core.training.settings import TuningConfig

Coded = Callable[[int, Batch], tuple[Tensor, Tensor]]
"""Of a step and its batch: the same faces decoded (B, 3, 64, 64), and how much each counts (B,)."""

HALF = 0.5
"""Share of a tuning in which the learning rates fall."""


@dataclass(frozen=True, slots=True)
class Read:
    """Losses in nats of what a classifier reads.

    ``decoded`` (B,) of the decoded faces, ``uncoded`` (k,) of the uncoded ones beside them;
    ``features`` (B,): how far the decoded faces' features are from the uncoded ones', 0 where nobody
    asked.  ``right``: share of decoded faces that are read correctly.
    """

    decoded: Tensor
    uncoded: Tensor
    features: Tensor
    right: Tensor


class RecognitionLoss:
    """A classifier with its teacher, as a training step sees them.

    The teacher is the classifier as it was: its reading of the uncoded face is a target
    (``distillation``), and so are its stages (``features``); it is kept where any of these, or the
    caller (``teacher``), needs it.
    """

    def __init__(
        self,
        classifier: ExpressionClassifier,
        config: TuningConfig,
        features: bool = False,
        teacher: bool = False,
    ) -> None:
        self.classifier = classifier
        self.config = config
        self.features = features
        self.teacher = None
        if config.distillation > 0 or features or teacher:
            self.teacher = copy.deepcopy(classifier).requires_grad_(False).eval()

    def __call__(self, x_hat: Tensor, batch: Batch, originals: int) -> Read:
        """Losses of the decoded faces ``x_hat`` (B, 3, 64, 64) and of the first ``originals`` uncoded."""
        config, x = self.config, batch.x
        target = blended(batch.labels, batch.shares, config.votes)
        logits = self._logits(self._augmented(torch.cat([x_hat, x[:originals]])))
        taught = None
        if config.distillation > 0:
            with autocast(x.device.type):
                taught = predict(self.teacher, x, flip=False).clone()
            taught = torch.cat([taught, taught[:originals]])
        crossed = recognition(
            logits,
            torch.cat([target, target[:originals]]),
            config.label_smoothing,
            taught,
            config.distillation,
        )
        right = (logits[: len(x)].detach().argmax(dim=1) == batch.labels).float().mean()
        apart = self._feature_distances(x_hat, x) if self.features else torch.zeros_like(crossed)
        return Read(crossed[: len(x)], crossed[len(x) :], apart[: len(x)], right)

    def _feature_distances(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """How far the teacher's stages are from those of the uncoded faces (B,)."""
        with autocast(x.device.type):
            with torch.no_grad():
                wanted, _ = stage_features(self.teacher, x)
            maps, _ = stage_features(self.teacher, x_hat)
        return feature_distances(maps, wanted)

    def _augmented(self, x: Tensor) -> Tensor:
        """Grey faces (B, 1, 64, 64), a random share of them changed as in the base training."""
        grey = (x * self.classifier.luma).sum(dim=1, keepdim=True)
        if self.config.augmented <= 0:
            return grey
        changed = torch.rand(len(x), device=x.device) < self.config.augmented
        return torch.where(changed.view(-1, 1, 1, 1), augment(grey), grey)

    def _logits(self, grey: Tensor) -> Tensor:
        x = grey.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        with autocast(x.device.type):
            return self.classifier(x)


def tune_classifier(
    classifier: ExpressionClassifier,
    material: Material,
    coded: Coded,
    config: TuningConfig,
    state: Path,
    length: Length | None = None,
) -> ExpressionClassifier:
    """Tune ``classifier`` (changed in place) on what ``coded`` makes of the train split.

    Returns the averaged weights.  Resumes from ``state``; ``length`` is ``config.steps`` unless told
    otherwise.
    """
    material.train.check(config.faces)
    classifier.to(material.device, memory_format=torch.channels_last)
    loss_of = RecognitionLoss(classifier, config)
    classifier.requires_grad_(True)
    average = Average(classifier, config.average_decay)
    optimiser = classifier_optimiser(classifier, config)

    def step_once(step: int, part: float) -> dict[str, Tensor]:
        classifier.train()
        torch.manual_seed(number_of(config.seed, Purpose.MODEL, step))
        share = trapezoid(step, part, config.warmup, HALF)
        optimiser.param_groups[0]["lr"] = share * config.classifier_rate
        optimiser.zero_grad(set_to_none=True)
        batch = material.train(step, config.faces, config.seed)
        x_hat, weight = coded(step, batch)
        read = loss_of(x_hat, batch, round(config.originals * config.faces))
        weight = weight / weight.mean()
        loss = ((weight * read.decoded).sum() + read.uncoded.sum()).div(config.faces)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(classifier.parameters(), config.clip)
        optimiser.step()
        average.update(classifier)
        return {"cross_entropy": read.decoded.detach().mean(), "accuracy": read.right}

    fit(
        step_once,
        length=length or Length(steps=config.steps),
        parts={"classifier": classifier, "average": average, "optimiser": optimiser},
        state=state,
        evaluate=None
        if length
        else lambda _: {"val_accuracy_originals": accuracy(average.model, material.val)},
        evaluate_every=1000,
    )
    return average.model


def classifier_optimiser(
    classifier: ExpressionClassifier, config: TuningConfig
) -> torch.optim.Optimizer:
    """Adam for a classifier that is tuned."""
    return torch.optim.Adam(
        classifier.parameters(), lr=config.classifier_rate, fused=on_card(classifier)
    )


def output_of(codec: VariableRateCodec) -> Coded:
    """What a frozen codec makes of faces, each at its own random quality."""
    device = device_of(codec)
    codec.requires_grad_(False).eval().to(memory_format=codec_layout(device.type))

    def coded(_: int, batch: Batch) -> tuple[Tensor, Tensor]:
        quality = stratified_quality(len(batch.x), device)
        with torch.no_grad():
            x_hat = forward(codec, batch.x, quality)["x_hat"].clamp(0, 1)
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
    accuracies = {}
    for q in qualities:
        right = 0
        for start in range(0, len(faces), batch):
            x = as_tensor(pixels[start : start + batch]).to(device)
            quality = torch.full((len(x),), q, device=device)
            x_hat = forward(codec, x, quality)["x_hat"].clamp(0, 1)
            guess = predict(classifier, x_hat, flip=False).argmax(dim=1).cpu().numpy()
            right += int(np.sum(guess == faces.labels[start : start + batch]))
        accuracies[f"accuracy@{q:g}"] = right / len(faces)
    return accuracies
