"""From frames to people: composites, phases, one value a person, and what a frame is worth.

Frames of one person resemble each other, for two reasons: a face moves slowly, and it is always the
same face.  A test that takes frames for independent observations finds a difference between any two
groups.  `effective_frames` says what is left of them when the first reason alone is counted; the
second leaves one value a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import fft

from core.cohort.tables.columns import (
    blank,
    is_mapped,
    let_go,
    let_go_of,
    pieces,
    rows_of,
    with_columns,
)
from core.cohort.tables.phases import files_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import COMPOSITES
from core.progress import Progress

_BLOCKS = 4096
"""A series is summed into at most this many blocks before its autocorrelation is taken."""


def with_composites(
    cohort: Cohort,
    names: Sequence[str] | None = None,
    formulas: Mapping[str, Mapping[str, float]] | None = None,
) -> Cohort:
    """The cohort with columns that sum units frame by frame, such as happiness = AU06 + AU12.

    ``names`` of ``core.facs.COMPOSITES`` or of ``formulas`` (name -> unit -> weight, which go before);
    None takes those whose units are all there.  A frame that lacks one of the units is NaN.  Raises
    InputError for an unknown name or missing units.
    """
    own = {n: dict.fromkeys(parts, 1.0) for n, parts in COMPOSITES.items()} | dict(formulas or {})
    if names is None:
        names = [n for n, parts in own.items() if set(parts) <= set(cohort.units)]
    wrong = [f"{n!r} is none of {', '.join(own)}" for n in names if n not in own]
    wrong += [
        f"{n!r} needs {', '.join(sorted(lacking))}, which the tables do not have"
        for n in names
        if n in own and (lacking := set(own[n]) - set(cohort.units))
    ]
    wrong += [f"{n!r} is the name of a unit" for n in names if n in cohort.units]
    if wrong:
        raise InputError("Composites that cannot be made: " + "; ".join(wrong) + ".")
    formulas = own
    new = [n for n in dict.fromkeys(names) if n not in cohort.composites]
    sums = {n: _weighted(cohort.frames, formulas[n]) for n in new}
    own = {n: formulas[n] for n in new}
    return replace(
        cohort,
        frames=with_columns(cohort.frames, sums),
        composites=cohort.composites + tuple(new),
        formulas=dict(cohort.formulas) | own,
    )


def _weighted(frames: pd.DataFrame, formula: Mapping[str, float]) -> np.ndarray:
    """The weighted sum of units, frame by frame, float32."""
    total = blank(frames, np.float32)
    for rows in pieces(frames):
        total[rows] = 0
        for unit, weight in formula.items():
            total[rows] += np.float32(weight) * frames[unit].to_numpy()[rows].astype(np.float32)
        let_go_of(total)
    return total


def select_phase(cohort: Cohort, name: str) -> Cohort:
    """The cohort's frames of one phase; people without a frame in it stay, without values.

    Raises InputError if no frame has it.
    """
    if name not in cohort.phases:
        known = ", ".join(cohort.phases) or "none: an event log (timestamp,label) cuts phases"
        raise InputError(f"No frame is in a phase {name!r}. The phases of this cohort: {known}.")
    frames = rows_of(cohort.frames, cohort.in_phase(name))
    return replace(cohort, frames=frames, events=cohort.events[cohort.events["label"] == name])


def select_condition(cohort: Cohort, name: str) -> Cohort:
    """The cohort's files of one condition; people without one stay, without values.

    Raises InputError if no file has it.
    """
    if name not in cohort.conditions:
        known = ", ".join(cohort.conditions) or "none"
        raise InputError(f"No file is of the condition {name!r}. The conditions here: {known}.")
    files = [file.name for file in cohort.report.files if file.condition == name]
    frames = rows_of(cohort.frames, cohort.frames["file"].isin(files).to_numpy())
    return replace(cohort, frames=frames)


def valid_shares(cohort: Cohort) -> pd.Series:
    """Share of each person's frames that have a face, 0..1; NaN for people without a frame."""
    codes, person_of = _people_of(cohort)
    success = cohort.frames["success"].to_numpy()
    size = len(cohort.people)
    total, valid = np.zeros(size), np.zeros(size)
    for rows in pieces(cohort.frames):
        person = person_of[codes[rows]]
        there = person >= 0
        total += np.bincount(person[there], minlength=size)
        valid += np.bincount(person[there], success[rows][there], size)
    valid_share = np.divide(valid, total, out=np.full(size, np.nan), where=total > 0)
    return pd.Series(valid_share, index=cohort.people.index, name="valid")


