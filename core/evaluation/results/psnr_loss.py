"""The price in pixels: what a tuned codec's PSNR loses against the baseline's at equal rate."""

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from core.evaluation.measuring.table import CURVE
from core.evaluation.results.comparison import curves_of, only_curve
from core.evaluation.results.curves import RESAMPLES, paired_curves, resampling_weights
from core.methods import TUNED


def psnr_changes(
    rows: pd.DataFrame, data: str = "fer2013", split: str = "test", resamples: int = RESAMPLES
) -> pd.DataFrame:
    """PSNR of every tuned codec at every quality index minus the baseline's at the same file rate.

    Columns: those of ``CURVE``, ``quality_index``, ``bpp`` (of the file), ``psnr``, ``change`` (dB;
    negative: lost) with the paired 95 % bootstrap ``low`` and ``high``, ``beyond`` and ``images``.  The
    baseline is read between its points by pchip over the logarithm of the rate; where it has no such
    rate (``beyond``), along the straight line through its two nearest points.  Empty without baseline
    or tuned codecs.
    """
    part = rows[(rows["data"] == data) & (rows["split"] == split)]
    changes = []
    if (part["method"] == "baseline").any():
        _, reference = only_curve(part, "baseline")
        for method in TUNED:
            for key, tuned in curves_of(part, method):
                changes.append(_changes(reference, tuned, resamples).assign(**key))
    columns = [*CURVE, "quality_index", "bpp", "psnr", "change", "low", "high", "beyond", "images"]
    return (
        pd.concat(changes, ignore_index=True)[columns] if changes else pd.DataFrame(columns=columns)
    )


def _changes(reference: pd.DataFrame, tuned: pd.DataFrame, resamples: int) -> pd.DataFrame:
    before, after = paired_curves(reference, tuned, quality="psnr")
    weights = resampling_weights(len(before.counts), resamples)
    rates, levels = after.means()
    drawn = [
        _above(*each) for each in zip(*before.means(weights), *after.means(weights), strict=True)
    ]
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    return pd.DataFrame(
        {
            "quality_index": after.quality_indices,
            "bpp": rates,
            "psnr": levels,
            "change": _above(*before.means(), rates, levels),
            "low": low,
            "high": high,
            "beyond": (rates < before.means()[0].min()) | (rates > before.means()[0].max()),
            "images": int(after.counts.sum()),
        }
    ).sort_values("bpp")


def _above(
    rates: np.ndarray, levels: np.ndarray, at_rates: np.ndarray, at_levels: np.ndarray
) -> np.ndarray:
    """Levels ``at_levels`` minus those of the first curve at the same rates."""
    order = np.argsort(rates)
    x, y, at = np.log(rates[order]), levels[order], np.log(at_rates)
    inside = PchipInterpolator(x, y)(at.clip(x[0], x[-1]))
    below, above = ((y[k + 1] - y[k]) / (x[k + 1] - x[k]) for k in (0, -2))
    return at_levels - (inside + below * (at - x[0]).clip(max=0) + above * (at - x[-1]).clip(min=0))
