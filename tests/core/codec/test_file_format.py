import binascii
import zlib

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.codec import file_format, strips
from core.codec.agreement import Agreement, agreement
from core.codec.file_format import decode, encode, inspect, pack, unpack
from core.codec.latents import analyse, analyse_batch, bit_map, quantise, synthesise
from core.codec.network import bits_per_pixel, pad
from core.codec.pictures import to_picture, to_tensor
from core.codec.rate_control import encode_within, rounded_up
from core.errors import InputError

GENERATED = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TRIED = (0, 90, 170, 255)


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


@pytest.fixture(scope="module")
def coded(baseline, picture):
    codec, fingerprint = baseline
    return encode(codec, fingerprint, picture, 200)


@pytest.fixture(scope="module")
def symbols(baseline, coded):
    latents = unpack(*baseline, coded.payload)
    return latents.z.astype("<i4").tobytes() + latents.y.astype("<i4").tobytes()


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (64, 64), (100, 64), (130, 40)])
@pytest.mark.parametrize("quality_index", TRIED)
def test_latents_come_back_exactly_and_pixels_too(baseline, picture_of, size, quality_index):
    codec, fingerprint = baseline
    picture = picture_of(*size)
    latents = quantise(codec, analyse(codec, picture), [quality_index])[0]
    encoded = pack(codec, fingerprint, latents)
    back = unpack(codec, fingerprint, encoded.payload)
    assert np.array_equal(back.z, latents.z) and np.array_equal(back.y, latents.y)
    decoded = decode(codec, fingerprint, encoded.payload)
    assert decoded.shape == picture.shape
    assert np.array_equal(decoded, to_picture(synthesise(codec, [latents])))


def test_the_small_codec_uses_tables_and_escapes(baseline, picture):
    codec, _ = baseline
    latents = quantise(codec, analyse(codec, picture), [255])[0]
    deviations = latents.spread.deviations.numpy()
    assert (np.abs(latents.y) > 6 * deviations).any() and (np.abs(latents.y) < deviations).any()


@pytest.mark.parametrize("quality_index", TRIED)
def test_the_decoder_shows_what_the_network_reconstructs(baseline, picture, quality_index):
    codec, fingerprint = baseline
    decoded = decode(codec, fingerprint, encode(codec, fingerprint, picture, quality_index).payload)
    x_hat = codec(to_tensor(picture), torch.tensor([quality_index / 255]))["x_hat"]
    assert np.abs(decoded.astype(int) - to_picture(x_hat)).max() <= 1


def test_a_file_is_at_most_two_bytes_over_the_ideal_length_on_average(baseline, picture_of):
    codec, fingerprint = baseline
    over = []
    for height in range(50, 65):
        picture = picture_of(height, 64)
        for quality_index in (
            60,
            120,
        ):  # where this codec's symbols stay above the floor of probability
            output = codec(pad(to_tensor(picture)), torch.tensor([quality_index / 255]))
            ideal = float(bits_per_pixel(output["likelihoods"], 1)) / 8
            over.append(encode(codec, fingerprint, picture, quality_index).payload_bytes - ideal)
    assert np.mean(over) < 2


def test_bytes_do_not_depend_on_threads_or_batches(baseline, picture):
    codec, fingerprint = baseline
    threads = torch.get_num_threads()
    try:
        files = []
        for count in (1, 2):
            torch.set_num_threads(count)
            analysis = analyse(codec, picture)
            files.append(
                [
                    encode(codec, fingerprint, analysis, quality_index).payload
                    for quality_index in TRIED
                ]
            )
            together = quantise(codec, analysis, TRIED)
            files.append([pack(codec, fingerprint, latents).payload for latents in together])
            assert [decode(codec, fingerprint, file).shape for file in files[0]]
    finally:
        torch.set_num_threads(threads)
    assert all(each == files[0] for each in files)


def test_several_pictures_are_quantised_together(baseline, picture_of):
    codec, _ = baseline
    pictures = [picture_of(64, 64), picture_of(64, 64)[::-1].copy()]
    analyses = analyse_batch(codec, torch.cat([to_tensor(picture) for picture in pictures]))
    for picture, latents in zip(pictures, quantise(codec, analyses, [100, 200]), strict=True):
        alone = quantise(codec, analyse(codec, picture), [latents.quality_index])[0]
        assert np.array_equal(latents.y, alone.y) and np.array_equal(latents.z, alone.z)


# -- files that must be refused -------------------------------------------------------------------


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


