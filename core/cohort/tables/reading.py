"""Tables of many people -> one cohort, with a report of everything that was found."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables import remarks
from core.cohort.tables.dialect import Dialect
from core.cohort.tables.events import EventReading
from core.cohort.tables.extras import Extra, Extras
from core.cohort.tables.labels import LabelReading, Labels
from core.cohort.tables.parsing import Parsed, TableReading, parse
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

ReadTable = Callable[[str, bytes, TableReading], Parsed]
"""Reads the table in a file: its name, its bytes, and how."""

MAX_FRAMES = 100_000_000
"""Frames of a cohort; beyond, only thinned."""
SMALL = 2**24
"""Bytes of a label file or an event log at the most."""
_TWIN_DIGITS = 1
"""Decimals of values by which two tables of one person are the same recording."""
_NO_PEOPLE = pd.DataFrame({"label": pd.Series(dtype=object), "score": pd.Series(dtype=float)})


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
    read_table: ReadTable = parse,
) -> Cohort:
    """Reads action-unit tables of every known dialect into one cohort.

    ``sources``: paths of tables, folders and zips, or uploads as ``(name, bytes)``.  A label file and
    event logs among them are recognised unless ``labels`` or ``events`` name others.  ``pattern``
    finds the participant in a file's name (`pattern.DEFAULT_PATTERN`); a column ``file`` in the label
    file goes before it.  ``tables``, ``label_reading``, ``event_reading``: how they are read.
    ``read_table`` reads one table as `parse` does, perhaps elsewhere.

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
        extras = Extras(labels, events)
        readings = _read_tables(
            files, extras, tables or TableReading(), spool, progress, read_table
        )
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
    extras, kinds = Extras(labels, events), {}
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


def _read_tables(
    files: Sequence[File],
    extras: Extras,
    how: TableReading,
    spool: Spool,
    progress: Progress | None,
    read_table: ReadTable,
) -> list[Reading]:
    """Every table, its frames spooled; label files and event logs are put aside."""
    readings, total = [], 0
    for done, file in enumerate(files):
        if progress:
            progress(done, len(files), f"reading {file.name}")
        raw = file.read()
        if file.size < SMALL and extras.take(file, raw) != "table":
            continue
        reading = _read_one(file.name, raw, how, spool, read_table)
        readings.append(reading)
        total += spool.length(reading.place) if reading.used else 0
        if total > MAX_FRAMES:
            raise InputError(
                f"These tables hold more than {MAX_FRAMES:,} frames ({file.name} is file {done + 1} of "
                f"{len(files)}). Read fewer at a time, or keep fewer frames per second (--thin)."
            )
    return readings


def _read_one(
    name: str, raw: bytes, how: TableReading, spool: Spool, read_table: ReadTable
) -> Reading:
    digest = hashlib.sha256(raw).hexdigest()
    try:
        parsed = read_table(name, raw, how)
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
        lacks=dialect.lacks,
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
    for reading in [r for r in readings if r.used]:
        place = reading.place
        same, alike = (
            by_bytes.get(reading.sha256),
            by_values.get((reading.participant, reading.twin)),
        )
        if reading.dialect.companion and reading.participant in main:
            why = "the units of this recording stand in its _facau table; emotions are not compared"
            reading.leave_out("companion", why)
        elif not reading.dialect.units:
            why = f"a table of {reading.dialect.name} without columns of action units"
            reading.leave_out("no units", why)
        elif not reading.report.valid:
            reading.leave_out("no face", "no frame has a face, so it holds no value")
        elif same and same.participant == reading.participant:
            reading.leave_out("copy", f"a copy of {same.name}, byte for byte")
        elif alike:
            why = f"the same recording as {alike.name} (equal values in every frame), written again"
            reading.leave_out("copy", why)
        elif same:
            text = (
                f"the same bytes as {same.name} of {same.participant}: one recording, two people?"
            )
            reading.problems.append(Problem("copy", reading.name, text))
        else:
            by_bytes[reading.sha256] = by_values[reading.participant, reading.twin] = reading
        if not reading.used:
            spool.drop(place)


def _nothing(readings: list[Reading], problems: list[Problem], label_files: list) -> str:
    """Why no table can be used, equal reasons once."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for reading in readings:
        reasons[reading.problems[-1].text.removeprefix("left out: ")].append(reading.name)
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
    for reading in used:
        kinds[reading.dialect.unit_kind].append(reading.name)
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
    measured = {unit for reading in used for unit in reading.dialect.units}
    units = tuple(u for u in UNITS if u in measured) + tuple(sorted(measured - set(UNITS)))
    places = [reading.place for reading in used]
    lengths = [spool.length(place) for place in places]
    persons = sorted({reading.participant for reading in used})
    of_file = np.array([persons.index(reading.participant) for reading in used])
    kind = np.int16 if len(used) < 2**15 else np.int32
    types = {"frame": np.int32, "time": np.float64, "success": np.bool_, "confidence": np.float32}
    columns = spool.joined(places, types | dict.fromkeys(units, np.float32))
    if from_start:
        ends = np.cumsum(lengths)
        for reading, end, length in zip(used, ends, lengths, strict=True):
            columns["time"][end - length : end] -= np.nan_to_num(reading.report.start)
    data = {
        "participant": pd.Categorical.from_codes(
            np.repeat(of_file.astype(kind), lengths), categories=persons
        ),
        "file": pd.Categorical.from_codes(
            np.repeat(np.arange(len(used), dtype=kind), lengths),
            categories=[reading.name for reading in used],
        ),
    }
    # not copied into blocks: columns on disk stay there
    return pd.DataFrame(data | columns, copy=not spool.on_disk), units


def _file_report(reading: Reading) -> FileReport:
    blank = FileReport(reading.name, "", "", None, (), 0, np.nan, np.nan, np.nan, ())
    return replace(
        reading.report or replace(blank, sha256=reading.sha256),
        participant=reading.participant,
        condition=reading.condition,
        problems=tuple(reading.problems),
        used=reading.used,
    )
