"""Deltas against the package, against arithmetic, and on curves that make others stumble."""

import time

import numpy as np
import pytest

from core.evaluation.results.bjontegaard import delta, delta_with_interval
from core.evaluation.results.curves import Curve

# The published example of the package ``bjontegaard`` (x265 at two presets).
ANCHOR = (
    np.array([9487.76, 4593.60, 2486.44, 1358.24]),
    np.array([40.037, 38.615, 36.845, 34.851]),
)
TEST = (
    np.array([9787.80, 4469.00, 2451.52, 1356.24]),
    np.array([40.121, 38.651, 36.970, 34.987]),
)
RATES = np.geomspace(0.05, 1.5, 12)
ACCURACY = 0.7 - 0.4 * np.exp(-6 * RATES)


@pytest.mark.parametrize("kind", ["pchip", "akima"])
def test_the_published_example_agrees_with_the_package(kind):
    import bjontegaard

    found = delta(ANCHOR, TEST)
    rate = bjontegaard.bd_rate(*ANCHOR, *TEST, method=kind, min_overlap=0)
    psnr = bjontegaard.bd_psnr(*ANCHOR, *TEST, method=kind, min_overlap=0)
    suffix = "_akima" if kind == "akima" else ""
    assert getattr(found, f"rate{suffix}") == pytest.approx(rate, abs=1e-6)
    assert getattr(found, f"quality{suffix}") == pytest.approx(psnr, abs=1e-9)
    assert found.monotone and found.overlap > 0.9 and not found.warning


def test_identical_curves_give_zero():
    found = delta((RATES, ACCURACY), (RATES, ACCURACY))
    assert found.rate == pytest.approx(0, abs=1e-9)
    assert found.quality == pytest.approx(0, abs=1e-12)
    assert found.overlap == 1


def test_half_the_rate_gives_minus_fifty_percent():
    found = delta((RATES, ACCURACY), (RATES / 2, ACCURACY))
    assert found.rate == pytest.approx(-50, abs=1e-9)
    assert found.rate_akima == pytest.approx(-50, abs=1e-9)


def test_the_quality_range_bounds_what_is_averaged():
    cheaper_above = np.where(ACCURACY > 0.5, RATES / 2, RATES)
    whole = delta((RATES, ACCURACY), (cheaper_above, ACCURACY))
    top = delta((RATES, ACCURACY), (cheaper_above, ACCURACY), quality_range=(0.6, 0.69))
    assert top.rate == pytest.approx(-50, abs=1)
    assert -50 < whole.rate < 0
    assert top.quality_range == (0.6, 0.69)


def test_the_rate_range_cuts_both_curves():
    found = delta((RATES, ACCURACY), (RATES, ACCURACY + 0.02), rate_range=(0.1, 1.0))
    assert found.rate_range == pytest.approx((0.1, 1.0))
    assert found.quality == pytest.approx(0.02, abs=1e-3)
    low = 0.7 - 0.4 * np.exp(-0.6) + 0.02
    assert found.quality_range[0] == pytest.approx(low, abs=5e-3)


def test_without_overlap_there_is_a_warning_and_no_figure():
    found = delta((RATES, ACCURACY), (RATES, ACCURACY + 1))
    assert np.isnan(found.rate) and np.isnan(found.rate_akima)
    assert found.overlap == 0 and "no common quality" in found.warning


def test_little_overlap_is_warned_of():
    found = delta((RATES, ACCURACY), (RATES, ACCURACY + 0.2))
    assert 0 < found.overlap < 0.5 and "share only" in found.warning


def test_plateaus_and_falls_are_repaired_and_said():
    bumpy = ACCURACY.copy()
    bumpy[5:8] = bumpy[5]
    bumpy[9] = bumpy[8] - 0.01
    found = delta((RATES, bumpy), (RATES / 2, bumpy))
    assert not found.monotone and "running maximum" in found.warning
    assert found.rate == pytest.approx(-50, abs=1e-6)


@pytest.mark.parametrize("quality", [np.full(12, 0.5), -ACCURACY])
def test_a_curve_that_never_rises_gives_no_figure(quality):
    found = delta((RATES, ACCURACY), (RATES, quality))
    assert np.isnan(found.rate)


def simulated(rng, scale, images=800):
    hits = rng.random(images)[:, None] < ACCURACY[None]
    rates = np.broadcast_to(scale * RATES, hits.shape) * rng.uniform(0.8, 1.2, (images, 1))
    return Curve(np.arange(12), np.ones(images), rates, hits.astype(float))


def test_the_interval_covers_the_truth_and_pairing_narrows_it():
    rng = np.random.default_rng(1)
    reference = simulated(rng, 1.0)
    other = Curve(
        reference.quality_indices, reference.counts, reference.rates * 0.6, reference.qualities
    )
    paired = delta_with_interval(reference, other, resamples=200)
    assert paired.rate_interval.low == pytest.approx(-40, abs=1e-6) == paired.rate_interval.high
    independent = delta_with_interval(reference, simulated(rng, 0.6), resamples=200)
    ends = independent.rate_interval
    assert ends.low < -40 < ends.high and ends.high - ends.low > 1


def test_a_thousand_resamples_take_seconds():
    rng = np.random.default_rng(2)
    curves = simulated(rng, 1.0, 3589), simulated(rng, 0.6, 3589)
    started = time.perf_counter()
    delta_with_interval(*curves, resamples=1000)
    assert time.perf_counter() - started < 15


def test_a_single_unit_gives_no_interval():
    whole = Curve(np.arange(12), np.ones(1), RATES[None], ACCURACY[None])
    cheaper = Curve(np.arange(12), np.ones(1), RATES[None] / 2, ACCURACY[None])
    found = delta_with_interval(whole, cheaper)
    assert found.rate == pytest.approx(-50)
    assert np.isnan(found.rate_interval.low) and np.isnan(found.quality_interval.high)
