"""Two methods side by side: BD deltas from the table, the range fixed on validation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import CURVE, labelled_by
from core.evaluation.results.bjontegaard import Delta, delta_with_interval
from core.evaluation.results.curves import (
    RESAMPLES,
    SEED,
    Curve,
    paired_curves,
    points,
    select,
)

PHOTOGRAPH_RATES = (0.1, 1.0)
"""Bits per pixel between which pictures that are no small faces are compared."""

PICTURES = ("photographs", "kodak")
"""Data sets that are compared between those rates unless another range is asked for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One curve of a method against the curve of a reference; figures that do not exist are None.

    ``method`` to ``classifier`` name the curve; ``chosen``: whether validation chose its gamma.
    ``bd_rate`` in percent with ``low`` and ``high``, ``bd_quality`` in ``quality_unit`` (dB, or points for
    accuracy) with ``quality_low`` and ``quality_high``, both again ``_akima``.  ``quality_range_from``:
    the split that fixed the range, validation or test.  ``resamples`` and ``resampling_seed`` are those
    of the intervals.
    """

    method: str
    gamma: float | None
    seed: int | None
    classifier: str
    reference: str
    data: str
    labels: str
    shipped: bool
    chosen: bool
    bd_rate: float | None
    low: float | None
    high: float | None
    bd_rate_akima: float | None
    bd_quality: float | None
    quality_low: float | None
    quality_high: float | None
    bd_quality_akima: float | None
    quality_unit: str
    overlap: float
    monotone: bool
    quality_range: tuple[float | None, float | None]
    rate_range: tuple[float | None, float | None]
    quality_range_from: str
    images: int
    resamples: int
    resampling_seed: int
    warning: str


def compare(
    rows: pd.DataFrame,
    reference: str,
    method: str,
    *,
    quality: str = "accuracy",
    data: str = "fer2013",
    rate: str = "file",
    gamma: float | None = None,
    classifier: str | None = None,
    labels: str = "fer2013",
    rate_range: tuple[float, float] | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[Comparison]:
    """Every curve of ``method`` against the curve of ``reference``.

    ``gamma`` keeps one of several; ``classifier`` names the classifier that reads the reference (by
    default the base classifier); ``labels``: whose, fer2013 or ferplus.  For accuracy, rates are
    averaged over the accuracies that both curves reach on validation; without validation rows over
    what they share on the test, and that is said.  Raises InputError where rows are missing, or a
    ``rate_range`` is reversed or beyond either curve.
    """
    rows = labelled_by(rows[rows["data"] == data], labels)
    test, val = (rows[rows["split"] == split] for split in ("test", "val"))
    anchor = only_curve(
        test if classifier is None else _read_by(test, reference, classifier), reference
    )
    check_rate_range(rate_range)
    cut = PHOTOGRAPH_RATES if rate_range is None and data in PICTURES else rate_range
    comparisons = []
    for key, part in curves_of(test, method):
        if gamma is not None and key["gamma"] != gamma:
            continue
        fixed = None
        if quality == "accuracy":
            fixed = _validated_range(select(val, **anchor[0]), select(val, **key), rate)
        curves = paired_curves(anchor[1], part, quality=quality, rate=rate)
        if rate_range is not None:
            _check_reached(rate_range, dict(zip((reference, method), curves, strict=True)))
        change = delta_with_interval(
            *curves, resamples=resamples, seed=seed, quality_range=fixed, rate_range=cut
        )
        comparisons.append(
            Comparison(
                **known_key(key),
                reference=reference,
                data=data,
                labels=labels,
                shipped=bool(part["shipped"].all()),
                chosen=is_chosen(key),
                **_figures(change, quality),
                quality_range_from="validation" if fixed else "test",
                images=int(curves[0].counts.sum()),
                resamples=resamples,
                resampling_seed=seed,
                warning=change.warning,
            )
        )
    if not comparisons:
        raise InputError(_nothing(test, method, gamma))
    return comparisons


def _figures(change: Delta, quality: str) -> dict:
    """A delta as plain numbers, None where it does not exist; accuracies in points."""
    unit = 100 if quality == "accuracy" else 1
    gain = change.quality_interval.scaled(unit)
    return {
        "bd_rate": _known(change.rate),
        "low": _known(change.rate_interval.low),
        "high": _known(change.rate_interval.high),
        "bd_rate_akima": _known(change.rate_akima),
        "bd_quality": _known(unit * change.quality),
        "quality_low": _known(gain.low),
        "quality_high": _known(gain.high),
        "bd_quality_akima": _known(unit * change.quality_akima),
        "quality_unit": {"accuracy": "points", "psnr": "dB"}.get(quality, quality),
        "overlap": round(change.overlap, 4),
        "monotone": change.monotone,
        "quality_range": tuple(_known(end) for end in change.quality_range),
        "rate_range": tuple(_known(end) for end in change.rate_range),
    }


def check_rate_range(rate_range: tuple[float, float] | None) -> None:
    """Raise InputError unless a range of bits per pixel is positive and rises."""
    if rate_range is None:
        return
    low, high = rate_range
    if not 0 < low < high < math.inf:
        raise InputError(
            f"The range {low:g} to {high:g} holds no rates: give two positive numbers of bits per "
            "pixel, the smaller one first."
        )


def _check_reached(rate_range: tuple[float, float], curves: dict[str, Curve]) -> None:
    """Raise InputError where a curve has no point between the ends of a range, and none around it."""
    for method, curve in curves.items():
        rates = curve.means()[0]
        if rates.min() >= rate_range[1] or rates.max() <= rate_range[0]:
            raise InputError(
                f"The curve of {method} runs from {rates.min():.4g} to {rates.max():.4g} bits per "
                f"pixel: {rate_range[0]:g} to {rate_range[1]:g} is beyond it."
            )


def curves_of(rows: pd.DataFrame, method: str) -> Iterator[tuple[dict, pd.DataFrame]]:
    """Every curve of a method: the values of ``CURVE`` that name it, and its rows."""
    chosen = rows[rows["method"] == method]
    for key, part in chosen.groupby(CURVE, observed=True, dropna=False):
        yield dict(zip(CURVE, (_plain(value) for value in key), strict=True)), part


def known_key(key: dict) -> dict:
    """The values of ``CURVE`` that name a curve, None where there is none."""
    return {name: None if pd.isna(value) else value for name, value in key.items()}


def is_chosen(key: dict) -> bool:
    """Whether validation chose the gamma of this curve, as the checkpoints' cards say."""
    gamma = None if pd.isna(key["gamma"]) else key["gamma"]
    return any(
        card.chosen and card.method == key["method"] and card.gamma == gamma
        for card in checkpoints.cards()
    )


