"""The table that tells how far each action unit can be trusted; it ships with the checkpoints."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.face.units.bar import BINS, EVIDENCE, verdicts
from core.face.units.used import ESTIMATORS, STACK, stack_in_use
from core.facs import UNITS

COLUMNS = ("measure", "data", "estimator", "unit", "other", "value", "count", "chosen")
"""Columns of the table, one figure a row.

``measure``, on faces with known units of people no training saw (``data``: render, warp; faces with
something before them are left out): pearson, icc (ICC(3,1)); slope and intercept of the line from
truth to estimate; truth, estimate and error (estimate minus truth): means in a bin of the truth
(``other``: :data:`core.face.units.bar.BINS`), which is the response curve; auc present (truth of 1
and above against below); least told (the least intensity half of whose estimates exceed 95 % of those
at 0); cross-talk (``other`` is the unit that was moved by 4, the value what ``unit`` did).
On others (``data``: fer2013; london, and london unseen, its people that no training saw; clip, the shipped
sample): auc (``other`` is the expression,
against neutral); share up and change (``other`` is smiling, against neutral, or ``LAUGHTER``); level
at rest, level crying; mean change (``other`` is the disturbance); still spread (``other``: the size).
confidence stated and kept (``other``: number of a tenth of the frames, from the least sure).
``estimator``: blendshapes, measured, mapped, appearance, combined, stacked.  ``count``: pictures, people or
frames behind it.  ``chosen``: whether this estimator speaks for the unit.  NaN: could not be told.
"""

LAUGHTER = "crying to laughing"
WEBCAM, SMALL = "640x480", "60 px"
"""Sizes of the still face: as a webcam frames it, and 60 pixels wide."""
_STILL = {WEBCAM: "still", SMALL: "still small"}
_BY_KIND = {"pearson": "r", "slope": "slope", "auc present": "present", "icc": "icc"}
"""Measure -> how a column of :func:`by_unit` calls it."""


def validation_path(checkpoint: str | None = None) -> Path:
    """Where the table of a checkpoint lies: in ``validation/`` beside the checkpoints.

    ``checkpoint``: ``action-units`` or ``action-units-stack``, by default the one in use.
    """
    checkpoint = checkpoint or (STACK if stack_in_use() else ESTIMATORS)
    return checkpoints.folder() / "validation" / f"{checkpoint.replace('-', '_')}.parquet"


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
    """Unit -> whether validation supports it, by the card of what speaks for the units.

    Empty without one.
    """
    return checkpoints.validated_units()


def trusted_units() -> tuple[str, ...]:
    """The units that validation supports; none without the shipped estimators."""
    return tuple(unit for unit, fine in validated_units().items() if fine)


def still_noise(size: str = WEBCAM) -> dict[str, float]:
    """Unit -> standard deviation on a still, noisy face, by the shipped validation; empty without it.

    ``size``: :data:`WEBCAM` or :data:`SMALL`.
    """
    try:
        table, _ = read_validation()
    except InputError:
        return {}
    return by_unit(table)[_STILL[size]].dropna().to_dict()


def by_unit(table: pd.DataFrame) -> pd.DataFrame:
    """One row a unit (index), for the estimator that speaks for it, from :func:`read_validation`.

    ``estimator``; ``validated`` and ``why`` not (:mod:`core.face.units.bar`); for renders and warps
    (``r render``, ``r warp`` ..): Pearson's r (-1..1), the slope, the AUC of "present", ICC(3,1);
    ``least told`` (intensity, the worse of the two); ``at rest``: mean over neutral faces of the
    London set; ``auc smile``: smiling against neutral, those of its people whom no training saw;
    ``auc``: the least of a unit's expressions against neutral, ``expressions`` names them; ``smiles
    up``: the share of people whose intensity rises from calm to smiling; ``still``, ``still small``:
    standard deviation on a still face as a webcam sees it, and 60 pixels wide; ``shift``: the largest
    mean change under a disturbance, which ``disturbance`` names.  NaN: could not be told.
    """
    chosen = table[table["chosen"]]

    def only(measure: str, data: str | None = None, other: str | None = None) -> pd.DataFrame:
        rows = chosen[chosen["measure"] == measure]
        rows = rows if data is None else rows[rows["data"] == data]
        return rows if other is None else rows[rows["other"] == other]

    def figure(measure: str, data: str, other: str | None = None) -> pd.Series:
        return only(measure, data, other).set_index("unit")["value"]

    auc = only("auc", "fer2013").groupby("unit")
    changed = only("mean change").dropna(subset=["value"]).sort_values("value", key=abs)
    worst = changed.groupby("unit").last()
    judged = verdicts(table)
    pairs = {
        f"{name} {data}": figure(measure, data)
        for measure, name in _BY_KIND.items()
        for data in EVIDENCE
    }
    least = only("least told").groupby("unit")["value"]
    return pd.DataFrame(
        {
            "estimator": chosen.groupby("unit")["estimator"].first(),
            "validated": judged["validated"],
            "why": judged["why"],
            **pairs,
            "least told": least.agg(lambda values: values.max(skipna=False)),
            "at rest": figure("level at rest", "london"),
            "auc smile": figure("auc", "london unseen"),
            "auc": auc["value"].min(),
            "expressions": auc["other"].agg(lambda names: ", ".join(sorted(names))),
            "smiles up": figure("share up", "london"),
            "still": figure("still spread", "render", WEBCAM),
            "still small": figure("still spread", "render", SMALL),
            "shift": worst["value"],
            "disturbance": worst["other"],
        }
    ).reindex(list(UNITS))


def response_curves(table: pd.DataFrame) -> pd.DataFrame:
    """The response curves of the chosen estimators: one row a unit, kind of face and bin of the truth.

    ``unit``, ``data`` (render, warp), ``bin``; ``truth``, ``estimate``, ``error``: means over the
    ``count`` faces of the bin.  Bins without a face are left out.
    """
    names = ["truth", "estimate", "error"]
    rows = table[table["chosen"] & table["measure"].isin(names) & (table["count"] > 0)]
    keys = ["unit", "data", "other"]
    curves = rows.set_index([*keys, "measure"])["value"].unstack().reindex(columns=names)
    curves = curves.join(rows.groupby(keys)["count"].first())
    curves = curves.reset_index().rename(columns={"other": "bin"})
    curves["bin"] = pd.Categorical(curves["bin"], list(BINS), ordered=True)
    curves = curves.sort_values(["unit", "data", "bin"], ignore_index=True)
    return curves[["unit", "data", "bin", *names, "count"]]


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


def reliability(table: pd.DataFrame) -> pd.DataFrame:
    """How far the confidence holds, a row a tenth of the frames: ``stated``, ``kept``, ``count``.

    Empty where the table has none.
    """
    rows = table[table["measure"].isin(["confidence stated", "confidence kept"])]
    if rows.empty:
        return pd.DataFrame(columns=["stated", "kept", "count"])
    sides = rows.pivot_table("value", "other", "measure", aggfunc="first")
    sides.columns = [name.removeprefix("confidence ") for name in sides.columns]
    counts = rows.groupby("other")["count"].first()
    return sides[["stated", "kept"]].join(counts).sort_values("stated").reset_index(drop=True)


def as_document(table: pd.DataFrame, saw_labels: Mapping[str, bool]) -> dict:
    """All of it for JSON: ``summary``, ``units``, ``response``, ``reliability``."""

    def rows(frame: pd.DataFrame) -> list[dict]:
        return json.loads(frame.to_json(orient="records"))

    return {
        "summary": json.loads(summary(table, saw_labels).to_json(orient="index")),
        "units": json.loads(by_unit(table).to_json(orient="index")),
        "response": rows(response_curves(table).astype({"bin": str})),
        "cross_talk": json.loads(cross_talk(table).to_json(orient="index")),
        "reliability": rows(reliability(table)),
    }


def as_text(table: pd.DataFrame, saw_labels: Mapping[str, bool]) -> str:
    """All of it as tables to print."""
    units = by_unit(table)
    curves = response_curves(table)
    read = curves.pivot_table(
        "estimate", "unit", ["data", "bin"], observed=False, dropna=False, aggfunc="first"
    )
    fallen = units.loc[~units["validated"], "why"]
    parts = {
        "In all": summary(table, saw_labels).round(3),
        "Unit by unit": units.drop(columns=["why", "expressions", "disturbance"]).round(2),
        "Response: mean estimate by true intensity": read.round(2),
    }
    bins = reliability(table)
    if len(bins):
        parts["Confidence: stated and kept"] = bins.round(3)
    with pd.option_context("display.width", 220, "display.max_columns", 40):
        blocks = [f"{title}\n{frame.to_string()}" for title, frame in parts.items()]
    lines = [f"{unit}: {why}" for unit, why in fallen.items()]
    blocks.append("\n".join([f"Not validated: {len(lines)} of {len(units)}", *lines]))
    return "\n\n".join(blocks)
