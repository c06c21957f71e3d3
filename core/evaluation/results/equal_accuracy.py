"""What is kept of the accuracy: the fewest bytes that keep a share of it, and what coding adds."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.choices import FACES
from core.evaluation.measuring.table import correct
from core.evaluation.results import monotone
from core.evaluation.results.comparison import curves_of, is_chosen, known_key
from core.evaluation.results.curves import (
    RESAMPLES,
    SEED,
    Curve,
    originals,
    paired_curves,
    resampling_weights,
    select,
)
from core.evaluation.results.resampled import first_reached
from core.formatting import percent

EQUAL_ACCURACIES = (0.99, 0.95, 0.90)
"""Shares of the base classifier's accuracy on originals that a file is asked to keep."""

LOW_RATE = 0.25
"""Bits per pixel of the file up to which a gain over the originals is looked for (128 bytes a face)."""

_TAIL = 2.5  # percent outside either end of an interval


@dataclass(frozen=True, slots=True)
class EqualAccuracy:
    """Mean bytes a face at which one curve keeps shares of the base accuracy.

    ``method`` to ``classifier`` name the curve; ``chosen``: whether validation chose its gamma.  ``bytes``,
    ``low`` and ``high`` (the 95 % interval) by share, such as ``95%``; None where never.
    """

    method: str
    gamma: float | None
    seed: int | None
    classifier: str
    chosen: bool
    shipped: bool
    bytes: Mapping[str, float | None]
    low: Mapping[str, float | None]
    high: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of accuracies in points, with its paired 95 % bootstrap interval."""

    points: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What coding adds to the accuracy at the best low rate of one curve.

    ``bytes``: mean file bytes a face there; ``accuracy`` on the test faces.  ``over_own``: against the
    same classifier on the uncoded faces; ``over_base``: against the base classifier on them.
    """

    method: str
    gamma: float | None
    seed: int | None
    classifier: str
    chosen: bool
    shipped: bool
    quality_index: float
    bytes: float
    accuracy: float
    over_own: Difference | None
    over_base: Difference | None


def fewest_bytes(
    rows: pd.DataFrame,
    data: str = FACES,
    rate: str = "file",
    resamples: int = RESAMPLES,
    seed: int = SEED,
    reference_classifier: str = "base",
) -> list[EqualAccuracy]:
    """Mean bytes a face, by ``rate``, at which every curve keeps a share of an accuracy on originals.

    The accuracy is that of ``reference_classifier`` on the originals of the same pictures.
    Interpolated (accuracy against log bytes) on the running maximum of the curve, plateaus counted
    from where they are first reached; None where the curve never gets there.  ``low`` and ``high``
    bound the 95 % bootstrap interval; pictures are drawn in pairs, and ``high`` is None where more than
    2.5 % of the resampled curves never get there.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    every = []
    for key, part in _coded_curves(test):
        paired = _with_originals(test, part, reference_classifier, rate)
        if paired is None:
            continue
        curve, full = paired
        pixels = float((part["height"] * part["width"]).mean())
        weights = resampling_weights(len(curve.counts), resamples, seed)
        means, resampled = curve.means(), curve.means(weights)
        reference, references = full.means()[1], full.means(weights)[1]
        figures: dict[str, dict] = {"bytes": {}, "low": {}, "high": {}}
        for share in EQUAL_ACCURACIES:
            name = percent(share, 0)
            figures["bytes"][name] = crossing(means[0] * pixels / 8, means[1], share * reference[0])
            drawn = np.sort(first_reached(*resampled, share * references[:, 0])) * pixels / 8
            for end, place in (("low", _TAIL), ("high", 100 - _TAIL)):
                size = drawn[math.floor(place / 100 * (len(drawn) - 1))]
                known = len(curve.counts) > 1 and math.isfinite(size)
                figures[end][name] = round(float(size), 1) if known else None
        every.append(EqualAccuracy(**_described(key, part), **figures))
    return every


def gains(
    rows: pd.DataFrame,
    data: str = "fer2013",
    resamples: int = RESAMPLES,
    reference_classifier: str = "base",
) -> list[Gain]:
    """Accuracy that coding adds, in points, at the best point of at most ``LOW_RATE``, by curve.

    The point is chosen on validation.  ``over_own``: against the same classifier on the uncoded test
    faces; ``over_base``: against ``reference_classifier`` on them; each as value, low and high of
    a paired 95 % bootstrap.  Curves without validation rows are left out.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    val = rows[(rows["data"] == data) & (rows["split"] == "val")]
    added = []
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
        differences = {}
        for name, classifier in (
            ("over_own", key["classifier"]),
            ("over_base", reference_classifier),
        ):
            paired = _with_originals(test, at_index, classifier)
            differences[name] = None if paired is None else _difference(*paired, resamples)
        added.append(
            Gain(
                **_described(key, part),
                quality_index=float(quality_index),
                bytes=round(float(at_index["file_bytes"].mean()), 2),
                accuracy=float(correct(at_index).mean()),
                **differences,
            )
        )
    return added


