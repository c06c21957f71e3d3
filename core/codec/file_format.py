"""The file format: a picture's latents as integers, and the bytes of an ``.xpr`` file.

offset  bytes  what
0       1      0xF8 + version (1): no text, JPEG, PNG, RIFF, ZIP or PDF file begins so
1       2      the first bytes of the checkpoint's fingerprint
3       1      quality index, 0..255
4       1 or 4 size: n for a square of 16 (n + 1) pixels a side, n below 255; or 255 and height - 1
               and width - 1, 12 bits each
then    1      low byte of the CRC-16 (CCITT) of all above and the payload: was the file damaged?
then    4      CRC-32 of the checkpoint's whole fingerprint, all above but the CRC-16, the payload
               and the decoded symbols: does the decoder read what the encoder wrote?
then           payload: one range-coded stream, first z, then y (see ``entropy``)

Four bytes less than a header with 24 bits of fingerprint, 24 of size and all of the CRC-16: a fifth
of the smallest files.
"""

import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.checkpoints import Card, cards
from core.codec.agreement import Spread, agreement
from core.codec.entropy import CorruptStream, Reader, bits, gaussian_tables, write
from core.codec.network import STRIDE, Prior, VariableRateCodec, pad
from core.codec.pictures import SIDES, check_size, to_picture, to_tensor
from core.codec.quality import QUALITY_INDICES, check_quality_index, quality_of
from core.codec.strips import in_parts
from core.codec.transform import transform
from core.errors import InputError

