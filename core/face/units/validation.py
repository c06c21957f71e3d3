"""The table that tells how far each action unit can be trusted; it ships with the checkpoints."""

import json
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.errors import InputError

COLUMNS = ("measure", "data", "estimator", "unit", "other", "value", "count", "chosen")
"""Columns of the table, one figure a row.

``measure``: pearson, icc (with the known intensities); cross-talk (``other`` is the unit that was
moved by 4, the value what ``unit`` did); auc (``other`` is the expression, against neutral); share up
and change (``other`` is smiling, against neutral); mean change (``other`` is the disturbance); still
spread.  ``data``: render, warp, fer2013, london.  ``estimator``: blendshapes, measured, mapped,
appearance.  ``count``: pictures, people or frames behind it.  ``chosen``: whether this estimator
speaks for the unit.  NaN: could not be told.
"""


def validation_path() -> Path:
    """Where the table lies: ``validation/action_units.parquet`` beside the checkpoints."""
    return checkpoints.folder() / "validation" / "action_units.parquet"


def read_validation(path: Path | None = None) -> tuple[pd.DataFrame, dict]:
    """The table and its sidecar (command, versions, data).

    Raises InputError where either is missing or damaged.
    """
    path = path or validation_path()
    try:
        table = pd.read_parquet(path)
        sidecar = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"The validation of the action units cannot be read: {error}") from error
    if tuple(table.columns) != COLUMNS:
        raise InputError(f"{path.name} has other columns than the validation of action units.")
    return table, sidecar
