"""The loss of joint training: alpha * rate + beta * distortion + gamma * cross-entropy.

The seed paper (arXiv 2509.17262, eq. 1) weighs the three terms by constants.  Here alpha is 1, beta
is the lambda of the picture's own quality, and gamma is a constant of the training run.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from core.codec.model import LAMBDA_RANGE, VariableRateCodec, bits_per_pixel, mse_255

BALANCE = 0.4
"""Exponent that keeps low rates from drowning: each picture counts (lambda_max / lambda)^0.4 times."""


@dataclass(frozen=True, slots=True)
class RateDistortion:
    """Per picture (B,): estimated bits per pixel, MSE on the 0..255 scale, and lambda."""

    bpp: Tensor
    mse: Tensor
    lmbda: Tensor

    def total(self) -> Tensor:
        """``mean(weight * (bpp + lambda * mse))``, a scalar."""
        weight = (LAMBDA_RANGE[1] / self.lmbda) ** BALANCE
        return (weight * (self.bpp + self.lmbda * self.mse)).mean()


def rate_distortion(output: dict, x: Tensor, quality: Tensor) -> RateDistortion:
    """Rate and distortion of a codec's forward pass ``output`` on ``x`` (B, 3, H, W)."""
    pixels = x.shape[-1] * x.shape[-2]
    return RateDistortion(
        bpp=bits_per_pixel(output["likelihoods"], pixels),
        mse=mse_255(output["x_hat"], x),
        lmbda=VariableRateCodec.lmbda(quality),
    )


def recognition(logits: Tensor, labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy in nats, a scalar, of logits (B, classes) and labels (B,)."""
    return F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
