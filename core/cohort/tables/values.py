"""The values of action units: from how a table writes them to our scale, and what is wrong with them."""

import numpy as np
import pandas as pd

from core.cohort.tables.dialect import Dialect
from core.cohort.tables.schema import UPPER
from core.errors import InputError
from core.facs import MAX_INTENSITY

MAX_OUTSIDE = 0.2
"""A table with a larger share of its non-zero values out of range is left out as a whole."""
UNDERSHOOT = 0.1
"""Regressions fall below 0 by as much as this share of the range; such values are 0."""
_LETTERS = {"notactive": 0.0, "a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0, "0": 0.0}
"""FACS's letters as intensities, and FaceReader's word for none."""
FAILED = ("FIND_FAILED", "FIT_FAILED", "UNKNOWN")
"""What FaceReader writes where it has no face or no model of it."""


def unit_values(table: pd.DataFrame, dialect: Dialect, log) -> np.ndarray:
    """(rows, units) float32 on our scale; NaN where there is no value."""
    columns = [_mean(table, names, dialect, log) for names in dialect.units.values()]
    x = np.stack(columns, axis=1).astype(np.float32) if columns else np.empty((len(table), 0))
    if dialect.scale == "log odds":
        with np.errstate(over="ignore"):
            x = 1 / (1 + 10 ** (-x.astype(np.float64)))
    elif dialect.scale == "percent":
        x = x / 100
    elif dialect.scale == "share of the range":
        x = x * MAX_INTENSITY
    return np.ascontiguousarray(x, dtype=np.float32)


def _mean(table: pd.DataFrame, names: tuple[str, ...], dialect: Dialect, log) -> np.ndarray:
    if dialect.scale == "letters":
        return _letters(table[names[0]], log)
    if len(names) == 1:
        return table[names[0]].to_numpy(np.float32)
    return table[list(names)].to_numpy(np.float64).mean(axis=1)


def _letters(column: pd.Series, log) -> np.ndarray:
    """Letters A to E as 1 to 5; numbers of 0..1 as shares of the range; anything else is missing."""
    text = column.astype(str).str.strip()
    values = text.str.lower().map(_LETTERS)
    numbers = pd.to_numeric(text.where(values.isna()), errors="coerce")
    odd = values.isna() & numbers.isna() & ~text.str.upper().isin((*FAILED, "", "NAN", "NONE"))
    if odd.any():
        log("not a number", f"{odd.sum():,} values of {column.name} are no letters of FACS")
    return values.fillna(numbers * MAX_INTENSITY).to_numpy(np.float64)


def check_values(
    x: np.ndarray, success: np.ndarray, dialect: Dialect, frame: np.ndarray, log
) -> None:
    """Values outside the scale become 0 or NaN (in place) and are told of."""
    if dialect.unit_kind is None:
        return
    stale = ~success & (np.nan_to_num(x) != 0).any(axis=1)
    if stale.any():
        log(
            "values without a face",
            f"{stale.sum():,} frames without a face carry values; they count as missing",
        )
    upper, units = UPPER[dialect.unit_kind], list(dialect.units)
    with np.errstate(invalid="ignore"):
        below = success[:, None] & (x < 0) & (x >= -UNDERSHOOT * upper)
    if below.any():
        log(
            "below zero",
            f"{below.sum():,} values are a little below 0 (down to {x[below].min():.3g}), as "
            "regressions give them; they count as 0",
        )
        x[below] = 0
    with np.errstate(invalid="ignore"):
        outside = success[:, None] & ((x < 0) | (x > upper + 1e-4))
    if outside.any():
        _outside(x, outside, success, upper, units, frame, log)
    seen = x[success]
    if dialect.unit_kind == "intensity" and seen.size and np.isfinite(seen).any():
        top = float(np.nanmax(seen))
        if len(seen) >= 100 and 0 < top <= 1:
            log(
                "scale",
                f"no value is above {top:.3g}: these may be values of 0..1 in columns for 0..5",
            )
    empty = [u for u, some in zip(units, np.isfinite(seen).any(axis=0), strict=True) if not some]
    if empty and len(seen):
        log("empty unit", f"{', '.join(empty)} hold no value at all")


def _outside(x, outside, success, upper: float, units: list[str], frame, log) -> None:
    largest = np.where(outside, np.abs(x), -1)
    row, column = np.unravel_index(np.argmax(largest), x.shape)
    sentence = (
        f"{outside.sum():,} values are outside 0..{upper:g}, such as {x[row, column]:g} for "
        f"{units[column]} in frame {frame[row]}"
    )
    why = "; a decimal comma that was lost on export does this (2,33 to 233)"
    if outside.sum() > MAX_OUTSIDE * max((x[success] != 0).sum(), 1):
        raise InputError(f"{sentence}{why}, and none of its values can be trusted")
    log("out of range", f"{sentence}{why}. They count as missing")
    x[outside] = np.nan
