"""An encoder that knows its classifier: same decoder, same weights, same file; other symbols.

::

    r = (y - mean) * gain --+--> + noise -------> bits          loss = bits a pixel
        ^                   |                                        + lambda * 255^2 * MSE
        |                   +--> round -> g_s -> x_hat -> MSE        + gamma * KL(classifier: x || x_hat)
        +--- Adam --------------------------------+-> classifier

Content-adaptive encoding (Campos et al., "Content Adaptive Optimization for Neural Image Compression",
CVPR Workshops 2019) of what goes into the quantiser, in its own units: channels that are off have steps so
huge that no rate of learning in units of y suits them all.  Rounding is straight through; bits come from
uniform noise.  The classifier is given as a function: the codec knows no classifier.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.codec.agreement import agreement
from core.codec.file_format import Encoded, pack
from core.codec.latents import Latents, analyse_batch, quantise
from core.codec.network import Prior, VariableRateCodec, mse_255
from core.codec.pictures import check_size, to_tensor
from core.codec.quality import quality_of
from core.progress import Progress

Logits = Callable[[Tensor], Tensor]
"""A classifier: pictures (B, 3, H, W) in 0..1 to logits (B, classes), with gradients."""


@dataclass(frozen=True, slots=True)
class Aim:
    """How an encoder looks at its classifiers.

    ``gamma``: weight of the divergence, beside bits a pixel.  ``steps`` of Adam at ``rate`` (of the
    quantiser's step), falling to nothing.  ``views``: whether the classifiers look at shifted faces, so
    that no accident of one position pleases them; at every other step they look at the mirror image.
    """

    gamma: float = 0.05
    steps: int = 40
    rate: float = 0.06
    views: bool = False
    seed: int = 0


_STIRRED = 0.15
"""Deviation (in steps) below which an element is left at its mean: it is all but never coded."""

_SHIFT = 2  # pixels


def aimed_latents(
    codec: VariableRateCodec,
    x: Tensor,
    quality_indices: Sequence[int],
    classifiers: Sequence[Logits],
    aim: Aim = Aim(),
    progress: Progress | None = None,
) -> list[Latents]:
    """The integers of pictures (B, 3, H, W) in 0..1, each at its quality, refined for them.

    Of all steps the one with the least loss is kept, picture by picture; the plain encoding is the first
    of them.  z stays as it is.  ``progress`` is called after every step.
    """
    analyses = analyse_batch(codec, x)
    plain = quantise(codec, analyses, list(quality_indices))
    shared = agreement(codec)
    gains = torch.stack([shared.gains(index) for index in quality_indices]).float().flatten(1)
    means = torch.stack([each.spread.means for each in plain])
    deviations = torch.stack([each.spread.deviations for each in plain])
    quality = torch.tensor([quality_of(index) for index in quality_indices])
    with torch.no_grad():
        targets = [classifier(x).softmax(dim=1) for classifier in classifiers]
    y = torch.stack([each.y for each in analyses])
    start = (y - means) * gains.view(len(gains), -1, 1, 1)
    integers = torch.from_numpy(np.stack([each.y for each in plain])).float()
    free = (deviations > _STIRRED).float()
    residual = torch.where(free > 0, start, integers).requires_grad_(True)
    optimiser = torch.optim.Adam([residual], lr=aim.rate)
    draw = torch.Generator().manual_seed(aim.seed)
    best, least = integers, torch.full((len(x),), math.inf)
    pixels = x.shape[-2] * x.shape[-1]
    for step in range(aim.steps + 1):
        symbols = residual.detach().round()
        x_hat = _reconstructed(codec, residual, symbols, deviations, means, gains, x.shape[-2:])
        fidelity = codec.lmbda(quality) * mse_255(x_hat, x)
        fidelity = fidelity + aim.gamma * _divergence(
            x_hat, x, classifiers, targets, aim, step, draw
        )
        with torch.no_grad():
            judged = _bits(codec, symbols, deviations) / pixels + fidelity
            better = judged < least
            least = torch.where(better, judged, least)
            best = torch.where(better.view(-1, 1, 1, 1), symbols, best)
        if step == aim.steps:
            break
        noise = torch.rand(residual.shape, generator=draw) - 0.5
        loss = _bits(codec, residual + noise, deviations) / pixels + fidelity
        (slope,) = torch.autograd.grad(loss.sum(), residual)
        residual.grad = slope * free
        optimiser.param_groups[0]["lr"] = aim.rate * (1 - step / aim.steps)
        optimiser.step()
        if progress:
            progress(step + 1, aim.steps, "looking at the classifier")
    chosen = best.to(torch.int32).numpy()
    return [replace(each, y=y_symbols) for each, y_symbols in zip(plain, chosen, strict=True)]


def encode_aimed(
    codec: VariableRateCodec,
    fingerprint: str,
    picture: np.ndarray,
    quality_index: int,
    classifiers: Sequence[Logits],
    aim: Aim = Aim(),
    progress: Progress | None = None,
) -> Encoded:
    """The file of a picture, uint8 (H, W, 3), whose encoder looked at ``classifiers``.

    It is a file like any other: ``decode`` knows nothing of the classifiers.
    """
    check_size(*picture.shape[:2])
    latents = aimed_latents(codec, to_tensor(picture), [quality_index], classifiers, aim, progress)
    return pack(codec, fingerprint, latents[0])


def _reconstructed(
    codec: VariableRateCodec,
    residual: Tensor,
    symbols: Tensor,
    deviations: Tensor,
    means: Tensor,
    gains: Tensor,
    size: torch.Size,
) -> Tensor:
    """x_hat (B, 3, H, W) of the rounded residual; gradients pass straight through the rounding."""
    with torch.no_grad():
        y_hat = codec.reconstruct(symbols, deviations, Prior(means, None), gains)
    through = (residual - residual.detach()) / gains.view(len(gains), -1, 1, 1)
    y_hat = (y_hat + through).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):  # files are made from the symbols, not from this
        x_hat = codec.synthesise(y_hat)
    return x_hat[..., : size[0], : size[1]].clamp(0, 1)


def _divergence(
    x_hat: Tensor,
    x: Tensor,
    classifiers: Sequence[Logits],
    targets: Sequence[Tensor],
    aim: Aim,
    step: int,
    draw: torch.Generator,
) -> Tensor:
    """Mean over classifiers of KL(reading of x || reading of x_hat) (B,), in nats."""
    if not classifiers:
        return torch.zeros(len(x))
    if step % 2:  # the classifier's mirror image, at half the cost of both
        x_hat = x_hat.flip(-1)
    if aim.views:
        shift = torch.randint(-_SHIFT, _SHIFT + 1, (2,), generator=draw).tolist()
        x_hat = x_hat.roll(shift, dims=(-2, -1))
    with torch.autocast("cpu", torch.bfloat16):
        logits = [classifier(x_hat).float() for classifier in classifiers]
    divergences = [
        (target * (target.clamp(min=1e-9).log() - said.log_softmax(dim=1))).sum(dim=1)
        for said, target in zip(logits, targets, strict=True)
    ]
    return torch.stack(divergences).mean(dim=0)


def _bits(codec: VariableRateCodec, values: Tensor, deviations: Tensor) -> Tensor:
    """Bits (B,) of y."""
    return -torch.log2(codec.y_likelihoods(values, deviations)).flatten(1).sum(dim=1)
