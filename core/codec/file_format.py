"""The file format: the bytes of an ``.xpr`` file with one picture.

offset  bytes  what
0       1      0xF9, the format's version 1: no text, JPEG, PNG, RIFF, ZIP or PDF file begins so
1       2      the first bytes of the checkpoint's fingerprint
3       1      quality index, 0..255
4       1 or 4 size: n for a square of 16 (n + 1) pixels a side, n below 255; or 255 and height - 1
               and width - 1, 12 bits each
then    1      low byte of the CRC-16 (CCITT) of all above and the payload: was the file damaged?
then    4      CRC-32 of the checkpoint's whole fingerprint, all above but the CRC-16, the payload
               and the decoded symbols: does the decoder read what the encoder wrote?
then           payload: one range-coded stream, first z, then y (see ``payload``)

Four bytes less than a header with 24 bits of fingerprint, 24 of size and all of the CRC-16: a fifth
of the smallest files.
"""

import binascii
import zlib
from dataclasses import dataclass

import numpy as np

from core.checkpoints import Card, with_fingerprint
from core.codec.exact import HEADER_BYTES, MAGIC, decode_exact, exact_size, is_exact
from core.codec.latents import Analysis, Latents, analyse, quantise, synthesise_picture
from core.codec.network import VariableRateCodec
from core.codec.payload import check_payload, read_payload, write_payload
from core.codec.pictures import SIDES
from core.codec.quality import quality_of
from core.errors import InputError
from core.progress import Progress, within

_MAGIC = 0xF8
ONE, MANY, EXACT = _MAGIC + 1, _MAGIC + 2, MAGIC
"""First bytes: one picture by the network (here), many (see ``many``), one without loss (``exact``)."""

_VERSIONS = range(_MAGIC, 0xFF)
_NAMED = 2  # bytes of the fingerprint in the header
_CHECKS = 5  # bytes of the two checksums
_ANY_SIZE = 255


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
            "size": len(size_bytes(self.height, self.width)),
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
    """What a file says before it is decoded.

    ``fingerprint`` is the beginning of the checkpoint's, in hex.  A file without loss has neither a
    checkpoint (an empty fingerprint) nor a quality (None).
    """

    height: int
    width: int
    quality_index: int | None
    fingerprint: str
    header_bytes: int
    file_bytes: int

    @property
    def exact(self) -> bool:
        """Whether the picture is stored without loss (see ``exact``)."""
        return self.quality_index is None

    @property
    def quality(self) -> float | None:
        """Quality in 0..1; None where nothing is lost."""
        return None if self.quality_index is None else quality_of(self.quality_index)

    @property
    def payload_bytes(self) -> int:
        """Bytes after the header."""
        return self.file_bytes - self.header_bytes

    @property
    def file_bpp(self) -> float:
        """Bits per pixel, header included."""
        return 8 * self.file_bytes / (self.height * self.width)


def pack(codec: VariableRateCodec, fingerprint: str, latents: Latents) -> Encoded:
    """The file of ``latents``; ``fingerprint`` is that of the codec's checkpoint card."""
    stream = write_payload(codec, latents)
    head = bytes([ONE]) + named(fingerprint) + bytes([latents.quality_index])
    head += size_bytes(latents.height, latents.width)
    checks = _damage_check(head, stream.content)
    checks += symbol_check(fingerprint, head, stream.content, latents).to_bytes(4, "big")
    return Encoded(
        head + checks + stream.content,
        latents.height, latents.width, latents.quality_index, stream.z_bits, stream.y_bits,
    )  # fmt: skip


def kind_of(file: bytes) -> int:
    """ONE, MANY or EXACT; InputError if it is no .xpr file, or one of a version to come."""
    if not file or file[0] not in _VERSIONS:
        raise InputError("This is not an .xpr file.")
    if file[0] not in (ONE, MANY, EXACT):
        raise InputError(
            f"This .xpr file has version {file[0] - _MAGIC} of the format; "
            f"only versions 1 to {EXACT - _MAGIC} can be read here."
        )
    return file[0]


def inspect(file: bytes) -> Header:
    """What the header says; InputError for a foreign or damaged file, and for one of many pictures."""
    kind = kind_of(file)
    if kind == MANY:
        raise InputError(
            "This .xpr file holds many pictures: decode it into a folder "
            "(python -m core.codec decode FACES.xpr FOLDER)."
        )
    if kind == EXACT:
        return Header(*exact_size(file), None, "", HEADER_BYTES, len(file))
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
    height, width = size_of(sized)
    return Header(height, width, file[3], file[1 : 1 + _NAMED].hex(), header_bytes, len(file))


