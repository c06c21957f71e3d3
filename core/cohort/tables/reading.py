"""Tables of many people -> one cohort, with a report of everything that was found."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables.labels import (
    Labels,
    assign_phases,
    is_events,
    is_labels,
    read_events,
    read_labels,
)
from core.cohort.tables.parsing import Parsed, parse
from core.cohort.tables.pattern import DEFAULT_PATTERN, match_participant, participant_of
from core.cohort.tables.schema import Cohort, FileReport, ImportReport, Problem
from core.cohort.tables.sources import File, Source, expand
from core.errors import InputError
from core.facs import UNITS
from core.progress import Progress

MAX_FRAMES = 10_000_000
"""Frames of a cohort; with 17 units they take about 1 GB."""
_NO_PEOPLE = pd.DataFrame({"label": pd.Series(dtype=object), "score": pd.Series(dtype=float)})


@dataclass(slots=True)
class _Read:
    """A file that was a table of action units, or should have been one."""

    name: str
    digest: bytes
    parsed: Parsed | None
    problems: list[Problem]
    participant: str = ""


def read_cohort(
    sources: Source | Iterable[Source],
    labels: Path | str | tuple[str, bytes] | None = None,
    events: Path | str | tuple[str, bytes] | None = None,
    pattern: str = DEFAULT_PATTERN,
    cutoff: float = 0.0,
    fps: float | None = None,
    progress: Progress | None = None,
) -> Cohort:
    """Reads action-unit tables of every known dialect into one cohort.

    ``sources``: paths of tables, folders and zips, or uploads as ``(name, bytes)``.  A label file and
    an event log among them are recognised unless ``labels`` or ``events`` name others.  ``pattern``
    finds the participant in a file's name (`pattern.DEFAULT_PATTERN`); a column ``file`` in the label
    file goes before it.  ``cutoff``: frames with less confidence count as frames without a face.
    ``fps``: for tables without times.

    A table that cannot be used is left out and reported.  Raises InputError if none can be used, if
    intensities and probabilities would share a column, and for what must not be opened at all.
    """
    participant_of("x", pattern)  # a wrong pattern is told of before anything is read
    files, passed = expand(sources)
    problems = [
        Problem("not a table", name, f"{name} is a spreadsheet; export it as CSV to have it read")
        for name in passed
    ]
    given = [_content(extra) for extra in (labels, events) if extra is not None]
    label_files = [] if labels is None else [_named(labels)]
    event_files = [] if events is None else [_named(events)]
    read: list[_Read] = []
    total = 0
    for done, file in enumerate(files):
        if progress:
            progress(done, len(files), f"reading {file.name}")
        raw = file.read()
        if file.size < 2**24 and raw in given:
            continue
        if is_events(raw):
            event_files.append((file.name, raw))
        elif is_labels(raw):
            label_files.append((file.name, raw))
        else:
            read.append(_read_one(file, raw, cutoff, fps))
            total += len(read[-1].parsed.frames) if read[-1].parsed else 0
        if total > MAX_FRAMES:
            raise InputError(
                f"These tables hold more than {MAX_FRAMES:,} frames ({file.name} is file {done + 1} of "
                f"{len(files)}). Read fewer at a time, or keep every second frame."
            )
    known = _labels(label_files, problems)
    for one in read:
        _name_participant(one, pattern, known)
    _leave_out(read)
    used = [one for one in read if one.parsed]
    if not used:
        _nothing(read, problems, label_files)
    _check_kinds(used)
    frames, units = _joined(used)
    if event_files:
        log = read_events(event_files[0][1], event_files[0][0])
        frames["phase"] = assign_phases(frames, log)
        problems += _event_problems(frames, log, event_files)
    people = known.people if known else _NO_PEOPLE
    problems += _cohort_problems(used, known)
    people = people.reindex(pd.Index(sorted({one.participant for one in used}), name="participant"))
    people["label"] = people["label"].astype(object).where(people["label"].notna(), None)
    synthetic = "synthetic" in people and bool(people["synthetic"].eq("yes").all())
    if progress:
        progress(len(files), len(files), "read")
    return Cohort(
        frames=frames,
        units=units,
        unit_kind=used[0].parsed.dialect.unit_kind,
        people=people.drop(columns="synthetic", errors="ignore"),
        report=ImportReport(tuple(_file_report(one) for one in read), tuple(problems)),
        synthetic=synthetic,
    )


def _named(source: Path | str | tuple[str, bytes]) -> tuple[str, bytes]:
    """Name and bytes of a label file or event log."""
    if isinstance(source, tuple):
        return source
    path = Path(source)
    if not path.is_file():
        raise InputError(f"{path} is no file. Give a CSV that is one.")
    return path.name, path.read_bytes()


def _content(source: Path | str | tuple[str, bytes]) -> bytes:
    return _named(source)[1]


def _read_one(file: File, raw: bytes, cutoff: float, fps: float | None) -> _Read:
    digest = hashlib.blake2b(raw, digest_size=16).digest()
    try:
        parsed = parse(file.name, raw, cutoff, fps)
    except InputError as error:
        return _Read(file.name, digest, None, [_left_out("unreadable", file.name, str(error))])
    return _Read(file.name, digest, parsed, list(parsed.problems))


def _left_out(kind: str, name: str, why: str) -> Problem:
    return Problem(kind, name, f"left out: {why}")


def _labels(files: list[tuple[str, bytes]], problems: list[Problem]) -> Labels | None:
    """The first label file; others are told of."""
    if not files:
        return None
    found = read_labels(files[0][1], files[0][0])
    problems += found.problems
    if len(files) > 1:
        others = ", ".join(name for name, _ in files[1:])
        text = f"{files[0][0]} is the label file in use; {others} look like label files too"
        problems.append(Problem("several label files", "", text))
    return found


def _name_participant(one: _Read, pattern: str, known: Labels | None) -> None:
    """Sets the participant, or leaves the file out if it has none."""
    listed = known.files if known else {}
    person = listed.get(one.name) or listed.get(Path(one.name).name)
    person = person or match_participant(one.name, pattern, known.people.index if known else ())
    one.participant = person or ""
    if not person and one.parsed:
        one.parsed = None
        why = f"the pattern {pattern!r} finds no participant in its name"
        one.problems.append(_left_out("no participant", one.name, why))


def _leave_out(read: list[_Read]) -> None:
    """Companions beside their main table, tables without units, and copies."""
    main = {one.participant for one in read if one.parsed and not one.parsed.dialect.companion}
    first: dict[bytes, _Read] = {}
    for one in read:
        if not one.parsed:
            continue
        dialect = one.parsed.dialect
        if dialect.companion and one.participant in main:
            why = "the units of this recording stand in its _facau table; emotions are not compared"
            one.problems.append(_left_out("companion", one.name, why))
            one.parsed = None
        elif not dialect.units:
            why = f"a table of {dialect.name} without columns of action units"
            one.problems.append(_left_out("no units", one.name, why))
            one.parsed = None
        elif twin := first.get(one.digest):
            if twin.participant == one.participant:
                why = f"a copy of {twin.name}, byte for byte"
                one.problems.append(_left_out("copy", one.name, why))
                one.parsed = None
            else:
                text = f"the same bytes as {twin.name} of {twin.participant}: one recording, two people?"
                one.problems.append(Problem("copy", one.name, text))
        else:
            first[one.digest] = one


def _nothing(read: list[_Read], problems: list[Problem], label_files: list) -> None:
    told = [f"{one.name}: {one.problems[-1].text.removeprefix('left out: ')}" for one in read]
    told += [problem.text for problem in problems if problem.kind == "not a table"]
    if not told:
        extra = " besides the label file" if label_files else ""
        raise InputError(f"No table was found{extra}. Give CSV, TXT, TSV or Parquet files.")
    more = f"\n... and {len(told) - 20} more" if len(told) > 20 else ""
    raise InputError("No table can be used:\n" + "\n".join(told[:20]) + more)


def _check_kinds(used: list[_Read]) -> None:
    """Intensities, probabilities and presences never share a column."""
    kinds = defaultdict(list)
    for one in used:
        kinds[one.parsed.dialect.unit_kind].append(one.name)
    if len(kinds) > 1:
        told = "; ".join(
            f"{kind}: {len(names)} files ({', '.join(names[:3])}{' ...' if len(names) > 3 else ''})"
            for kind, names in kinds.items()
        )
        raise InputError(
            "These tables measure on different scales and cannot be compared with each other "
            f"({told}). Read the files of one kind at a time."
        )


def _joined(used: list[_Read]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One frame of all tables, and its units in FACS order."""
    measured = {unit for one in used for unit in one.parsed.dialect.units}
    units = tuple(u for u in UNITS if u in measured) + tuple(sorted(measured - set(UNITS)))
    lengths = [len(one.parsed.frames) for one in used]
    tables = [one.parsed.frames for one in used]

    def column(name: str, dtype) -> np.ndarray:
        missing = dtype(np.nan) if dtype is np.float32 else None
        parts = [t[name].to_numpy() if name in t else np.full(len(t), missing) for t in tables]
        return np.concatenate(parts).astype(dtype, copy=False)

    names = [one.participant for one in used]
    persons = sorted(set(names))
    of_file = np.array([persons.index(name) for name in names])
    data = {
        "participant": pd.Categorical.from_codes(np.repeat(of_file, lengths), categories=persons),
        "file": pd.Categorical.from_codes(
            np.repeat(np.arange(len(used)), lengths), categories=[one.name for one in used]
        ),
        "frame": column("frame", np.int32),
        "time": column("time", np.float64),
        "success": column("success", np.bool_),
        "confidence": column("confidence", np.float32),
        "phase": pd.Categorical.from_codes(np.full(sum(lengths), -1), categories=[]),
    }
    return pd.DataFrame(data | {unit: column(unit, np.float32) for unit in units}), units


