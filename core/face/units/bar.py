"""When an action unit counts as validated: the bar, decided here alone from the validation table."""

import numpy as np
import pandas as pd

from core.facs import UNITS

LEAST_R = 0.6
"""Pearson r with the known intensities."""
SLOPES = (0.75, 1.25)
"""Of the line from truth to estimate: a point more on the face is about a point more in the number."""
LEAST_AUC = 0.85
"""Of "present", a truth of 1 and above, against what is below."""
EVIDENCE = ("render", "warp")
"""Renders and warped photographs of people no training saw: each must pass."""
PRESENT, ZERO = 1.0, 0.05
BINS = {
    "0": (-np.inf, ZERO),
    "0-1": (ZERO, 1.0),
    "1-2": (1.0, 2.0),
    "2-3": (2.0, 3.0),
    "3-5": (3.0, np.inf),
}
"""Of the true intensity, in the response curve."""
SIMPLER = ("blendshapes", "measured")
"""Estimators that a unit's own must not be beaten by, in r, on either kind of evidence."""
_MARGIN = 0.02
"""Of r: less is chance at some hundred faces."""


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """One row a unit (index): whether it is ``validated`` and, if not, ``why`` in words.

    ``table``: of :func:`core.face.units.validation.read_validation`.  ``r``, ``slope``, ``auc
    present``: the worst of the two kinds of evidence (the slope furthest from 1); NaN fails.
    """
    rows = {}
    for unit in UNITS:
        own = table[(table["unit"] == unit) & table["data"].isin(EVIDENCE)]
        worst, faults = {}, []
        for measure, fine in _RULES.items():
            values = _values(own[own["chosen"]], measure)
            worst[measure] = _worst(measure, values)
            if not all(fine(value) for value in values.values()):
                faults.append(_fault(measure, values, fine))
        beaten = _beaten(own)
        if beaten:
            faults.append(beaten)
        rows[unit] = (not faults, "; ".join(faults), *worst.values())
    columns = ["validated", "why", "r", "slope", "auc present"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def passing(table: pd.DataFrame) -> dict[str, bool]:
    """Unit -> whether the table validates it."""
    return {unit: bool(fine) for unit, fine in verdicts(table)["validated"].items()}


_RULES = {
    "pearson": lambda r: r >= LEAST_R,
    "slope": lambda slope: SLOPES[0] <= slope <= SLOPES[1],
    "auc present": lambda value: value >= LEAST_AUC,
}
_WORDS = {"pearson": "r", "slope": "slope", "auc present": "AUC of present"}


def _values(rows: pd.DataFrame, measure: str) -> dict[str, float]:
    """Kind of evidence -> value; NaN where the table has none."""
    by_data = rows[rows["measure"] == measure].set_index("data")["value"]
    return {kind: float(by_data.get(kind, np.nan)) for kind in EVIDENCE}


def _worst(measure: str, values: dict[str, float]) -> float:
    numbers = np.array(list(values.values()))
    if np.isnan(numbers).any():
        return float("nan")
    return float(numbers[np.abs(numbers - 1).argmax()] if measure == "slope" else numbers.min())


def _fault(measure: str, values: dict[str, float], fine) -> str:
    shortfalls = [
        f"{value:.2f} on {kind}s" if value == value else f"unknown on {kind}s"
        for kind, value in values.items()
        if not fine(value)
    ]
    return f"{_WORDS[measure]} {', '.join(shortfalls)}"


def _beaten(own: pd.DataFrame) -> str:
    """Which simpler estimator has a higher r on a kind of evidence, in words; empty if none."""
    r = own[own["measure"] == "pearson"]
    chosen = r[r["chosen"]].set_index("data")
    simpler = r[r["estimator"].isin(SIMPLER) & ~r["chosen"]]
    for _, row in simpler.sort_values("value", ascending=False).iterrows():
        if (
            row["data"] in chosen.index
            and row["value"] > chosen.loc[row["data"], "value"] + _MARGIN
        ):
            return f"{row['estimator']} do better on {row['data']}s ({row['value']:.2f})"
    return ""