VERSION = 1
_MAGIC = 0xF8
_VERSIONS = range(_MAGIC, 0xFF)
_NAMED = 2  # bytes of the fingerprint in the header
_CHECKS = 5  # bytes of the two checksums
_ANY_SIZE = 255


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The latents of a picture before quantisation; they serve every quality.

    ``y`` (M, h, w) and ``z`` (N, h/4, w/4), float32; ``height`` and ``width`` of the picture.
    """

    y: Tensor
    z: Tensor
    height: int
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """All that a file says of a picture: integers z (N, h/4, w/4) and y (M, h, w), int32.

    ``spread`` is what the decoder knows of y from z.
    """

    z: np.ndarray
    y: np.ndarray
    spread: Spread
    quality_index: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is stored or sent.

    ``payload`` is the whole file, header included.  ``z_bits`` and ``y_bits`` are what the symbols
    cost by their probabilities; the coder adds a byte or two.
    """

    payload: bytes
    height: int
    width: int
    quality_index: int
    z_bits: float
    y_bits: float

    @property
    def header_parts(self) -> dict[str, int]:
        """Bytes of every part of the header."""
        return {
            "magic and version": 1,
            "checkpoint": _NAMED,
            "quality": 1,
            "size": len(_size(self.height, self.width)),
            "CRC-16 of the file, low byte": 1,
            "CRC-32 with the symbols": 4,
        }

    @property
    def file_bytes(self) -> int:
        """Bytes of the file, header included."""
        return len(self.payload)

    @property
    def header_bytes(self) -> int:
        """Bytes of the header."""
        return sum(self.header_parts.values())

    @property
    def payload_bytes(self) -> int:
        """Bytes after the header."""
        return self.file_bytes - self.header_bytes

    @property
    def file_bpp(self) -> float:
        """Bits per pixel of the user's picture, header included."""
        return 8 * self.file_bytes / (self.height * self.width)

    @property
    def payload_bpp(self) -> float:
        """Bits per pixel of the user's picture, without the header."""
        return 8 * self.payload_bytes / (self.height * self.width)

    @property
    def bpp_estimated(self) -> float:
        """Bits per pixel of the user's picture by the symbols' probabilities."""
        return (self.z_bits + self.y_bits) / (self.height * self.width)


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before it is decoded; ``fingerprint`` is the beginning, in hex."""

    height: int
    width: int
    quality_index: int
    fingerprint: str
    header_bytes: int
    file_bytes: int

    @property
    def quality(self) -> float:
        """Quality in 0..1."""
        return quality_of(self.quality_index)

    @property
    def payload_bytes(self) -> int:
        """Bytes after the header."""
        return self.file_bytes - self.header_bytes

    @property
    def file_bpp(self) -> float:
        """Bits per pixel, header included."""
        return 8 * self.file_bytes / (self.height * self.width)


# -- picture to latents and back ------------------------------------------------------------------


def analyse(codec: VariableRateCodec, picture: np.ndarray) -> Analysis:
    """The latents of a uint8 picture (H, W, 3) of 16 to 4096 pixels a side."""
    check_size(*picture.shape[:2])
    return analyse_batch(codec, to_tensor(picture))[0]


@torch.no_grad()
def analyse_batch(codec: VariableRateCodec, x: Tensor) -> list[Analysis]:
    """The latents of pictures (B, 3, H, W) in 0..1."""
    height, width = x.shape[-2:]
    y = in_parts(
        partial(transform, codec.net.g_a, pixels=1), pad(x), 1, halo=32, align=STRIDE
    ).float()
    z = codec.net.h_a(y).float()
    if not (y.isfinite().all() and z.isfinite().all()):
        raise ValueError("the codec's latents are not finite: its weights are unfit")
    return [Analysis(*each, height, width) for each in zip(y, z, strict=True)]


def quantise(
    codec: VariableRateCodec,
    analyses: Analysis | Sequence[Analysis],
    quality_indices: Sequence[int],
) -> list[Latents]:
    """The integers of one picture at several stops, or of several at one stop each.

    Several pictures must have the same size.
    """
    shared = agreement(codec)
    quality_indices = [check_quality_index(index) for index in quality_indices]
    if isinstance(analyses, Analysis):
        analyses = [analyses] * len(quality_indices)
    steps = torch.tensor([shared.z_step(index) for index in quality_indices], dtype=torch.float64)
    gains = torch.stack([shared.gains(index) for index in quality_indices]).float()
    z = torch.stack([analysis.z for analysis in analyses])
    y = torch.stack([analysis.y for analysis in analyses])
    z = (z / steps.view(-1, 1, 1, 1)).round_().to(torch.int32)
    spreads = shared.spread(z, quality_indices)
    means = torch.stack([spread.means for spread in spreads])
    y = ((y - means) * gains).round_().to(torch.int32)
    return [
        Latents(*each, quality_index, analysis.height, analysis.width)
        for *each, quality_index, analysis in zip(
            z.numpy(), y.numpy(), spreads, quality_indices, analyses, strict=True
        )
    ]


@torch.no_grad()
def synthesise(codec: VariableRateCodec, latents: Sequence[Latents]) -> Tensor:
    """Pictures (S, 3, H, W) in 0..1 of latents of pictures of one size, in one batch."""
    shared = agreement(codec)
    gains = torch.stack([shared.gains(each.quality_index) for each in latents]).float().flatten(1)
    prior = Prior(torch.stack([each.spread.means for each in latents]), None)
    deviations = torch.stack([each.spread.deviations for each in latents])
    symbols = torch.from_numpy(np.stack([each.y for each in latents])).float()
    y_hat = codec.reconstruct(symbols, deviations, prior, gains)
    x_hat = in_parts(
        partial(transform, codec.net.g_s, pixels=256), y_hat, 256, halo=2, align=1
    ).float()
    return x_hat[..., : latents[0].height, : latents[0].width].clamp(0, 1)


def bit_map(codec: VariableRateCodec, latents: Latents) -> np.ndarray:
    """Bits spent on every pixel, float32 (H, W), from the symbols' probabilities.

    A latent's bits are spread evenly over the pixels it stands for; those of the mirrored margin
    count where the margin was mirrored from, so that the map sums to z_bits + y_bits.
    """
    z_bits, y_bits = _costs(codec, latents)
    y_map = y_bits.reshape(latents.y.shape).sum(axis=0) / 16**2
    z_map = z_bits.reshape(latents.z.shape).sum(axis=0) / 64**2
    padded = y_map.repeat(16, axis=0).repeat(16, axis=1) + z_map.repeat(64, axis=0).repeat(
        64, axis=1
    )
    for axis, size in enumerate((latents.height, latents.width)):
        source = pad(torch.arange(size).view(1, 1, 1, -1).expand(1, 1, STRIDE, -1))[0, 0, 0]
        folded = np.zeros((size, *padded.shape[1 - axis :][:1]))
        np.add.at(folded, source.numpy(), padded if axis == 0 else padded.T)
        padded = folded if axis == 0 else folded.T
    return padded.astype(np.float32)


# -- latents to bytes and back --------------------------------------------------------------------


def pack(codec: VariableRateCodec, fingerprint: str, latents: Latents) -> Encoded:
    """The file of ``latents``; ``fingerprint`` is that of the codec's checkpoint card."""
    z_bits, y_bits = (float(costs.sum()) for costs in _costs(codec, latents))
    payload = write(_parts(codec, latents), z_bits + y_bits)
    head = bytes([_MAGIC + VERSION]) + _named(fingerprint) + bytes([latents.quality_index])
    head += _size(latents.height, latents.width)
    head += _damage_check(head, payload) + _symbol_check(fingerprint, head, payload, latents)
    return Encoded(
        head + payload, latents.height, latents.width, latents.quality_index, z_bits, y_bits
    )


