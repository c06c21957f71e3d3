"""The compiled deltas are those of the library, draw by draw."""

import math

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from core.evaluation.results.bjontegaard import delta
from core.evaluation.results.equal_accuracy import crossing
from core.evaluation.results.resampled import deltas, first_reached, integral

ANY = (-math.inf, math.inf)


def drawn_curves(draws, points, seed, scale=1.0):
    """Curves that mostly rise, with falls, plateaus and equal rates among them."""
    rng = np.random.default_rng(seed)
    rates = scale * np.exp(np.sort(rng.normal(0, 1, (draws, points)), axis=1))
    rates[::3, points - 1] = rates[::3, 0]
    qualities = np.cumsum(rng.normal(0.5, 1, (draws, points)), axis=1).round(1)
    order = rng.permutation(points)
    return rates[:, order], qualities[:, order]


@pytest.mark.parametrize("quality_range", [None, (0.5, 2.0)])
@pytest.mark.parametrize("rate_range", [None, (0.5, 3.0), (1e-9, 1.0), (2.0, 1e9)])
@pytest.mark.parametrize("points", [(7, 9), (2, 3), (1, 5)])
def test_a_draw_is_what_the_delta_of_its_curves_is(points, rate_range, quality_range):
    first = drawn_curves(60, points[0], seed=1)
    second = drawn_curves(60, points[1], seed=2, scale=0.8)
    ends = ANY if rate_range is None else tuple(np.log10(rate_range))
    together = deltas(*first, *second, quality_range or ANY, ends)
    for draw, found in enumerate(together):
        alone = delta(
            tuple(values[draw] for values in first),
            tuple(values[draw] for values in second),
            quality_range=quality_range,
            rate_range=rate_range,
        )
        np.testing.assert_allclose(found, (alone.rate, alone.quality), rtol=1e-8, atol=1e-9)
    assert points[0] == 1 or np.isfinite(together[:, 1]).any()


def test_the_integral_is_the_librarys():
    rng = np.random.default_rng(0)
    for count in (2, 3, 4, 12):
        x = np.cumsum(rng.random(count) + 0.01)
        y = rng.normal(size=count)
        low, high = x[0] + 0.1 * np.ptp(x), x[-1] - 0.2 * np.ptp(x)
        expected = PchipInterpolator(x, y).integrate(low, high)
        assert integral(x, y, low, high) == pytest.approx(float(expected), rel=1e-10)


def test_a_draw_reaches_an_accuracy_where_its_curve_does():
    rates, qualities = drawn_curves(80, 6, seed=3, scale=100.0)
    wanted = np.linspace(-3, 6, 80)
    found = first_reached(rates, qualities, wanted)
    for draw in range(80):
        alone = crossing(rates[draw], qualities[draw], wanted[draw])
        assert (
            found[draw] == math.inf
            if alone is None
            else found[draw] == pytest.approx(alone, abs=0.051)
        )
    assert np.isfinite(found).any() and not np.isfinite(found).all()


def test_a_plateau_is_counted_from_where_it_is_first_reached_in_bytes_and_in_rate():
    rate, quality = np.array([100.0, 200.0, 400.0, 800.0]), np.array([0.5, 0.6, 0.6, 0.7])
    half = crossing(rate, quality, 0.65)
    assert half == pytest.approx(round((200 * 800) ** 0.5, 1))
    without = np.delete(rate, 2), np.delete(quality, 2)
    other = (2 * rate, quality)
    assert delta(other, (rate, quality)).rate == pytest.approx(delta(other, without).rate)
