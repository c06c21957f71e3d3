"""Bjontegaard deltas between two curves, also where the quality is an accuracy, with intervals.

Bjontegaard, "Calculation of average PSNR differences between RD-curves", VCEG-M33, 2001; Herglotz
et al., "The Bjontegaard Bible", 2023 (piecewise interpolation, overlap).  The interpolation is that
of the package ``bjontegaard``.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.results.curves import Curve, resampling_weights

LEAST_OVERLAP = 0.5
"""Below this share of common quality a delta says little, and a warning goes with it."""

Points = tuple[np.ndarray, np.ndarray]
"""Mean rates and qualities (S,), any order."""


@dataclass(frozen=True)
class Delta:
    """What one method costs against another; everything is NaN where the curves do not overlap.

    ``rate`` is the mean change of the bit rate in percent at equal quality, ``quality`` the mean
    change of the quality at equal rate (dB; a fraction for accuracy).  Both by pchip; the
    ``_akima`` twins show how much the interpolation matters.
    """

    rate: float
    quality: float
    rate_akima: float
    quality_akima: float
    overlap: float  # share of the qualities of either curve that both reach, 0..1
    monotone: bool  # whether both curves rose with the rate before any repair
    quality_range: tuple[float, float]  # the delta of the rate is averaged over these qualities
    rate_range: tuple[float, float]  # the delta of the quality over these bits per pixel
    low: float = math.nan  # interval of ``rate``
    high: float = math.nan

    @property
    def warning(self) -> str:
        """Why the figure must be read with care; empty if there is no reason."""
        reasons = []
        if not self.overlap > 0:
            return "The curves reach no common quality: there is no delta."
        if self.overlap < LEAST_OVERLAP:
            reasons.append(
                f"The curves share only {self.overlap:.0%} of their range of quality: "
                "the delta says nothing about the rest."
            )
        if not self.monotone:
            reasons.append("A curve falls somewhere: its running maximum was compared.")
        return " ".join(reasons)


def delta(
    reference: Points,
    method: Points,
    *,
    quality_range: tuple[float, float] | None = None,
    rate_range: tuple[float, float] | None = None,
) -> Delta:
    """Compare ``method`` with ``reference``.

    ``quality_range`` bounds the qualities (for accuracy: fixed on other data than the test).
    ``rate_range`` bounds the rates: each curve is cut there before the overlap is taken.
    Falls are repaired by the running maximum over the rate, ties dropped.
    """
    monotone = all(bool((np.diff(_sorted(points)[1]) > 0).all()) for points in (reference, method))
    raised = [_cut(_raised(points), rate_range) for points in (reference, method)]
    rising = [_without_ties(points) for points in raised]
    bottom, top, overlap = _common([points[1] for points in rising])
    if quality_range is not None:
        bottom, top = max(bottom, quality_range[0]), min(top, quality_range[1])
    left, right, _ = _common([points[0] for points in raised])
    inverse = [points[::-1] for points in rising]
    rates, qualities = {}, {}
    for kind in ("pchip", "akima"):
        rates[kind] = _percent(_mean_difference(*inverse, bottom, top, kind))
        qualities[kind] = _mean_difference(*raised, left, right, kind)
    return Delta(
        rate=rates["pchip"],
        quality=qualities["pchip"],
        rate_akima=rates["akima"],
        quality_akima=qualities["akima"],
        overlap=overlap,
        monotone=monotone,
        quality_range=(bottom, top),
        rate_range=(10**left, 10**right),
    )


def delta_with_interval(
    reference: Curve,
    method: Curve,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    **ranges: tuple[float, float] | None,
) -> Delta:
    """:func:`delta` of the means, and the percentile interval of its rate.

    The units of both curves are drawn together, so what a picture costs and how hard it is varies in
    pairs; every resample repairs its own curves.  Resamples without overlap are left out; the
    interval is NaN where that leaves fewer than half, or where there is only one unit.
    """
    if len(reference.counts) != len(method.counts):
        raise ValueError("the curves do not come from the same units")
    found = delta(reference.means(), method.means(), **ranges)
    if len(reference.counts) < 2:
        return found
    weights = resampling_weights(len(reference.counts), resamples, seed)
    first, second = (np.stack(curve.means(weights), axis=1) for curve in (reference, method))
    rates = np.array([_rate(a, b, **ranges) for a, b in zip(first, second, strict=True)])
    rates = rates[np.isfinite(rates)]
    if 2 * len(rates) < max(1, resamples):
        return found
    tail = 50 * (1 - confidence)
    low, high = np.percentile(rates, (tail, 100 - tail))
    return replace(found, low=float(low), high=float(high))


def _rate(
    reference: Points,
    method: Points,
    quality_range: tuple[float, float] | None = None,
    rate_range: tuple[float, float] | None = None,
) -> float:
    """The rate of :func:`delta` alone, by pchip."""
    rising = [_without_ties(_cut(_raised(points), rate_range)) for points in (reference, method)]
    bottom, top, _ = _common([points[1] for points in rising])
    if quality_range is not None:
        bottom, top = max(bottom, quality_range[0]), min(top, quality_range[1])
    return _percent(_mean_difference(*(p[::-1] for p in rising), bottom, top, "pchip"))


def _sorted(points: Points) -> Points:
    """Log10 rates and qualities in the order of the rates, the better one first at equal rates."""
    rate, quality = (np.asarray(values, dtype=np.float64) for values in points)
    order = np.lexsort((-quality, rate))
    return np.log10(rate[order]), quality[order]


def _raised(points: Points) -> Points:
    """The running maximum over strictly growing rates."""
    rate, quality = _sorted(points)
    keep = np.diff(rate, prepend=-np.inf) > 0
    return rate[keep], np.maximum.accumulate(quality)[keep]


def _without_ties(points: Points) -> Points:
    """Only the points that are better than all cheaper ones."""
    rate, quality = points
    keep = np.diff(quality, prepend=-np.inf) > 0
    return rate[keep], quality[keep]


def _cut(points: Points, rate_range: tuple[float, float] | None) -> Points:
    """The part of a curve between two rates, its ends interpolated where the curve reaches them."""
    if rate_range is None or len(points[0]) < 2:
        return points
    rate, quality = points
    low, high = (float(np.clip(np.log10(end), rate[0], rate[-1])) for end in rate_range)
    inside = (rate > low) & (rate < high)
    ends = np.unique([low, high])
    x = np.sort(np.concatenate([ends, rate[inside]]))
    y = _interpolator(rate, quality, "pchip")(x)
    return x, np.maximum.accumulate(np.asarray(y))


def _common(values: list[np.ndarray]) -> tuple[float, float, float]:
    """Ends of the interval that all values cover, and its share of the whole."""
    bottom, top = max(v[0] for v in values), min(v[-1] for v in values)
    span = max(v[-1] for v in values) - min(v[0] for v in values)
    share = max(0.0, top - bottom) / span if span > 0 else 0.0
    return float(bottom), float(top), float(share)


def _mean_difference(
    first: Points, second: Points, low: float, high: float, kind: str
) -> float:  # fmt: skip
    """Mean of second(x) - first(x) over low..high; NaN where there is nothing to average."""
    if not high > low or min(len(first[0]), len(second[0])) < 2:
        return math.nan
    areas = [float(_interpolator(x, y, kind).integrate(low, high)) for x, y in (first, second)]
    return (areas[1] - areas[0]) / (high - low)


def _interpolator(x: np.ndarray, y: np.ndarray, kind: str):
    from bjontegaard.interpolation import interpolate  # imports Matplotlib: only when needed

    return interpolate(x, y, kind)


def _percent(mean_log: float) -> float:
    return 100 * (10**mean_log - 1)
