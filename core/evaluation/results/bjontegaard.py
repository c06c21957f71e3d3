"""Bjontegaard deltas between two curves, also where the quality is an accuracy, with intervals.

Bjontegaard, "Calculation of average PSNR differences between RD-curves", VCEG-M33, 2001; Herglotz
et al., "The Bjontegaard Bible", 2023 (piecewise interpolation, overlap).  The interpolation is that
of the package ``bjontegaard``.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.results import monotone, resampled
from core.evaluation.results.curves import RESAMPLES, SEED, Curve, resampling_weights
from core.formatting import percent
from core.intervals import Interval

LEAST_OVERLAP = 0.5
"""Below this share of common quality a delta says little, and a warning goes with it."""

_UNKNOWN = Interval(math.nan)

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
    rate_interval: Interval = _UNKNOWN  # of ``rate``, in percent
    quality_interval: Interval = _UNKNOWN

    @property
    def warning(self) -> str:
        """Why the figure must be read with care; empty if there is no reason."""
        reasons = []
        if not self.overlap > 0:
            return "The curves reach no common quality: there is no delta."
        if self.overlap < LEAST_OVERLAP:
            reasons.append(
                f"The curves share only {percent(self.overlap, 0)} of their range of quality: "
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
    rises = all(
        bool((np.diff(monotone.ordered(*points)[1]) > 0).all()) for points in (reference, method)
    )
    curves = _prepared(reference, method, quality_range, rate_range)
    (rate, quality), (rate_akima, quality_akima) = (
        _changes(curves, kind) for kind in ("pchip", "akima")
    )
    return Delta(
        rate=rate,
        quality=quality,
        rate_akima=rate_akima,
        quality_akima=quality_akima,
        overlap=curves.overlap,
        monotone=rises,
        quality_range=curves.qualities,
        rate_range=(10 ** curves.rates[0], 10 ** curves.rates[1]),
    )


def delta_with_interval(
    reference: Curve,
    method: Curve,
    *,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = SEED,
    quality_range: tuple[float, float] | None = None,
    rate_range: tuple[float, float] | None = None,
) -> Delta:
    """:func:`delta` of the means, and the percentile intervals of its rate and its quality.

    The units of both curves are drawn together, so what a picture costs and how hard it is varies in
    pairs; every resample repairs its own curves.  Resamples without overlap are left out; an
    interval is NaN where that leaves fewer than half, or where there is only one unit.
    """
    if len(reference.counts) != len(method.counts):
        raise ValueError("the curves do not come from the same units")
    ranges = {"quality_range": quality_range, "rate_range": rate_range}
    mean = delta(reference.means(), method.means(), **ranges)
    if len(reference.counts) < 2:
        return mean
    weights = resampling_weights(len(reference.counts), resamples, seed)
    drawn = resampled.deltas(
        *(values for curve in (reference, method) for values in curve.means(weights)),
        quality_range or (-math.inf, math.inf),
        (-math.inf, math.inf) if rate_range is None else tuple(np.log10(rate_range)),
    )
    pictures = int(reference.counts.sum())
    rate, quality = (
        _percentiles(value, draws, confidence, pictures)
        for value, draws in zip((mean.rate, mean.quality), drawn.T, strict=True)
    )
    return replace(mean, rate_interval=rate, quality_interval=quality)


def _percentiles(value: float, draws: np.ndarray, confidence: float, n: int) -> Interval:
    known = draws[np.isfinite(draws)]
    if 2 * len(known) < max(1, len(draws)):
        return Interval(value, n=n)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(known, (tail, 100 - tail))
    return Interval(value, float(low), float(high), n)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Two repaired curves, and the ranges of quality and of log10 rate that are averaged over."""

    raised: tuple[Points, Points]
    rising: tuple[Points, Points]
    qualities: tuple[float, float]
    rates: tuple[float, float]
    overlap: float


def _prepared(
    reference: Points,
    method: Points,
    quality_range: tuple[float, float] | None = None,
    rate_range: tuple[float, float] | None = None,
) -> _Prepared:
    raised = tuple(_cut(_raised(points), rate_range) for points in (reference, method))
    rising = tuple(monotone.without_ties(*points) for points in raised)
    bottom, top, overlap = _common([points[1] for points in rising])
    if quality_range is not None:
        bottom, top = max(bottom, quality_range[0]), min(top, quality_range[1])
    left, right, _ = _common([points[0] for points in raised])
    return _Prepared(raised, rising, (bottom, top), (left, right), overlap)


def _changes(curves: _Prepared, kind: str) -> tuple[float, float]:
    """Mean change of the rate (percent) and of the quality."""
    inverse = [points[::-1] for points in curves.rising]
    rate = _percent(_mean_difference(*inverse, *curves.qualities, kind))
    return rate, _mean_difference(*curves.raised, *curves.rates, kind)


def _raised(points: Points) -> Points:
    """The running maximum over strictly growing rates, these as log10."""
    rate, quality = monotone.raised(*points)
    return np.log10(rate), quality


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
    if not high - low > resampled.LEAST_SPAN or min(len(first[0]), len(second[0])) < 2:
        return math.nan
    areas = [float(_interpolator(x, y, kind).integrate(low, high)) for x, y in (first, second)]
    return (areas[1] - areas[0]) / (high - low)


def _interpolator(x: np.ndarray, y: np.ndarray, kind: str):
    from bjontegaard.interpolation import interpolate  # imports Matplotlib: only when needed

    return interpolate(x, y, kind)


def _percent(mean_log: float) -> float:
    return 100 * (10**mean_log - 1)
