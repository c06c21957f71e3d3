"""What is no whole file of the format is refused with its reason, whoever made it."""

import binascii
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.codec import file_format
from core.codec.agreement import Agreement
from core.codec.file_format import decode, encode, inspect, unpack
from core.errors import InputError

GENERATED = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def parts(file: bytes) -> tuple[bytes, bytes, bytes]:
    """The header without its checksums, the checksums (1 and 4 bytes), the payload."""
    head = 8 if file[4] == 255 else 5
    return file[:head], file[head : head + 5], file[head + 5 :]


def with_size(file: bytes, height: int, width: int) -> bytes:
    """A file of a square claimed to be of another size."""
    size = ((height - 1) << 12 | (width - 1)).to_bytes(3, "big")
    return with_damage_check(file[:4] + b"\xff" + size + file[5:])


def with_damage_check(file: bytes) -> bytes:
    """The file with the checksum of its bytes made right again."""
    head, checks, payload = parts(file)
    check = binascii.crc_hqx(payload, binascii.crc_hqx(head, 0xFFFF)).to_bytes(2, "big")[1:]
    return head + check + checks[1:] + payload


def with_both_checks(file: bytes, fingerprint: str, symbols: bytes) -> bytes:
    """The file with both checksums made right for given decoded symbols."""
    file = with_damage_check(file)
    head, checks, payload = parts(file)
    check = zlib.crc32(bytes.fromhex(fingerprint) + head + payload + symbols).to_bytes(4, "big")
    return head + checks[:1] + check + payload


@GENERATED
@given(st.data())
def test_a_flipped_byte_is_refused(baseline, coded, symbols, data):
    place = data.draw(st.integers(0, coded.file_bytes - 1))
    flip = data.draw(st.integers(1, 255))
    file = bytearray(coded.payload)
    file[place] ^= flip
    refused(baseline, bytes(file), coded, symbols)


@GENERATED
@given(st.data())
def test_a_truncated_file_is_refused(baseline, coded, symbols, data):
    length = data.draw(st.integers(0, coded.file_bytes - 1))
    refused(baseline, coded.payload[:length], coded, symbols)


@GENERATED
@given(tail=st.binary(min_size=1, max_size=40))
def test_appended_bytes_are_refused(baseline, coded, symbols, tail):
    refused(baseline, coded.payload + tail, coded, symbols)


@GENERATED
@given(tail=st.integers(1, 20))
def test_appended_zeros_are_refused_even_with_right_checksums(baseline, coded, symbols, tail):
    refused(baseline, coded.payload + bytes(tail), coded, symbols)


def refused(baseline, file: bytes, coded, symbols: bytes) -> None:
    """As it is, with the first checksum recomputed, and with both for the old symbols."""
    codec, fingerprint = baseline
    attempts = [file]
    if len(file) >= 13:
        attempts.append(with_damage_check(file))
        if file[:5] == coded.payload[:5]:  # with both right, another size is another valid file
            attempts.append(with_both_checks(file, fingerprint, symbols))
    for attempt in attempts:
        if attempt == coded.payload:  # the damage was in a checksum that is right again
            continue
        with pytest.raises(InputError):
            decode(codec, fingerprint, attempt)


@pytest.mark.parametrize("place", [3, 4])
def test_a_forged_header_gets_a_picture_of_the_claimed_size_or_nothing(
    baseline, coded, symbols, place
):
    codec, fingerprint = baseline
    for flip in (1, 2, 16, 255):
        file = bytearray(coded.payload)
        file[place] ^= flip
        forged = with_both_checks(bytes(file), fingerprint, symbols)
        try:
            picture = decode(codec, fingerprint, forged)
        except InputError:
            continue
        header = inspect(forged)
        assert picture.shape == (header.height, header.width, 3)


