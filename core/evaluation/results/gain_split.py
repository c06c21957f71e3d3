"""Whose gain is it, the codec's or the classifier's, and what a saving means in bytes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.results.comparison import compare
from core.evaluation.results.curves import shared_pictures
from core.evaluation.results.equal_accuracy import crossing
from core.methods import TUNED

_TRAINED = (*TUNED, "control")


@dataclass(frozen=True, slots=True)
class Shares:
    """Gains over the baseline at equal file rate, in points of accuracy (BD-accuracy).

    ``table``: one row a regime and gamma: ``method``, ``gamma`` (NaN for the control), ``seeds``
    (trainings), ``points`` and ``rate`` (BD-rate, percent), each the mean over trainings with its
    standard deviation ``points_sd`` and ``rate_sd`` (NaN for one training), ``chosen``, ``images``.
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


def regime_deltas(
    rows: pd.DataFrame, reference: str = "baseline", resamples: int = 500
) -> pd.DataFrame:
    """Deltas of accuracy of every training against ``reference``, on the faces that all of them share.

    One row a training, as :func:`core.evaluation.results.comparison.compare` gives it: trainings that are
    averaged or told apart must not differ in their faces.  Empty without the reference or a regime.
    """
    part = rows[(rows["data"] == "fer2013") & rows["method"].isin([reference, *_TRAINED])]
    part = shared_pictures(part)
    present = set(part.loc[part["split"] == "test", "method"].astype(str))
    found = []
    if reference in present:
        for method in _TRAINED:
            if method in present:
                found += compare(part, reference, method, quality="accuracy", resamples=resamples)
    return pd.DataFrame(found)


def shares(deltas: pd.DataFrame) -> Shares:
    """From :func:`regime_deltas` against the baseline; ``deltas`` must not be empty."""
    table = (
        deltas.astype({"gamma": float, "bd_quality": float, "bd_rate": float})
        .groupby(["method", "gamma"], dropna=False, sort=True)
        .agg(
            seeds=("seed", "size"),
            points=("bd_quality", "mean"), points_sd=("bd_quality", "std"),
            rate=("bd_rate", "mean"), rate_sd=("bd_rate", "std"),
            chosen=("chosen", "any"), images=("images", "max"),
        )
        .reset_index()
    )  # fmt: skip
    joint = table[table["method"] == "joint"]
    if joint["chosen"].any():
        joint = joint[joint["chosen"]]
    return Shares(table, _only(table[table["method"] == "control"]), _only(joint))


@dataclass(frozen=True, slots=True)
class Saving:
    """What a saving in rate would mean in file bytes a face.

    ``before``: what the reference takes for the accuracy in question; ``after``: what the saving
    would leave of it; ``accuracy``: what the other curve reads at ``after`` bytes, NaN where it has
    no files of that size; ``least``: the mean of its smallest files.
    """

    before: float
    after: float
    accuracy: float
    least: float


def saving(
    reference: pd.DataFrame, other: pd.DataFrame, percent: float, accuracy: float
) -> Saving | None:
    """A BD-rate of ``percent`` (negative: fewer bytes), told at one ``accuracy`` of the reference.

    The curves have columns ``bytes`` (ascending) and ``quality``, as
    :func:`core.evaluation.results.curves.points` gives them for accuracy; both are read between their stops
    against the logarithm of the bytes.  None where the reference never gets there.
    """
    before = crossing(reference["bytes"], reference["quality"], accuracy)
    if before is None or other.empty:
        return None
    after = before * (1 + percent / 100)
    sizes = np.log(other["bytes"].to_numpy(dtype=np.float64))
    reads = np.interp(np.log(after), sizes, other["quality"], left=np.nan, right=np.nan)
    return Saving(before, after, float(reads), float(np.exp(sizes[0])))


def _only(rows: pd.DataFrame) -> float:
    """The points of the one row; NaN where there is none, or no way to tell which."""
    return float(rows["points"].iloc[0]) if len(rows) == 1 else np.nan
