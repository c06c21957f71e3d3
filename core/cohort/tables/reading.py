"""Tables of many people -> one cohort, with a report of everything that was found."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables import remarks
from core.cohort.tables.dialect import Dialect
from core.cohort.tables.events import EventReading, is_event_log, joined, read_events
from core.cohort.tables.labels import LabelReading, Labels, is_labels, read_labels
from core.cohort.tables.parsing import TableReading, parse
from core.cohort.tables.pattern import (
    DEFAULT_PATTERN,
    condition_of,
    match_participant,
    participant_of,
)
from core.cohort.tables.schema import Cohort, FileReport, ImportReport, Problem
from core.cohort.tables.sources import File, Source, expand
from core.cohort.tables.spool import Spool
from core.errors import InputError
from core.facs import UNITS
from core.progress import Progress

MAX_FRAMES = 100_000_000
"""Frames of a cohort; beyond, only thinned."""
SMALL = 2**24
"""Bytes of a label file or an event log at the most."""
_TWIN_DIGITS = 1
"""Decimals of values by which two tables of one person are the same recording."""
_NO_PEOPLE = pd.DataFrame({"label": pd.Series(dtype=object), "score": pd.Series(dtype=float)})

Extra = Path | str | tuple[str, bytes]
"""A label file or an event log: a path, or a name and bytes."""


class ImportRefused(InputError):
    """No cohort comes of these tables; ``report`` says what became of each."""

    def __init__(self, text: str, report: ImportReport) -> None:
        super().__init__(text)
        self.report = report


@dataclass(slots=True)
class Reading:
    """A file that was a table of action units, or should have been one; its frames are spooled."""

    name: str
    sha256: str
    problems: list[Problem]
    place: int | None = None
    dialect: Dialect | None = None
    rate: float = np.nan
    twin: bytes = b""
    participant: str = ""
    condition: str = ""
    report: FileReport | None = None

    @property
    def used(self) -> bool:
        """Whether it is part of the cohort."""
        return self.place is not None

    def leave_out(self, kind: str, why: str) -> None:
        """Take it out of the cohort, saying why."""
        self.problems.append(Problem(kind, self.name, f"left out: {why}"))
        self.place = None


def read_cohort(
    sources: Source | Iterable[Source],
    labels: Extra | None = None,
    events: Extra | None = None,
    pattern: str = DEFAULT_PATTERN,
    tables: TableReading | None = None,
    label_reading: LabelReading | None = None,
    event_reading: EventReading | None = None,
    progress: Progress | None = None,
) -> Cohort:
    """Reads action-unit tables of every known dialect into one cohort.

    ``sources``: paths of tables, folders and zips, or uploads as ``(name, bytes)``.  A label file and
    event logs among them are recognised unless ``labels`` or ``events`` name others.  ``pattern``
    finds the participant in a file's name (`pattern.DEFAULT_PATTERN`); a column ``file`` in the label
    file goes before it.  ``tables``, ``label_reading``, ``event_reading``: how they are read.

    A table that cannot be used is left out and reported.  Raises InputError for what must not be
    opened at all, and `ImportRefused` (with its report) if no table can be used or if intensities and
    probabilities would share a column.
    """
    participant_of("x", pattern)  # a wrong pattern is told of before anything is read
    files, passed = expand(sources)
    problems = [
        Problem("not a table", name, f"{name} is a spreadsheet; export it as CSV to have it read")
        for name in passed
    ]
    with Spool() as spool:
        extras = _Extras(labels, events)
        readings = _read_tables(files, extras, tables or TableReading(), spool, progress)
        known = extras.read_labels(label_reading, problems)
        for reading in readings:
            _name_participant(reading, pattern, known)
        _leave_out(readings, spool)
        used = [reading for reading in readings if reading.used]
        report = ImportReport(tuple(map(_file_report, readings)), tuple(problems))
        if not used:
            raise ImportRefused(_nothing(readings, problems, extras.label_files), report)
        _check_kinds(used, report)
        from_start = event_reading is not None and event_reading.from_start
        frames, units = _joined(used, spool, from_start)
    persons = {reading.participant for reading in used}
    labelled = set(known.people.index) if known else set()
    log, event_problems = extras.read_events(event_reading, persons | labelled, pattern)
    problems += event_problems + remarks.of_cohort([_file_report(r) for r in used], known)
    people = (known.people if known else _NO_PEOPLE).reindex(
        pd.Index(sorted(persons), name="participant", dtype=object)
    )
    people["label"] = people["label"].astype(object).where(people["label"].notna(), None)
    synthetic = "synthetic" in people and bool(people["synthetic"].eq("yes").all())
    cohort = Cohort(
        frames=frames,
        units=units,
        unit_kind=used[0].dialect.unit_kind,
        people=people.drop(columns="synthetic", errors="ignore"),
        synthetic=synthetic,
        events=log,
    )
    problems += remarks.of_events(cohort)
    if progress:
        progress(len(files), len(files), "read")
    files_read = tuple(map(_file_report, readings))
    return replace(cohort, report=ImportReport(files_read, tuple(problems), extras.listed()))


def who_is_who(
    sources: Source | Iterable[Source],
    labels: Extra | None = None,
    events: Extra | None = None,
    pattern: str = DEFAULT_PATTERN,
    label_reading: LabelReading | None = None,
) -> pd.DataFrame:
    """What each file is taken for, before any table is read: ``file, taken as, participant, label``.

    ``taken as``: table, labels or events.  Raises as `read_cohort` does for files that must not be
    opened, for a wrong pattern, and for an unreadable label file.
    """
    participant_of("x", pattern)
    files, _ = expand(sources)
    extras, kinds = _Extras(labels, events), {}
    for file in files:
        kinds[file.name] = extras.take(file) if file.size < SMALL else "table"
    known = extras.read_labels(label_reading, [])
    persons = known.people.index if known else ()
    rows = []
    for file in files:
        kind = kinds[file.name]
        person = None if kind == "labels" else match_participant(file.name, pattern, persons)
        if kind == "table":
            person = _listed(file.name, known) or person
        elif person not in persons:
            person = None
        label = known.people["label"].get(person) if known and person else None
        condition = _condition(file.name, person, pattern, known) if person else ""
        rows.append((file.name, kind, person, label or condition or None))
    return pd.DataFrame(rows, columns=["file", "taken as", "participant", "label"])


class _Extras:
    """The label file and the event logs: those that were named, and those found among the tables."""

    def __init__(self, labels: Extra | None, events: Extra | None) -> None:
        self.label_files = [] if labels is None else [_named(labels)]
        self.event_files = [] if events is None else [_named(events)]
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
        found = read_labels(self.label_files[0][1], self.label_files[0][0], how)
        problems += found.problems
        if len(self.label_files) > 1:
            others = ", ".join(name for name, _ in self.label_files[1:])
            text = f"{self.label_files[0][0]} is the label file in use; {others} look like label files too"
            problems.append(Problem("several label files", "", text))
        return found

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


def _named(source: Extra) -> tuple[str, bytes]:
    """Name and bytes of a label file or event log."""
    if isinstance(source, tuple):
        return source
    path = Path(source)
    if not path.is_file():
        raise InputError(f"{path} is no file. Give a CSV that is one.")
    return path.name, path.read_bytes()


def _read_tables(
    files: Sequence[File],
    extras: _Extras,
    how: TableReading,
    spool: Spool,
    progress: Progress | None,
) -> list[Reading]:
    """Every table, its frames spooled; label files and event logs are put aside."""
    readings, total = [], 0
    for done, file in enumerate(files):
        if progress:
            progress(done, len(files), f"reading {file.name}")
        raw = file.read()
        if file.size < SMALL and extras.take(file, raw) != "table":
            continue
        reading = _read_one(file.name, raw, how, spool)
        readings.append(reading)
        total += spool.length(reading.place) if reading.used else 0
        if total > MAX_FRAMES:
            raise InputError(
                f"These tables hold more than {MAX_FRAMES:,} frames ({file.name} is file {done + 1} of "
                f"{len(files)}). Read fewer at a time, or keep fewer frames per second (--thin)."
            )
    return readings


def _read_one(name: str, raw: bytes, how: TableReading, spool: Spool) -> Reading:
    digest = hashlib.sha256(raw).hexdigest()
    try:
        parsed = parse(name, raw, how)
    except InputError as error:
        return Reading(name, digest, [Problem("unreadable", name, f"left out: {error}")])
    frames, dialect = parsed.frames, parsed.dialect
    time = frames["time"].to_numpy()
    units = frames[list(dialect.units)].to_numpy()
    known = np.isfinite(time).any()
    report = FileReport(
        name=name,
        participant="",
        dialect=dialect.name,
        unit_kind=dialect.unit_kind,
        units=tuple(dialect.units),
        frames=len(frames),
        rate=parsed.rate,
        seconds=float(np.nanmax(time) - np.nanmin(time)) if known else np.nan,
        valid=float(frames["success"].mean()),
        missing=tuple(unit for unit in UNITS if unit not in dialect.units),
        start=float(np.nanmin(time)) if known else np.nan,
        confidence=float(frames.loc[frames["success"], "confidence"].mean()),
        face_width=parsed.face_width,
        largest=float(np.nanmax(units)) if np.isfinite(units).any() else np.nan,
        sha256=digest,
    )
    reading = Reading(name, digest, list(parsed.problems), dialect=dialect, rate=parsed.rate)
    reading.twin = _twin(frames, dialect)
    reading.report = report
    reading.place = spool.add(frames)
    return reading


def _twin(frames: pd.DataFrame, dialect: Dialect) -> bytes:
    """The same for two programs' tables of one recording: its frames and the units of OpenFace."""
    units = [unit for unit in UNITS if unit in dialect.units]
    values = np.nan_to_num(frames[units].to_numpy(np.float64), nan=-1).round(_TWIN_DIGITS)
    content = (",".join(units), frames["frame"].to_numpy().tobytes(), values.tobytes())
    return hashlib.blake2b(
        b"".join(c if isinstance(c, bytes) else c.encode() for c in content)
    ).digest()


