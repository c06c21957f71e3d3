"""Many pictures in one ``.xpr`` file: one header, an index of whole bits, and the streams.

offset  bytes   what
0       1       0xFA, the format's version 2
1       2       the first bytes of the checkpoint's fingerprint
3       1       bits 0..4: bits of a length in the index (L); 5: each picture has its own size;
                6: its own quality; 7: names follow the index
4       2       pictures - 1
6       1       quality index, where all share it
then    1 or 4  size, where all share it, as in ``file_format``
then    1..5    the least length of a stream, seven bits a byte, the lowest first
then    2       CRC-16 (CCITT) of all above, the index and the names: is each picture where it should be?
then    4       CRC-32 of all above and all below: was the file damaged?
then            the index, for each picture: [quality, 9 bits, 256 without loss] [height - 1 and width - 1,
                12 bits each] length above the least, L bits; check, C bits; the last byte is filled up
then            [names: bytes as seven-bit numbers, and a zlib stream of lines]
then            the streams, as in a file of one picture

The check is the lower C bits of the CRC-32 of the checkpoint's fingerprint, the picture's quality, size
and place, its stream and its symbols: which picture is damaged, and does the decoder read what the
encoder wrote?  C is 14 - L, within 4 and 12, so that 64 faces whose streams differ by less than a
kilobyte (faces of 64 pixels do, at every quality) cost at most two bytes each beyond their streams.  The
entries have one width, so that any picture is found without reading the others.
"""

import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.codec.exact import MAGIC, decode_exact
from core.codec.file_format import MANY, kind_of, named, size_bytes, size_of, symbol_check
from core.codec.latents import Latents, synthesise_picture
from core.codec.network import VariableRateCodec
from core.codec.payload import check_payload, read_payload
from core.codec.pictures import SIDES
from core.codec.quality import LAST_QUALITY_INDEX, QUALITY_INDICES
from core.errors import InputError

MOST = 2**16
"""Pictures in a file."""

_LOSSLESS = QUALITY_INDICES  # as the index says it
_INDEX_BITS, _LEAST_CHECK, _MOST_CHECK = 14, 4, 12
_MOST_LENGTH_BITS = 27
_OWN_SIZE, _OWN_QUALITY, _NAMES = 32, 64, 128
_LONGEST_NAME = 200  # bytes
_DAMAGED = "This .xpr file is damaged: {}. It was cut off or changed; get it again."


@dataclass(frozen=True, slots=True)
class Stored:
    """One picture in a file of many; ``quality_index`` is None where nothing is lost.

    ``check`` is the CRC-32 of :func:`check_of`, or as many of its lower bits as a file holds.
    """

    content: bytes
    quality_index: int | None
    height: int
    width: int
    check: int


@dataclass(frozen=True, slots=True)
class ManyFile:
    """What a file of many pictures holds, its streams not yet decoded.

    ``intact``: the CRC-32 fits all bytes.  ``check_bits``: how many bits of a check are stored.
    """

    fingerprint: str
    pictures: tuple[Stored, ...]
    names: tuple[str, ...]  # empty where none are stored
    check_bits: int
    intact: bool
    file_bytes: int

    @property
    def payload_bytes(self) -> int:
        """Bytes of all streams."""
        return sum(len(each.content) for each in self.pictures)

    def called(self, place: int) -> str:
        """What a picture is called in a sentence: counted from 1, and by its name."""
        return f"Picture {place + 1}" + (f" ({self.names[place]})" if self.names else "")


def check_of(fingerprint: str, place: int, stored: Stored, latents: Latents | None) -> int:
    """CRC-32 of what decides a picture's pixels, and of its symbols where it has any."""
    quality = _LOSSLESS if stored.quality_index is None else stored.quality_index
    numbers = (place, quality, stored.height, stored.width)
    head = b"".join(number.to_bytes(4, "big") for number in numbers)
    if latents is None:
        return zlib.crc32(bytes.fromhex(fingerprint) + head + stored.content)
    return symbol_check(fingerprint, head, stored.content, latents)


# -- to bytes -------------------------------------------------------------------------------------


def pack_many(fingerprint: str, pictures: Sequence[Stored], names: Sequence[str] = ()) -> bytes:
    """The file of ``pictures``; ``fingerprint`` is at least the beginning that a header has.

    Raises InputError for no picture or too many, and for names that are no file names.
    """
    if not 1 <= len(pictures) <= MOST:
        raise InputError(f"A file holds 1 to {MOST:,} pictures, not {len(pictures):,}.")
    sizes = {(each.height, each.width) for each in pictures}
    qualities = {each.quality_index for each in pictures}
    lengths = [len(each.content) for each in pictures]
    own_size, own_quality = len(sizes) > 1, len(qualities) > 1 or None in qualities
    length_bits = (max(lengths) - min(lengths)).bit_length()
    flags = length_bits | own_size * _OWN_SIZE | own_quality * _OWN_QUALITY
    flags |= bool(names) * _NAMES
    head = bytes([MANY]) + named(fingerprint) + bytes([flags])
    head += (len(pictures) - 1).to_bytes(2, "big")
    head += b"" if own_quality else bytes([pictures[0].quality_index])
    head += b"" if own_size else size_bytes(*next(iter(sizes)))
    head += _seven_bit(min(lengths))
    index = _index(pictures, flags, min(lengths))
    index += _packed_names(names, len(pictures)) if names else b""
    streams = b"".join(each.content for each in pictures)
    guarded = head + _index_check(head + index)
    return guarded + zlib.crc32(guarded + index + streams).to_bytes(4, "big") + index + streams