def find_card(file: bytes) -> Card:
    """The card of the checkpoint that ``file`` was made with; InputError if it is not here."""
    wanted = inspect(file).fingerprint
    return card_of(wanted)


def card_of(wanted: str) -> Card:
    """The card of the codec whose fingerprint begins so; InputError if it is not here."""
    card = with_fingerprint(wanted, "codec")
    if card is None:
        raise InputError(
            f"This .xpr file was made with a checkpoint that is not here: its fingerprint begins "
            f"with {wanted}."
        )
    return card


def unpack(
    codec: VariableRateCodec, fingerprint: str, file: bytes, progress: Progress | None = None
) -> Latents:
    """The latents in ``file``.

    Raises InputError if the file is foreign or damaged, was made with another checkpoint, or if
    this machine computes other probabilities than the one that wrote it.
    """
    file = bytes(file)
    header = inspect(file)
    if header.exact:
        raise InputError("This .xpr file holds a picture without loss: it has no latents.")
    check_maker(header.fingerprint, fingerprint)
    head, content = file[: header.header_bytes - _CHECKS], file[header.header_bytes :]
    latents = read_payload(
        codec, content, header.quality_index, header.height, header.width, progress
    )
    check = symbol_check(fingerprint, head, content, latents)
    if check.to_bytes(4, "big") != file[len(head) + 1 :][:4]:
        raise InputError(
            "This .xpr file decodes to other symbols than were encoded, though its bytes look "
            "undamaged: the machine that wrote it computed other probabilities, or it is forged."
        )
    check_payload(codec, content, latents)
    return latents


def encode(
    codec: VariableRateCodec,
    fingerprint: str,
    source: Analysis | np.ndarray,
    quality_index: int,
    progress: Progress | None = None,
) -> Encoded:
    """The file of a picture, uint8 (H, W, 3), or of its analysis, at a quality index in 0..255."""
    if not isinstance(source, Analysis):
        source = analyse(codec, source, within(progress, 0.0, 0.6))
    latents = quantise(codec, source, [quality_index], within(progress, 0.6, 1.0))
    return pack(codec, fingerprint, latents[0])


def decode(
    codec: VariableRateCodec, fingerprint: str, file: bytes, progress: Progress | None = None
) -> np.ndarray:
    """The picture in ``file``, uint8 (H, W, 3); InputError as in ``unpack``."""
    if is_exact(file):
        return decode_exact(file)
    latents = unpack(codec, fingerprint, file, within(progress, 0.0, 0.4))
    return synthesise_picture(codec, latents, within(progress, 0.4, 1.0))


# -- parts of a header, also where many pictures share a file -------------------------------------


def named(fingerprint: str) -> bytes:
    """A checkpoint in a header: the first bytes of its fingerprint."""
    return bytes.fromhex(fingerprint)[:_NAMED]


def check_maker(written: str, fingerprint: str) -> None:
    """Raise InputError unless a header's fingerprint is the beginning of this checkpoint's."""
    here = named(fingerprint).hex()
    if written != here:
        raise InputError(
            f"This .xpr file was made with another checkpoint: its fingerprint begins with "
            f"{written}, this checkpoint's with {here}."
        )


def size_bytes(height: int, width: int) -> bytes:
    """A size in a header: one byte for squares of whole sixteens, four for any other."""
    side, rest = divmod(height, 16)
    if height == width and rest == 0 and side <= _ANY_SIZE:
        return bytes([side - 1])
    return bytes([_ANY_SIZE]) + ((height - 1) << 12 | (width - 1)).to_bytes(3, "big")


def size_of(sized: bytes) -> tuple[int, int]:
    """Height and width of a header's size; InputError for one that no encoder takes."""
    if len(sized) == 1:
        return 16 * (sized[0] + 1), 16 * (sized[0] + 1)
    size = int.from_bytes(sized[1:], "big")
    height, width = (size >> 12) + 1, (size & 0xFFF) + 1
    if min(height, width) < SIDES[0]:
        raise InputError(
            f"This .xpr file claims a picture of {width} x {height} pixels; "
            f"both sides must have {SIDES[0]} to {SIDES[1]}."
        )
    return height, width


def symbol_check(fingerprint: str, head: bytes, content: bytes, latents: Latents) -> int:
    """CRC-32 of all that decides the symbols, and of the symbols themselves."""
    crc = zlib.crc32(bytes.fromhex(fingerprint) + head)
    crc = zlib.crc32(content, crc)
    for symbols in (latents.z, latents.y):
        crc = zlib.crc32(np.ascontiguousarray(symbols, "<i4"), crc)
    return crc


def _damage_check(head: bytes, content: bytes) -> bytes:
    return bytes([binascii.crc_hqx(content, binascii.crc_hqx(head, 0xFFFF)) & 0xFF])
