"""How an estimate agrees with the truth: slopes, response curves, what is told from 0."""

import numpy as np
import pytest

from core.training.unit_agreement import least_told, line, present, reliability, response


def test_the_line_is_that_of_the_estimate_over_the_truth():
    truth = np.random.default_rng(0).uniform(0, 5, 300)
    assert line(0.4 * truth + 0.3, truth) == pytest.approx((0.4, 0.3))
    holed = np.where(truth > 4, np.nan, 0.4 * truth + 0.3)
    assert line(holed, truth) == pytest.approx((0.4, 0.3))
    assert np.isnan(line(truth, np.zeros(300))).all()


def test_the_response_shows_low_intensities_that_correlation_hides():
    truth = np.concatenate([np.zeros(100), np.linspace(0.1, 5, 400)])
    deaf = np.where(truth < 2, 0.0, truth)
    curve = response(deaf, truth)
    assert np.corrcoef(deaf, truth)[0, 1] > 0.95
    assert curve.loc["1-2", "estimate"] == 0 and curve.loc["1-2", "error"] == pytest.approx(
        -1.5, abs=0.05
    )
    assert curve.loc["3-5", "error"] == pytest.approx(0) and curve["count"].sum() == 500


def test_a_bin_without_faces_is_unknown():
    curve = response(np.ones(10), np.zeros(10))
    assert curve.loc["0", "estimate"] == 1 and curve.loc["2-3"].isna().sum() == 3


def test_the_least_told_intensity_is_where_half_exceed_the_noise_at_rest():
    rng = np.random.default_rng(1)
    truth = np.concatenate([np.zeros(2000), rng.uniform(0.05, 5, 4000)])
    noisy = truth + rng.normal(0, 0.5, len(truth))
    # 95 % of the noise lies below 1.645 deviations: 0.82
    assert least_told(noisy, truth) == pytest.approx(0.82, abs=0.25)
    assert np.isnan(least_told(np.zeros(6000), truth))
    assert np.isnan(least_told(noisy[2000:], truth[2000:]))


def test_present_is_told_from_less_than_a_point():
    truth = np.array([0.0, 0.5, 0.9, 1.0, 2.0])
    assert present(truth, truth) == 1 and present(-truth, truth) == 0


def test_a_calibrated_probability_is_kept_in_every_tenth():
    rng = np.random.default_rng(2)
    stated = rng.random(20000)
    told = reliability(stated, rng.random(20000) < stated)
    assert len(told) == 10 and told["count"].sum() == 20000
    assert np.abs(told["stated"] - told["kept"]).max() < 0.05