def inspect(file: bytes) -> Header:
    """What the header says; InputError for a foreign or damaged file."""
    if not file or file[0] not in _VERSIONS:
        raise InputError("This is not an .xpr file.")
    if file[0] != _MAGIC + VERSION:
        raise InputError(
            f"This .xpr file has version {file[0] - _MAGIC} of the format; "
            f"only version {VERSION} can be read here."
        )
    sized = file[4:8] if file[4:5] == bytes([_ANY_SIZE]) else file[4:5]
    header_bytes = 4 + max(1, len(sized)) + _CHECKS
    if len(file) < header_bytes:
        raise InputError(f"This .xpr file is cut off: {len(file)} bytes, less than a header.")
    head = file[: header_bytes - _CHECKS]
    if _damage_check(head, file[header_bytes:]) != file[len(head) : len(head) + 1]:
        raise InputError(
            "This .xpr file is damaged: its checksum does not fit its bytes. "
            "It was cut off or changed; get it again."
        )
    if len(sized) == 1:
        height = width = 16 * (sized[0] + 1)
    else:
        size = int.from_bytes(sized[1:], "big")
        height, width = (size >> 12) + 1, (size & 0xFFF) + 1
    if min(height, width) < SIDES[0]:
        raise InputError(
            f"This .xpr file claims a picture of {width} x {height} pixels; "
            f"both sides must have {SIDES[0]} to {SIDES[1]}."
        )
    return Header(height, width, file[3], file[1 : 1 + _NAMED].hex(), header_bytes, len(file))


def find_card(file: bytes) -> Card:
    """The card of the checkpoint that ``file`` was made with; InputError if it is not here."""
    wanted = inspect(file).fingerprint
    for card in cards("codec"):
        if card.fingerprint.startswith(wanted):
            return card
    raise InputError(
        f"This .xpr file was made with a checkpoint that is not here: its fingerprint begins with "
        f"{wanted}."
    )


