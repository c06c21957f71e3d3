"""Recordings as sequences of one length: how times, gaps and unequal lengths are treated.

A recording is one file of one person.  Four rules, in this order:

1. **One clock.**  Seconds as the table gives them; where any recording lacks times, all are counted
   in frames.
2. **Unequal lengths.**  ``align="crop"`` keeps seconds seconds: everybody is cut to the shortest
   recording, and recordings under half the median length are left out rather than cutting everybody
   else.  ``align="stretch"`` maps each whole recording onto the same steps: nothing is lost, but
   speed is.  Neither lets the *length* of a recording, which can give the group away, reach a
   classifier as padding would.
3. **Resampling.**  The span is cut into at most 1,000 equal steps; a step holds the mean of its valid
   frames, so faster movement is averaged away and never aliased.
4. **Gaps.**  Steps without a valid frame are filled by straight lines between their neighbours (the
   nearest value at the ends) and counted in ``filled``.  A unit that a recording lacks throughout
   stays NaN; a classifier puts the training people's mean there.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

import numpy as np

from core.cohort.tables.columns import is_mapped, let_go
from core.cohort.tables.phases import files_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError

MAX_STEPS = 1000
MIN_STEPS = 16
_SHORTEST = 0.5  # of the median length; what is shorter is left out before cropping


class Note(str):
    """A sentence on how recordings were prepared; ``names_file``: it names one of them."""

    __slots__ = ("names_file",)

    def __new__(cls, text: str, names_file: bool = True) -> "Note":
        """The sentence ``text``."""
        note = super().__new__(cls, text)
        note.names_file = names_file
        return note


class Recording(NamedTuple):
    """One file of one person: ``time`` (T,) s, NaN if unknown; ``values`` (T, units), NaN = missing."""

    participant: str
    file: str
    time: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class Sequences:
    """Recordings of equal length, ready for a classifier.

    ``values``: (recordings, units, steps) float32 in the cohort's own range; NaN only where a unit is
    missing throughout a recording.  ``participants``, ``files``: (recordings,) str.  ``step``: seconds
    a step (frames without a clock, NaN when stretched).  ``filled``: (recordings,) share of values
    that were interpolated, 0..1.  ``notes``: what was left out and why, in sentences.
    """

    values: np.ndarray
    participants: np.ndarray
    files: np.ndarray
    units: tuple[str, ...]
    step: float
    filled: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> "Sequences":
        """The recordings selected by ``rows`` (indices or a mask)."""
        return Sequences(
            self.values[rows],
            self.participants[rows],
            self.files[rows],
            self.units,
            self.step,
            self.filled[rows],
            self.notes,
        )


class Recordings(Sequence[Recording]):
    """The recordings of a cohort, each made when it is asked for: together they may not fit memory.

    ``measures`` defaults to the cohort's units; ``people``: those of these participants alone.
    """

    def __init__(
        self,
        cohort: Cohort,
        measures: tuple[str, ...] | None = None,
        people: Container[str] | None = None,
    ) -> None:
        self._frames = cohort.frames
        self._mapped = is_mapped(cohort.frames)
        self._time = cohort.frames["time"].to_numpy()
        self._columns = [cohort.frames[m].to_numpy() for m in measures or cohort.units]
        files = files_of(cohort.frames)
        self._files = [file for file in files if people is None or file[0] in people]

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> Recording:
        person, file, rows = self._files[number]
        values = np.stack([column[rows] for column in self._columns], axis=1, dtype=np.float32)
        recording = Recording(person, file, self._time[rows].astype(np.float64), values)
        if self._mapped:
            let_go(self._frames)
        return recording

    def by_person(self) -> Iterator[tuple[str, Iterator[Recording]]]:
        """Every person in order of their names, with their recordings in the order of the frames."""
        numbers = sorted(range(len(self)), key=lambda number: self._files[number][0])
        for person, own in groupby(numbers, key=lambda number: self._files[number][0]):
            yield person, map(self.__getitem__, own)


def cohort_sequences(
    cohort: Cohort, steps: int = MAX_STEPS, align: Literal["crop", "stretch"] = "crop"
) -> Sequences:
    """The cohort's units as sequences of one length.  Raises as `equal_length` does."""
    return equal_length(Recordings(cohort), cohort.units, steps, align)