def _widths(flags: int) -> tuple[int, int, int, int]:
    """Bits of quality, size, length and check of an entry."""
    length_bits = flags & 31
    check_bits = min(_MOST_CHECK, max(_LEAST_CHECK, _INDEX_BITS - length_bits))
    quality_bits = 9 if flags & _OWN_QUALITY else 0
    return quality_bits, 24 if flags & _OWN_SIZE else 0, length_bits, check_bits


def _index(pictures: Sequence[Stored], flags: int, least: int) -> bytes:
    quality_bits, size_bits, length_bits, check_bits = _widths(flags)
    entries = []
    for each in pictures:
        quality = _LOSSLESS if each.quality_index is None else each.quality_index
        size = (each.height - 1) << 12 | (each.width - 1)
        fields = (
            (quality, quality_bits), (size, size_bits), (len(each.content) - least, length_bits),
            (each.check & (1 << check_bits) - 1, check_bits),
        )  # fmt: skip
        entries += [f"{value:0{bits}b}" for value, bits in fields if bits]
    text = "".join(entries)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def _packed_names(names: Sequence[str], count: int) -> bytes:
    _check_names(names, count)
    lines = zlib.compress("\n".join(names).encode(), 9)
    return _seven_bit(len(lines)) + lines


def _index_check(guarded: bytes) -> bytes:
    return binascii.crc_hqx(guarded, 0xFFFF).to_bytes(2, "big")


def _seven_bit(number: int) -> bytes:
    groups = []
    while not groups or number:
        groups.append(number & 127 | (128 if number > 127 else 0))
        number >>= 7
    return bytes(groups)


# -- from bytes -----------------------------------------------------------------------------------


def read_many(file: bytes) -> ManyFile:
    """What ``file`` holds; InputError if it is none of many pictures or its index is damaged.

    A file whose streams alone are damaged is read, and is not ``intact``.
    """
    if kind_of(file) != MANY:
        raise InputError("This .xpr file holds one picture, not many.")
    try:
        return _read(file)
    except (IndexError, EOFError) as error:
        raise InputError(_DAMAGED.format("its index ends early")) from error


