"""Grey pictures of more than 8 bits, or of floats, as 8 bits: by the range they declare, never by a guess.

======================  ======================================================================
whole numbers, 16 bits  0..65535, or the declared depth (10, 12 or 14 bits, MaxSampleValue)
whole numbers, 32 bits  0..MaxSampleValue where that is declared, else 0..255
TIFF of 9 to 15 bits    packed without gaps: 0..2^bits - 1, or MaxSampleValue (``core.packed_tiff``)
floats                  SMinSampleValue..SMaxSampleValue where declared, else 0..1
======================  ======================================================================

A picture whose values do not fit is refused with the range found: read in another range it would be
nearly black or white, and everything measured on it wrong.
"""

import numpy as np
from PIL import Image

from core.errors import InputError

_BITS, _WHITE_IS_ZERO, _MAX_SAMPLE, _S_MIN, _S_MAX = 258, 262, 281, 340, 341  # tags of TIFF
_ROUNDING = 1e-4
"""Floats may overshoot 0..1 by this share."""

_FEW = 4095
"""A 16-bit picture whose values end here or below holds 12 bits or fewer and does not say so."""


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow holds the picture in more than 8 bits a sample (it does so for grey alone)."""
    return image.mode.startswith(("I", "F"))


def eight_bits(image: Image.Image, name: str) -> Image.Image:
    """A deep picture as 8-bit grey; InputError, with the range found, where it does not fit its range."""
    values = np.asarray(image).astype(np.float64)
    tags = getattr(image, "tag_v2", {})
    low, high = _declared_range(image, tags)
    least, most = float(values.min()), float(values.max())
    if not (np.isfinite(least) and np.isfinite(most)):
        raise InputError(f"{name} has pixels that are not numbers.")
    slack = _ROUNDING * (high - low)
    undeclared = image.mode.startswith("I;16") and (low, high) == (0.0, 65535.0)
    if least < low - slack or most > high + slack or (undeclared and 0 < most <= _FEW):
        raise InputError(
            f"{name} has values from {least:g} to {most:g}, where {_stated(image)} holds {low:g} to "
            f"{high:g}: scale it to that range, or declare its own (TIFF's MaxSampleValue)."
        )
    share = ((values - low) / (high - low)).clip(0, 1)
    if tags.get(_WHITE_IS_ZERO) == 0:
        share = 1 - share
    return Image.fromarray(np.rint(255 * share).astype(np.uint8))


def is_cut(image: Image.Image) -> bool:
    """Whether Pillow will cut 16 bits a colour to the upper 8; asked before the picture is loaded."""
    return not is_deep(image) and any(";16" in str(tile.args) for tile in image.tile)


def check_cut(image: Image.Image, name: str) -> None:
    """Refuse colour of 16 bits whose upper 8 show next to nothing, or that declares another range."""
    channels = image.getextrema()
    most = max(high for _, high in (channels if image.getbands()[1:] else (channels,))[:3])
    declared = _number(getattr(image, "tag_v2", {}).get(_MAX_SAMPLE), 65535.0)
    if 0 < most <= _FEW >> 8 or declared < 65535:
        raise InputError(
            f"{name} has 16 bits a colour with values up to about {256 * most + 255}, where such a "
            "picture holds 0 to 65535: scale it to that range or save it with 8 bits."
        )


def _declared_range(image: Image.Image, tags: dict) -> tuple[float, float]:
    bits = int(_number(tags.get(_BITS), 16))
    if image.mode.startswith("F"):
        return _number(tags.get(_S_MIN), 0.0), _number(tags.get(_S_MAX), 1.0)
    if image.mode.startswith("I;16"):
        return 0.0, _number(tags.get(_MAX_SAMPLE), 2.0 ** min(bits, 16) - 1)
    if image.format == "PPM":  # scaled by Pillow from the maximum that the file declares
        return 0.0, 65535.0
    return 0.0, _number(tags.get(_MAX_SAMPLE, tags.get(_S_MAX)), 255.0)


def _stated(image: Image.Image) -> str:
    if image.mode.startswith("F"):
        return "a picture of floats"
    return "a 16-bit picture" if image.mode.startswith("I;16") else "a picture of whole numbers"


def _number(value: object, default: float) -> float:
    """A tag's value, or its first where it has one for each sample."""
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    return default if value is None else float(value)
