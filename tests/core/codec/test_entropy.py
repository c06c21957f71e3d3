import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.codec.entropy import (
    LARGEST,
    LEVELS,
    TOTAL,
    CorruptStream,
    Reader,
    Tables,
    bits,
    gaussian_tables,
    write,
)

GENERATED = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def message(seed: int, escapes: float) -> tuple[np.ndarray, np.ndarray, Tables]:
    """Symbols drawn from random alphabets, some of them outside their tables."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, rng.integers(1, 6))
    masses = [rng.dirichlet(np.full(size, 0.3)) * (1 - 1e-4) for size in sizes]
    tables = Tables.of(masses, list(rng.integers(-5, 5, len(sizes))))
    alphabets = rng.integers(0, len(sizes), rng.integers(0, 300)).astype(np.int32)
    symbols = np.array(
        [tables.first[a] + rng.choice(sizes[a], p=masses[a] / masses[a].sum()) for a in alphabets],
        np.int32,
    )
    far = rng.random(len(symbols)) < escapes
    symbols[far] = rng.integers(-LARGEST // 2, LARGEST // 2, far.sum())
    return symbols, alphabets, tables


def written(part) -> bytes:
    return write([part], bits(*part).sum())


@GENERATED
@given(seeds, st.sampled_from([0.0, 0.05]))
def test_every_symbol_comes_back(seed, escapes):
    symbols, alphabets, tables = message(seed, escapes)
    stream = written((symbols, alphabets, tables))
    assert np.array_equal(Reader(stream).read(alphabets, tables), symbols)


@GENERATED
@given(seeds)
def test_a_stream_is_at_most_two_bytes_longer_than_its_probabilities_say(seed):
    part = message(seed, 0.02)
    assert len(written(part)) <= bits(*part).sum() / 8 + 2


def test_a_stream_is_less_than_a_byte_longer_on_average():
    parts = [message(seed, 0.0) for seed in range(200)]
    over = [len(written(part)) - bits(*part).sum() / 8 for part in parts]
    assert np.mean(over) < 1


@GENERATED
@given(seeds)
def test_a_stream_never_ends_in_a_zero(seed):
    assert not written(message(seed, 0.02)).endswith(b"\0")


@GENERATED
@given(st.binary(max_size=200), seeds)
def test_any_bytes_are_read_or_refused(stream, seed):
    _, alphabets, tables = message(seed, 0.0)
    try:
        symbols = Reader(stream).read(alphabets, tables)
    except CorruptStream:
        return
    assert len(symbols) == len(alphabets)


def test_an_escape_without_end_is_refused():
    tables = Tables.of([np.array([0.5])], [0])
    with pytest.raises(CorruptStream):
        Reader(b"\xff" * 40).read(np.zeros(9, np.int32), tables)


def test_two_parts_share_one_stream():
    first, second = message(1, 0.02), message(2, 0.02)
    stream = write([first, second], bits(*first).sum() + bits(*second).sum())
    reader = Reader(stream)
    assert np.array_equal(reader.read(first[1], first[2]), first[0])
    assert np.array_equal(reader.read(second[1], second[2]), second[0])


def test_a_carry_runs_through_bytes_that_are_written_already():
    # The middle symbol's interval straddles 1/2: bytes 0x7f 0xff 0xff ... stay open until a last
    # symbol decides; taking the upper part turns them into 0x80 0x00 0x00.
    tables = Tables.of([np.array([0.49999, 0.00001, 0.49999])], [0])
    for seed in range(100):
        rng = np.random.default_rng(seed)
        symbols = np.concatenate([[1], rng.integers(0, 3, 60)]).astype(np.int32)
        alphabets = np.zeros(len(symbols), np.int32)
        stream = written((symbols, alphabets, tables))
        assert np.array_equal(Reader(stream).read(alphabets, tables), symbols)


def test_gaussian_tables_follow_the_error_function():
    tables = gaussian_tables()
    for level in (0, 40, 100, LEVELS - 1):
        deviation = 0.11 * 2 ** (level / 16)
        start, size = tables.starts[level], tables.sizes[level]
        frequencies = np.diff(tables.cumulative[start : start + size + 2])
        assert frequencies.sum() == TOTAL and frequencies.min() >= 1
        for place in range(0, size, max(1, size // 7)):
            symbol = tables.first[level] + place
            upper, lower = ((symbol + half) / deviation / math.sqrt(2) for half in (0.5, -0.5))
            mass = (math.erf(upper) - math.erf(lower)) / 2
            assert abs(frequencies[place] / TOTAL - mass) < 2e-3 * mass + 1e-6


def test_the_fewest_bits_are_those_of_the_likeliest_symbols():
    tables = Tables.of([np.array([0.5, 0.4]), np.array([0.25, 0.6])], [0, 0])
    likeliest = bits(np.array([0, 1], np.int32), np.array([0, 1], np.int32), tables)
    assert tables.fewest_bits() == pytest.approx(likeliest)