def _read(file: bytes) -> ManyFile:
    flags, count = file[3], int.from_bytes(file[4:6], "big") + 1
    at, quality, size = 6, None, None
    if not flags & _OWN_QUALITY:
        quality, at = file[at], at + 1
    if not flags & _OWN_SIZE:
        sized = file[at : at + 4] if file[at] == 255 else file[at : at + 1]
        size, at = sized, at + len(sized)
    least, at = _seven_bit_at(file, at)
    head, checks = file[:at], file[at : at + 6]
    widths = _widths(flags)
    start = at + 6
    end = start + -(-count * sum(widths) // 8)
    lines = b""
    if flags & _NAMES:
        length, begins = _seven_bit_at(file, end)
        lines, end = file[begins : begins + length], begins + length
    if end > len(file):
        raise EOFError
    index = file[start:end]
    if _index_check(head + index) != checks[:2] or flags & 31 > _MOST_LENGTH_BITS:
        raise InputError(_DAMAGED.format("its index does not fit its checksum"))
    entries = _entries(index, count, widths, quality, size_of(size) if size else None)
    pictures, place = [], end
    for quality_index, height, width, above, check in entries:
        content = file[place : place + least + above]
        pictures.append(Stored(content, quality_index, height, width, check))
        place += least + above
    whole = file[: start - 4] + file[start:]
    intact = place == len(file) and zlib.crc32(whole).to_bytes(4, "big") == checks[2:]
    names = _unpacked_names(lines, count) if flags & _NAMES else ()
    many = ManyFile(file[1:3].hex(), tuple(pictures), names, widths[-1], intact, len(file))
    if intact and pack_many(many.fingerprint, many.pictures, names) != file:
        raise InputError("This .xpr file is forged: no encoder writes these bytes.")
    return many


def _entries(index: bytes, count: int, widths: tuple, quality: int | None, size: tuple | None):
    """Quality, height, width, length above the least and check of every picture."""
    quality_bits, size_bits, length_bits, check_bits = widths
    each = sum(widths)
    bits = np.unpackbits(np.frombuffer(index, np.uint8))[: count * each].reshape(count, each)

    def numbers(first: int, wide: int) -> list[int]:
        weights = 1 << np.arange(wide - 1, -1, -1, dtype=np.int64)
        return (bits[:, first : first + wide] @ weights).tolist() if wide else [0] * count

    qualities = numbers(0, quality_bits) if quality is None else [quality] * count
    sizes = numbers(quality_bits, size_bits)
    lengths = numbers(quality_bits + size_bits, length_bits)
    checks = numbers(each - check_bits, check_bits)
    for index_of, packed, length, check in zip(qualities, sizes, lengths, checks, strict=True):
        height, width = size or ((packed >> 12) + 1, (packed & 0xFFF) + 1)
        if min(height, width) < SIDES[0] or index_of > _LOSSLESS:
            raise InputError("This .xpr file is forged: no encoder writes these bytes.")
        yield (index_of if index_of <= LAST_QUALITY_INDEX else None), height, width, length, check


def _seven_bit_at(file: bytes, at: int) -> tuple[int, int]:
    """A number written in seven bits a byte, and where what follows begins."""
    number = 0
    for place in range(5):
        number |= (file[at + place] & 127) << (7 * place)
        if file[at + place] < 128:
            return number, at + place + 1
    raise EOFError


def _unpacked_names(lines: bytes, count: int) -> tuple[str, ...]:
    most = count * (_LONGEST_NAME + 1)
    try:
        opened = zlib.decompressobj()
        text = opened.decompress(lines, most + 1)
        if len(text) > most or not opened.eof or opened.unused_data:
            raise ValueError
        names = tuple(text.decode().split("\n"))
        _check_names(names, count)
    except (zlib.error, ValueError) as error:
        raise InputError("This .xpr file is forged: its names are no file names.") from error
    return names


def _check_names(names: Sequence[str], count: int) -> None:
    """Raise InputError unless there is one plain, distinct file name for each picture."""
    for name in names:
        plain = name and name.isprintable() and not set(name) & set("/\\:") and name.strip(". ")
        if not plain or len(name.encode()) > _LONGEST_NAME:
            raise InputError(f"{name[:60]!r} is no name for a picture.")
    if len(names) != count or len({name.casefold() for name in names}) != count:
        raise InputError("Each picture needs one name of its own.")


# -- pictures -------------------------------------------------------------------------------------


def decode_stored(
    codec: VariableRateCodec, fingerprint: str, many: ManyFile, place: int
) -> np.ndarray:
    """One picture, uint8 (H, W, 3), of a file; InputError, naming it, if it is damaged.

    ``fingerprint`` is the whole one of the codec's checkpoint.
    """
    stored = many.pictures[place]
    try:
        latents = _latents(codec, stored)
        wanted = check_of(fingerprint, place, stored, latents) & (1 << many.check_bits) - 1
        if wanted != stored.check:
            raise InputError("its checksum does not fit what was read.")
        if latents is None:
            stream = bytes([MAGIC]) + stored.content
            head = bytes([MAGIC]) + zlib.crc32(stream).to_bytes(4, "big")
            picture = decode_exact(head + stored.content)
            if picture.shape[:2] != (stored.height, stored.width):
                raise InputError("its stream holds another size.")
            return picture
        check_payload(codec, stored.content, latents)
    except InputError as error:
        reason = str(error).removeprefix("This .xpr file is damaged or forged: ")
        raise InputError(f"{many.called(place)} of this .xpr file is damaged: {reason}") from error
    return synthesise_picture(codec, latents)


def _latents(codec: VariableRateCodec, stored: Stored) -> Latents | None:
    if stored.quality_index is None:
        return None
    return read_payload(codec, stored.content, stored.quality_index, stored.height, stored.width)


def checked(fingerprint: str, place: int, stored: Stored, latents: Latents | None) -> Stored:
    """``stored`` with its check."""
    return replace(stored, check=check_of(fingerprint, place, stored, latents))


# -- what a picture costs in such a file ----------------------------------------------------------


def bytes_in_many(
    payload_bytes: Sequence[float] | np.ndarray, height: int, width: int, faces: int = 64
) -> np.ndarray:
    """What each picture costs, float64 (n,), where ``faces`` of one size and quality share a file.

    ``payload_bytes`` (n,) are the bytes of the pictures' streams, in order; consecutive ones share a
    file, whose header and index they bear alike.  The last file is filled up with pictures from the
    beginning, as sheets of classical codecs are.  What a row of a table says of both forms is
    ``file_bytes`` (alone) and this.  Raises ValueError for a negative length.
    """
    lengths = np.asarray(payload_bytes, dtype=np.int64)
    if (lengths < 0).any():
        raise ValueError("a stream has no negative length")
    costs = np.empty(len(lengths))
    for first in range(0, len(lengths), faces):
        shared = lengths[np.arange(first, first + faces) % len(lengths)]
        spread = int(shared.max() - shared.min()).bit_length()
        header = 6 + 1 + len(size_bytes(height, width)) + len(_seven_bit(int(shared.min()))) + 6
        index = -(-faces * sum(_widths(spread)) // 8)
        costs[first : first + faces] = lengths[first : first + faces] + (header + index) / faces
    return costs