def _listed(name: str, known: Labels | None) -> str | None:
    """The participant that the label file's column ``file`` gives a file."""
    listed = known.files if known else {}
    return listed.get(name) or listed.get(Path(name).name)


def _name_participant(reading: Reading, pattern: str, known: Labels | None) -> None:
    """Sets the participant and the condition, or leaves the file out if it has none."""
    persons = known.people.index if known else ()
    person = _listed(reading.name, known) or match_participant(reading.name, pattern, persons)
    reading.participant = person or ""
    if person:
        reading.condition = _condition(reading.name, person, pattern, known)
    elif reading.used:
        reading.leave_out(
            "no participant", f"the pattern {pattern!r} finds no participant in its name"
        )


def _condition(name: str, person: str, pattern: str, known: Labels | None) -> str:
    """What sets this file apart from the person's others: by the label file, or by the pattern."""
    conditions = known.conditions if known else {}
    by_file = conditions.get(name) or conditions.get(Path(name).name)
    if by_file:
        return by_file
    words = set(remarks.words(name))
    by_session = [c for key, c in conditions.items() if isinstance(key, tuple)
                  and key[0] == person and key[1] in words]  # fmt: skip
    return by_session[0] if len(by_session) == 1 else (condition_of(name, pattern) or "")


def _leave_out(readings: list[Reading], spool: Spool) -> None:
    """Companions beside their main table, tables without units or faces, and copies."""
    main = {r.participant for r in readings if r.used and not r.dialect.companion}
    by_bytes: dict[str, Reading] = {}
    by_values: dict[tuple[str, bytes], Reading] = {}
    for one in (reading for reading in readings if reading.used):
        place = one.place
        same, alike = by_bytes.get(one.sha256), by_values.get((one.participant, one.twin))
        if one.dialect.companion and one.participant in main:
            why = "the units of this recording stand in its _facau table; emotions are not compared"
            one.leave_out("companion", why)
        elif not one.dialect.units:
            why = f"a table of {one.dialect.name} without columns of action units"
            one.leave_out("no units", why)
        elif not one.report.valid:
            one.leave_out("no face", "no frame has a face, so it holds no value")
        elif same and same.participant == one.participant:
            one.leave_out("copy", f"a copy of {same.name}, byte for byte")
        elif alike:
            why = f"the same recording as {alike.name} (equal values in every frame), written again"
            one.leave_out("copy", why)
        elif same:
            text = (
                f"the same bytes as {same.name} of {same.participant}: one recording, two people?"
            )
            one.problems.append(Problem("copy", one.name, text))
        else:
            by_bytes[one.sha256] = by_values[one.participant, one.twin] = one
        if not one.used:
            spool.drop(place)