def equal_length(
    items: Sequence[Recording],
    units: tuple[str, ...],
    steps: int = MAX_STEPS,
    align: Literal["crop", "stretch"] = "crop",
) -> Sequences:
    """``items`` resampled to one length of at most ``steps``, by the four rules of this module.

    Each is asked for twice, one at a time.

    Raises:
        InputError: no recording holds a face, or what they share is under 16 frames.
        ValueError: ``steps`` is not in 16..1000.
    """
    if not MIN_STEPS <= steps <= MAX_STEPS:
        raise ValueError(f"steps is {steps}, it must be {MIN_STEPS}..{MAX_STEPS}")
    seen, notes = [], []
    for number, item in enumerate(items):
        if np.isfinite(item.values).any():
            seen.append(_Clocked(number, item))
        else:
            notes.append(Note(f"{item.file}: no valid frame, left out."))
    if not seen:
        raise InputError("No recording holds a single valid value: there is nothing to classify.")
    clocked = all(recording.span > 0 for recording in seen)
    if not clocked:
        text = "Some recordings have no usable times: all are counted in frames."
        notes.append(Note(text, names_file=False))
        for recording in seen:
            recording.count_frames()
    spans = np.array([recording.span + recording.interval for recording in seen])

    if align == "crop":
        long_enough = spans >= _SHORTEST * np.median(spans)
        notes += [
            Note(
                f"{recording.file}: {span:.4g} {'s' if clocked else 'frames'} long, under half the "
                "median, left out so that the others need not be cut to it."
            )
            for recording, span, keep in zip(seen, spans, long_enough, strict=True)
            if not keep
        ]
        seen = [recording for recording, keep in zip(seen, long_enough, strict=True) if keep]
        shared = np.full(len(seen), spans[long_enough].min())
        notes += _cropped(seen, spans[long_enough], "s" if clocked else "frames")
    else:
        shared = spans
    count = min(steps, *(r.frames_within(s) for r, s in zip(seen, shared, strict=True)))
    if count < MIN_STEPS:
        raise InputError(
            f"The recordings share only {count} frames; sequence classifiers need at least "
            f"{MIN_STEPS}. Leave the shortest recordings out or choose a longer phase."
        )
    resampled = [
        _resample(items[recording.number].values, recording.clock, span, count)
        for recording, span in zip(seen, shared, strict=True)
    ]
    return Sequences(
        np.stack([values for values, _ in resampled]),
        np.array([recording.participant for recording in seen], dtype=object),
        np.array([recording.file for recording in seen], dtype=object),
        tuple(units),
        float(shared[0] / count) if align == "crop" else float("nan"),
        np.array([filled for _, filled in resampled]),
        tuple(notes),
    )


class _Clocked:
    """A recording's clock (s from its first frame) without its values.

    ``span``: 0 where a time lacks; ``interval``: the typical time between frames, which a recording
    lasts beyond its last frame.
    """

    def __init__(self, number: int, item: Recording) -> None:
        self.number, self.participant, self.file = number, item.participant, item.file
        self._set(item.time - item.time.min())

    def count_frames(self) -> None:
        """Count in frames instead."""
        self._set(np.arange(len(self.clock), dtype=np.float64))

    def _set(self, clock: np.ndarray) -> None:
        self.clock = clock
        self.span = float(np.ptp(clock)) if np.isfinite(clock).all() else 0.0
        self.interval = float(np.median(np.diff(np.sort(clock)))) if len(clock) > 1 else 1.0

    def frames_within(self, span: float) -> int:
        """How many frames begin before ``span``."""
        return int((self.clock < span).sum())


def _cropped(items: list[_Clocked], spans: np.ndarray, unit: str) -> list[str]:
    """Says whose length everybody is cut to, where that costs more than a little."""
    shortest, median = int(spans.argmin()), float(np.median(spans))
    if spans[shortest] > 0.95 * median:
        return []
    return [
        Note(
            f"Everybody is cut to {spans[shortest]:.4g} {unit}, the length of "
            f"{items[shortest].file}; the median is {median:.4g} {unit}."
        )
    ]


def _resample(
    values: np.ndarray, clock: np.ndarray, span: float, steps: int
) -> tuple[np.ndarray, float]:
    """``values`` (T, units) at ``clock`` (T,) -> (units, steps) and the share that was filled."""
    step = np.floor(clock / span * steps + 1e-9).astype(np.int64)
    inside = (step >= 0) & (step < steps)
    values, step = values[inside], step[inside]
    units = values.shape[1]
    cells = (np.arange(units)[None, :] * steps + step[:, None]).ravel()
    flat = values.ravel()
    valid = np.isfinite(flat)
    count = np.bincount(cells[valid], minlength=units * steps)
    total = np.bincount(cells[valid], weights=flat[valid], minlength=units * steps)
    with np.errstate(invalid="ignore"):
        means = (total / count).reshape(units, steps)
    missing = np.isnan(means)
    at = np.arange(steps)
    for row, gaps in zip(means, missing, strict=True):
        if gaps.any() and not gaps.all():
            row[gaps] = np.interp(at[gaps], at[~gaps], row[~gaps])
    filled = float((missing & ~np.isnan(means)).mean())
    return means.astype(np.float32), filled