def _cohort_problems(used: list[_Read], known: Labels | None) -> list[Problem]:
    """What is odd about the files together, and about files and labels."""
    problems = []
    dialects = Counter(one.parsed.dialect.name for one in used)
    if len(dialects) > 1:
        told = ", ".join(f"{name} ({count} files)" for name, count in dialects.most_common())
        text = f"two dialects in one cohort: {told}. Programs differ; make sure that groups do not"
        problems.append(Problem("two dialects", "", text))
    rates = [one.parsed.rate for one in used if np.isfinite(one.parsed.rate)]
    if rates and max(rates) > 1.05 * min(rates):
        text = f"frame rates differ, from {min(rates):.3g} to {max(rates):.3g} per second"
        problems.append(Problem("frame rates", "", text))
    files = defaultdict(list)
    for one in used:
        files[one.participant].append(one.name)
    for person, names in files.items():
        if len(names) > 1:
            text = f"{person} has {len(names)} files ({', '.join(names[:4])}), taken as one person"
            problems.append(Problem("duplicate participant", person, text))
    if known is not None:
        labelled = set(known.people.index)
        problems += _unmatched("file without label", sorted(set(files) - labelled), labelled)
        problems += _unmatched("label without file", sorted(labelled - set(files)), set(files))
    return problems


