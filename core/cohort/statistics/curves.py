"""How the groups move: the mean over people at each moment, with intervals over people.

The interval at a moment is Student's, over one value a person; intervals of neighbouring moments are
not independent, and where two of them part is no test.
"""

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.tables.phases import blocks
from core.cohort.tables.schema import Cohort
from core.errors import InputError

BINS = 120


def mean_curves(
    cohort: Cohort,
    measure: str,
    bins: int = BINS,
    relative: bool = False,
    level: float = 0.05,
) -> pd.DataFrame:
    """Mean of each group over time: ``group, time, mean, low, high, sd, overall, n``.

    Time counts from each recording's first frame (of the phase) and is cut into ``bins`` equal pieces
    up to the longest recording's end (``time`` is the middle of one, in s), or with ``relative`` into
    shares 0..1 of each recording.  A person counts
    in a piece with the mean of their valid frames there; ``n`` people do.  NaN where nobody does, or
    one person alone (no interval).  ``sd``: over people of the group; ``overall``: mean over people of
    all groups.  Groups as in ``cohort.groups``; a cohort without labels is one
    group, "".  Raises InputError for tables without times.
    """
    _known(cohort, measure)
    if not np.isfinite(cohort.frames["time"].to_numpy(np.float64)).any():
        raise InputError("These tables hold no times; give the frames per second to see curves.")
    time = _from_start(cohort, relative)
    end = 1.0 if relative else max(float(np.nanmax(time)), 1e-9)
    with np.errstate(invalid="ignore"):
        piece = np.clip(np.floor(time / end * bins), 0, bins - 1)
    piece = np.where(np.isfinite(time) & (time >= 0), piece, -1).astype(np.int64)
    values = _person_values(cohort, measure, piece, bins)
    middle = (np.arange(bins) + 0.5) * end / bins
    return _over_people(cohort, values, "time", middle, level)


def phase_means(cohort: Cohort, measure: str, level: float = 0.05) -> pd.DataFrame:
    """Mean of each group in each phase, with the columns of `mean_curves` and ``phase`` for ``time``."""
    _known(cohort, measure)
    if not cohort.phases:
        raise InputError("No phases: give an event log (timestamp,label).")
    phases = list(cohort.phases)
    of_phase = [
        _person_values(cohort, measure, np.where(cohort.in_phase(phase), 0, -1), 1)
        for phase in phases
    ]
    return _over_people(cohort, np.concatenate(of_phase, axis=1), "phase", phases, level)


def _from_start(cohort: Cohort, relative: bool) -> np.ndarray:
    """Seconds since each recording's first frame, or shares 0..1 of its length."""
    time = cohort.frames["time"].to_numpy(np.float64).copy()
    for _, rows in blocks(cohort.frames["file"]):
        own = time[rows]
        if not np.isfinite(own).any():
            continue
        own -= np.nanmin(own)
        if relative and (length := np.nanmax(own)) > 0:
            own /= length
    return time


def _known(cohort: Cohort, measure: str) -> None:
    if measure not in cohort.measures:
        raise InputError(f"{measure!r} is none of {', '.join(cohort.measures)}.")


def _person_values(cohort: Cohort, measure: str, piece: np.ndarray, pieces: int) -> np.ndarray:
    """The mean of each person in each piece, (people, pieces), NaN where they have no value."""
    participant = cohort.frames["participant"].astype("category")
    place = cohort.people.index.get_indexer(participant.cat.categories.astype(str))
    person = place[participant.cat.codes.to_numpy()]
    x = cohort.frames[measure].to_numpy(np.float64)
    there = np.isfinite(x) & (person >= 0) & (piece >= 0)
    cell = person[there] * pieces + piece[there]
    size = len(cohort.people) * pieces
    sums, counts = np.bincount(cell, x[there], size), np.bincount(cell, minlength=size)
    means = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return means.reshape(len(cohort.people), pieces)


def _over_people(cohort: Cohort, values: np.ndarray, axis: str, at, level: float) -> pd.DataFrame:
    """Mean and Student's interval over people, group by group."""
    label = cohort.people["label"].fillna("").astype(str).to_numpy()
    shown = np.isin(label, cohort.groups) if cohort.groups else np.ones(len(label), bool)
    there = np.isfinite(values[shown]).sum(axis=0)
    total = np.nansum(values[shown], axis=0)
    overall = np.divide(total, there, out=np.full(len(there), np.nan), where=there > 0)
    tables = []
    for group in cohort.groups or ("",):
        own = values[label == group]
        n = np.isfinite(own).sum(axis=0)
        total = np.nansum(own, axis=0)
        mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
        squares = np.nansum((own - mean) ** 2, axis=0)
        variance = np.divide(squares, n - 1, out=np.full(len(n), np.nan), where=n > 1)
        reach = stats.t.ppf(1 - level / 2, np.maximum(n - 1, 1)) * np.sqrt(
            variance / np.maximum(n, 1)
        )
        tables.append(
            pd.DataFrame(
                {
                    "group": group,
                    axis: at,
                    "mean": mean,
                    "low": mean - reach,
                    "high": mean + reach,
                    "sd": np.sqrt(variance),
                    "overall": overall,
                    "n": n,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
