"""What H.264 and HEVC packets tell by themselves of damage that a decoder passes over in silence.

- A lost reference picture of H.264: every picture has a running number (``frame_num``, ITU-T H.264
  7.4.3), and a gap in it means that what is shown from there on was built upon something else.  Encoders
  may leave gaps on purpose; then they say so, and nothing is reported.
- Bytes that no encoder writes: two zeros and a byte below 3 within a picture (7.4.1), as where a stretch
  of a file was never written.
- From where on pictures of H.264 are whole again where the encoder refreshes them bit by bit (recovery
  point with a count) instead of sending a key picture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_RESET_DISTANCE = 8
"""An encoder may let the numbers begin again; a jump to 1 from farther than this is taken for that."""

_START_CODE = re.compile(b"\x00\x00\x01")
_SPOILT_BETWEEN_START_CODES = re.compile(b"\x00\x00\x02|\x00\x00\x00+[^\x00\x01]")
_HIGH_PROFILES = (44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244)


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """What a packet says: ``gap``: a reference picture before it is missing; ``spoilt``: it holds bytes
    that no encoder writes; ``recovers_after``: pictures until all is whole again, None if it says nothing.
    ``reference``: whether other pictures may be built upon it.
    """

    gap: bool = False
    spoilt: bool = False
    recovers_after: int | None = None
    reference: bool = True


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What of a sequence parameter set is needed to find the number in a slice."""

    number_bits: int
    gaps_allowed: bool
    colour_planes: bool


class Bitstream:
    """Reads the packets of one H.264 or HEVC stream in order; of others it knows nothing."""

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._codec, extradata = codec, extradata or b""
        self._length_bytes = _length_bytes(codec, extradata)
        self._sequences: dict[int, _Sequence] = {}
        self._pictures: dict[int, int] = {}
        self._last: int | None = None
        if codec == "h264":
            for unit in _parameter_sets(extradata) if self._length_bytes else _units(extradata):
                self._learn(unit)

    def read(self, content: bytes) -> PacketFacts:
        """What the next packet tells."""
        if self._codec not in ("h264", "hevc") or not content:
            return PacketFacts()
        units = list(self._split(content))
        spoilt = any(map(self._is_spoilt, units)) or (
            not self._length_bytes
            and bool(_SPOILT_BETWEEN_START_CODES.search(content.rstrip(b"\0")))
        )
        if self._codec == "hevc":
            return PacketFacts(spoilt=spoilt)
        gap, reference, recovers = False, False, None
        for unit in units:
            kind = unit[0] & 31
            self._learn(unit)
            if kind == 6 and recovers is None:
                recovers = _recovery_count(unit)
            elif kind in (1, 5):
                gap = self._is_after_gap(unit)
                reference = bool(unit[0] & 96)
                break
        return PacketFacts(gap, spoilt, recovers, reference)

    def _split(self, content: bytes) -> Iterator[bytes]:
        """The NAL units of a packet, without what separates them."""
        if not self._length_bytes:
            yield from _units(content)
            return
        at = 0
        while at + self._length_bytes < len(content):
            begin = at + self._length_bytes
            at = begin + int.from_bytes(content[at:begin], "big")
            if unit := content[begin:at]:
                yield unit

    def _is_spoilt(self, unit: bytes) -> bool:
        """Whether a picture's unit of a packet with lengths holds bytes that no encoder writes."""
        kind = unit[0] & 31 if self._codec == "h264" else unit[0] >> 1 & 63
        if not self._length_bytes or not (1 <= kind <= 5 if self._codec == "h264" else kind < 32):
            return False
        end = len(unit.rstrip(b"\0"))
        return any(unit.find(b"\0\0" + last, 0, end) >= 0 for last in (b"\0", b"\1", b"\2"))

    def _learn(self, unit: bytes) -> None:
        """Keep a parameter set; a damaged one is left aside."""
        kind = unit[0] & 31 if unit else 0
        try:
            if kind == 7:
                number, sequence = _sequence(_Bits(unit[1:400]))
                self._sequences[number] = sequence
            elif kind == 8:
                bits = _Bits(unit[1:40])
                self._pictures[bits.golomb()] = bits.golomb()
        except IndexError:
            return

    def _is_after_gap(self, unit: bytes) -> bool:
        """Whether a picture's number does not follow that of the last reference picture."""
        bits = _Bits(unit[1:40])
        try:
            bits.golomb(), bits.golomb()  # first macroblock, type
            sequence = self._sequences.get(self._pictures.get(bits.golomb(), -1))
            if sequence is None:
                return False
            bits.take(2 * sequence.colour_planes)
            number = bits.take(sequence.number_bits)
        except IndexError:
            return False
        last, instant = self._last, unit[0] & 31 == 5
        if unit[0] & 96:
            self._last = number
        if last is None or instant or sequence.gaps_allowed:
            return False
        distance = (number - last) % (1 << sequence.number_bits)
        if number == 1 and distance > _RESET_DISTANCE:
            return False
        return distance > 1


