"""The file of one picture: exact, short, independent of threads, of the rate that was asked."""

import numpy as np
import pytest
import torch

from core.codec import strips
from core.codec.agreement import agreement
from core.codec.file_format import decode, encode, inspect, pack, unpack
from core.codec.latents import analyse, analyse_batch, bit_map, quantise, synthesise
from core.codec.network import bits_per_pixel, pad
from core.codec.pictures import to_picture, to_tensor
from core.codec.rate_control import encode_within, rounded_up
from core.errors import InputError

TRIED = (0, 90, 170, 255)


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


def test_a_codec_that_nobody_holds_any_more_goes_with_its_tables():
    import gc
    from weakref import ref

    from core.codec.network import VariableRateCodec

    codec = VariableRateCodec(N=16, M=24).eval().requires_grad_(False)
    agreement(codec).z_tables(100)
    gone = ref(codec), ref(agreement(codec))
    del codec
    gc.collect()
    assert [each() for each in gone] == [None, None]


@pytest.mark.parametrize("quality_index", [-1, 256, 1.5])
def test_a_quality_outside_the_scale_is_a_callers_mistake(baseline, picture, quality_index):
    with pytest.raises(ValueError, match=r"0\.\.255"):
        encode(*baseline, picture, quality_index)
