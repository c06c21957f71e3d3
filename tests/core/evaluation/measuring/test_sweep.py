"""All qualities of one picture: real files, the same pictures as the decoder gives, honest sums."""

import numpy as np
import pytest
import torch

from core.codec import file_format
from core.codec.network import VariableRateCodec
from core.errors import InputError
from core.evaluation.measuring.sweep import (
    default_quality_indices,
    sweep_picture,
)
from core.recognition import READ_AT, ExpressionClassifier, read_pictures

FINGERPRINT = "ab" * 32


@pytest.fixture(scope="module")
def models():
    torch.manual_seed(3)
    codec = VariableRateCodec(N=8, M=16).eval().requires_grad_(False)
    return codec, ExpressionClassifier().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def picture():
    grid = np.mgrid[0:70, 0:50].sum(axis=0)
    return np.stack([grid, 2 * grid, 255 - grid], axis=-1).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def sweep(models, picture):
    codec, classifier = models
    return sweep_picture(codec, FINGERPRINT, classifier, picture, (0, 100, 255))


def test_every_file_decodes_to_the_picture_that_is_shown(sweep, models):
    for point in sweep.points:
        decoded = file_format.decode(models[0], FINGERPRINT, point.file.payload)
        assert np.abs(decoded.astype(int) - point.picture).max() <= 1


def test_an_operating_point_is_the_file_that_the_encoder_makes_alone(sweep, models, picture):
    for point in sweep.points:
        alone = file_format.encode(models[0], FINGERPRINT, picture, point.quality_index)
        assert point.file.payload == alone.payload


def test_the_cells_of_an_odd_sized_picture_sum_to_the_estimated_bits(sweep):
    for point in sweep.points:
        assert point.cells.shape == (5, 4)
        assert point.cells.sum() == pytest.approx(point.file.z_bits + point.file.y_bits, rel=1e-3)


def test_the_classifier_sees_what_was_decoded(sweep, models, picture):
    assert sweep.probabilities == pytest.approx(read_pictures(models[1], [picture])[0], abs=1e-4)
    for point in sweep.points:
        seen = read_pictures(models[1], [point.picture])[0]
        assert point.probabilities == pytest.approx(seen, abs=1e-4)


def test_psnr_is_that_of_the_picture(sweep):
    for point in sweep.points:
        error = (point.picture.astype(float) - sweep.original) ** 2
        assert point.psnr == pytest.approx(10 * np.log10(255**2 / error.mean()), abs=1e-3)


def test_the_best_point_within_a_rate_is_found_or_the_least_rate_is_named(sweep):
    rates = [point.file.file_bpp for point in sweep.points]
    assert sweep.within(rates[1] + 1e-9).quality_index == max(
        point.quality_index
        for point, rate in zip(sweep.points, rates, strict=True)
        if rate <= rates[1] + 1e-9
    )
    with pytest.raises(InputError, match="at least"):
        sweep.within(rates[0] / 2)


def test_the_nearest_point_answers_for_any_quality(sweep):
    assert [sweep.nearest(index).quality_index for index in (0, 49, 51, 255)] == [
        0,
        0,
        100,
        255,
    ]


def test_a_picture_too_large_for_the_live_sweep_is_refused(models):
    with pytest.raises(InputError, match="at most 512"):
        sweep_picture(*models[:1], FINGERPRINT, models[1], np.zeros((16, 513, 3), np.uint8))


def test_larger_pictures_get_fewer_points_and_all_reach_both_ends():
    counts = []
    for side in (16, READ_AT, 256, 512):
        quality_indices = default_quality_indices(side, side)
        assert (
            quality_indices[0] == 0
            and quality_indices[-1] == 255
            and len(set(quality_indices)) == len(quality_indices)
        )
        counts.append(len(quality_indices))
    assert counts == sorted(counts, reverse=True) and (counts[0], counts[-1]) == (34, 12)
