"""Latents of an encoder that looks at its classifier, as targets for the analysis.

What refining each picture's symbols finds (see ``core.codec.aimed``) shows what the decoder can carry; a
trained analysis may learn to put it in at once.  Here on the training's device, with few steps, and with
the codec as it is at that moment.
"""

import torch
from torch import Tensor

from core.codec.network import VariableRateCodec, mse_255
from core.precision import autocast, codec_layout
from core.recognition import ExpressionClassifier

STEPS = 8
RATE = 0.1
"""Of the quantiser's step, falling to nothing."""

WEIGHT = 0.05
"""Of the divergence of the two readings, beside bits a pixel."""

_STIRRED = 0.15
"""Deviation (in steps) below which an element is left as it is."""


def aimed_targets(
    codec: VariableRateCodec,
    x: Tensor,
    quality: Tensor,
    classifier: ExpressionClassifier,
    steps: int = STEPS,
) -> tuple[Tensor, Tensor]:
    """What goes into the quantiser (B, M, h, w), refined for ``classifier``, and where that may differ.

    ``x`` (B, 3, H, W), H and W multiples of 64; both values are in steps of the quantiser.  Nothing is
    left of the gradients that this takes.
    """
    gains = codec.gains(quality).detach().view(len(x), -1, 1, 1)
    with torch.no_grad(), autocast(x.device.type):
        y, z = codec.analyse(x.contiguous(memory_format=codec_layout(x.device.type)))
        step = codec.z_step(codec.gain(quality)).view(-1, 1, 1, 1)
        prior = codec.prior(torch.round(z / step) * step)
        wanted = classifier(x).float().softmax(dim=1)
    deviations = codec.scaled_deviations(prior, codec.gains(quality)).detach()
    free = deviations > _STIRRED
    start = (y - prior.means) * gains
    moved = start.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([moved], lr=RATE)
    lmbda = codec.lmbda(quality)
    for number in range(steps):
        optimiser.param_groups[0]["lr"] = RATE * (1 - number / steps)
        rounded = moved + (moved.round() - moved).detach()
        with autocast(x.device.type):
            x_hat = codec.synthesise(rounded / gains + prior.means).clamp(0, 1)
            said = classifier(x_hat).float().log_softmax(dim=1)
        noisy = moved + torch.rand_like(moved) - 0.5
        bits = -torch.log2(codec.y_likelihoods(noisy, deviations)).flatten(1).sum(dim=1)
        divergence = -(wanted * said).sum(dim=1)
        pixels = x.shape[-1] * x.shape[-2]
        loss = bits / pixels + lmbda * mse_255(x_hat, x) + WEIGHT * divergence
        (slope,) = torch.autograd.grad(loss.sum(), moved)
        moved.grad = slope * free
        optimiser.step()
    return moved.detach(), free


def latent_distances(
    codec: VariableRateCodec, x: Tensor, quality: Tensor, targets: Tensor, free: Tensor
) -> Tensor:
    """Squared distance (B,) a pixel of what goes into the quantiser from ``targets``, in its steps.

    The gradient goes into the analysis alone: means and gains are taken as they are.
    """
    gains = codec.gains(quality).detach().view(len(x), -1, 1, 1)
    with autocast(x.device.type):
        y, z = codec.analyse(x.contiguous(memory_format=codec_layout(x.device.type)))
        with torch.no_grad():
            step = codec.z_step(codec.gain(quality)).view(-1, 1, 1, 1)
            means = codec.prior(torch.round(z / step) * step).means
    apart = ((y - means) * gains - targets).square() * free
    return apart.flatten(1).sum(dim=1) / (x.shape[-1] * x.shape[-2])