def unpack(codec: VariableRateCodec, fingerprint: str, file: bytes) -> Latents:
    """The latents in ``file``.

    Raises InputError if the file is foreign or damaged, was made with another checkpoint, or if
    this machine computes other probabilities than the one that wrote it.
    """
    file = bytes(file)
    header = inspect(file)
    if header.fingerprint != _named(fingerprint).hex():
        raise InputError(
            f"This .xpr file was made with another checkpoint: its fingerprint begins with "
            f"{header.fingerprint}, this checkpoint's with {_named(fingerprint).hex()}."
        )
    head, payload = file[: header.header_bytes - _CHECKS], file[header.header_bytes :]
    shared = agreement(codec)
    rows, columns = (-(-side // STRIDE) for side in (header.height, header.width))
    z_tables = shared.z_tables(header.quality_index)
    symbols = rows * columns * (codec.N + 16 * codec.M)
    fewest = rows * columns * z_tables.fewest_bits
    if not fewest - 8 <= 8 * len(payload) <= 72 * symbols:
        raise InputError(
            f"This .xpr file claims a picture of {header.width} x {header.height} pixels, "
            f"which {len(payload)} bytes cannot hold."
        )
    reader = Reader(payload)
    try:
        channels = np.repeat(np.arange(codec.N, dtype=np.int32), rows * columns)
        z = reader.read(channels, z_tables).reshape(codec.N, rows, columns)
        spread = shared.spread(torch.from_numpy(z)[None], [header.quality_index])[0]
        y = reader.read(spread.levels.ravel(), gaussian_tables()).reshape(spread.levels.shape)
    except CorruptStream as error:
        raise InputError(f"This .xpr file is damaged or forged: {error}.") from error
    latents = Latents(z, y, spread, header.quality_index, header.height, header.width)
    if _symbol_check(fingerprint, head, payload, latents) != file[len(head) + 1 :][:4]:
        raise InputError(
            "This .xpr file decodes to other symbols than were encoded, though its bytes look "
            "undamaged: the machine that wrote it computed other probabilities, or it is forged."
        )
    if pack(codec, fingerprint, latents).payload != file:
        raise InputError("This .xpr file is forged: no encoder writes these bytes.")
    return latents


def encode(
    codec: VariableRateCodec, fingerprint: str, source: Analysis | np.ndarray, quality_index: int
) -> Encoded:
    """The file of a picture, uint8 (H, W, 3), or of its analysis, at a quality index in 0..255."""
    analysis = source if isinstance(source, Analysis) else analyse(codec, source)
    return pack(codec, fingerprint, quantise(codec, analysis, [quality_index])[0])


def decode(codec: VariableRateCodec, fingerprint: str, file: bytes) -> np.ndarray:
    """The picture in ``file``, uint8 (H, W, 3); InputError as in ``unpack``."""
    return to_picture(synthesise(codec, [unpack(codec, fingerprint, file)]))


def encode_within(
    codec: VariableRateCodec,
    fingerprint: str,
    source: Analysis | np.ndarray,
    target_bpp: float,
) -> Encoded:
    """The file of the highest stop that bisection finds with ``file_bpp`` at most ``target_bpp``.

    Raises InputError, naming the lowest rate, if no stop reaches the target.
    """
    if not target_bpp > 0:
        raise InputError(f"The target must be more than 0 bits per pixel, not {target_bpp}.")
    analysis = source if isinstance(source, Analysis) else analyse(codec, source)
    best = encode(codec, fingerprint, analysis, 0)
    if best.file_bpp > target_bpp:
        raise InputError(
            f"This picture needs at least {best.file_bpp:.4f} bits per pixel with this "
            f"checkpoint; {target_bpp:g} cannot be reached."
        )
    low, high = 0, QUALITY_INDICES
    while high - low > 1:
        middle = (low + high) // 2
        candidate = encode(codec, fingerprint, analysis, middle)
        if candidate.file_bpp <= target_bpp:
            low, best = middle, candidate
        else:
            high = middle
    return best


def _parts(codec: VariableRateCodec, latents: Latents) -> list[tuple]:
    channels = np.repeat(np.arange(codec.N, dtype=np.int32), latents.z[0].size)
    return [
        (latents.z.ravel(), channels, agreement(codec).z_tables(latents.quality_index)),
        (latents.y.ravel(), latents.spread.levels.ravel(), gaussian_tables()),
    ]


def _costs(codec: VariableRateCodec, latents: Latents) -> list[np.ndarray]:
    return [bits(*part) for part in _parts(codec, latents)]


def _named(fingerprint: str) -> bytes:
    return bytes.fromhex(fingerprint)[:_NAMED]


def _size(height: int, width: int) -> bytes:
    side, rest = divmod(height, 16)
    if height == width and rest == 0 and side <= _ANY_SIZE:
        return bytes([side - 1])
    return bytes([_ANY_SIZE]) + ((height - 1) << 12 | (width - 1)).to_bytes(3, "big")


def _damage_check(head: bytes, payload: bytes) -> bytes:
    return bytes([binascii.crc_hqx(payload, binascii.crc_hqx(head, 0xFFFF)) & 0xFF])


def _symbol_check(fingerprint: str, head: bytes, payload: bytes, latents: Latents) -> bytes:
    crc = 0
    for part in (bytes.fromhex(fingerprint), head, payload, latents.z, latents.y):
        crc = zlib.crc32(part if isinstance(part, bytes) else part.astype("<i4").tobytes(), crc)
    return crc.to_bytes(4, "big")
