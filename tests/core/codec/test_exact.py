"""Flat and drawn pictures, stored without loss."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core.codec
from core.codec.codec import decode_file
from core.codec.exact import HEADER_BYTES, decode_exact, encode_exact, is_exact
from core.codec.file_format import inspect
from core.errors import InputError

GENERATED = settings(max_examples=80, deadline=None)
FLAT = np.full((64, 64, 3), (20, 60, 200), np.uint8)
BOARD = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((8, 8)))[..., None].repeat(3, axis=2)
BOARD = (255 * BOARD).astype(np.uint8)
FILE = encode_exact(BOARD, 10**6)


@pytest.fixture(scope="module")
def codec(shelf):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(shelf))
        return core.codec.load()


@GENERATED
@given(st.integers(0, 2**32 - 1))
def test_every_pixel_comes_back(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(16, 90, 2)
    picture = rng.integers(0, rng.integers(1, 257), (height, width, 3), dtype=np.uint8)
    assert np.array_equal(decode_exact(encode_exact(picture, 10**6)), picture)


@pytest.mark.parametrize("quality", [0.3, 1.0])
@pytest.mark.parametrize("picture", [FLAT, BOARD], ids=["flat", "board"])
def test_a_drawn_picture_is_stored_exactly_and_small(codec, picture, quality):
    file = codec.encode(picture, quality)
    assert is_exact(file) and len(file) < 60
    assert np.array_equal(codec.decode(file), picture)
    assert np.array_equal(decode_file(file), picture)
    assert inspect(file).exact and inspect(file).height == 64


def test_a_photograph_is_not(codec, picture):
    assert not is_exact(codec.encode(picture, 0.3))


def test_a_rate_that_only_the_exact_form_reaches_is_reached(codec):
    assert is_exact(codec.encode(FLAT, target_bpp=8 * 30 / 4096))
    with pytest.raises(InputError, match="at least"):
        codec.encode(FLAT, target_bpp=8 * 10 / 4096)


@GENERATED
@given(place=st.integers(0, len(FILE) - 1), flip=st.integers(1, 255))
def test_a_flipped_byte_is_refused(place, flip):
    file = bytearray(FILE)
    file[place] ^= flip
    with pytest.raises(InputError):
        decode_file(bytes(file))


@pytest.mark.parametrize("length", range(len(FILE)))
def test_a_truncated_file_is_refused(length):
    with pytest.raises(InputError):
        decode_file(FILE[:length])


@GENERATED
@given(place=st.integers(HEADER_BYTES, len(FILE) - 1), flip=st.integers(1, 255))
def test_a_forged_stream_gives_a_picture_of_the_claimed_size_or_nothing(place, flip):
    file = bytearray(FILE)
    file[place] ^= flip
    check = zlib.crc32(bytes(file[:1] + file[HEADER_BYTES:])).to_bytes(4, "big")
    forged = bytes(file[:1]) + check + bytes(file[HEADER_BYTES:])
    try:
        picture = decode_exact(forged)
    except InputError:
        return
    assert picture.shape == (inspect(forged).height, inspect(forged).width, 3)


def test_a_claim_of_a_larger_picture_than_any_is_refused_before_it_is_decoded():
    size = (16383 | 16383 << 14).to_bytes(4, "little")
    stream = b"\x2f" + size + FILE[HEADER_BYTES + 5 :]
    check = zlib.crc32(FILE[:1] + stream).to_bytes(4, "big")
    with pytest.raises(InputError, match="16384 x 16384"):
        decode_file(FILE[:1] + check + stream)
