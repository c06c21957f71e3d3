"""Two methods at the same mean rate, face by face: who reads what the other does not."""

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.comparison import only_curve
from core.evaluation.curves import bits_per_pixel, resampling_weights
from core.evaluation.intervals import mcnemar
from core.evaluation.matching import TOLERANCE
from core.evaluation.table import correct


def pairs(
    rows: pd.DataFrame,
    first: str,
    second: str,
    *,
    gamma: float | None = None,
    bpp: float | None = None,
    stop: float | None = None,
    data: str = "fer2013",
    split: str = "test",
    resamples: int = 1000,
) -> list[dict]:
    """McNemar's exact test wherever two methods have stops of equal mean rate (within 1 %).

    Rates are those of the payload, of the file where a codec has no payload of its own, over the
    labelled pictures that both have; equal payloads are equal files.  Each stop of ``first`` is
    paired with the stop of ``second`` nearest in rate.  ``bpp`` (of the file) keeps the nearest
    pair, ``stop`` that of one stop of ``first``.  ``gamma`` names one of several curves.

    Keys: ``first``, ``second`` and their gammas, then those of :func:`pairs_of`.  Raises InputError
    where no stops agree, with the command that measures some.
    """
    part = rows[(rows["data"] == data) & (rows["split"] == split) & rows["label"].notna()]
    (one, ours), (other, theirs) = (only_curve(part, name, gamma) for name in (first, second))
    names = {
        "first": first,
        "first_gamma": _known(one["gamma"]),
        "second": second,
        "second_gamma": _known(other["gamma"]),
    }
    found = [{**names, **each} for each in pairs_of(ours, theirs, resamples)]
    if stop is not None:
        found = [each for each in found if each["first_stop"] == stop]
    if bpp is not None and found:
        found = [min(found, key=lambda each: abs(np.log(each["first_bpp"] / bpp)))]
    if not found:
        raise InputError(
            f"No stop of {first} and {second} spend equally much within {TOLERANCE:.0%}"
            + ("" if stop is None else f" at stop {stop:g}")
            + f". Measure such stops: python -m core.evaluation match --methods {first} {second}"
        )
    return found


def pairs_of(ours: pd.DataFrame, theirs: pd.DataFrame, resamples: int = 1000) -> list[dict]:
    """Every stop of one curve beside the stop of another that spends equally much (within 1 %).

    Keys: ``first_stop``, ``second_stop``, ``first_bpp``, ``second_bpp`` (of the file),
    ``first_accuracy``, ``second_accuracy``, ``rate_difference`` (percent); ``difference`` (points,
    first minus second) with ``low`` and ``high`` of a paired 95 % bootstrap; ``only_first``,
    ``only_second`` (faces that only one reads), ``p_value``, ``images``.
    """
    hits, rates, files = zip(*(_by_stop(each) for each in (ours, theirs)), strict=True)
    if any(rate.isna().to_numpy().all() for rate in rates):
        rates = files
    images = hits[0].index.intersection(hits[1].index)
    if not len(images):
        return []
    hits, rates, files = ([each.loc[images] for each in both] for both in (hits, rates, files))
    means = [rate.mean() for rate in rates]
    weights = resampling_weights(len(images), resamples) / len(images)
    found = []
    for left in means[0].index:
        ratios = (means[1] / means[0][left] - 1).abs()
        right = ratios.idxmin()
        if not ratios[right] <= TOLERANCE:
            continue
        a, b = (side[at].to_numpy() == 1 for side, at in zip(hits, (left, right), strict=True))
        test = mcnemar(a, b)
        low, high = np.percentile(100 * (weights @ (a.astype(float) - b)), (2.5, 97.5))
        found.append(
            {
                "first_stop": float(left),
                "second_stop": float(right),
                "first_bpp": round(float(files[0][left].mean()), 5),
                "second_bpp": round(float(files[1][right].mean()), 5),
                "rate_difference": round(100 * float(means[1][right] / means[0][left] - 1), 3),
                "first_accuracy": float(a.mean()),
                "second_accuracy": float(b.mean()),
                "difference": round(100 * float(a.mean() - b.mean()), 3),
                "low": round(float(low), 3),
                "high": round(float(high), 3),
                "only_first": test.only_first,
                "only_second": test.only_second,
                "p_value": test.p_value,
                "images": len(images),
            }
        )
    return found


def _by_stop(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Hits, payload rates and file rates: pictures by stops."""
    values = pd.DataFrame(
        {
            "image": rows["image"].astype(object),
            "stop": rows["stop"],
            "hit": correct(rows),
            "payload": bits_per_pixel(rows, "payload"),
            "file": bits_per_pixel(rows, "file"),
        }
    )
    wide = values.pivot(index="image", columns="stop", values=["hit", "payload", "file"])
    return wide["hit"].dropna(), wide["payload"], wide["file"]


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