@GENERATED
@given(
    payload=st.binary(max_size=300), quality_index=st.integers(0, 255), height=st.integers(16, 80)
)
def test_a_forger_who_knows_the_symbols_gets_a_picture_of_the_claimed_size_or_nothing(
    baseline, payload, quality_index, height
):
    codec, fingerprint = baseline
    head = b"\xf9" + bytes.fromhex(fingerprint)[:2] + bytes([quality_index, 3])
    file = with_size(head + bytes(5) + payload, height, 64)
    symbols = []
    with pytest.MonkeyPatch.context() as patch:
        original = file_format.symbol_check

        def overheard(fingerprint, head, payload, latents):
            symbols.append(latents)
            return original(fingerprint, head, payload, latents)

        patch.setattr(file_format, "symbol_check", overheard)
        with pytest.raises(InputError):
            unpack(codec, fingerprint, file)
    if not symbols:
        return
    known = symbols[0].z.astype("<i4").tobytes() + symbols[0].y.astype("<i4").tobytes()
    try:
        picture = decode(codec, fingerprint, with_both_checks(file, fingerprint, known))
    except InputError:
        return
    assert picture.shape == (height, 64, 3) and picture.dtype == np.uint8


@GENERATED
@given(file=st.binary(max_size=200))
def test_any_bytes_are_refused(baseline, file):
    for attempt in (file, b"\xf9" + file):
        with pytest.raises(InputError):
            decode(*baseline, attempt)


def test_another_checkpoints_file_is_refused_by_name(baseline, other, picture):
    file = encode(*other, picture, 100).payload
    with pytest.raises(InputError, match=f"another checkpoint.*{other[1][:4]}"):
        decode(*baseline, file)
    renamed = with_damage_check(file[:1] + bytes.fromhex(baseline[1])[:2] + file[3:])
    with pytest.raises(InputError):
        decode(*baseline, renamed)


def test_a_claim_of_a_huge_picture_is_refused_before_anything_is_allocated(
    baseline, coded, monkeypatch
):
    file = with_size(coded.payload, 4096, 4096)
    monkeypatch.setattr(Agreement, "spread", None)
    with pytest.raises(InputError, match=r"4096 x 4096.*cannot hold"):
        decode(*baseline, file)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("quality_index", [0, 128, 255])
def test_a_crafted_file_of_20_kilobytes_is_refused_before_most_of_the_work(
    baseline, monkeypatch, quality_index, seed
):
    payload = np.random.default_rng(seed).integers(0, 256, 20_000, dtype=np.uint8).tobytes()
    head = b"\xf9" + bytes.fromhex(baseline[1])[:2] + bytes([quality_index, 3])
    file = with_size(head + bytes(5) + payload, 4096, 4096)
    strips_done, right = [], Agreement._hyper_synthesis

    def counted(self, z_hat, gains):
        strips_done.append(z_hat.shape)
        return right(self, z_hat, gains)

    monkeypatch.setattr(Agreement, "_hyper_synthesis", counted)
    with pytest.raises(InputError):
        decode(*baseline, file)
    assert len(strips_done) <= 4  # of sixteen


def test_a_claim_of_a_tiny_picture_is_refused(coded):
    file = with_size(coded.payload, 1, 1)
    with pytest.raises(InputError, match="1 x 1"):
        inspect(file)


def test_a_decoder_that_computes_other_probabilities_says_so(baseline, coded, monkeypatch):
    codec, fingerprint = baseline
    right = Agreement.spread

    def off_by_one(self, z, quality_indices, each=None):
        spreads = right(self, z, quality_indices, each)
        spreads[0].levels[0, 0, 0] += 1
        return spreads

    monkeypatch.setattr(Agreement, "spread", off_by_one)
    with pytest.raises(InputError, match="other symbols"):
        decode(codec, fingerprint, coded.payload)


def test_each_refusal_says_which_it_is(baseline, coded):
    file = coded.payload
    for broken, words in (
        (b"", "not an .xpr"),
        (b"\x89PNG" + file, "not an .xpr"),
        (b"\xfc" + file[1:], "version 4"),
        (file[:9], "cut off"),
        (file[:-1], "damaged"),
        (file + b"\0", "damaged"),
    ):
        with pytest.raises(InputError, match=words):
            decode(*baseline, broken)