def _nothing(readings: list[Reading], problems: list[Problem], label_files: list) -> str:
    """Why no table can be used, equal reasons once."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in readings:
        reasons[one.problems[-1].text.removeprefix("left out: ")].append(one.name)
    lines = [
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {why}"
        for why, names in reasons.items()
    ]
    lines += [problem.text for problem in problems if problem.kind == "not a table"]
    if not lines:
        extra = " besides the label file" if label_files else ""
        return f"No table was found{extra}. Give CSV, TXT, TSV or Parquet files."
    more = f"\n... and {len(lines) - 20} more" if len(lines) > 20 else ""
    return "No table can be used:\n" + "\n".join(lines[:20]) + more


def _check_kinds(used: list[Reading], report: ImportReport) -> None:
    """Intensities, probabilities and presences never share a column."""
    kinds = defaultdict(list)
    for one in used:
        kinds[one.dialect.unit_kind].append(one.name)
    if len(kinds) > 1:
        listed = "; ".join(
            f"{kind}: {len(names)} files ({', '.join(names[:3])}{' ...' if len(names) > 3 else ''})"
            for kind, names in kinds.items()
        )
        text = (
            "These tables measure on different scales and cannot be compared with each other "
            f"({listed}). Read the files of one kind at a time."
        )
        raise ImportRefused(text, report)


def _joined(
    used: list[Reading], spool: Spool, from_start: bool
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One frame of all tables, and its units in FACS order; times as they are, or from each start."""
    measured = {unit for one in used for unit in one.dialect.units}
    units = tuple(u for u in UNITS if u in measured) + tuple(sorted(measured - set(UNITS)))
    places = [one.place for one in used]
    lengths = [spool.length(place) for place in places]
    persons = sorted({one.participant for one in used})
    of_file = np.array([persons.index(one.participant) for one in used])
    kind = np.int16 if len(used) < 2**15 else np.int32
    types = {"frame": np.int32, "time": np.float64, "success": np.bool_, "confidence": np.float32}
    columns = spool.joined(places, types | dict.fromkeys(units, np.float32))
    if from_start:
        ends = np.cumsum(lengths)
        for one, end, length in zip(used, ends, lengths, strict=True):
            columns["time"][end - length : end] -= np.nan_to_num(one.report.start)
    data = {
        "participant": pd.Categorical.from_codes(
            np.repeat(of_file.astype(kind), lengths), categories=persons
        ),
        "file": pd.Categorical.from_codes(
            np.repeat(np.arange(len(used), dtype=kind), lengths),
            categories=[one.name for one in used],
        ),
    }
    # not copied into blocks: columns on disk stay there
    return pd.DataFrame(data | columns, copy=not spool.on_disk), units


def _file_report(one: Reading) -> FileReport:
    blank = FileReport(one.name, "", "", None, (), 0, np.nan, np.nan, np.nan, ())
    return replace(
        one.report or replace(blank, sha256=one.sha256),
        participant=one.participant,
        condition=one.condition,
        problems=tuple(one.problems),
        used=one.used,
    )
