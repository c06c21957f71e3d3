"""Bjontegaard deltas of a thousand resampled curves at once, compiled: what intervals are made of.

The same as :func:`core.evaluation.results.bjontegaard.delta` by pchip (a test holds them together);
ours because the library's interpolator takes milliseconds a curve and an interval takes thousands.
Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.
"""

import numpy as np
from numba import njit

LEAST_SPAN = 1e-9
"""What two curves share below this is rounding, not a range."""


@njit(cache=True, nogil=True)
def deltas(
    reference_rates: np.ndarray,
    reference_qualities: np.ndarray,
    method_rates: np.ndarray,
    method_qualities: np.ndarray,
    quality_range: tuple[float, float],
    rate_range: tuple[float, float],
) -> np.ndarray:
    """Change of the rate (percent) and of the quality (R, 2) of R resampled pairs of curves.

    Rates and qualities float64 (R, S) and (R, T), by ascending mean rate or not.  Infinite ends of
    the ranges mean no bound; ``rate_range`` is log10.  NaN where the curves share nothing.
    """
    out = np.full((len(reference_rates), 2), np.nan)
    for draw in range(len(out)):
        x1, y1 = _raised(reference_rates[draw], reference_qualities[draw])
        x2, y2 = _raised(method_rates[draw], method_qualities[draw])
        x1, y1 = _cut(x1, y1, rate_range)
        x2, y2 = _cut(x2, y2, rate_range)
        left, right = max(x1[0], x2[0]), min(x1[-1], x2[-1])
        if right - left > LEAST_SPAN and len(x1) > 1 and len(x2) > 1:
            gain = integral(x2, y2, left, right) - integral(x1, y1, left, right)
            out[draw, 1] = gain / (right - left)
        x1, y1 = _without_ties(x1, y1)
        x2, y2 = _without_ties(x2, y2)
        bottom = max(y1[0], y2[0], quality_range[0])
        top = min(y1[-1], y2[-1], quality_range[1])
        if top - bottom > LEAST_SPAN and len(x1) > 1 and len(x2) > 1:
            change = integral(y2, x2, bottom, top) - integral(y1, x1, bottom, top)
            out[draw, 0] = 100 * (10 ** (change / (top - bottom)) - 1)
    return out


@njit(cache=True, nogil=True)
def first_reached(rates: np.ndarray, qualities: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The least rate (R,) at which each of R curves (R, S) reaches ``wanted`` (R,); else infinity.

    Between two points the quality is linear in the logarithm of the rate, as in
    :func:`core.evaluation.results.equal_accuracy.crossing`.
    """
    out = np.full(len(rates), np.inf)
    for draw in range(len(out)):
        x, y = _raised(rates[draw], qualities[draw])
        x, y = _without_ties(x, y)
        if y[-1] >= wanted[draw]:
            out[draw] = 10 ** np.interp(wanted[draw], y, x)
    return out


@njit(cache=True, nogil=True)
def integral(x: np.ndarray, y: np.ndarray, low: float, high: float) -> float:
    """Integral of the pchip through (x, y), x rising, from ``low`` to ``high`` inside it."""
    slopes = _slopes(x, y)
    total = 0.0
    for k in range(len(x) - 1):
        start, end = max(low, x[k]), min(high, x[k + 1])
        if end > start:
            total += _primitive(x, y, slopes, k, end) - _primitive(x, y, slopes, k, start)
    return total


@njit(cache=True, nogil=True)
def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    count = len(x)
    steps, secants = np.diff(x), np.diff(y) / np.diff(x)
    slopes = np.zeros(count)
    if count == 2:
        slopes[:] = secants[0]
        return slopes
    for k in range(1, count - 1):
        if secants[k - 1] * secants[k] > 0:
            first, second = 2 * steps[k] + steps[k - 1], steps[k] + 2 * steps[k - 1]
            mean = (first / secants[k - 1] + second / secants[k]) / (first + second)
            slopes[k] = 1 / mean
    slopes[0] = _end(steps[0], steps[1], secants[0], secants[1])
    slopes[-1] = _end(steps[-1], steps[-2], secants[-1], secants[-2])
    return slopes


@njit(cache=True, nogil=True)
def _end(step: float, next_step: float, secant: float, next_secant: float) -> float:
    """One-sided slope at an end, kept monotone."""
    slope = ((2 * step + next_step) * secant - step * next_secant) / (step + next_step)
    if np.sign(slope) != np.sign(secant):
        return 0.0
    if np.sign(secant) != np.sign(next_secant) and abs(slope) > 3 * abs(secant):
        return 3 * secant
    return slope


@njit(cache=True, nogil=True)
def _primitive(x: np.ndarray, y: np.ndarray, slopes: np.ndarray, k: int, at: float) -> float:
    """Integral of the k-th cubic from its beginning to ``at``."""
    step = x[k + 1] - x[k]
    secant = (y[k + 1] - y[k]) / step
    t = at - x[k]
    square = (3 * secant - 2 * slopes[k] - slopes[k + 1]) / step
    cube = (slopes[k] + slopes[k + 1] - 2 * secant) / step**2
    return t * (y[k] + t * (slopes[k] / 2 + t * (square / 3 + t * cube / 4)))


@njit(cache=True, nogil=True)
def _value(x: np.ndarray, y: np.ndarray, slopes: np.ndarray, at: float) -> float:
    k = min(max(np.searchsorted(x, at, side="right") - 1, 0), len(x) - 2)
    step = x[k + 1] - x[k]
    secant = (y[k + 1] - y[k]) / step
    t = at - x[k]
    square = (3 * secant - 2 * slopes[k] - slopes[k + 1]) / step
    cube = (slopes[k] + slopes[k + 1] - 2 * secant) / step**2
    return y[k] + t * (slopes[k] + t * (square + t * cube))


@njit(cache=True, nogil=True)
def _raised(rates: np.ndarray, qualities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log10 rates, strictly growing, and the running maximum of the quality."""
    order = np.argsort(rates)
    x, y = np.empty(len(rates)), np.empty(len(rates))
    count, best, last = 0, -np.inf, -np.inf
    for place in order:
        best = max(best, qualities[place])
        if rates[place] == last:
            y[count - 1] = best
        else:
            x[count], y[count], last = np.log10(rates[place]), best, rates[place]
            count += 1
    return x[:count], y[:count]


@njit(cache=True, nogil=True)
def _without_ties(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = np.ones(len(y), np.bool_)
    for k in range(1, len(y)):
        keep[k] = y[k] > y[k - 1]
    return x[keep], y[keep]


@njit(cache=True, nogil=True)
def _cut(
    x: np.ndarray, y: np.ndarray, rate_range: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The part of a raised curve between two log10 rates, as far as the curve reaches."""
    if len(x) < 2 or (rate_range[0] <= x[0] and rate_range[1] >= x[-1]):
        return x, y
    slopes = _slopes(x, y)
    low, high = min(max(rate_range[0], x[0]), x[-1]), min(max(rate_range[1], x[0]), x[-1])
    inside = (x > low) & (x < high)
    ends = 2 if high > low else 1
    a, b = np.empty(inside.sum() + ends), np.empty(inside.sum() + ends)
    a[0], b[0] = low, _value(x, y, slopes, low)
    a[1 : 1 + inside.sum()], b[1 : 1 + inside.sum()] = x[inside], y[inside]
    a[-1], b[-1] = high, _value(x, y, slopes, high)
    for k in range(1, len(b)):
        b[k] = max(b[k], b[k - 1])
    return a, b
