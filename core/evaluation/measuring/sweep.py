"""A sweep: one picture at every quality, coded beforehand; what the live slider shows.

::

    picture -> analyse -> quantise at all qualities -> synthesise in one batch -> x_hat -> classifier
                                 |                                              |
                                 +-> real files, itemised bits, bit maps        +-> PSNR
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.codec.file_format import Encoded, pack
from core.codec.latents import analyse, bit_map, quantise, synthesise
from core.codec.network import VariableRateCodec
from core.codec.pictures import to_picture
from core.codec.quality import LAST_QUALITY_INDEX
from core.codec.rate_control import rounded_up
from core.errors import InputError
from core.evaluation.measuring.metrics import psnr
from core.recognition import READ_AT, read_pictures

LONGEST_SIDE = 512
"""Pixels; larger pictures are coded by the command line, not live."""

CELL = 16
"""Pixels a side of the squares of a bit map: those that one latent stands for."""

_MEASURED_STEPS, _BETWEEN = 11, 3
"""Tables measure 12 quality indices evenly apart; a face is swept at two more between any two."""

_BATCH_PIXELS = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class OperatingPoint:
    """One picture at one quality.

    ``picture`` uint8 (H, W, 3); ``psnr`` in dB over all channels; ``probabilities`` (classes,) of
    the decoded picture; ``cells`` float32 (ceil(H/16), ceil(W/16)) estimated bits of each square of
    16 x 16 pixels, which sum to ``file.z_bits + file.y_bits``.
    """

    file: Encoded
    picture: np.ndarray
    psnr: float
    probabilities: np.ndarray
    cells: np.ndarray

    @property
    def quality_index(self) -> int:
        """Quality index, 0..255."""
        return self.file.quality_index


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """A picture, uint8 (H, W, 3), what is read on it, and its points from the lowest quality up."""

    original: np.ndarray
    probabilities: np.ndarray
    points: tuple[OperatingPoint, ...]

    def nearest(self, quality_index: int) -> OperatingPoint:
        """The operating point whose quality index is nearest."""
        return min(self.points, key=lambda point: abs(point.quality_index - quality_index))

    def within(self, bpp: float) -> OperatingPoint:
        """The best operating point whose file has at most ``bpp`` bits per pixel.

        Raises InputError, naming the lowest rate, if there is none.
        """
        fitting = [point for point in self.points if point.file.file_bpp <= bpp]
        if not fitting:
            least = self.points[0].file
            raise InputError(
                f"This picture needs at least {rounded_up(least.file_bpp)} bits per pixel "
                f"({least.file_bytes} bytes) here; {bpp:g} cannot be reached."
            )
        return fitting[-1]


def default_quality_indices(height: int, width: int) -> tuple[int, ...]:
    """Evenly apart from 0 to 255: 34 for a small face, 12 for the largest picture.

    Those that the tables of results measure are always among them.
    """
    shrink = min(1.0, (height * width / READ_AT**2) ** -0.25)
    count = _MEASURED_STEPS * max(1, round(_BETWEEN * shrink)) + 1
    return tuple(int(index) for index in np.linspace(0, LAST_QUALITY_INDEX, count).round())


@torch.no_grad()
def sweep_picture(
    codec: VariableRateCodec,
    fingerprint: str,
    classifier: nn.Module,
    picture: np.ndarray,
    quality_indices: tuple[int, ...] | None = None,
) -> Sweep:
    """Code ``picture``, uint8 (H, W, 3) of at most 512 pixels a side, at every quality index.

    The picture is analysed once; the files are real and can be saved.  ``fingerprint`` is that of
    the codec's checkpoint.  The classifier reads the original and each decoded picture, as
    :func:`core.recognition.read_pictures` does.
    """
    height, width = picture.shape[:2]
    if max(height, width) > LONGEST_SIDE:
        raise InputError(
            f"The picture is {width} x {height} pixels; the live view takes at most "
            f"{LONGEST_SIDE} a side. Crop it or scale it down."
        )
    quality_indices = (
        default_quality_indices(height, width) if quality_indices is None else quality_indices
    )
    latents = quantise(codec, analyse(codec, picture), quality_indices)
    share = max(1, _BATCH_PIXELS // (height * width))
    decoded = [
        to_picture(x_hat)
        for first in range(0, len(latents), share)
        for x_hat in synthesise(codec, latents[first : first + share])
    ]
    probabilities = read_pictures(classifier, [picture, *decoded])
    qualities = psnr(np.stack([picture] * len(decoded)), np.stack(decoded))
    points = [
        OperatingPoint(
            pack(codec, fingerprint, each), x_hat, float(db), p, _cells(bit_map(codec, each))
        )
        for each, x_hat, db, p in zip(latents, decoded, qualities, probabilities[1:], strict=True)
    ]
    return Sweep(picture, probabilities[0], tuple(points))


def _cells(bits: np.ndarray) -> np.ndarray:
    """Sums of a bit map (H, W) over squares of 16 x 16 pixels."""
    missing = [(0, -side % CELL) for side in bits.shape]
    padded = np.pad(bits, missing)
    rows, columns = (side // CELL for side in padded.shape)
    return padded.reshape(rows, CELL, columns, CELL).sum(axis=(1, 3))