def _unmatched(kind: str, names: list[str], others: set[str]) -> list[Problem]:
    """One problem a name, with a likely partner that is written in another way."""
    loose = {other.lower().lstrip("0"): other for other in others}
    has, lacks = kind.split(" without ")
    problems = []
    for name in names:
        near = loose.get(name.lower().lstrip("0"))
        hint = f"; is it {near}? Ids must be written alike" if near else ""
        problems.append(Problem(kind, name, f"{name} has a {has} and no {lacks}{hint}"))
    return problems


def _event_problems(frames: pd.DataFrame, log: pd.DataFrame, files: list) -> list[Problem]:
    problems = []
    present = set(frames["phase"].dropna().unique())
    for phase in dict.fromkeys(log["label"]):
        if phase not in present:
            text = f"no frame falls into the phase {phase} of {files[0][0]}"
            problems.append(Problem("empty phase", phase, text))
    strangers = set(log["participant"].dropna()) - set(frames["participant"].cat.categories)
    if strangers:
        text = (
            f"{files[0][0]} names participants without a file: {', '.join(sorted(strangers)[:10])}"
        )
        problems.append(Problem("events without file", "", text))
    if len(files) > 1:
        others = ", ".join(name for name, _ in files[1:])
        text = f"{files[0][0]} is the event log in use; {others} look like event logs too"
        problems.append(Problem("several event logs", "", text))
    return problems


def _file_report(one: _Read) -> FileReport:
    if one.parsed is None:
        unknown = FileReport(one.name, one.participant, "", None, (), 0, np.nan, np.nan, np.nan, ())
        return replace(unknown, problems=tuple(one.problems), used=False)
    frames, dialect = one.parsed.frames, one.parsed.dialect
    time = frames["time"].to_numpy()
    return FileReport(
        name=one.name,
        participant=one.participant,
        dialect=dialect.name,
        unit_kind=dialect.unit_kind,
        units=tuple(dialect.units),
        frames=len(frames),
        rate=one.parsed.rate,
        seconds=float(np.nanmax(time) - np.nanmin(time)) if np.isfinite(time).any() else np.nan,
        valid=float(frames["success"].mean()),
        missing=tuple(unit for unit in UNITS if unit not in dialect.units),
        problems=tuple(one.problems),
    )
