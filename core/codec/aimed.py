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
from core.codec.network import VariableRateCodec, mse_255
from core.codec.pictures import check_size, to_tensor
from core.codec.refined import Refined
from core.progress import Progress

Logits = Callable[[Tensor], Tensor]
"""A classifier: pictures (B, 3, H, W) in 0..1 to logits (B, classes), with gradients."""


@dataclass(frozen=True, slots=True)
class Aim:
    """How an encoder looks at its classifiers.

    ``gamma``: weight of the divergence, beside bits a pixel.  ``steps`` of Adam at ``rate`` (of the
    quantiser's step), falling to nothing.  At every other step the classifiers look at the mirror image.
    ``views``: they look at shifted faces, so that no accident of one position pleases them;
    ``hidden``: share of the face's squares of 8 pixels that they do not see at a step.  ``z``: whether
    z is refined too.  ``annealed``: whether symbols are drawn while they settle (stochastic Gumbel
    annealing; Yang, Bamler and Mandt, "Improving Inference for Neural Image Compression", NeurIPS
    2020) instead of rounded with gradients passed straight through.
    """

    gamma: float = 0.05
    steps: int = 24
    rate: float = 0.06
    views: bool = False
    hidden: float = 0.0
    z: bool = False
    annealed: bool = False
    seed: int = 0


_SHIFT = 2  # pixels
_SQUARE = 8  # pixels a side
_WARMTH = (0.5, 0.1)
"""Temperature of annealed rounding at the first step and at the last."""


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
    of them (of annealed symbols, which are whole at the ends alone, the better end).  ``progress`` is
    called after every step.
    """
    analyses = analyse_batch(codec, x)
    plain = quantise(codec, analyses, list(quality_indices))
    refined = Refined(codec, analyses, plain)
    with torch.no_grad():
        targets = [classifier(x).softmax(dim=1) for classifier in classifiers]
    variables = refined.variables(aim.z)
    optimiser = torch.optim.Adam(variables, lr=aim.rate)
    draw = torch.Generator().manual_seed(aim.seed)
    best, least = refined.symbols(), torch.full((len(x),), math.inf)
    pixels = x.shape[-2] * x.shape[-1]
    for step in range(aim.steps + 1):
        at_end = step in (0, aim.steps)
        warmth = None if at_end or not aim.annealed else _warmth(step / aim.steps)
        state = refined.state(aim.z, warmth, draw)
        x_hat = refined.reconstructed(state, x.shape[-2:])
        cost = refined.lmbda * mse_255(x_hat, x)
        cost = cost + aim.gamma * _divergence(x_hat, x, classifiers, targets, aim, step, draw)
        if warmth is None:
            with torch.no_grad():
                judged = refined.bits(state) / pixels + cost
                better = judged < least
                least = torch.where(better, judged, least)
                best = tuple(
                    torch.where(better.view(-1, 1, 1, 1), now, old)
                    for now, old in zip((state.hard, state.z), best, strict=True)
                )
        if step == aim.steps:
            break
        loss = refined.expected_bits(state, warmth, draw) / pixels + cost
        slopes = torch.autograd.grad(loss.sum(), variables)
        for variable, slope in zip(variables, slopes, strict=True):
            variable.grad = slope
        optimiser.param_groups[0]["lr"] = aim.rate * (1 - step / aim.steps)
        optimiser.step()
        if progress:
            progress(step + 1, aim.steps, "looking at the classifier")
    return _latents(codec, plain, *best)


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


def _latents(
    codec: VariableRateCodec, plain: Sequence[Latents], y: Tensor, z: Tensor
) -> list[Latents]:
    """Latents with other symbols; what the decoder knows of y is computed anew where z changed."""
    y, z = (symbols.to(torch.int32) for symbols in (y, z))
    changed = []
    for each, y_symbols, z_symbols in zip(plain, y, z, strict=True):
        spread = each.spread
        if (z_symbols.numpy() != each.z).any():
            (spread,) = agreement(codec).spread(z_symbols[None], [each.quality_index])
        changed.append(replace(each, z=z_symbols.numpy(), y=y_symbols.numpy(), spread=spread))
    return changed


def _warmth(part: float) -> float:
    """Temperature of annealed rounding after ``part`` of the steps."""
    first, last = _WARMTH
    return first * (last / first) ** part


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
    if aim.hidden:
        x_hat = _partly_hidden(x_hat, aim.hidden, draw)
    with torch.autocast("cpu", torch.bfloat16):
        logits = [classifier(x_hat).float() for classifier in classifiers]
    divergences = [
        (target * (target.clamp(min=1e-9).log() - said.log_softmax(dim=1))).sum(dim=1)
        for said, target in zip(logits, targets, strict=True)
    ]
    return torch.stack(divergences).mean(dim=0)


def _partly_hidden(x: Tensor, share: float, draw: torch.Generator) -> Tensor:
    """Pictures with a ``share`` of their squares in plain grey."""
    height, width = x.shape[-2:]
    squares = (len(x), 1, -(-height // _SQUARE), -(-width // _SQUARE))
    seen = (torch.rand(squares, generator=draw) >= share).float()
    seen = seen.repeat_interleave(_SQUARE, -2).repeat_interleave(_SQUARE, -1)[..., :height, :width]
    return x * seen + 0.5 * (1 - seen)
