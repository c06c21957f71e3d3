"""What is kept of the accuracy: the fewest bytes that keep a share of it, and what coding adds."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.table import correct
from core.evaluation.results.comparison import curves_of, is_chosen
from core.evaluation.results.curves import (
    Curve,
    originals,
    paired_curves,
    resampling_weights,
    select,
)

KEPT = (0.99, 0.95, 0.90)
"""Shares of the base classifier's accuracy on originals that a file is asked to keep."""

LOW_RATE = 0.25
"""Bits per pixel of the file up to which a gain over the originals is looked for (128 bytes a face)."""

_TAIL = 2.5  # percent outside either end of an interval


def fewest_bytes(
    rows: pd.DataFrame, data: str = "fer2013", resamples: int = 1000, seed: int = 0
) -> list[dict]:
    """Mean file bytes a face at which every curve keeps a share of the base accuracy.

    Interpolated (accuracy against log bytes) between the two stops on either side, on the running
    maximum of the curve; None where the curve never gets there.  The base classifier's accuracy on
    the originals of the same pictures is 100 %.  ``low`` and ``high`` bound the 95 % bootstrap
    interval; pictures are drawn in pairs, and ``high`` is None where more than 2.5 % of the
    resampled curves never get there.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    found = []
    for key, part in _coded_curves(test):
        paired = _with_originals(test, part, "base")
        if paired is None:
            continue
        curve, full = paired
        pixels = float((part["height"] * part["width"]).mean())
        weights = resampling_weights(len(curve.counts), resamples, seed)
        means, resampled = curve.means(), curve.means(weights)
        reference, references = full.means()[1], full.means(weights)[1]
        made: dict[str, dict] = {"bytes": {}, "low": {}, "high": {}}
        for share in KEPT:
            name = f"{share:.0%}"
            made["bytes"][name] = _crossing(*means, share * reference[0], pixels)
            drawn = [
                _crossing(*each, share * level, pixels)
                for *each, level in zip(*resampled, references[:, 0], strict=True)
            ]
            sizes = np.sort([math.inf if size is None else size for size in drawn])
            for end, place in (("low", _TAIL), ("high", 100 - _TAIL)):
                value = (
                    sizes[math.floor(place / 100 * (len(sizes) - 1))]
                    if len(curve.counts) > 1
                    else math.inf
                )
                made[end][name] = float(value) if math.isfinite(value) else None
        found.append({**_described(key, part), **made})
    return found


def gains(rows: pd.DataFrame, data: str = "fer2013", resamples: int = 1000) -> list[dict]:
    """Accuracy that coding adds, in points, at the best stop of at most ``LOW_RATE``, by curve.

    The stop is chosen on validation.  ``over_own``: against the same classifier on the uncoded test
    faces; ``over_base``: against the base classifier on them; each as value, low and high of a
    paired 95 % bootstrap.  Curves without validation rows are left out.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    val = rows[(rows["data"] == data) & (rows["split"] == "val")]
    found = []
    for key, part in _coded_curves(test):
        known = select(val, **key)
        if known.empty:
            continue
        by_index = (
            known.assign(hit=correct(known))
            .groupby("quality_index")
            .agg({"bpp": "mean", "hit": "mean"})
        )
        cheap = by_index[by_index["bpp"] <= LOW_RATE]
        cheap = cheap[cheap.index.isin(part["quality_index"])]
        if cheap.empty:
            continue
        quality_index = cheap["hit"].idxmax()
        at_index = part[part["quality_index"] == quality_index]
        made = {}
        for name, judge in (("over_own", key["classifier"]), ("over_base", "base")):
            paired = _with_originals(test, at_index, judge)
            made[name] = None if paired is None else _difference(*paired, resamples)
        found.append(
            {
                **_described(key, part),
                "quality_index": float(quality_index),
                "bytes": round(float(at_index["file_bytes"].mean()), 2),
                "accuracy": float(correct(at_index).mean()),
                **made,
            }
        )
    return found


def crossing(sizes: pd.Series, qualities: pd.Series, wanted: float) -> float | None:
    """The least size at which the running maximum of ``qualities`` reaches ``wanted``.

    ``sizes`` ascend.  None where it is never reached or not defined; the first size where it is
    reached from the start.
    """
    raised = np.maximum.accumulate(np.asarray(qualities, dtype=np.float64))
    log_size = np.log(np.asarray(sizes, dtype=np.float64))
    if not math.isfinite(wanted) or not len(raised) or raised[-1] < wanted:
        return None
    after = int(np.argmax(raised >= wanted))
    if after == 0:
        return round(float(np.exp(log_size[0])), 1)
    low, high = raised[after - 1], raised[after]
    part = (wanted - low) / (high - low)
    return round(float(np.exp(log_size[after - 1] + part * np.diff(log_size)[after - 1])), 1)


def least_point(curve: pd.DataFrame, wanted: float) -> pd.Series:
    """The point of fewest bytes whose measured accuracy is at least ``wanted``.

    ``curve`` as :func:`core.evaluation.results.curves.points` gives it, for accuracy.  Raises InputError,
    naming the best accuracy, where no point reaches it.
    """
    reached = curve[curve["quality"] >= wanted]
    if reached.empty:
        raise InputError(
            f"No measured point reaches {wanted:.1%}: the best is {curve['quality'].max():.1%}. "
            "Ask for less, or choose another codec."
        )
    return reached.loc[reached["bytes"].idxmin()]


def _coded_curves(test: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame]]:
    for method in sorted(set(test["method"].astype(str)) - {"original"}):
        yield from curves_of(test, method)


def _described(key: dict, part: pd.DataFrame) -> dict:
    return {
        **{name: None if pd.isna(value) else value for name, value in key.items()},
        "chosen": is_chosen(key),
        "shipped": bool(part["shipped"].all()),
    }


def _with_originals(
    test: pd.DataFrame, part: pd.DataFrame, classifier: str
) -> tuple[Curve, Curve] | None:
    """A curve, and what ``classifier`` reads on the same uncoded pictures, as a curve of one stop."""
    uncoded = test[(test["method"] == "original") & (test["classifier"] == classifier)]
    if uncoded.empty or math.isnan(originals(test, classifier)):
        return None
    try:
        curve, full = paired_curves(part, uncoded.assign(quality_index=0.0, bpp=0.0))
    except InputError:
        return None
    return curve, full


def _difference(curve: Curve, full: Curve, resamples: int) -> dict:
    """What the only stop of ``curve`` has over ``full``, in points, with its interval."""
    weights = resampling_weights(len(curve.counts), resamples)
    value = float(100 * (curve.means()[1] - full.means()[1])[0])
    drawn = 100 * (curve.means(weights)[1] - full.means(weights)[1])[:, 0]
    low, high = np.percentile(drawn, (_TAIL, 100 - _TAIL))
    return {"points": round(value, 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def _crossing(
    rates: np.ndarray, qualities: np.ndarray, wanted: float, pixels: float
) -> float | None:
    order = np.argsort(rates)
    return crossing(rates[order] * pixels / 8, qualities[order], wanted)
