"""A picture's symbols as one stream of bytes, first z, then y, and back.

Nothing is believed: a stream that is too short for the picture it claims is refused as soon as that
shows, before the costly part of the decoding; one that no encoder writes is refused by writing it again.
"""

from dataclasses import dataclass

import numpy as np
import torch

from core.codec.agreement import SpreadStrip, agreement
from core.codec.entropy import SLACK_BITS, CorruptStream, Reader, bits, gaussian_tables, write
from core.codec.latents import Latents, coded_parts, total_bits
from core.codec.network import STRIDE, VariableRateCodec
from core.errors import InputError
from core.progress import Progress

_MOST_BITS = 72
"""A symbol never takes more: a table's rarest code and the longest escape."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The stream of one picture, and what its symbols cost by their probabilities."""

    content: bytes
    z_bits: float
    y_bits: float


def write_payload(codec: VariableRateCodec, latents: Latents) -> Payload:
    """The shortest stream of ``latents``."""
    z_bits, y_bits = total_bits(codec, latents)
    return Payload(write(coded_parts(codec, latents), z_bits + y_bits), z_bits, y_bits)


def read_payload(
    codec: VariableRateCodec,
    content: bytes,
    quality_index: int,
    height: int,
    width: int,
    progress: Progress | None = None,
) -> Latents:
    """The latents of a picture of that size and quality.

    Raises InputError where ``content`` is too short for it or has a code that no encoder writes.
    """
    claim = _Claim(height, width, len(content))
    shared = agreement(codec)
    rows, columns = (-(-side // STRIDE) for side in (height, width))
    z_tables = shared.z_tables(quality_index)
    claim.need(rows * columns * float(z_tables.fewest_bits().sum()))
    if 8 * len(content) > _MOST_BITS * rows * columns * (codec.N + 16 * codec.M):
        claim.refuse()
    reader = Reader(content)
    least = gaussian_tables().fewest_bits()

    def strip_done(strip: SpreadStrip) -> None:
        claim.need(float(np.bincount(strip.levels.ravel(), minlength=len(least)) @ least))
        if progress is not None:
            progress(strip.done, 1.0, "reading")

    try:
        channels = np.repeat(np.arange(codec.N, dtype=np.int16), rows * columns)
        z = reader.read(channels, z_tables)
        claim.needed = float(bits(z, channels, z_tables).sum())
        claim.need(0.0)
        z = z.reshape(codec.N, rows, columns)
        spread = shared.spread(torch.from_numpy(z)[None], [quality_index], strip_done)[0]
        y = reader.read(spread.levels.ravel(), gaussian_tables()).reshape(spread.levels.shape)
    except CorruptStream as error:
        raise InputError(f"This .xpr file is damaged or forged: {error}.") from error
    return Latents(z, y, spread, quality_index, height, width)


def check_payload(codec: VariableRateCodec, content: bytes, latents: Latents) -> None:
    """Raise InputError unless an encoder writes ``content`` for the ``latents`` read from it."""
    if write_payload(codec, latents).content != content:
        raise InputError("This .xpr file is forged: no encoder writes these bytes.")


@dataclass(slots=True)
class _Claim:
    """A size that a file claims, and the bits that a picture of that size is known to need."""

    height: int
    width: int
    content_bytes: int
    needed: float = 0.0

    def need(self, more: float) -> None:
        """Count ``more`` bits; InputError once there are more than the file has."""
        self.needed += more
        if self.needed > 8 * self.content_bytes + SLACK_BITS:
            self.refuse()

    def refuse(self) -> None:
        raise InputError(
            f"This .xpr file claims a picture of {self.width} x {self.height} pixels, "
            f"which {self.content_bytes} bytes cannot hold."
        )
