"""How an estimate of action units agrees with the truth: correlation, slope, errors, what is told apart.

All functions take intensities (n, 17) or (n,) and leave out frames where either is NaN.
"""

import numpy as np
import pandas as pd

from core.face.units.bar import BINS, PRESENT, ZERO

FALSE_ALARMS = 0.05
TOLD = 0.5
"""Share of faces that must exceed what 5 % of faces at rest exceed, for an intensity to be told."""
_WINDOW = 0.5


def correlation(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Pearson r (17,) of intensities (n, 17); NaN frames are left out, NaN where nothing varies."""
    r = np.full(truth.shape[1], np.nan)
    for i, (a, b) in enumerate(zip(found.T, truth.T, strict=True)):
        there = np.isfinite(a) & np.isfinite(b)
        if there.sum() > 2 and np.ptp(a[there]) > 0 and np.ptp(b[there]) > 0:
            r[i] = np.corrcoef(a[there], b[there])[0, 1]
    return r


def consistency(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """ICC(3,1) (17,) of two raters, estimator and truth (Shrout and Fleiss 1979)."""
    icc = np.full(truth.shape[1], np.nan)
    for i, (a, b) in enumerate(zip(found.T, truth.T, strict=True)):
        there = np.isfinite(a) & np.isfinite(b)
        table = np.stack([a[there], b[there]], 1).astype(np.float64)
        if len(table) < 3:
            continue
        people = 2 * table.mean(1).var(ddof=1)
        residual = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
        error = (residual**2).sum() / (len(table) - 1)
        if people + error > 0:
            icc[i] = (people - error) / (people + error)
    return icc


def auc(high: np.ndarray, low: np.ndarray) -> float:
    """Chance that a value of ``high`` exceeds one of ``low``; NaN are left out, ties count half."""
    high, low = high[np.isfinite(high)], np.sort(low[np.isfinite(low)])
    if not len(high) or not len(low):
        return float("nan")
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / 2 / len(low))


def line(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the least-squares line from truth (n,) to estimate (n,)."""
    there = np.isfinite(found) & np.isfinite(truth)
    if there.sum() < 3 or np.ptp(truth[there]) == 0:
        return float("nan"), float("nan")
    slope, intercept = np.polyfit(truth[there].astype(float), found[there].astype(float), 1)
    return float(slope), float(intercept)


def present(found: np.ndarray, truth: np.ndarray) -> float:
    """AUC of "the unit is present" (truth of 1 and above) against what is below."""
    return auc(found[truth >= PRESENT], found[truth < PRESENT])


def response(found: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """The response curve: one row a bin of the truth (index, :data:`core.face.units.bar.BINS`).

    ``truth`` and ``estimate``: their means; ``error``: mean of estimate minus truth; ``count``.
    """
    there = np.isfinite(found) & np.isfinite(truth)
    found, truth = found[there].astype(float), truth[there].astype(float)
    rows = {}
    for name, (low, high) in BINS.items():
        inside = (truth >= low) & (truth < high)
        if inside.any():
            known, read = truth[inside].mean(), found[inside].mean()
            rows[name] = (known, read, read - known, int(inside.sum()))
        else:
            rows[name] = (np.nan, np.nan, np.nan, 0)
    columns = ["truth", "estimate", "error", "count"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def least_told(found: np.ndarray, truth: np.ndarray) -> float:
    """The least intensity that is told from 0: half of its estimates are above 95 % of those at 0.

    Over windows of half a point; NaN where none is told or nothing is at rest.
    """
    there = np.isfinite(found) & np.isfinite(truth)
    found, truth = found[there], truth[there]
    rest = found[truth < ZERO]
    if not len(rest):
        return float("nan")
    limit = np.quantile(rest, 1 - FALSE_ALARMS)
    for middle in np.arange(0.25, 5, 0.25):
        window = np.abs(truth - middle) <= _WINDOW / 2
        window &= truth >= ZERO
        if window.sum() >= 5 and (found[window] > limit).mean() >= TOLD:
            return float(middle)
    return float("nan")


def reliability(stated: np.ndarray, kept: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Rows of equal counts: ``stated`` (mean probability), ``kept`` (share that held), ``count``."""
    order = np.argsort(stated, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return pd.DataFrame(
        [(float(stated[p].mean()), float(kept[p].mean()), len(p)) for p in parts],
        columns=["stated", "kept", "count"],
    )
