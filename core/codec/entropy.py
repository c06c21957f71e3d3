"""Integer frequency tables and the range coder that turns symbols into bytes and back.

One stream holds everything.  The coder works on a 56-bit window and writes bytes, with carries
propagated into what is written already (Martin, "Range encoding: an algorithm for removing
redundancy from a digitised message", 1979).  At the end it writes only the bytes that tell the last
interval from all others, and none of the trailing zeros: bytes that are absent are read as zero.
Two different streams therefore never mean the same symbols.

It is our own because CompressAI's coder flushes two words of eight bytes, more than a small face takes,
and reads beyond its buffers when a stream is hostile.

A symbol outside its table is an escape, a sign bit and an Elias gamma code of the distance.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

PRECISION = 24
"""Frequencies of a table sum to two to this power."""

TOTAL = 1 << PRECISION
WINDOW = 56
MASS_KEPT = 2.0 ** -(PRECISION + 1)
"""Symbols at either end of a table with less mass than this are left to the escape."""

LARGEST = 1 << 20
"""Largest distance of a symbol from its table that can be written."""

LOWEST_DEVIATION = 0.11
LEVELS_PER_OCTAVE = 16
LEVELS = 208
"""Deviations are rounded to 0.11 * 2^(level / 16), up to about 860."""

SLACK_BITS = 512
"""A stream is never so much shorter than its symbols cost: one more byte of zeros at its end, which are
left out, has a chance of 1/256."""

_READ, _CORRUPT = 0, 1


class CorruptStream(ValueError):
    """The bytes are not a stream that the coder can have written."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Cumulative frequencies of several alphabets, one after the other in ``cumulative``.

    Alphabet t covers symbols ``first[t] .. first[t] + sizes[t] - 1`` and then the escape; its
    ``sizes[t] + 2`` boundaries begin at ``starts[t]`` and run from 0 to 2^24.
    """

    cumulative: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, masses: list[np.ndarray], first: list[int]) -> "Tables":
        """Tables from the probability masses of consecutive symbols; what is left is the escape."""
        boundaries = [_boundaries(mass) for mass in masses]
        lengths = np.array([len(each) for each in boundaries], np.int64)
        return cls(
            np.concatenate(boundaries),
            np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
            np.array(first, np.int64),
            lengths - 2,
        )

    def fewest_bits(self) -> np.ndarray:
        """Bits of the likeliest symbol of every alphabet, float64."""
        likeliest = [
            np.diff(self.cumulative[start : start + size + 2]).max()
            for start, size in zip(self.starts, self.sizes, strict=True)
        ]
        return -np.log2(np.array(likeliest) / TOTAL)


def _boundaries(mass: np.ndarray) -> np.ndarray:
    """Integer boundaries with at least 1 for every symbol; the rest goes to the likeliest."""
    mass = np.append(mass, max(0.0, 1.0 - mass.sum()))
    frequencies = 1 + np.floor(mass / mass.sum() * (TOTAL - len(mass))).astype(np.int64)
    frequencies[frequencies.argmax()] += TOTAL - frequencies.sum()
    return np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int32)


@cache
def gaussian_tables() -> Tables:
    """One alphabet for every level of deviation: a centred Gaussian over whole numbers."""
    masses, first = [], []
    for level in range(LEVELS):
        deviation = LOWEST_DEVIATION * 2 ** (level / LEVELS_PER_OCTAVE)
        root = 1 / (deviation * math.sqrt(2))
        above, half = [math.erfc(0.5 * root) / 2], []
        while not half or half[-1] >= MASS_KEPT:
            above.append(math.erfc((len(above) + 0.5) * root) / 2)
            half.append(above[-2] - above[-1])
        masses.append(np.array([*half[::-1], 1 - 2 * above[0], *half]))
        first.append(-len(half))
    return Tables.of(masses, first)


# -- both directions ------------------------------------------------------------------------------


def bits(symbols: np.ndarray, alphabets: np.ndarray, tables: Tables) -> np.ndarray:
    """Cost of every symbol in bits, float64; ``symbols`` and ``alphabets`` are (n,) int32."""
    return _bits(symbols, alphabets, *_arrays(tables))


def write(parts: list[tuple[np.ndarray, np.ndarray, Tables]], expected_bits: float) -> bytes:
    """The shortest stream for ``parts``, each the arguments of ``bits``, whose costs sum up to
    ``expected_bits``.
    """
    out = np.zeros(int(expected_bits / 8) + 64, np.uint8)
    state = np.array([0, 1 << WINDOW, 0], np.uint64)
    for symbols, alphabets, tables in parts:
        _write(symbols, alphabets, *_arrays(tables), state, out)
    return out[: _finish(state, out)].tobytes()


class Reader:
    """Reads parts back in the order in which they were written."""

    def __init__(self, stream: bytes) -> None:
        self._stream = np.frombuffer(stream, np.uint8)
        value = int.from_bytes(stream[: WINDOW // 8].ljust(WINDOW // 8, b"\0"), "big")
        self._state = np.array([value, 1 << WINDOW, WINDOW // 8], np.uint64)

    def read(self, alphabets: np.ndarray, tables: Tables) -> np.ndarray:
        """(n,) int32 symbols, one for each of ``alphabets``.

        Raises CorruptStream where no encoder can have written these bytes.
        """
        symbols = np.empty(len(alphabets), np.int32)
        status = _read(symbols, alphabets, *_arrays(tables), self._state, self._stream)
        if status == _CORRUPT:
            raise CorruptStream("the stream holds a code that no encoder writes")
        return symbols


def _arrays(tables: Tables) -> tuple[np.ndarray, ...]:
    return tables.cumulative, tables.starts, tables.first, tables.sizes


# -- compiled -------------------------------------------------------------------------------------

_U = np.uint64
_FULL = _U(1 << WINDOW)
_LOW_BYTES = _U((1 << (WINDOW - 8)) - 1)
_TOP_SHIFT = _U(WINDOW - 8)
_SHORTEST = _U(1 << (WINDOW - 8))
_BITS = _U(PRECISION)
_ONE, _EIGHT = _U(1), _U(8)


@njit(cache=True, nogil=True)
def _bits(symbols, alphabets, cumulative, starts, first, sizes):
    costs = np.empty(len(symbols), np.float64)
    for i in range(len(symbols)):
        alphabet = alphabets[i]
        size, place = sizes[alphabet], symbols[i] - first[alphabet]
        extra = 0
        if place < 0 or place >= size:
            distance = -place if place < 0 else place - size + 1
            extra = 2
            while distance > 1:
                distance >>= 1
                extra += 2
            place = size
        at = starts[alphabet] + place
        costs[i] = PRECISION - math.log2(cumulative[at + 1] - cumulative[at]) + extra
    return costs


@njit(cache=True, nogil=True)
def _narrow(state, out, start, frequency, shift):
    step = state[1] >> shift
    state[0] += step * start
    state[1] = step * frequency
    if state[0] >= _FULL:
        _carry(state, out)
    while state[1] < _SHORTEST:
        out[state[2]] = state[0] >> _TOP_SHIFT
        state[2] += _ONE
        state[0] = (state[0] & _LOW_BYTES) << _EIGHT
        state[1] <<= _EIGHT


@njit(cache=True, nogil=True)
def _carry(state, out):
    state[0] -= _FULL
    at = np.int64(state[2]) - 1
    while out[at] == 255:
        out[at] = 0
        at -= 1
    out[at] += 1


@njit(cache=True, nogil=True)
def _write(symbols, alphabets, cumulative, starts, first, sizes, state, out):
    for i in range(len(symbols)):
        alphabet = alphabets[i]
        size, place = sizes[alphabet], symbols[i] - first[alphabet]
        escape = place < 0 or place >= size
        at = starts[alphabet] + (size if escape else place)
        start = _U(cumulative[at])
        _narrow(state, out, start, _U(cumulative[at + 1]) - start, _BITS)
        if escape:
            distance = -place if place < 0 else place - size + 1
            _narrow(state, out, _U(1 if place < 0 else 0), _ONE, _ONE)
            length = 0
            while distance >> (length + 1):
                length += 1
                _narrow(state, out, _ONE, _ONE, _ONE)
            _narrow(state, out, _U(0), _ONE, _ONE)
            for bit in range(length - 1, -1, -1):
                _narrow(state, out, _U((distance >> bit) & 1), _ONE, _ONE)


@njit(cache=True, nogil=True)
def _finish(state, out):
    """Write the fewest bytes inside the last interval; return the length without trailing zeros."""
    for count in range(WINDOW // 8 + 1):
        unit = _FULL >> _U(8 * count)
        value = (state[0] + unit - _ONE) // unit * unit
        if value < state[0] + state[1]:
            break
    if value >= _FULL:
        state[0] = value
        _carry(state, out)
        value = state[0]
    at = np.int64(state[2])
    for byte in range(count):
        out[at + byte] = (value >> _U(WINDOW - 8 - 8 * byte)) & _U(255)
    end = at + count
    while end > 0 and out[end - 1] == 0:
        end -= 1
    return end


@njit(cache=True, nogil=True)
def _take(state, stream, start, frequency, step):
    state[0] -= step * start
    state[1] = step * frequency
    while state[1] < _SHORTEST:
        state[1] <<= _EIGHT
        state[0] <<= _EIGHT
        if state[2] < len(stream):
            state[0] |= _U(stream[state[2]])
        state[2] += _ONE


@njit(cache=True, nogil=True)
def _take_bit(state, stream):
    step = state[1] >> _ONE
    bit = _ONE if state[0] >= step else _U(0)
    _take(state, stream, bit, _ONE, step)
    return np.int64(bit)


@njit(cache=True, nogil=True)
def _read(symbols, alphabets, cumulative, starts, first, sizes, state, stream):
    last = np.int64(len(stream)) + SLACK_BITS // 8
    for i in range(len(symbols)):
        if np.int64(state[2]) > last:
            return _CORRUPT
        alphabet = alphabets[i]
        begin, size = starts[alphabet], sizes[alphabet]
        step = state[1] >> _BITS
        value = np.int64(state[0] // step)
        if value >= TOTAL:
            return _CORRUPT
        low, high = begin, begin + size + 1
        while high - low > 1:
            middle = (low + high) >> 1
            if cumulative[middle] <= value:
                low = middle
            else:
                high = middle
        start = _U(cumulative[low])
        _take(state, stream, start, _U(cumulative[low + 1]) - start, step)
        place = low - begin
        if place == size:
            below = _take_bit(state, stream)
            length = 0
            while _take_bit(state, stream):
                length += 1
                if (1 << length) > LARGEST:
                    return _CORRUPT
            distance = 1
            for _ in range(length):
                distance = 2 * distance + _take_bit(state, stream)
            if state[0] >= state[1]:
                return _CORRUPT
            place = -distance if below else size - 1 + distance
        symbols[i] = place + first[alphabet]
    return _READ
