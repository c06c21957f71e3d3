"""The regimes of the seed paper: codec, joint, and the control that the paper lacks.

All start from the baseline codec and the base classifier (arXiv 2509.17262, section 3):

- *codec*: the codec learns through the frozen classifier;
- *joint*: both learn;
- *control*: the codec stays as it is, the classifier learns on its output.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.codec.network import VariableRateCodec
from core.data.faces import at_face_size
from core.precision import codec_layout
from core.recognition import ExpressionClassifier
from core.training.aimed_targets import aimed_targets, latent_distances
from core.training.average import Average
from core.training.batches import Batch
from core.training.classifier import accuracy
from core.training.codec import (
    forward,
    photograph_batch,
    sides_of,
    stratified_quality,
    trapezoid,
    validate,
)
from core.training.loop import Length, fit
from core.training.losses import balance, mean_balance, rate_distortion
from core.training.material import Material
from core.training.optimisers import CodecOptimiser
from core.training.randomness import Purpose, number_of
from core.training.settings import RegimeConfig
from core.training.tuning import (
    HALF,
    RecognitionLoss,
    accuracy_at,
    classifier_optimiser,
    output_of,
    tune_classifier,
)

REGIMES = ("codec", "joint", "control")
_CHECKED = 512
_TARGETED = 4
"""Of how many faces one gets refined latents."""


def learners(regime: str) -> tuple[bool, bool]:
    """Whether codec and classifier learn in ``regime``."""
    if regime not in REGIMES:
        raise ValueError(f"regime must be one of {REGIMES}, not {regime!r}")
    return regime != "control", regime != "codec"


def regime_loss(
    codec: VariableRateCodec,
    recognise: RecognitionLoss,
    batch: Batch,
    quality: Tensor,
    config: RegimeConfig,
    originals: int = 0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """alpha * rate + beta * distortion + gamma * cross-entropy on a batch of faces.

    Returns the loss and the means of its terms.  alpha is 1 and beta is lambda(quality).  The first
    ``originals`` faces are read uncoded as well, each counting as an average coded one.  Matching of
    features counts ``config.features`` times beside the cross-entropy, that of refined latents (of a part
    of the faces, because it is dear) ``config.latents`` times beside bits a pixel.
    """
    output = forward(codec, batch.x, quality)
    cost = rate_distortion(output, batch.x, quality)
    read = recognise(output["x_hat"].clamp(0, 1), batch, originals)
    crossed = read.decoded + config.features * read.features
    loss = cost.total(config.gamma, crossed)
    terms = {"bpp": cost.bpp, "mse": cost.mse, "cross_entropy": read.decoded}
    if config.features > 0:
        terms["features"] = read.features
    if config.latents > 0:
        some = slice(max(1, len(batch.x) // _TARGETED))
        x, q = batch.x[some], quality[some]
        apart = latent_distances(codec, x, q, *aimed_targets(codec, x, q, recognise.teacher))
        loss = loss + config.latents * (balance(cost.lmbda[some]) * apart).mean()
        terms["latents"] = apart
    uncoded = balance(cost.lmbda).mean() * read.uncoded.sum() / len(batch.x)
    loss = loss + config.gamma * uncoded
    means = {name: values.detach().mean() for name, values in terms.items()}
    return loss, {**means, "accuracy": read.right}


@dataclass(frozen=True, slots=True)
class _Learner:
    """A network that learns, its average, and what moves it."""

    model: torch.nn.Module
    average: Average
    optimiser: Any

    def parts(self, name: str) -> dict[str, Any]:
        return {
            name: self.model,
            f"average_{name}": self.average,
            f"{name}_optimiser": self.optimiser,
        }


def train_regime(
    regime: str,
    codec: VariableRateCodec,
    classifier: ExpressionClassifier,
    material: Material,
    config: RegimeConfig,
    state: Path,
    length: Length | None = None,
) -> tuple[VariableRateCodec, ExpressionClassifier]:
    """Tune what ``regime`` lets learn; return averaged codec and classifier.

    ``codec`` and ``classifier`` are the baseline and are changed in place.  Photographs stay in every
    batch of a learning codec.  Resumes from ``state``; ``length`` is ``config.steps`` unless told
    otherwise.
    """
    codec_learns, classifier_learns = learners(regime)
    device = material.device
    codec.to(device)
    if not codec_learns:
        tuned = tune_classifier(classifier, material, output_of(codec), config, state, length)
        return codec, tuned
    material.train.check(config.faces)
    codec.requires_grad_(True).to(memory_format=codec_layout(device.type))
    codec.net.entropy_bottleneck.quantiles.requires_grad_(False)
    classifier.to(device, memory_format=torch.channels_last)
    recognise = RecognitionLoss(
        classifier, config, features=config.features > 0, teacher=config.latents > 0
    )
    classifier.requires_grad_(classifier_learns)
    coding = _Learner(codec, Average(codec, config.average_decay), _codec_optimiser(codec, config))
    parts, reading = coding.parts("codec"), None
    if classifier_learns:
        reading = _Learner(
            classifier,
            Average(classifier, config.average_decay),
            classifier_optimiser(classifier, config),
        )
        parts |= reading.parts("classifier")
    fit(
        _step(coding, reading, recognise, material, config),
        length=length or Length(steps=config.steps),
        parts=parts,
        state=state,
        evaluate=None
        if length
        else lambda _: _evaluate(coding, reading, classifier, material, config),
        evaluate_every=1000,
    )
    return coding.average.model, reading.average.model if reading else classifier


def _codec_optimiser(codec: VariableRateCodec, config: RegimeConfig) -> CodecOptimiser:
    return CodecOptimiser(
        codec,
        config.transform_rate,
        config.muon_rate,
        config.adam_rate,
        config.slow_rate,
        config.clip,
        config.analysis,
    )


def _step(
    coding: _Learner,
    reading: _Learner | None,
    recognise: RecognitionLoss,
    material: Material,
    config: RegimeConfig,
):
    """One step of a regime in which the codec learns."""
    codec, classifier, device = coding.model, recognise.classifier, material.device
    originals = round(config.originals * config.faces) if reading else 0
    # Adam does not see the scale of a loss, and neither must the bound of its gradients.
    bound = config.clip * config.gamma * mean_balance()

    def step_once(step: int, part: float) -> dict[str, Tensor]:
        codec.train()
        # A batch of decoded faces must not move the running statistics of a frozen classifier.
        classifier.train(reading is not None)
        torch.manual_seed(number_of(config.seed, Purpose.MODEL, step))
        share = trapezoid(step, part, config.warmup, HALF)
        coding.optimiser.set_rate(share)
        coding.optimiser.zero_grad()
        classifier.zero_grad(set_to_none=True)
        batch = material.train(step, config.faces, config.seed)
        quality = stratified_quality(config.faces, device)
        loss, scalars = regime_loss(codec, recognise, batch, quality, config, originals)
        loss.backward()
        if config.photograph_share > 0:
            amount = config.photograph_share * config.faces
            x = photograph_batch(
                material.crops, step, amount, config.seed, sides_of(material.crops)
            )
            quality = stratified_quality(len(x), device)
            rate_distortion(forward(codec, x, quality), x, quality).total().backward()
        coding.optimiser.step()
        coding.average.update(codec)
        if reading is not None:
            torch.nn.utils.clip_grad_norm_(classifier.parameters(), bound)
            reading.optimiser.param_groups[0]["lr"] = share * config.classifier_rate
            reading.optimiser.step()
            reading.average.update(classifier)
        return scalars

    return step_once


def _evaluate(
    coding: _Learner,
    reading: _Learner | None,
    classifier: ExpressionClassifier,
    material: Material,
    config: RegimeConfig,
) -> dict[str, float]:
    """Rate, distortion and accuracy on some validation faces."""
    val = material.val
    checked = val[np.random.default_rng(config.seed).permutation(len(val))[:_CHECKED]]
    model = reading.average.model if reading else classifier
    metrics = {"val_accuracy_originals": accuracy(model, val)} if reading else {}
    metrics |= accuracy_at(coding.average.model, model, checked)
    return metrics | validate(coding.average.model, at_face_size(checked.pixels))