def only_curve(
    rows: pd.DataFrame, method: str, gamma: float | None = None
) -> tuple[dict, pd.DataFrame]:
    """The one curve that stands for a method, as :func:`curves_of` gives it.

    That of ``gamma``; else the chosen gamma's, else the base classifier's; of several seeds the
    first.  A method without gammas is curves under any.  Raises InputError where nothing or more
    than one curve is left.
    """
    curves = list(curves_of(rows, method))
    if gamma is not None and any(not pd.isna(key["gamma"]) for key, _ in curves):
        curves = [curve for curve in curves if curve[0]["gamma"] == gamma]
    elif gamma is None:
        preferred = [c for c in curves if is_chosen(c[0])] or [
            c for c in curves if c[0]["classifier"] == "base"
        ]
        curves = preferred or curves
    if not curves:
        raise InputError(_nothing(rows, method, gamma))
    if len(curves) > 1 and len({str(c[0]["gamma"]) for c in curves}) == 1:
        seeds = [-1 if pd.isna(c[0]["seed"]) else c[0]["seed"] for c in curves]
        curves = [c for c, seed in zip(curves, seeds, strict=True) if seed == min(seeds)]
    if len(curves) > 1:
        raise InputError(
            f"{method} has {len(curves)} curves and none is marked as chosen; "
            "name its gamma or take another reference."
        )
    return curves[0]


def _read_by(test: pd.DataFrame, method: str, classifier: str) -> pd.DataFrame:
    of_method = test[test["method"] == method]
    read_rows = of_method[of_method["classifier"] == classifier]
    if len(of_method) and read_rows.empty:
        classifiers = ", ".join(sorted(set(of_method["classifier"].astype(str))))
        raise InputError(
            f"The table holds no test rows of {method} read by {classifier!r}; "
            f"it was read by {classifiers}."
        )
    return read_rows


def _validated_range(
    first: pd.DataFrame, second: pd.DataFrame, rate: str
) -> tuple[float, float] | None:
    if first.empty or second.empty:
        return None
    reached = [points(rows, "accuracy", rate, resamples=1)["quality"] for rows in (first, second)]
    low, high = max(q.min() for q in reached), min(q.max() for q in reached)
    return (float(low), float(high)) if high > low else None


def _nothing(rows: pd.DataFrame, method: str, gamma: float | None) -> str:
    known = ", ".join(sorted(set(rows["method"].astype(str)))) or "nothing"
    wanted = method if gamma is None else f"{method} with gamma {gamma:g}"
    return (
        f"The table holds no test rows of {wanted} on this data; it holds {known}. "
        "Write them with python -m core.evaluation run."
    )


def _known(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else value
