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

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from core.cohort.tables.phases import blocks
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


def recordings(cohort: Cohort, measures: tuple[str, ...] | None = None) -> Iterator[Recording]:
    """The cohort's recordings in the order of its frames; ``measures`` defaults to its units."""
    frames = cohort.frames
    if not len(frames):
        return
    time = frames["time"].to_numpy(dtype=np.float64)
    columns = [frames[measure].to_numpy(np.float32) for measure in measures or cohort.units]
    for person, of_person in blocks(frames["participant"]):
        for file, of_file in blocks(frames["file"].iloc[of_person]):
            rows = slice(of_person.start + of_file.start, of_person.start + of_file.stop)
            values = np.stack([column[rows] for column in columns], axis=1)
            yield Recording(person, file, time[rows], values)


def cohort_sequences(
    cohort: Cohort, steps: int = MAX_STEPS, align: Literal["crop", "stretch"] = "crop"
) -> Sequences:
    """The cohort's units as sequences of one length.  Raises as `equal_length` does."""
    return equal_length(list(recordings(cohort)), cohort.units, steps, align)


def equal_length(
    items: list[Recording],
    units: tuple[str, ...],
    steps: int = MAX_STEPS,
    align: Literal["crop", "stretch"] = "crop",
) -> Sequences:
    """``items`` resampled to one length of at most ``steps``, by the four rules of this module.

    Raises:
        InputError: no recording holds a face, or what they share is under 16 frames.
        ValueError: ``steps`` is not in 16..1000.
    """
    if not MIN_STEPS <= steps <= MAX_STEPS:
        raise ValueError(f"steps is {steps}, it must be {MIN_STEPS}..{MAX_STEPS}")
    seen, notes = [], []
    for item in items:
        if np.isfinite(item.values).any():
            seen.append(item)
        else:
            notes.append(Note(f"{item.file}: no valid frame, left out."))
    if not seen:
        raise InputError("No recording holds a single valid value: there is nothing to classify.")
    clocked = all(np.isfinite(item.time).all() and _span(item.time) > 0 for item in seen)
    clocks = [_clock(item, clocked) for item in seen]
    if not clocked:
        text = "Some recordings have no usable times: all are counted in frames."
        notes.append(Note(text, names_file=False))
    spans = np.array([_span(clock) + _interval(clock) for clock in clocks])

    if align == "crop":
        long_enough = spans >= _SHORTEST * np.median(spans)
        notes += [
            Note(
                f"{item.file}: {span:.4g} {'s' if clocked else 'frames'} long, under half the "
                "median, left out so that the others need not be cut to it."
            )
            for item, span, keep in zip(seen, spans, long_enough, strict=True)
            if not keep
        ]
        seen = [item for item, keep in zip(seen, long_enough, strict=True) if keep]
        clocks = [clock for clock, keep in zip(clocks, long_enough, strict=True) if keep]
        shared = np.full(len(seen), spans[long_enough].min())
        notes += _cropped(seen, spans[long_enough], "s" if clocked else "frames")
    else:
        shared = spans
    count = min(
        steps,
        *(int((c - c[0] < s).sum()) for c, s in zip(clocks, shared, strict=True)),
    )
    if count < MIN_STEPS:
        raise InputError(
            f"The recordings share only {count} frames; sequence classifiers need at least "
            f"{MIN_STEPS}. Leave the shortest recordings out or choose a longer phase."
        )
    resampled = [
        _resample(item.values, clock - clock[0], span, count)
        for item, clock, span in zip(seen, clocks, shared, strict=True)
    ]
    return Sequences(
        np.stack([values for values, _ in resampled]),
        np.array([item.participant for item in seen], dtype=object),
        np.array([item.file for item in seen], dtype=object),
        tuple(units),
        float(shared[0] / count) if align == "crop" else float("nan"),
        np.array([filled for _, filled in resampled]),
        tuple(notes),
    )


def _cropped(items: list[Recording], spans: np.ndarray, unit: str) -> list[str]:
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


def _span(clock: np.ndarray) -> float:
    return float(clock.max() - clock.min())


def _interval(clock: np.ndarray) -> float:
    """The typical time between frames: a recording lasts one interval beyond its last frame."""
    return float(np.median(np.diff(np.sort(clock)))) if len(clock) > 1 else 1.0


def _clock(item: Recording, clocked: bool) -> np.ndarray:
    if not clocked:
        return np.arange(len(item.values), dtype=np.float64)
    return item.time - item.time.min()


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
