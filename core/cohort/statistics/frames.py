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

from core.cohort.tables.phases import blocks
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import COMPOSITES

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
        frames=_with_columns(cohort.frames, sums),
        composites=cohort.composites + tuple(new),
        formulas=dict(cohort.formulas) | own,
    )


def _weighted(frames: pd.DataFrame, formula: Mapping[str, float]) -> np.ndarray:
    """The weighted sum of units, frame by frame, float32."""
    total = np.zeros(len(frames), dtype=np.float32)
    for unit, weight in formula.items():
        total += np.float32(weight) * frames[unit].to_numpy(np.float32)
    return total


def _with_columns(frames: pd.DataFrame, new: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The frames with more columns; those that are there are not copied."""
    return pd.DataFrame({name: frames[name] for name in frames} | dict(new), copy=False)


def select_phase(cohort: Cohort, name: str) -> Cohort:
    """The cohort's frames of one phase; people without a frame in it stay, without values.

    Raises InputError if no frame has it.
    """
    if name not in cohort.phases:
        known = ", ".join(cohort.phases) or "none: an event log (timestamp,label) cuts phases"
        raise InputError(f"No frame is in a phase {name!r}. The phases of this cohort: {known}.")
    frames = cohort.frames[cohort.in_phase(name)].reset_index(drop=True)
    return replace(cohort, frames=frames, events=cohort.events[cohort.events["label"] == name])


def select_condition(cohort: Cohort, name: str) -> Cohort:
    """The cohort's files of one condition; people without one stay, without values.

    Raises InputError if no file has it.
    """
    if name not in cohort.conditions:
        known = ", ".join(cohort.conditions) or "none"
        raise InputError(f"No file is of the condition {name!r}. The conditions here: {known}.")
    files = [file.name for file in cohort.report.files if file.condition == name]
    frames = cohort.frames[cohort.frames["file"].isin(files).to_numpy()].reset_index(drop=True)
    return replace(cohort, frames=frames)


def valid_shares(cohort: Cohort) -> pd.Series:
    """Share of each person's frames that have a face, 0..1; NaN for people without a frame."""
    person = person_codes(cohort)
    there = person >= 0
    size = len(cohort.people)
    total = np.bincount(person[there], minlength=size)
    valid = np.bincount(person[there], cohort.frames["success"].to_numpy()[there], size)
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
    return replace(cohort, frames=cohort.frames[selected].reset_index(drop=True))


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


def person_means(cohort: Cohort, selected: np.ndarray | None = None) -> pd.DataFrame:
    """One value a person: people x measures, the mean over all valid frames, NaN where none.

    A person's files are taken together.  The index is that of ``cohort.people``.  ``kept``: True for
    the frames that count (None: all).
    """
    measures = list(cohort.measures)
    person = person_codes(cohort)
    if selected is not None:
        person = np.where(selected, person, -1)
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
    columns = [cohort.frames[measure].to_numpy() for measure in measures]
    for name, of_person in blocks(cohort.frames["participant"]):
        if name not in people:
            continue
        for _, of_file in blocks(cohort.frames["file"].iloc[of_person]):
            rows = slice(of_person.start + of_file.start, of_person.start + of_file.stop)
            worth[people[name]] += effective_size(np.stack([c[rows] for c in columns], axis=1))
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


def person_codes(cohort: Cohort) -> np.ndarray:
    """The row of ``people`` of each frame, -1 for nobody there."""
    participant = cohort.frames["participant"].astype("category")
    of_category = cohort.people.index.get_indexer(participant.cat.categories.astype(str))
    codes = participant.cat.codes.to_numpy()
    return np.where(codes >= 0, of_category[codes], -1)
