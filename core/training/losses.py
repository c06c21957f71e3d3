"""The loss of joint training: alpha * rate + beta * distortion + gamma * cross-entropy.

The seed paper (arXiv 2509.17262, eq. 1) weighs the three terms by constants.  Here alpha is 1, beta
is the lambda of the picture's own quality, and gamma is a constant of the training run.  Only the
ratios of a triple matter, so (alpha, beta, gamma) of the paper is our quality with lambda equal to
beta / alpha, in a run with gamma equal to gamma / alpha.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.codec.network import LAMBDA_RANGE, VariableRateCodec, bits_per_pixel, mse_255

BALANCE = 0.3
"""Exponent that keeps low rates from drowning: each picture counts (lambda_max / lambda)^0.3 times."""

STRAIGHT_THROUGH = 1.7
"""How much more the distortion's gradient counts.

Straight-through rounding understates what a finer step gains: at the start of a training the slope of
the distortion over the logarithm of y's scale is -0.049, -0.127, -0.29 and -0.48 (times lambda, at
qualities 1/4 to 1) where differences give -0.089, -0.226, -0.49 and -0.71, while the rate's slope is
right.  Uncorrected, y shrinks step by step until the rates are those of about half of lambda.
"""


def balance(lmbda: Tensor) -> Tensor:
    """How often a picture of that lambda counts, with all its terms: 1 at the highest quality."""
    return (LAMBDA_RANGE[1] / lmbda) ** BALANCE


def mean_balance() -> float:
    """The mean of :func:`balance` over qualities that are evenly spread over 0..1."""
    span = BALANCE * math.log(LAMBDA_RANGE[1] / LAMBDA_RANGE[0])
    return math.expm1(span) / span


@dataclass(frozen=True, slots=True)
class RateDistortion:
    """Per picture (B,): estimated bits per pixel, MSE on the 0..255 scale, and lambda."""

    bpp: Tensor
    mse: Tensor
    lmbda: Tensor

    def total(self, gamma: float = 0.0, crossed: Tensor | float = 0.0) -> Tensor:
        """``mean(balance * (bpp + lambda * mse + gamma * crossed))``, a scalar.

        ``crossed`` is the cross-entropy (B,) of the pictures.  The gradient of the distortion is
        ``STRAIGHT_THROUGH`` times its own.
        """
        distortion = self.lmbda * self.mse
        felt = STRAIGHT_THROUGH * distortion - (STRAIGHT_THROUGH - 1) * distortion.detach()
        each = self.bpp + felt + gamma * crossed
        return (balance(self.lmbda) * each).mean()


def rate_distortion(output: dict, x: Tensor, quality: Tensor) -> RateDistortion:
    """Rate and distortion of a codec's forward pass ``output`` on ``x`` (B, 3, H, W)."""
    pixels = x.shape[-1] * x.shape[-2]
    return RateDistortion(
        bpp=bits_per_pixel(output["likelihoods"], pixels),
        mse=mse_255(output["x_hat"], x),
        lmbda=VariableRateCodec.lmbda(quality),
    )


def recognition(
    logits: Tensor,
    target: Tensor,
    label_smoothing: float = 0.0,
    taught: Tensor | None = None,
    distillation: float = 0.0,
) -> Tensor:
    """Cross-entropy (B,) in nats of logits (B, classes) and labels (B,) or shares (B, classes).

    ``distillation`` of it is against ``taught``, probabilities (B, classes) of a teacher (Hinton,
    Vinyals and Dean 2015), the rest against the target.
    """
    logits = logits.float()
    hard = F.cross_entropy(logits, target, label_smoothing=label_smoothing, reduction="none")
    if taught is None or distillation == 0:
        return hard
    soft = -(taught * logits.log_softmax(dim=1)).sum(dim=1)
    return (1 - distillation) * hard + distillation * soft


def blended(labels: Tensor, shares: Tensor, votes: float) -> Tensor:
    """Targets (B, classes): ``votes`` of people's shares (B, classes), the rest of the label (B,)."""
    hard = F.one_hot(labels, shares.shape[1]).to(shares.dtype)
    return torch.lerp(hard, shares, votes)


def feature_distances(features: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Distance (B,) of features from those wanted, stage by stage, summed.

    Squared, over the mean square of the stage's wanted features, so that every stage counts alike; both
    lists hold (B, C, H, W).
    """
    total = []
    for mine, target in zip(features, wanted, strict=True):
        mine, target = mine.float(), target.float()
        apart = (mine - target).square().flatten(1).mean(dim=1)
        total.append(apart / target.square().mean().clamp(min=1e-6))
    return torch.stack(total).sum(dim=0)