def crossing(sizes: np.ndarray, qualities: np.ndarray, wanted: float) -> float | None:
    """The least size at which a curve reaches ``wanted``, by :mod:`core.evaluation.results.monotone`.

    Between two points the quality is linear in the logarithm of the size.  None where ``wanted`` is
    never reached or not defined; the first size where it is reached from the start.
    """
    sizes, qualities = monotone.without_ties(*monotone.raised(sizes, qualities))
    if not math.isfinite(wanted) or not len(qualities) or qualities[-1] < wanted:
        return None
    return round(float(np.exp(np.interp(wanted, qualities, np.log(sizes)))), 1)


def least_point(curve: pd.DataFrame, wanted: float) -> pd.Series:
    """The point of fewest bytes whose measured accuracy is at least ``wanted``.

    ``curve`` as :func:`core.evaluation.results.curves.points` gives it, for accuracy.  Raises InputError,
    naming the best accuracy, where no point reaches it.
    """
    reached = curve[curve["quality"] >= wanted]
    if reached.empty:
        raise InputError(
            f"No measured point reaches {percent(wanted)}: the best is {percent(curve['quality'].max())}. "
            "Ask for less, or choose another codec."
        )
    return reached.loc[reached["bytes"].idxmin()]


def _coded_curves(test: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame]]:
    for method in sorted(set(test["method"].astype(str)) - {"original"}):
        yield from curves_of(test, method)


def _described(key: dict, part: pd.DataFrame) -> dict:
    return {
        **known_key(key),
        "chosen": is_chosen(key),
        "shipped": bool(part["shipped"].all()),
    }


def _with_originals(
    test: pd.DataFrame, part: pd.DataFrame, classifier: str, rate: str = "file"
) -> tuple[Curve, Curve] | None:
    """A curve, and what ``classifier`` reads on the same uncoded pictures, as a curve of one point."""
    uncoded = test[(test["method"] == "original") & (test["classifier"] == classifier)]
    if uncoded.empty or math.isnan(originals(test, classifier)):
        return None
    try:
        without_bits = uncoded.assign(quality_index=0.0, bpp=0.0, file_bytes=0.0, payload_bytes=0.0)
        curve, full = paired_curves(part, without_bits, rate=rate)
    except InputError:
        return None
    return curve, full


def _difference(curve: Curve, full: Curve, resamples: int) -> Difference:
    """What the only point of ``curve`` has over ``full``, in points, with its interval."""
    weights = resampling_weights(len(curve.counts), resamples)
    value = float(100 * (curve.means()[1] - full.means()[1])[0])
    drawn = 100 * (curve.means(weights)[1] - full.means(weights)[1])[:, 0]
    low, high = np.percentile(drawn, (_TAIL, 100 - _TAIL))
    return Difference(round(value, 3), round(float(low), 3), round(float(high), 3))
