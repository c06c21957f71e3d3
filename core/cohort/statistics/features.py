"""One row a person: level, variability, distribution, onsets and windows of every unit.

Nothing here looks at a label, so nothing here can leak one.

Per unit, over a person's valid frames (all their recordings, in the order of the cohort):
``mean``, ``sd`` (n - 1), ``q05 q25 q50 q75 q95``, ``onsets`` per minute of valid frames, and for each
of ``windows`` equal parts of the person's frames ``w01 mean``, ``w01 sd``, ... as in arXiv 2407.13753.
Missing frames are left out, never counted as 0; a feature without enough frames is NaN.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from core.cohort.classify.sequences import Recording, Recordings
from core.cohort.tables.schema import UPPER, Cohort
from core.progress import Progress

WINDOWS = 10
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
_ONSET, _OFFSET = 0.2, 0.1  # shares of the unit's range: intensity 1 and 0.5
_FEWEST = 2  # valid frames under which a window says nothing


COURSE_KIND = "Course"
KINDS = ("Means", "Distributions", "Windows", COURSE_KIND)
"""What people are laid out by: their mean of each measure; its mean, spread, quantiles and onsets a
minute; its mean and spread in `WINDOWS` equal parts of the recording; or its course, the mean in
`COURSE` equal parts."""
COURSE = 50


@dataclass(frozen=True, slots=True)
class Features:
    """Label-free features of people.

    ``values``: index ``participant``, one float column a feature, named ``"AU12 mean"``; NaN where
    the person has too few valid frames.  ``columns``: index feature name; ``unit``, ``statistic``,
    ``window`` (1.., 0 for the whole recording).
    """

    values: pd.DataFrame
    columns: pd.DataFrame

    def select(self, statistics: tuple[str, ...] | None = None, units=None) -> "Features":
        """Only these statistics and units; None keeps all."""
        keep = np.ones(len(self.columns), bool)
        if statistics is not None:
            keep &= self.columns["statistic"].isin(statistics).to_numpy()
        if units is not None:
            keep &= self.columns["unit"].isin(units).to_numpy()
        return Features(self.values.loc[:, keep], self.columns.loc[keep])


def person_features(
    cohort: Cohort,
    windows: int = WINDOWS,
    measures: tuple[str, ...] | None = None,
    progress: Progress | None = None,
) -> Features:
    """The features of everyone in ``cohort``.

    ``windows`` equal parts a person (0: whole recordings only); ``measures`` defaults to the units,
    composites may be named too.

    Raises:
        ValueError: ``windows`` is negative.
    """
    if windows < 0:
        raise ValueError(f"windows is {windows}, it must be 0 or more")
    measures = tuple(measures or cohort.units)
    upper = UPPER[cohort.unit_kind]
    rows, people = [], []
    for person, items in Recordings(cohort, measures).by_person():
        if progress:
            progress(len(people), max(len(cohort.people), 1), "features of people")
        people.append(person)
        rows.append(_person(list(items), windows, upper))
    columns = _columns(measures, windows)
    table = np.stack(rows).reshape(len(rows), -1) if rows else np.empty((0, len(columns)))
    index = pd.Index(people, name="participant", dtype=object)
    return Features(pd.DataFrame(table, index=index, columns=columns.index), columns)


def features_of(
    cohort: Cohort,
    kind: str = "Means",
    measures: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Features:
    """The features of one of `KINDS`; ``measures`` () takes all units.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    parts = {"Windows": WINDOWS, COURSE_KIND: COURSE}.get(kind, 0)
    features = person_features(cohort, parts, measures or None, progress)
    if kind == COURSE_KIND:
        inside = (features.columns["window"] > 0) & (features.columns["statistic"] == "mean")
        return Features(features.values.loc[:, inside.to_numpy()], features.columns[inside])
    if kind == "Means":
        return features.select(statistics=("mean",))
    if kind == "Windows":
        inside = features.columns["window"] > 0
        return Features(features.values.loc[:, inside.to_numpy()], features.columns[inside])
    return features


def _columns(measures: tuple[str, ...], windows: int) -> pd.DataFrame:
    whole = ["mean", "sd", *(f"q{round(100 * q):02d}" for q in QUANTILES), "onsets"]
    parts = [(s, 0) for s in whole]
    parts += [(s, w) for w in range(1, windows + 1) for s in ("mean", "sd")]
    rows = [
        (f"{unit} w{window:02d} {name}" if window else f"{unit} {name}", unit, name, window)
        for unit in measures
        for name, window in parts
    ]
    table = pd.DataFrame(rows, columns=["feature", "unit", "statistic", "window"])
    return table.set_index("feature")


def _person(items: list[Recording], windows: int, upper: float) -> np.ndarray:
    """(units, statistics) of one person, in the order of `_columns`."""
    values = np.concatenate([item.values for item in items])
    onsets = [_onsets(item, upper) for item in items]
    minutes = sum(m for _, m in onsets)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(minutes > 0, sum(c for c, _ in onsets) / minutes, np.nan)
    columns = [*_moments(values), *_quantiles(values), rate]
    edges = np.linspace(0, len(values), windows + 1).round().astype(int)
    for start, end in pairwise(edges):
        columns += _moments(values[start:end])
    return np.stack(columns, axis=1)


def _moments(values: np.ndarray) -> list[np.ndarray]:
    """Mean and standard deviation (n - 1) over the valid frames of ``values`` (T, units)."""
    valid = np.isfinite(values)
    n = valid.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(valid, values, 0).sum(axis=0, dtype=np.float64) / n
        centred = np.where(valid, values - mean, 0)
        sd = np.sqrt(np.square(centred).sum(axis=0) / (n - 1))
    few = n < _FEWEST
    return [np.where(n > 0, mean, np.nan), np.where(few, np.nan, sd)]


def _quantiles(values: np.ndarray) -> np.ndarray:
    """(quantiles, units), linear between the order statistics; NaN for a unit without a value."""
    out = np.full((len(QUANTILES), values.shape[1]), np.nan)
    for unit, column in enumerate(values.T):
        valid = column[np.isfinite(column)]
        if len(valid):
            out[:, unit] = np.quantile(valid, QUANTILES)
    return out


def _onsets(item: Recording, upper: float) -> tuple[np.ndarray, np.ndarray]:
    """Number of onsets and minutes of valid frames, both (units,); minutes 0 without times.

    An onset is a rise to a fifth of the range (intensity 1) from under a tenth (0.5): the gap between
    the two keeps tremble around one threshold from counting.  After missing frames the unit must be
    seen low again before an onset counts.
    """
    values = item.values
    valid = np.isfinite(values)
    state = np.select([values >= _ONSET * upper, values <= _OFFSET * upper, ~valid], [1, 0, 2], -1)
    known = state >= 0
    last = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], 0), axis=0)
    held = np.take_along_axis(state, last, axis=0)
    counts = ((held[:-1] == 0) & (held[1:] == 1)).sum(axis=0)
    steps = np.diff(item.time)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    interval = float(np.median(steps)) if len(steps) else 0.0
    return counts, valid.sum(axis=0) * interval / 60