def _length_bytes(codec: str, extradata: bytes) -> int:
    """Bytes of the length before each unit; 0 where start codes separate them."""
    if extradata[:1] != b"\1":
        return 0
    at = 4 if codec == "h264" else 21
    return (extradata[at] & 3) + 1 if len(extradata) > at else 0


def _parameter_sets(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets of an AVC configuration record (ISO/IEC 14496-15)."""
    at = 5
    for mask in (31, 255):
        if at >= len(extradata):
            return
        count, at = extradata[at] & mask, at + 1
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(extradata[at:begin], "big")
            yield extradata[begin:at]


def _units(content: bytes) -> Iterator[bytes]:
    """The NAL units between start codes."""
    for unit in _START_CODE.split(content)[1:]:
        if unit := unit.rstrip(b"\0"):
            yield unit


def _recovery_count(unit: bytes) -> int | None:
    """Pictures until all is whole again, of a message (SEI) that says so."""
    content = unit[1:].replace(b"\0\0\3", b"\0\0")
    at = 0
    while at + 2 < len(content):
        kind, size = content[at], content[at + 1]
        if 255 in (kind, size):  # longer than any such message
            return None
        if kind == 6:
            try:
                return _Bits(content[at + 2 : at + 2 + size]).golomb()
            except IndexError:
                return None
        at += 2 + size
    return None


def _sequence(bits: "_Bits") -> tuple[int, _Sequence]:
    """Number and content of a sequence parameter set (7.3.2.1.1)."""
    profile = bits.take(8)
    bits.take(16)
    number, colour_planes = bits.golomb(), False
    if profile in _HIGH_PROFILES:
        chroma = bits.golomb()
        colour_planes = bool(chroma == 3 and bits.take(1))
        bits.golomb(), bits.golomb(), bits.take(1)  # depths of luma and chroma, lossless mode
        if bits.take(1):
            for i in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling_list(bits, 16 if i < 6 else 64)
    number_bits = bits.golomb() + 4
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1), bits.golomb(), bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb()  # reference pictures
    return number, _Sequence(number_bits, bool(bits.take(1)), colour_planes)


def _skip_scaling_list(bits: "_Bits", size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            code = bits.golomb()
            following = (last + ((code + 1) // 2 if code % 2 else -(code // 2))) % 256
        last = following or last


class _Bits:
    """Reads a unit bit by bit, the bytes against false start codes left out; IndexError at its end."""

    def __init__(self, content: bytes) -> None:
        content = content.replace(b"\0\0\3", b"\0\0")
        self._value, self._left = int.from_bytes(content, "big"), 8 * len(content)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        if self._left < 0:
            raise IndexError("the unit ends here")
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """The next number in Exp-Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros | self.take(zeros)) - 1
