"""A picture in at most so many bits: the best quality whose file fits."""

import math

import numpy as np

from core.codec.file_format import Encoded, encode
from core.codec.latents import Analysis, analyse
from core.codec.network import VariableRateCodec
from core.codec.quality import QUALITY_INDICES
from core.errors import InputError
from core.progress import Progress, within

_BEGIN = 0.28
_ATTEMPT = (1 - _BEGIN) / (1 + math.log2(QUALITY_INDICES))
"""Shares of the work: analysing a large picture, and trying one of the nine qualities."""


def encode_within(
    codec: VariableRateCodec,
    fingerprint: str,
    source: Analysis | np.ndarray,
    target_bpp: float,
    progress: Progress | None = None,
) -> Encoded:
    """The file of the highest quality that bisection finds with ``file_bpp`` at most ``target_bpp``.

    Raises InputError if no quality reaches the target; the rate that it names, given back, does.
    """
    check_target(target_bpp)
    tried = _BEGIN
    analysis = source
    if not isinstance(source, Analysis):
        analysis = analyse(codec, source, within(progress, 0.0, _BEGIN))

    def attempt(index: int) -> Encoded:
        nonlocal tried
        begun, tried = tried, min(1.0, tried + _ATTEMPT)
        return encode(codec, fingerprint, analysis, index, within(progress, begun, tried))

    best = attempt(0)
    if best.file_bpp > target_bpp:
        raise InputError(
            f"This picture needs at least {rounded_up(best.file_bpp)} bits per pixel with this "
            f"checkpoint; {target_bpp:g} cannot be reached."
        )
    low, high = 0, QUALITY_INDICES
    while high - low > 1:
        middle = (low + high) // 2
        candidate = attempt(middle)
        if candidate.file_bpp <= target_bpp:
            low, best = middle, candidate
        else:
            high = middle
    return best


def check_target(target_bpp: float) -> float:
    """``target_bpp`` itself; InputError unless it is a number above 0."""
    if not (target_bpp > 0 and math.isfinite(target_bpp)):
        raise InputError(f"The target must be more than 0 bits per pixel, not {target_bpp}.")
    return target_bpp


def rounded_up(bpp: float) -> str:
    """A rate with four decimals that is not below ``bpp``, so that it can be given back."""
    text = f"{bpp:.4f}"
    return text if float(text) >= bpp else f"{(math.floor(bpp * 1e4) + 1) / 1e4:.4f}"
