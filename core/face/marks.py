"""What somebody marked on a video by hand: stretches to leave out, and events.

Marks are kept beside the ledger and honoured by everything that is written: a frame that is left out has
no numbers, and each frame names the event that was last before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.csv_cells import csv
from core.errors import InputError

_MARKED_COLUMNS = (
    "frame",
    "time",
    "faces",
    "presence",
    "success",
    "damaged",
    "excluded",
    "event",
    "confidence",
    "smoothing",
)
"""Columns that a frame keeps when it is left out; the rest was measured and becomes NaN."""
_LONGEST = 60


@dataclass(frozen=True, slots=True, order=True)
class Exclusion:
    """A stretch that is left out, both ends included, in seconds on the file's clock."""

    start: float
    end: float
    reason: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that begins at a time, in seconds on the file's clock."""

    time: float
    name: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one video, each kind in order of time."""

    exclusions: tuple[Exclusion, ...] = ()
    events: tuple[Event, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exclusions or self.events)

    def without(self, start: float, end: float, reason: str = "") -> "Marks":
        """With one more stretch left out; what touches it becomes one with it."""
        first, last = sorted((float(start), float(end)))
        apart = []
        for each in self.exclusions:
            if each.end < first or each.start > last:
                apart.append(each)
            else:
                first, last = min(first, each.start), max(last, each.end)
                reason = reason or each.reason
        return replace(self, exclusions=tuple(sorted([*apart, Exclusion(first, last, reason)])))

    def with_event(self, time: float, name: str) -> "Marks":
        """With one more event; another one at the same time gives way."""
        apart = [each for each in self.events if each.time != time]
        event = Event(float(time), name.strip()[:_LONGEST])
        return replace(self, events=tuple(sorted([*apart, event])))

    def as_dict(self) -> dict:
        """For JSON."""
        return {
            "exclusions": [
                {"start": each.start, "end": each.end, "reason": each.reason}
                for each in self.exclusions
            ],
            "events": [{"time": each.time, "name": each.name} for each in self.events],
        }


NO_MARKS = Marks()


def read_marks(document: Mapping) -> Marks:
    """Marks from what :meth:`Marks.as_dict` gave.  Raises InputError where it is something else."""
    try:
        marks = Marks()
        for each in document.get("exclusions", ()):
            marks = marks.without(_time(each["start"]), _time(each["end"]), _text(each, "reason"))
        for each in document.get("events", ()):
            marks = marks.with_event(_time(each["time"]), _text(each, "name") or "event")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"These are no marks of a video: {error!r}.") from error
    return marks


def apply_marks(table: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """A table of :class:`core.face.series.Series` with ``excluded`` (bool) and ``event`` (text).

    Frames that are left out have no success, and NaN where something was measured.  ``event``: the
    last one at or before the frame, empty before the first.  Without marks the table as it is.
    """
    if not marks:
        return table
    times = table["time"].to_numpy()
    excluded = np.zeros(len(table), bool)
    for each in marks.exclusions:
        excluded |= (times >= each.start) & (times <= each.end)
    names = np.array(["", *(event.name for event in marks.events)], object)
    begins = [event.time for event in marks.events]
    marked = table.assign(
        excluded=excluded, event=names[np.searchsorted(begins, times, side="right")]
    )
    measured = [name for name in table if name not in _MARKED_COLUMNS]
    marked.loc[excluded, measured] = np.nan
    return marked.assign(success=table["success"] & ~excluded)


def event_log(marks: Iterable[tuple[str, Marks]]) -> str | None:
    """The events of several people (participant, marks) as the log that Cohort reads, CSV; None
    without any.
    """
    rows = [
        (participant, event.time, event.name)
        for participant, each in marks
        for event in each.events
    ]
    if not rows:
        return None
    columns = ["participant", "timestamp", "label"]
    return csv(pd.DataFrame(rows, columns=columns))


def _time(value: object) -> float:
    time = float(value)
    if not np.isfinite(time):
        raise ValueError(f"{value!r} is no time")
    return time


def _text(document: Mapping, name: str) -> str:
    return str(document.get(name) or "").strip()[:_LONGEST]
