"""From frames to people: composites, phases, one value a person, and what a frame is worth.

Frames of one person resemble each other, for two reasons: a face moves slowly, and it is always the
same face.  A test that takes frames for independent observations finds a difference between any two
groups.  `effective_frames` says what is left of them when the first reason alone is counted; the
second leaves one value a person.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import fft

from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import COMPOSITES

_BLOCKS = 4096
"""A series is summed into at most this many blocks before its autocorrelation is taken."""


def with_composites(cohort: Cohort, names: list[str] | tuple[str, ...] | None = None) -> Cohort:
    """The cohort with columns that sum units frame by frame, such as happiness = AU06 + AU12.

    ``names`` of ``core.facs.COMPOSITES``; None takes those whose units are all there.  A frame that
    lacks one of the units is NaN.  Raises InputError for an unknown name or missing units.
    """
    if names is None:
        names = [n for n, parts in COMPOSITES.items() if set(parts) <= set(cohort.units)]
    wrong = [f"{n!r} is none of {', '.join(COMPOSITES)}" for n in names if n not in COMPOSITES]
    wrong += [
        f"{n!r} needs {', '.join(sorted(lacking))}, which the tables do not have"
        for n in names
        if n in COMPOSITES and (lacking := set(COMPOSITES[n]) - set(cohort.units))
    ]
    if wrong:
        raise InputError("Composites that cannot be made: " + "; ".join(wrong) + ".")
    new = [n for n in dict.fromkeys(names) if n not in cohort.composites]
    sums = {
        n: cohort.frames[list(COMPOSITES[n])].to_numpy().sum(axis=1, dtype=np.float32) for n in new
    }
    return replace(
        cohort, frames=cohort.frames.assign(**sums), composites=cohort.composites + tuple(new)
    )


def select_phase(cohort: Cohort, name: str) -> Cohort:
    """The cohort's frames of one phase; people without a frame in it stay, without values.

    Raises InputError if no frame has it.
    """
    if name not in cohort.phases:
        known = ", ".join(cohort.phases) or "none: an event log (timestamp,label) cuts phases"
        raise InputError(f"No frame is in a phase {name!r}. The phases of this cohort: {known}.")
    frames = cohort.frames[(cohort.frames["phase"] == name).to_numpy()].reset_index(drop=True)
    return replace(cohort, frames=frames)


def select_groups(cohort: Cohort, names: list[str] | tuple[str, ...]) -> Cohort:
    """The cohort with the labels of all others taken away; they take part in no comparison."""
    unknown = [name for name in names if name not in cohort.groups]
    if unknown or len(set(names)) < 2:
        raise InputError(
            f"{', '.join(names) or 'nothing'} cannot be compared: choose at least two of the "
            f"groups {', '.join(cohort.groups) or '(none: no labels)'}."
        )
    label = cohort.people["label"]
    return replace(cohort, people=cohort.people.assign(label=label.where(label.isin(names), None)))


def person_means(cohort: Cohort) -> pd.DataFrame:
    """One value a person: people x measures, the mean over all valid frames, NaN where none.

    A person's files are taken together.  The index is that of ``cohort.people``.
    """
    measures = list(cohort.measures)
    person = _person_codes(cohort)
    sums = np.zeros((len(cohort.people), len(measures)))
    counts = np.zeros_like(sums)
    for j, measure in enumerate(measures):
        x = cohort.frames[measure].to_numpy(np.float64)
        there = np.isfinite(x) & (person >= 0)
        sums[:, j] = np.bincount(person[there], x[there], len(sums))
        counts[:, j] = np.bincount(person[there], minlength=len(sums))
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return pd.DataFrame(means, index=cohort.people.index, columns=measures)


def effective_frames(cohort: Cohort) -> pd.DataFrame:
    """What each person's frames are worth as independent ones: people x measures.

    ``n / tau`` with ``tau = 1 + 2 sum rho_k`` over the lags before the autocorrelation first falls
    to 0 or below; missing frames hold their place in time and count as the mean.  0 where a person
    has no value.  Files are taken apart and added up.
    """
    measures = list(cohort.measures)
    people = {name: i for i, name in enumerate(cohort.people.index)}
    worth = np.zeros((len(people), len(measures)))
    blocks = cohort.frames.groupby(["participant", "file"], observed=True, sort=False).indices
    values = cohort.frames[measures].to_numpy(np.float32)
    for (name, _), rows in blocks.items():
        if name in people:
            worth[people[name]] += effective_size(values[rows])
    return pd.DataFrame(worth, index=cohort.people.index, columns=measures)


def effective_size(x: np.ndarray) -> np.ndarray:
    """The number of independent values that each column of ``x`` (time, series; NaN) is worth.

    From 1 to the number of values; 0 for a column without values, 1 for a constant one.
    """
    x = np.asarray(x, dtype=np.float32)
    there = np.isfinite(x)
    n = there.sum(axis=0)
    mean = np.where(there, x, 0).sum(axis=0) / np.maximum(n, 1)
    y = np.where(there, x - mean, 0)
    squares = (y**2).sum(axis=0, dtype=np.float64)
    length = -(-len(y) // _BLOCKS)
    blocks = len(y) // length
    y = y[: blocks * length].reshape(blocks, length, -1).sum(axis=1)
    size = fft.next_fast_len(2 * blocks, real=True)
    spectrum = fft.rfft(y, size, axis=0)
    products = fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[:blocks]  # sum of y_t y_(t+k)
    positive = np.logical_and.accumulate(products > 0, axis=0)
    summed = 2 * np.where(positive, products, 0).sum(axis=0) - products[0]
    varies = (squares > 1e-9 * np.maximum(n, 1)) & (summed > 0)
    # variance of the mean = summed / n^2, of one value = squares / n
    worth = np.divide(n * squares, summed, out=np.ones(len(n)), where=varies)
    return np.clip(worth, np.minimum(n, 1), n)


def _person_codes(cohort: Cohort) -> np.ndarray:
    """The row of ``people`` of each frame, -1 for nobody there."""
    participant = cohort.frames["participant"].astype("category")
    of_category = cohort.people.index.get_indexer(participant.cat.categories.astype(str))
    codes = participant.cat.codes.to_numpy()
    return np.where(codes >= 0, of_category[codes], -1)
