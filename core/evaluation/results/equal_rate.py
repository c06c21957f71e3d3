"""Two methods at the same mean rate, face by face: who reads what the other does not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.rate_matching import TOLERANCE
from core.evaluation.measuring.table import correct
from core.evaluation.results.comparison import only_curve
from core.evaluation.results.curves import RESAMPLES, SEED, bits_per_pixel, resampling_weights
from core.formatting import percent
from core.intervals import mcnemar


@dataclass(frozen=True, slots=True)
class EqualRate:
    """Two points of equal mean rate (within 1 %), compared on the labelled pictures of both.

    Bits per pixel are of the file; ``rate_difference`` in percent.  ``difference``: accuracy of the
    first minus the second in points, with ``low`` and ``high`` of a paired 95 % bootstrap.
    ``only_first``, ``only_second``: faces that only one reads; ``p_value``: McNemar's exact test.
    """

    first: str
    first_gamma: float | None
    second: str
    second_gamma: float | None
    first_index: float
    second_index: float
    first_bpp: float
    second_bpp: float
    rate_difference: float
    first_accuracy: float
    second_accuracy: float
    difference: float
    low: float
    high: float
    only_first: int
    only_second: int
    p_value: float
    images: int


def compare_at_equal_rate(
    rows: pd.DataFrame,
    first: str,
    second: str,
    *,
    gamma: float | None = None,
    bpp: float | None = None,
    quality_index: float | None = None,
    data: str = "fer2013",
    split: str = "test",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[EqualRate]:
    """McNemar's exact test wherever two methods have points of equal mean rate (within 1 %).

    Rates are those of the payload, of the file where a codec has no payload of its own, over the
    labelled pictures that both have; equal payloads are equal files.  Each point of ``first`` is
    paired with the point of ``second`` nearest in rate.  ``bpp`` (of the file) keeps the nearest
    pair, ``quality_index`` that of one point of ``first``.  ``gamma`` names one of several curves.

    Raises InputError where no points agree, with the command that measures some, and where ``bpp``
    is beyond all that do.
    """
    part = rows[(rows["data"] == data) & (rows["split"] == split) & rows["label"].notna()]
    curves = (only_curve(part, name, gamma)[1] for name in (first, second))
    tested = compare_curves(*curves, resamples, seed)
    if quality_index is not None:
        tested = [each for each in tested if each.first_index == quality_index]
    if bpp is not None and tested:
        _check_reached(bpp, [each.first_bpp for each in tested])
        tested = [min(tested, key=lambda each: abs(np.log(each.first_bpp / bpp)))]
    if not tested:
        raise InputError(
            f"No points of {first} and {second} spend equally much within {percent(TOLERANCE, 0)}"
            + ("" if quality_index is None else f" at quality index {quality_index:g}")
            + f". Measure such points: python -m core.evaluation match --methods {first} {second}"
        )
    return tested


def _check_reached(bpp: float, rates: list[float]) -> None:
    """Raise InputError unless a rate lies among ``rates``, or as near to one as two of a pair."""
    low, high = min(rates), max(rates)
    if not low / (1 + TOLERANCE) <= bpp <= high * (1 + TOLERANCE):
        raise InputError(
            f"Points of equal rate lie at {low:.4g} to {high:.4g} bits per pixel: {bpp:g} is beyond them."
        )


def compare_curves(
    first: pd.DataFrame, second: pd.DataFrame, resamples: int = RESAMPLES, seed: int = SEED
) -> list[EqualRate]:
    """Every point of one curve beside the point of another that spends equally much (within 1 %).

    Both hold the rows of one curve; each pair of points is compared on the labelled pictures that
    were measured at both.
    """
    rate = "payload"
    if any(rows["payload_bytes"].isna().all() for rows in (first, second)):
        rate = "file"
    names = {**_named("first", first), **_named("second", second)}
    lefts, rights = (_by_index(rows, rate) for rows in (first, second))
    tested = []
    for left, pictures in lefts.items():
        shared = {
            right: pictures.join(partner, how="inner", rsuffix="_2")
            for right, partner in rights.items()
        }
        ratios = {
            right: both["rate_2"].mean() / both["rate"].mean() - 1
            for right, both in shared.items()
            if len(both)
        }
        right = min(ratios, key=lambda quality_index: abs(ratios[quality_index]), default=None)
        if right is None or not abs(ratios[right]) <= TOLERANCE:
            continue
        both = shared[right]
        a, b = (both[name].to_numpy() == 1 for name in ("hit", "hit_2"))
        test = mcnemar(a, b)
        weights = resampling_weights(len(both), resamples, seed) / len(both)
        low, high = np.percentile(100 * (weights @ (a.astype(float) - b)), (2.5, 97.5))
        tested.append(
            EqualRate(
                **names,
                first_index=float(left),
                second_index=float(right),
                first_bpp=round(float(both["file"].mean()), 5),
                second_bpp=round(float(both["file_2"].mean()), 5),
                rate_difference=round(100 * float(ratios[right]), 3),
                first_accuracy=float(a.mean()),
                second_accuracy=float(b.mean()),
                difference=round(100 * float(a.mean() - b.mean()), 3),
                low=round(float(low), 3),
                high=round(float(high), 3),
                only_first=test.only_first,
                only_second=test.only_second,
                p_value=test.p_value,
                images=len(both),
            )
        )
    return tested


def _by_index(rows: pd.DataFrame, rate: str) -> dict[float, pd.DataFrame]:
    """Quality index -> pictures x (hit, rate, file), the labelled ones; ``rate`` is of payload or file."""
    values = pd.DataFrame(
        {
            "hit": correct(rows),
            "rate": bits_per_pixel(rows, rate),
            "file": bits_per_pixel(rows, "file"),
        }
    ).set_index(rows["image"].astype(object))
    return {
        quality_index: part[part["hit"].notna()]
        for quality_index, part in values.groupby(rows["quality_index"].to_numpy())
    }


def _named(place: str, rows: pd.DataFrame) -> dict[str, str | float | None]:
    if rows.empty:
        return {place: "", f"{place}_gamma": None}
    curve = rows.iloc[0]
    return {place: str(curve["method"]), f"{place}_gamma": _known(curve["gamma"])}


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
