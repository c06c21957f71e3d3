"""Two methods side by side: BD deltas from the table, the range fixed on validation."""

import math
from collections.abc import Iterator

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import CURVE
from core.evaluation.results.bjontegaard import delta_with_interval
from core.evaluation.results.curves import paired_curves, points, select

PHOTOGRAPH_RATES = (0.1, 1.0)
"""Bits per pixel between which photographs are compared."""


def compare(
    rows: pd.DataFrame,
    reference: str,
    method: str,
    *,
    quality: str = "accuracy",
    data: str = "fer2013",
    rate: str = "file",
    gamma: float | None = None,
    reader: str | None = None,
    rate_range: tuple[float, float] | None = None,
    resamples: int = 1000,
) -> list[dict]:
    """One object for every curve of ``method`` against the curve of ``reference``.

    ``gamma`` keeps one of several; ``reader`` names the classifier that reads the reference (by
    default the base classifier).  Keys: those of ``CURVE``, ``shipped``, ``chosen`` (the gamma
    that validation chose), ``bd_rate`` (percent) with ``low`` and ``high``, ``bd_quality`` (dB, or
    points for accuracy), both again ``_akima``, ``overlap``, ``monotone``, ``quality_range`` and
    where it comes from, ``rate_range``, ``images``, ``warning``.  Figures that do not exist are
    None.  For accuracy, rates are averaged over the accuracies that both curves reach on
    validation; without validation rows over what they share on the test, and that is said.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    val = rows[(rows["data"] == data) & (rows["split"] == "val")]
    anchor = only_curve(test if reader is None else _read_by(test, reference, reader), reference)
    if data == "photographs" and rate_range is None:
        rate_range = PHOTOGRAPH_RATES
    found = []
    for key, part in curves_of(test, method):
        if gamma is not None and not math.isclose(key["gamma"], gamma, rel_tol=1e-3):
            continue
        fixed = None
        if quality == "accuracy":
            fixed = _validated_range(select(val, **anchor[0]), select(val, **key), rate)
        first, second = paired_curves(anchor[1], part, quality=quality, rate=rate)
        made = delta_with_interval(
            first, second, resamples=resamples, quality_range=fixed, rate_range=rate_range
        )
        unit = 100 if quality == "accuracy" else 1
        found.append(
            {
                **{name: None if pd.isna(value) else value for name, value in key.items()},
                "reference": reference,
                "data": data,
                "shipped": bool(part["shipped"].all()),
                "chosen": is_chosen(key),
                "bd_rate": _known(made.rate),
                "low": _known(made.low),
                "high": _known(made.high),
                "bd_rate_akima": _known(made.rate_akima),
                "bd_quality": _known(unit * made.quality),
                "bd_quality_akima": _known(unit * made.quality_akima),
                "quality_unit": {"accuracy": "points", "psnr": "dB"}.get(quality, quality),
                "overlap": round(made.overlap, 4),
                "monotone": made.monotone,
                "quality_range": [_known(end) for end in made.quality_range],
                "quality_range_from": "validation" if fixed else "test",
                "rate_range": [_known(end) for end in made.rate_range],
                "images": int(first.counts.sum()),
                "warning": made.warning,
            }
        )
    if not found:
        raise InputError(_nothing(test, method, gamma))
    return found


def curves_of(rows: pd.DataFrame, method: str) -> Iterator[tuple[dict, pd.DataFrame]]:
    """Every curve of a method: the values of ``CURVE`` that name it, and its rows."""
    chosen = rows[rows["method"] == method]
    for key, part in chosen.groupby(CURVE, observed=True, dropna=False):
        yield dict(zip(CURVE, (_plain(value) for value in key), strict=True)), part


def is_chosen(key: dict) -> bool:
    """Whether validation chose the gamma of this curve, as the checkpoints' cards say."""
    gamma = key["gamma"]
    return any(
        card.chosen
        and card.method == key["method"]
        and (
            (card.gamma is None and pd.isna(gamma))
            or (card.gamma is not None and math.isclose(card.gamma, gamma, rel_tol=1e-3))
        )
        for card in checkpoints.cards()
    )


def only_curve(
    rows: pd.DataFrame, method: str, gamma: float | None = None
) -> tuple[dict, pd.DataFrame]:
    """The one curve that stands for a method, as :func:`curves_of` gives it.

    That of ``gamma``; else the chosen gamma's, else the base classifier's; of several seeds the
    first.  A method without gammas is found under any.  Raises InputError where nothing or more
    than one curve is left.
    """
    found = list(curves_of(rows, method))
    if gamma is not None and any(not pd.isna(key["gamma"]) for key, _ in found):
        found = [c for c in found if math.isclose(c[0]["gamma"], gamma, rel_tol=1e-3)]
    elif gamma is None:
        preferred = [c for c in found if is_chosen(c[0])] or [
            c for c in found if c[0]["classifier"] == "base"
        ]
        found = preferred or found
    if not found:
        raise InputError(_nothing(rows, method, gamma))
    if len(found) > 1 and len({str(c[0]["gamma"]) for c in found}) == 1:
        seeds = [-1 if pd.isna(c[0]["seed"]) else c[0]["seed"] for c in found]
        found = [c for c, seed in zip(found, seeds, strict=True) if seed == min(seeds)]
    if len(found) > 1:
        raise InputError(
            f"{method} has {len(found)} curves and none is marked as chosen; "
            "name its gamma or take another reference."
        )
    return found[0]


def _read_by(test: pd.DataFrame, method: str, reader: str) -> pd.DataFrame:
    of_method = test[test["method"] == method]
    found = of_method[of_method["classifier"] == reader]
    if len(of_method) and found.empty:
        readers = ", ".join(sorted(set(of_method["classifier"].astype(str))))
        raise InputError(
            f"The table holds no test rows of {method} read by {reader!r}; it was read by {readers}."
        )
    return found


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