def test_a_large_pictures_progress_is_told(baseline, picture_of, monkeypatch):
    codec, fingerprint = baseline
    monkeypatch.setattr(strips, "STRIP_PIXELS", 128 * 64)
    monkeypatch.setattr(strips, "GROUP_PIXELS", 64 * 64)
    told = []
    picture = picture_of(500, 64)
    file = encode(codec, fingerprint, picture, 90, lambda *step: told.append(step)).payload
    assert len(told) > 4 and told[-1][0] == pytest.approx(1)
    shares = [done / total for done, total, _ in told]
    assert shares == sorted(shares) and shares[0] > 0
    told.clear()
    decode(codec, fingerprint, file, lambda *step: told.append(step))
    assert [done for done, *_ in told] == sorted(done for done, *_ in told) and len(told) > 4
    told.clear()
    encode_within(codec, fingerprint, picture, 2.0, lambda *step: told.append(step))
    shares = [done / total for done, total, _ in told]
    assert shares == sorted(shares) and len(shares) > 20 and 0.9 < shares[-1] <= 1


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


# -- rates, maps, parts ---------------------------------------------------------------------------


def test_sizes_add_up(coded):
    header = inspect(coded.payload)
    assert (header.height, header.width, header.quality_index) == (64, 64, 200)
    assert coded.header_bytes == header.header_bytes == 10
    assert coded.file_bytes == len(coded.payload) == coded.header_bytes + coded.payload_bytes
    assert coded.file_bpp == header.file_bpp == 8 * len(coded.payload) / 4096
    assert abs(8 * coded.payload_bytes - coded.z_bits - coded.y_bits) <= 16


@pytest.mark.parametrize(
    ("size", "bytes_of_header"), [((32, 32), 10), ((40, 40), 13), ((64, 48), 13)]
)
def test_the_size_of_a_square_takes_a_byte(baseline, picture_of, size, bytes_of_header):
    coded = encode(*baseline, picture_of(*size), 100)
    header = inspect(coded.payload)
    assert (header.height, header.width) == size
    assert coded.header_bytes == header.header_bytes == bytes_of_header <= 16


def test_a_target_rate_is_met_with_the_largest_file_below_it(baseline, picture):
    codec, fingerprint = baseline
    analysis = analyse(codec, picture)
    target = encode(codec, fingerprint, analysis, 140).file_bpp
    found = encode_within(codec, fingerprint, analysis, target)
    assert found.file_bpp <= target
    assert encode(codec, fingerprint, analysis, found.quality_index + 1).file_bpp > target


def test_a_target_below_the_lowest_rate_is_refused_with_that_rate(baseline, picture):
    lowest = encode(*baseline, picture, 0).file_bpp
    with pytest.raises(InputError, match=rounded_up(lowest)):
        encode_within(*baseline, picture, lowest / 2)
    assert encode_within(*baseline, picture, float(rounded_up(lowest))).file_bpp == lowest
    with pytest.raises(InputError):
        encode_within(*baseline, picture, float("nan"))


@pytest.mark.parametrize("bpp", [8 * size / 4096 for size in range(1, 60)] + [0.0003, 1 / 3])
def test_a_rate_that_is_named_is_never_below_the_real_one(bpp):
    assert bpp <= float(rounded_up(bpp)) <= bpp + 1.0001e-4


@pytest.mark.parametrize("size", [(64, 64), (17, 33), (70, 130)])
def test_the_map_of_bits_sums_to_the_bits(baseline, picture_of, size):
    codec, fingerprint = baseline
    latents = quantise(codec, analyse(codec, picture_of(*size)), [150])[0]
    encoded = pack(codec, fingerprint, latents)
    spent = bit_map(codec, latents)
    assert spent.shape == size and spent.dtype == np.float32 and (spent >= 0).all()
    assert spent.sum() == pytest.approx(encoded.z_bits + encoded.y_bits, rel=1e-4)


def test_strips_change_nothing(baseline, picture_of, monkeypatch):
    codec, fingerprint = baseline
    picture = picture_of(500, 64)
    whole = encode(codec, fingerprint, picture, 150).payload
    pixels = decode(codec, fingerprint, whole)
    monkeypatch.setattr(strips, "STRIP_PIXELS", 128 * 64)
    monkeypatch.setattr(strips, "GROUP_PIXELS", 64 * 64)
    latents = unpack(codec, fingerprint, whole)
    in_strips = quantise(codec, analyse(codec, picture), [150])[0]
    assert np.array_equal(in_strips.spread.levels, latents.spread.levels)
    assert latents.spread.means is None and in_strips.spread.deviations is None  # nothing is kept
    assert (in_strips.y != latents.y).mean() < 1e-3
    assert np.abs(decode(codec, fingerprint, whole).astype(int) - pixels).max() <= 1


def test_changed_weights_bring_new_tables(picture):
    from copy import deepcopy

    from core.codec.network import VariableRateCodec

    codec = VariableRateCodec(N=16, M=24).eval().requires_grad_(False)
    before = agreement(codec)
    assert agreement(codec) is before
    codec.net.h_s[-1].bias += 1
    assert agreement(codec) is not before
    assert agreement(deepcopy(codec)) is not agreement(codec)


@pytest.mark.parametrize("quality_index", [-1, 256, 1.5])
def test_a_quality_outside_the_scale_is_a_callers_mistake(baseline, picture, quality_index):
    with pytest.raises(ValueError, match=r"0\.\.255"):
        encode(*baseline, picture, quality_index)
