"""The table that tells how far each action unit can be trusted; it ships with the checkpoints."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.facs import UNITS

COLUMNS = ("measure", "data", "estimator", "unit", "other", "value", "count", "chosen")
"""Columns of the table, one figure a row.

``measure``: pearson, icc (with the known intensities); cross-talk (``other`` is the unit that was
moved by 4, the value what ``unit`` did); auc (``other`` is the expression, against neutral); share up
and change (``other`` is smiling, against neutral, or ``LAUGHTER``); mean change (``other`` is the
disturbance); still spread.  ``data``: render, warp, fer2013, london, clip (the shipped sample).
``estimator``: blendshapes, measured, mapped, appearance, combined.  ``count``: pictures, people or
frames behind it.  ``chosen``: whether this estimator speaks for the unit.  NaN: could not be told.
"""

LAUGHTER = "crying to laughing"


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


def validated_units() -> dict[str, bool]:
    """Unit -> whether validation supports it, by the card of the shipped estimators.

    Empty without them.
    """
    return checkpoints.validated_units()


def trusted_units() -> tuple[str, ...]:
    """The units that validation supports; none without the shipped estimators."""
    return tuple(unit for unit, fine in validated_units().items() if fine)


def still_noise() -> dict[str, float]:
    """Unit -> standard deviation on a still, noisy face, by the shipped validation; empty without it."""
    try:
        table, _ = read_validation()
    except InputError:
        return {}
    return by_unit(table)["still"].dropna().to_dict()


def by_unit(table: pd.DataFrame) -> pd.DataFrame:
    """One row a unit (index), for the estimator that speaks for it, from :func:`read_validation`.

    ``estimator``; ``r render``, ``r warp`` (Pearson, -1..1) and ``icc render``; ``auc``: the least of
    its expressions against neutral, ``expressions`` names them; ``smiles up``: the share of people
    whose intensity rises from calm to smiling; ``still``: standard deviation on a still face; ``shift``:
    the largest mean change under a disturbance, which ``disturbance`` names.  NaN: could not be told.
    """
    chosen = table[table["chosen"]]

    def only(measure: str, data: str | None = None) -> pd.DataFrame:
        rows = chosen[chosen["measure"] == measure]
        return rows if data is None else rows[rows["data"] == data]

    def figure(measure: str, data: str) -> pd.Series:
        return only(measure, data).set_index("unit")["value"]

    auc = only("auc").groupby("unit")
    changed = only("mean change").dropna(subset=["value"]).sort_values("value", key=abs)
    worst = changed.groupby("unit").last()
    return pd.DataFrame(
        {
            "estimator": chosen.groupby("unit")["estimator"].first(),
            "r render": figure("pearson", "render"),
            "r warp": figure("pearson", "warp"),
            "icc render": figure("icc", "render"),
            "auc": auc["value"].min(),
            "expressions": auc["other"].agg(lambda names: ", ".join(sorted(names))),
            "smiles up": figure("share up", "london"),
            "still": figure("still spread", "render"),
            "shift": worst["value"],
            "disturbance": worst["other"],
        }
    ).reindex(list(UNITS))


def summary(table: pd.DataFrame, saw_labels: Mapping[str, bool]) -> pd.DataFrame:
    """What all units come to (index): columns ``chosen`` (estimators) and ``blendshapes`` (plain).

    ``saw_labels``: unit -> whether its estimator saw expression labels in training; an AUC of such a
    unit is no independent evidence.  Correlations -1..1, AUC and shares 0..1, changes in intensity.
    """

    def mean(measure: str, data: str, units=UNITS, least: bool = False) -> tuple[float, float]:
        rows = table[(table["measure"] == measure) & (table["data"] == data)]
        rows = rows[rows["unit"].isin(list(units))]
        plain = rows.loc[rows["estimator"] == "blendshapes", "value"]
        ours = rows.loc[rows["chosen"], "value"]
        return (ours.min(), plain.min()) if least else (ours.mean(), plain.mean())

    blind = [unit for unit in UNITS if not saw_labels.get(unit)]
    figures = {
        "mean r, renders": mean("pearson", "render"),
        "least r, renders": mean("pearson", "render", least=True),
        "mean r, warped photographs": mean("pearson", "warp"),
        "least r, warped photographs": mean("pearson", "warp", least=True),
        "mean AUC of the 18 pairs, real faces": mean("auc", "fer2013"),
        "the same, units that saw no labels": mean("auc", "fer2013", blind),
        "AU06 rises with a smile, share of people": mean("share up", "london", ["AU06"]),
        "AU12 rises with a smile, share of people": mean("share up", "london", ["AU12"]),
        "AU04, crying to laughing": mean("change", "clip", ["AU04"]),
        "AU06, crying to laughing": mean("change", "clip", ["AU06"]),
        "AU12, crying to laughing": mean("change", "clip", ["AU12"]),
    }
    return pd.DataFrame.from_dict(figures, orient="index", columns=["chosen", "blendshapes"])


def by_estimator(table: pd.DataFrame, measure: str, data: str) -> pd.DataFrame:
    """Unit x estimator: one measure on one kind of data; for ``auc`` the least of the expressions."""
    rows = table[(table["measure"] == measure) & (table["data"] == data)]
    return rows.pivot_table("value", "unit", "estimator", aggfunc="min").reindex(list(UNITS))


def cross_talk(table: pd.DataFrame) -> pd.DataFrame:
    """What each unit (row) did when another (column) was moved by 4, for the chosen estimators."""
    rows = table[(table["measure"] == "cross-talk") & table["chosen"]]
    return rows.pivot_table("value", "unit", "other").reindex(
        index=list(UNITS), columns=list(UNITS)
    )
