"""The regimes of the seed paper: codec-only, joint, and the control that the paper lacks.

All start from the baseline codec and the base classifier (arXiv 2509.17262, section 3):

- *codec-only*: the codec learns through the frozen classifier;
- *joint*: both learn;
- *control*: the codec stays as it is, the classifier learns on its output.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.network import VariableRateCodec
from core.data.faces import Faces, at_face_size
from core.data.photographs import Photographs
from core.errors import InputError
from core.precision import codec_layout, spare_cores
from core.recognition import ExpressionClassifier
from core.training.average import Average
from core.training.classifier import accuracy
from core.training.codec import (
    face_batch,
    forward,
    photograph_batch,
    stratified_quality,
    trapezoid,
    validate,
)
from core.training.losses import balance, rate_distortion
from core.training.optimisers import CodecOptimiser
from core.training.prefetch import Ahead
from core.training.progress import fit
from core.training.reader import ReaderConfig, Reading, accuracy_at, output_of, train_reader

REGIMES = ("codec-only", "joint", "control")


@dataclass(frozen=True)
class JointConfig(ReaderConfig):
    """How a regime is trained; stored in the checkpoint's card.

    ``gamma`` weighs the cross-entropy (nats) against bits per pixel; the control has no use for it.
    The other rates are the codec's.  Beside the faces every step sees photographs
    of half as many pixels, with rate and distortion only.

    The rates are low because the gradient of a cross-entropy is mostly noise, and Adam's steps do not
    shrink with it: codec-only at gamma 1, 200 steps of 64 faces, ends at these rates with a validation
    accuracy at quality 1/2 of 0.532, at three to five times the rates with 0.498.
    """

    gamma: float = 0.1
    transform_rate: float = 3e-5
    muon_rate: float = 1e-4
    adam_rate: float = 1e-4
    slow_rate: float = 1e-5


def learners(regime: str) -> tuple[bool, bool]:
    """Whether codec and classifier learn in ``regime``."""
    if regime not in REGIMES:
        raise ValueError(f"regime must be one of {REGIMES}, not {regime!r}")
    return regime != "control", regime != "codec-only"


def joint_loss(
    codec: VariableRateCodec,
    reading: Reading,
    x: Tensor,
    labels: Tensor,
    quality: Tensor,
    gamma: float,
    originals: int = 0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """alpha * rate + beta * distortion + gamma * cross-entropy on faces ``x`` (B, 3, 64, 64).

    Returns the loss and the means of its three terms.  alpha is 1 and beta is lambda(quality).  The
    first ``originals`` faces are read uncoded as well, each counting as an average coded one.
    """
    output = forward(codec, x, quality)
    cost = rate_distortion(output, x, quality)
    decoded, uncoded, right = reading.cross_entropies(
        output["x_hat"].clamp(0, 1), x, labels, originals
    )
    loss = cost.total(gamma, decoded)
    loss = loss + gamma * balance(cost.lmbda).mean() * uncoded.sum() / len(x)
    return loss, {
        "bpp": cost.bpp.detach().mean(),
        "mse": cost.mse.detach().mean(),
        "cross_entropy": decoded.detach().mean(),
        "accuracy": right,
    }


def train_joint(
    regime: str,
    codec: VariableRateCodec,
    classifier: ExpressionClassifier,
    faces: Faces,
    photographs: Photographs | None,
    config: JointConfig,
    state: Path,
    device: str = "cpu",
) -> tuple[VariableRateCodec, ExpressionClassifier]:
    """Fine-tune what ``regime`` lets learn; return averaged codec and classifier.

    ``codec`` and ``classifier`` are the baseline and are changed in place.  ``photographs`` stay in
    every batch of a learning codec.  Runs on ``device``, resumes from ``state``.  Raises InputError
    for a negative gamma.
    """
    codec_learns, classifier_learns = learners(regime)
    codec.to(device)
    if not codec_learns:
        return codec, train_reader(classifier, faces, output_of(codec), config, state, device)
    if config.gamma < 0:
        raise InputError(f"--gamma {config.gamma:g}: a weight of the loss is not negative.")
    train, val = faces.split("train"), faces.split("val")
    pixels, labels = at_face_size(train.pixels), torch.from_numpy(train.labels)
    checked = val[np.random.default_rng(config.seed).permutation(len(val))[:512]]
    codec.requires_grad_(True).to(memory_format=codec_layout(device))
    codec.net.entropy_bottleneck.quantiles.requires_grad_(False)
    classifier.to(device, memory_format=torch.channels_last)
    reading = Reading(classifier, config)
    classifier.requires_grad_(classifier_learns)
    average = Average(codec, config.average_decay)
    optimiser = CodecOptimiser(
        codec,
        config.transform_rate,
        config.muon_rate,
        config.adam_rate,
        config.slow_rate,
        config.clip,
    )
    parts = {"codec": codec, "average_codec": average, "codec_optimiser": optimiser}
    read_average, read_optimiser = None, None
    if classifier_learns:
        read_average = Average(classifier, config.average_decay)
        read_optimiser = torch.optim.Adam(classifier.parameters(), lr=config.classifier_rate)
        parts |= {
            "classifier": classifier,
            "average_classifier": read_average,
            "classifier_optimiser": read_optimiser,
        }
    originals = round(config.originals * config.faces) if classifier_learns else 0

    def photographs_of(step: int) -> Tensor:
        return photograph_batch(photographs, step, max(1, config.faces // 2), config.seed)

    def step_once(step: int) -> dict[str, Tensor]:
        codec.train()
        # A batch of decoded faces must not move the running statistics of a frozen classifier.
        classifier.train(classifier_learns)
        torch.manual_seed(config.seed * 1_000_003 + step)
        share = trapezoid(step, config.steps, config.warmup, max(1, config.steps // 2))
        optimiser.set_rate(share)
        optimiser.zero_grad()
        classifier.zero_grad(set_to_none=True)
        chosen, x = face_batch(pixels, step, config.faces, config.seed)
        x, wanted = x.to(device), labels[chosen].to(device)
        quality = stratified_quality(len(x))
        # Adam does not see the scale of a loss, and neither must the bound of its gradients.
        bound = config.clip * config.gamma * float(balance(codec.lmbda(quality)).mean())
        loss, scalars = joint_loss(
            codec, reading, x, wanted, quality.to(device), config.gamma, originals
        )
        loss.backward()
        batch = prepared(step).to(device)
        seen = stratified_quality(len(batch)).to(device)
        rate_distortion(forward(codec, batch, seen), batch, seen).total().backward()
        optimiser.step()
        average.update(codec)
        if classifier_learns:
            torch.nn.utils.clip_grad_norm_(classifier.parameters(), bound)
            read_optimiser.param_groups[0]["lr"] = share * config.classifier_rate
            read_optimiser.step()
            read_average.update(classifier)
        return scalars

    def evaluate(_: int) -> dict[str, float]:
        reader = read_average.model if classifier_learns else classifier
        found = {"val_accuracy_originals": accuracy(reader, val)} if classifier_learns else {}
        found |= accuracy_at(average.model, reader, checked)
        return found | validate(average.model, at_face_size(checked.pixels))

    with Ahead(photographs_of, spare_cores(device)) as prepared:
        fit(
            step_once,
            steps=config.steps,
            parts=parts,
            state=state,
            evaluate=evaluate,
            evaluate_every=1000,
        )
    return average.model, read_average.model if classifier_learns else classifier
