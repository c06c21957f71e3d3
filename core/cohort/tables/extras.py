"""The label file and the event logs of a cohort: those that were named, and those found among tables."""

import hashlib
from pathlib import Path

import pandas as pd

from core.cohort.tables.events import EventReading, is_event_log, joined, read_events
from core.cohort.tables.labels import LabelReading, Labels, is_labels, read_labels
from core.cohort.tables.pattern import match_participant
from core.cohort.tables.schema import Problem
from core.cohort.tables.sources import File
from core.errors import InputError

Extra = Path | str | tuple[str, bytes]
"""A label file or an event log: a path, or a name and bytes."""


class Extras:
    """The label file and the event logs: those that were named, and those found among the tables."""

    def __init__(self, labels: Extra | None, events: Extra | None) -> None:
        self.label_files = [] if labels is None else [named_bytes(labels)]
        self.event_files = [] if events is None else [named_bytes(events)]
        self._events_named = events is not None
        self._given = {raw for _, raw in (*self.label_files, *self.event_files)}

    def take(self, file: File, raw: bytes | None = None) -> str:
        """``labels``, ``events`` or ``table``; the first two are kept."""
        raw = file.read() if raw is None else raw
        if raw in self._given:
            return "labels" if raw in {r for _, r in self.label_files} else "events"
        if is_event_log(raw):
            self.event_files.append((file.name, raw))
            return "events"
        if is_labels(raw):
            self.label_files.append((file.name, raw))
            return "labels"
        return "table"

    def listed(self) -> tuple[tuple[str, str, str], ...]:
        """What each was taken as, its name and its sha256."""
        return tuple(
            (kind, name, hashlib.sha256(raw).hexdigest())
            for kind, files in (("labels", self.label_files[:1]), ("events", self.event_files))
            for name, raw in files
        )

    def read_labels(self, how: LabelReading | None, problems: list[Problem]) -> Labels | None:
        """The first label file; others are told of."""
        if not self.label_files:
            return None
        labels = read_labels(self.label_files[0][1], self.label_files[0][0], how)
        problems += labels.problems
        if len(self.label_files) > 1:
            others = ", ".join(name for name, _ in self.label_files[1:])
            text = f"{self.label_files[0][0]} is the label file in use; {others} look like label files too"
            problems.append(Problem("several label files", "", text))
        return labels

    def read_events(
        self, how: EventReading | None, persons: set[str], pattern: str
    ) -> tuple[pd.DataFrame, list[Problem]]:
        """The intervals of all logs; one that cannot be read is told of, unless it was named."""
        logs, problems = [], []
        for number, (name, raw) in enumerate(self.event_files):
            try:
                log = read_events(raw, name, how)
            except InputError as error:
                if number == 0 and self._events_named:
                    raise
                problems.append(Problem("event log", name, f"left out: {error}"))
                continue
            owner = match_participant(name, pattern, persons)
            alone = log.events["participant"].isna().all()
            logs.append((name, log, owner if alone and owner in persons else None))
        events, more = joined(logs)
        return events, problems + more


def named_bytes(source: Extra) -> tuple[str, bytes]:
    """Name and bytes of a label file or event log."""
    if isinstance(source, tuple):
        return source
    path = Path(source)
    if not path.is_file():
        raise InputError(f"{path} is no file. Give a CSV that is one.")
    return path.name, path.read_bytes()