def select_valid(cohort: Cohort, least: float) -> Cohort:
    """The cohort without the frames of people with a face in under ``least`` (0..1) of their frames.

    The people stay, without values, so that whoever counts them sees that they are missing.
    """
    valid_share = valid_shares(cohort)
    sparse = set(valid_share.index[valid_share < least])
    if not sparse:
        return cohort
    selected = ~cohort.frames["participant"].isin(sparse).to_numpy()
    return replace(cohort, frames=rows_of(cohort.frames, selected))


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
    sums, counts = person_sums(cohort)
    return means_of(cohort, sums[..., 0], counts[..., 0])


def means_of(cohort: Cohort, sums: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    """Sums over counts, both (people, measures), as a table; NaN where there is nothing."""
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return pd.DataFrame(means, index=cohort.people.index, columns=list(cohort.measures))


def person_sums(
    cohort: Cohort,
    level: np.ndarray | None = None,
    levels: int = 1,
    measures: Sequence[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Each person's sum and number of the values there are: both (people, measures, levels).

    ``level``: 0.. of each frame, by which the frames of a person are parted (None: they are not);
    ``measures``: None for the cohort's.
    """
    codes, person_of = _people_of(cohort)
    columns = [cohort.frames[measure].to_numpy() for measure in measures or cohort.measures]
    size = len(cohort.people) * levels
    sums, counts = np.zeros((len(columns), size)), np.zeros((len(columns), size))
    for rows in pieces(cohort.frames):
        person = person_of[codes[rows]]
        cell = person * levels + (0 if level is None else level[rows])
        for j, column in enumerate(columns):
            x = column[rows].astype(np.float64)
            there = np.isfinite(x) & (person >= 0)
            sums[j] += np.bincount(cell[there], x[there], size)
            counts[j] += np.bincount(cell[there], minlength=size)
    shape = (len(columns), len(cohort.people), levels)
    return sums.reshape(shape).swapaxes(0, 1), counts.reshape(shape).swapaxes(0, 1)


def effective_frames(cohort: Cohort, progress: Progress | None = None) -> pd.DataFrame:
    """What each person's frames are worth as independent ones: people x measures.

    ``n / tau`` with ``tau = 1 + 2 sum rho_k`` over the lags before the autocorrelation first falls
    to 0 or below; missing frames hold their place in time and count as the mean.  0 where a person
    has no value.  Files are taken apart and added up.
    """
    measures = list(cohort.measures)
    people = {name: i for i, name in enumerate(cohort.people.index)}
    worth = np.zeros((len(people), len(measures)))
    columns = [cohort.frames[measure].to_numpy() for measure in measures]
    mapped, total = is_mapped(cohort.frames), len(cohort.frames)
    for name, _, rows in files_of(cohort.frames):
        if progress:
            progress(rows.start, total, "asking the frames, to show why not to")
        if name in people:
            worth[people[name]] += effective_size(np.stack([c[rows] for c in columns], axis=1))
        if mapped:
            let_go(cohort.frames)
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


def _people_of(cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    """A code of each frame, and the row of ``people`` of each code (of the last, -1: nobody's)."""
    participant = cohort.frames["participant"].astype("category")
    of_category = cohort.people.index.get_indexer(participant.cat.categories.astype(str))
    return participant.cat.codes.to_numpy(), np.append(of_category, -1)


def groups_of_frames(cohort: Cohort, groups: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """A code of each frame, and the group (0.. in the order of ``groups``; -1: none) of each code."""
    codes, person_of = _people_of(cohort)
    label = cohort.people["label"].to_numpy(dtype=object)
    of_person = np.array([groups.index(g) if g in groups else -1 for g in label], dtype=np.int64)
    return codes, np.append(of_person, -1)[person_of]
