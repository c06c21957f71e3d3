"""How the groups move: the mean over people at each moment, with intervals over people.

The interval at a moment is Student's, over one value a person; intervals of neighbouring moments are
not independent, and where two of them part is no test.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.statistics.frames import person_sums
from core.cohort.tables.columns import let_go_of
from core.cohort.tables.phases import files_of
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
    shares 0..1 of each recording; pieces are never so many that most recordings lack frames in some.
    A person counts in a piece with the mean of their valid frames there; ``n`` people do.  NaN where
    nobody does, or one person alone (no interval).  ``sd``: over people of the group; ``overall``: mean
    over people of all groups.  Groups as in ``cohort.groups``; a cohort without labels is one group,
    "".  Raises InputError for tables without times.
    """
    _known(cohort, measure)
    spans = _spans(cohort)
    if not spans:
        raise InputError("These tables hold no times; give the frames per second to see curves.")
    end = 1.0 if relative else max(1e-9, *(span.length for span in spans))
    bins = max(1, min(bins, int(np.median([span.frames_in(end, relative) for span in spans]))))
    people = {name: i for i, name in enumerate(cohort.people.index)}
    time, x = cohort.frames["time"].to_numpy(), cohort.frames[measure].to_numpy()
    sums, counts = np.zeros((len(people), bins)), np.zeros((len(people), bins))
    for span in spans:
        if span.person not in people:
            continue
        row, rows = people[span.person], span.rows
        clock = time[rows] - span.start
        clock = clock / span.length if relative and span.length > 0 else clock
        there = np.isfinite(clock) & np.isfinite(x[rows])
        piece = np.clip(np.floor(clock[there] / end * bins), 0, bins - 1).astype(np.int64)
        values = x[rows][there].astype(np.float64)
        sums[row] += np.bincount(piece, values, bins)
        counts[row] += np.bincount(piece, minlength=bins)
        let_go_of(time)
        let_go_of(x)
    middle = (np.arange(bins) + 0.5) * end / bins
    return _over_people(cohort, _means(sums, counts), "time", middle, level)


def phase_means(cohort: Cohort, measure: str, level: float = 0.05) -> pd.DataFrame:
    """Mean of each group in each phase, with the columns of `mean_curves` and ``phase`` for ``time``."""
    _known(cohort, measure)
    if not cohort.phases:
        raise InputError("No phases: give an event log (timestamp,label).")
    phases = list(cohort.phases)
    of_phase = [
        person_sums(cohort, cohort.in_phase(phase).view(np.uint8), 2, (measure,))
        for phase in phases
    ]
    sums, counts = (np.stack([of[i][:, 0, 1] for of in of_phase], axis=1) for i in (0, 1))
    return _over_people(cohort, _means(sums, counts), "phase", phases, level)


@dataclass(frozen=True, slots=True)
class _Span:
    """A recording that has times: whose, its rows, its first time, its length (s), frames with times."""

    person: str
    rows: slice
    start: float
    length: float
    frames: int

    def frames_in(self, end: float, relative: bool) -> float:
        """How many frames a recording like this one has up to ``end`` (s), or in its own length."""
        if relative or self.length <= 0:
            return self.frames
        return end * (self.frames - 1) / self.length + 1 + 1e-6


def _spans(cohort: Cohort) -> list[_Span]:
    """The recordings that have times."""
    time = cohort.frames["time"].to_numpy()
    spans = []
    for name, _, rows in files_of(cohort.frames):
        own = time[rows][np.isfinite(time[rows])]
        if len(own):
            spans.append(_Span(name, rows, float(own.min()), float(np.ptp(own)), len(own)))
        let_go_of(time)
    return spans


def _means(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _known(cohort: Cohort, measure: str) -> None:
    if measure not in cohort.measures:
        raise InputError(f"{measure!r} is none of {', '.join(cohort.measures)}.")


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
