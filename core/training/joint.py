"""The regimes of the seed paper: codec-only, joint, and the control that the paper lacks.

All start from the baseline codec and the base classifier (arXiv 2509.17262, section 3):

- *codec-only*: the codec learns through the frozen classifier;
- *joint*: both learn;
- *control*: the codec stays as it is, the classifier learns on its output.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.codec.model import VariableRateCodec
from core.recognition import ExpressionClassifier
from core.training.average import Average
from core.training.classifier import accuracy, augment
from core.training.codec import (
    face_batch,
    forward,
    photograph_batch,
    stratified_quality,
    trapezoid,
    validate,
)
from core.training.faces import Faces, at_face_size
from core.training.losses import rate_distortion, recognition
from core.training.photographs import Photographs
from core.training.progress import fit

REGIMES = ("codec-only", "joint", "control")


@dataclass(frozen=True)
class JointConfig:
    """How a regime is trained; stored in the checkpoint's card.

    ``gamma`` weighs the cross-entropy (nats) against bits per pixel.  Where the classifier learns,
    ``originals`` of its cross-entropy comes from uncompressed faces, so that it keeps its accuracy
    on them.
    """

    gamma: float = 0.1
    faces: int = 32
    steps: int = 6000
    codec_learning_rate: float = 2e-4
    classifier_learning_rate: float = 5e-5
    warmup: int = 200
    clip: float = 1.0
    average_decay: float = 0.998
    originals: float = 0.3
    label_smoothing: float = 0.1
    seed: int = 0


def learners(regime: str) -> tuple[bool, bool]:
    """Whether codec and classifier learn in ``regime``."""
    if regime not in REGIMES:
        raise ValueError(f"regime must be one of {REGIMES}, not {regime!r}")
    return regime != "control", regime != "codec-only"


def joint_loss(
    codec: VariableRateCodec,
    classifier: ExpressionClassifier,
    x: Tensor,
    labels: Tensor,
    quality: Tensor,
    gamma: float,
    label_smoothing: float = 0.0,
) -> tuple[Tensor, dict[str, float]]:
    """alpha * rate + beta * distortion + gamma * cross-entropy on faces ``x`` (B, 3, 64, 64).

    Returns the loss and its three terms.  alpha is 1 and beta is lambda(quality).
    """
    output = forward(codec, x, quality)
    cost = rate_distortion(output, x, quality)
    x_hat = output["x_hat"].clamp(0, 1).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        logits = classifier(x_hat)
    crossed = recognition(logits, labels, label_smoothing)
    loss = cost.total() + gamma * crossed
    return loss, {
        "bpp": cost.bpp.mean().item(),
        "mse": cost.mse.mean().item(),
        "cross_entropy": crossed.item(),
        "accuracy": (logits.argmax(dim=1) == labels).float().mean().item(),
    }


def train_joint(
    regime: str,
    codec: VariableRateCodec,
    classifier: ExpressionClassifier,
    faces: Faces,
    photographs: Photographs,
    config: JointConfig,
    state: Path,
) -> tuple[VariableRateCodec, ExpressionClassifier]:
    """Fine-tune what ``regime`` lets learn; return averaged codec and classifier.

    ``codec`` and ``classifier`` are the baseline and are changed in place.  Photographs stay in
    every batch with rate and distortion only.  Resumes from ``state``.
    """
    codec_learns, classifier_learns = learners(regime)
    train, val = faces.split("train"), faces.split("val")
    pixels, labels = at_face_size(train.pixels), torch.from_numpy(train.labels)
    val_pixels = at_face_size(val.pixels)
    codec.requires_grad_(codec_learns).to(memory_format=torch.channels_last)
    codec.net.entropy_bottleneck.quantiles.requires_grad_(False)
    classifier.requires_grad_(classifier_learns).to(memory_format=torch.channels_last)
    averages = {
        "codec": Average(codec, config.average_decay),
        "classifier": Average(classifier, config.average_decay),
    }
    groups = [
        {"params": [p for p in module.parameters() if p.requires_grad], "peak": peak}
        for module, peak in (
            (codec, config.codec_learning_rate),
            (classifier, config.classifier_learning_rate),
        )
    ]
    groups = [group for group in groups if group["params"]]
    optimiser = torch.optim.Adam([{**group, "lr": group["peak"]} for group in groups])

    def step_once(step: int) -> dict[str, float]:
        codec.train(codec_learns)
        # A batch of decoded faces must not move the running statistics of a frozen classifier.
        classifier.train(classifier_learns)
        torch.manual_seed(config.seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            peak = group["peak"]
            group["lr"] = peak * trapezoid(step, config.steps, config.warmup, config.steps // 2)
        optimiser.zero_grad(set_to_none=True)
        chosen, x = face_batch(pixels, step, config.faces, config.seed)
        quality = stratified_quality(len(x))
        loss, scalars = joint_loss(
            codec, classifier, x, labels[chosen], quality, config.gamma, config.label_smoothing
        )
        loss.backward()
        if classifier_learns:
            original = _originals(classifier, x, labels[chosen], config)
            (config.gamma * config.originals * original).backward()
        if codec_learns:
            batch = photograph_batch(photographs, step, config.faces // 2, config.seed)
            quality = stratified_quality(len(batch))
            rate_distortion(forward(codec, batch, quality), batch, quality).total().backward()
        for group in optimiser.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], config.clip)
        optimiser.step()
        averages["codec"].update(codec)
        averages["classifier"].update(classifier)
        return scalars

    def evaluate(_: int) -> dict[str, float]:
        return {
            "val_accuracy_originals": accuracy(averages["classifier"].model, val),
            **validate(averages["codec"].model, val_pixels[:512]),
        }

    fit(
        step_once,
        steps=config.steps,
        parts={
            "codec": codec,
            "classifier": classifier,
            "average_codec": averages["codec"],
            "average_classifier": averages["classifier"],
            "optimiser": optimiser,
        },
        state=state,
        evaluate=evaluate,
        evaluate_every=1000,
    )
    return averages["codec"].model, averages["classifier"].model


def _originals(
    classifier: ExpressionClassifier, x: Tensor, labels: Tensor, config: JointConfig
) -> Tensor:
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, (1,))))
    grey = augment(x[:, :1].float(), generator).expand(-1, 3, -1, -1)
    with torch.autocast("cpu", torch.bfloat16):
        logits = classifier(grey.contiguous(memory_format=torch.channels_last))
    return recognition(logits, labels, config.label_smoothing)
