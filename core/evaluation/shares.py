"""Whose gain is it?  What codec and classifier each add to the accuracy at equal rates."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Shares:
    """Gains over the baseline at equal file rate, in points of accuracy (BD-accuracy).

    ``table``: one row a regime and gamma: ``method``, ``gamma`` (NaN for the control), ``seeds``
    (trainings), ``points`` and ``rate`` (BD-rate, percent), each the mean over trainings with its
    standard deviation ``points_sd`` and ``rate_sd`` (NaN for one training), ``chosen``.
    ``control`` and ``joint``: points of the control and of the chosen joint training; NaN where
    they were not measured.
    """

    table: pd.DataFrame
    control: float
    joint: float

    @property
    def codec(self) -> float:
        """Points that are left for the codec when the classifier's are taken off."""
        return self.joint - self.control


def shares(deltas: pd.DataFrame) -> Shares:
    """From the deltas of accuracy against the baseline (:func:`core.evaluation.comparison.compare`)."""
    tuned = deltas[deltas["method"].isin(["codec", "control", "joint"])]
    table = (
        tuned.astype({"gamma": float, "bd_quality": float, "bd_rate": float})
        .groupby(["method", "gamma"], dropna=False, sort=True)
        .agg(
            seeds=("seed", "size"),
            points=("bd_quality", "mean"), points_sd=("bd_quality", "std"),
            rate=("bd_rate", "mean"), rate_sd=("bd_rate", "std"),
            chosen=("chosen", "any"),
        )
        .reset_index()
    )  # fmt: skip
    joint = table[table["method"] == "joint"]
    if joint["chosen"].any():
        joint = joint[joint["chosen"]]
    return Shares(table, _only(table[table["method"] == "control"]), _only(joint))


def _only(rows: pd.DataFrame) -> float:
    """The points of the one row; NaN where there is none, or no way to tell which."""
    return float(rows["points"].iloc[0]) if len(rows) == 1 else np.nan
