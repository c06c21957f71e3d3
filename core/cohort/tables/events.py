"""When was what: event logs, and the phases that they cut.

A phase is a set of intervals; intervals may overlap, and belong to one person or to everybody.  Read
are ours (``timestamp,label[,end][,participant]``), BIDS (``onset, duration, trial_type``), BORIS
(tabular events with START and STOP), and clock times such as ``2024-01-31 10:43:09``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables.schema import EVENT_COLUMNS, Problem
from core.cohort.tables.text_table import layout_for, named_column, plain_name, small_table
from core.errors import InputError

_START = ("timestamp", "start", "onset", "time", "begin", "start_time")
_END = ("end", "stop", "offset", "end_time")
_WHAT = ("label", "event", "phase", "trial_type", "event_type", "behavior", "behaviour")
_WHO = ("participant", "participant_id", "subject", "subject_id", "id")
_CLOCK = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"


@dataclass(frozen=True, slots=True)
class EventReading:
    """How event logs are read; empty names are found by themselves.

    ``zero``: the label whose row marks the beginning of the recording, for logs of clock times.
    ``from_start``: times count from each recording's first frame, and the tables' clocks are set to 0
    there; otherwise they are of the clock that the tables use.
    """

    time: str = ""
    event: str = ""
    zero: str = ""
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class EventLog:
    """Intervals (`schema.EVENT_COLUMNS`) of one file and what was odd about it."""

    events: pd.DataFrame
    problems: tuple[Problem, ...] = ()


def is_event_log(raw: bytes) -> bool:
    """Whether a text file is an event log: a column of times and one of labels, and no units.

    ``onset`` beside participants is the onset of an illness, unless durations or ends stand there too.
    """
    return layout_for(raw, _event_names) is not None


def _event_names(names: Sequence[str]) -> bool:
    plain = [plain_name(name) for name in names]
    if any(re.match(r"(fac_)?au_?\d", name) for name in plain):
        return False
    lasting = "duration" in plain or any(name in _END for name in plain)
    people = any(name in _WHO for name in plain)
    starts = [n for n in plain if n in _START and (n != "onset" or lasting or not people)]
    return bool(starts) and any(name in _WHAT for name in plain)


def read_events(
    source: Path | str | bytes, name: str = "events.csv", reading: EventReading | None = None
) -> EventLog:
    """Reads an event log into intervals ``start, end, label, participant``.

    Times are seconds, ``mm:ss``, ``hh:mm:ss`` or clock times.  A phase lasts until its end or, without
    one, until the next start of the same person; the label ``end`` closes without opening.
    ``participant`` is None for rows that hold for everybody.  Raises InputError otherwise.
    """
    reading = reading or EventReading()
    table, name = small_table(source, name, _event_names)
    start, what = _columns(table, name, reading)
    problems: list[Problem] = []
    if (status := named_column(table, ("status", "behavior_type"))) and _is_boris(table[status]):
        return _boris(table, name, start, what, status)
    time = _seconds(table[start], table[what], name, reading, problems)
    end, duration = named_column(table, _END), named_column(table, ("duration",))
    who = named_column(table.drop(columns=[start, what]), _WHO)
    events = pd.DataFrame({"start": time, "end": np.nan, "label": table[what].map(_text)})
    if end:
        events["end"] = _seconds(table[end], table[what], name, reading, [])
    elif duration:
        events["end"] = events["start"] + pd.to_numeric(table[duration], errors="coerce")
    events["participant"] = table[who].map(_text) if who else None
    wrong = [
        f"row {i + 2} ({table[start].iloc[i]!r}, {table[what].iloc[i]!r})"
        for i in np.flatnonzero(events["start"].isna() | events["label"].isna())
    ]
    if wrong:
        raise InputError(
            f"{name}: {', '.join(wrong[:5])} hold no time in seconds from the start of the recording "
            "or no label."
        )
    events = events.sort_values("start", kind="stable")
    following = events.groupby("participant", dropna=False)["start"].shift(-1)
    events["end"] = events["end"].fillna(following).fillna(np.inf)
    events = events[events["label"].str.lower() != "end"].reset_index(drop=True)
    return EventLog(events[list(EVENT_COLUMNS)], tuple(problems))


def joined(logs: Sequence[tuple[str, EventLog, str | None]]) -> tuple[pd.DataFrame, list[Problem]]:
    """One table of intervals from logs with the person that each belongs to (None: as it says).

    Of several logs that hold for everybody the first is used and the others are told of.
    """
    tables, problems, shared = [], [], []
    for name, log, person in logs:
        problems += log.problems
        events = log.events
        if person is not None:
            events = events.assign(participant=events["participant"].fillna(person))
        elif events["participant"].isna().any():
            shared.append(name)
            if len(shared) > 1:
                events = events.dropna(subset=["participant"])
        tables.append(events)
    if len(shared) > 1:
        text = (
            f"{shared[0]} is the event log for everybody; {', '.join(shared[1:][:5])} hold for "
            "everybody too and are left out (a log in whose name a participant stands is theirs)"
        )
        problems.append(Problem("several event logs", "", text))
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(EVENT_COLUMNS)), problems
    return pd.concat(tables, ignore_index=True), problems


def _columns(table: pd.DataFrame, name: str, reading: EventReading) -> tuple[str, str]:
    wanted = [c for c in (reading.time, reading.event) if c and c not in table]
    if wanted:
        raise InputError(
            f"{name} has no column {', '.join(map(repr, wanted))}; it has {', '.join(table.columns)}."
        )
    start, what = (
        reading.time or named_column(table, _START),
        reading.event or named_column(table, _WHAT),
    )
    if start is None or what is None:
        raise InputError(
            f"{name} has the columns {', '.join(table.columns)}; an event log needs `timestamp` "
            "(seconds) and `label`, BIDS's `onset`, `duration` and `trial_type`, or BORIS's tabular "
            "events. Other names can be given (--time, --event)."
        )
    return start, what


def _text(value) -> str | None:
    text = "" if value is None else str(value).strip()
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text) or None


def _seconds(
    column: pd.Series, what: pd.Series, name: str, reading: EventReading, problems: list[Problem]
) -> pd.Series:
    """Times in seconds; clock times are counted from the first row or from that labelled ``zero``."""
    texts = column.map(lambda value: "" if value is None else str(value).strip())
    if not texts.str.fullmatch(_CLOCK).any():
        return texts.map(_span)
    moments = pd.to_datetime(texts.where(texts.str.fullmatch(_CLOCK)), format="ISO8601")
    zero = moments.iloc[0]
    label = what.iloc[0]
    if reading.zero:
        at = np.flatnonzero((what.map(_text) == reading.zero).to_numpy())
        if not len(at):
            raise InputError(f"{name} has no row labelled {reading.zero!r} to count from.")
        zero, label = moments.iloc[at[0]], reading.zero
    text = (
        f"the times of {name} are clock times; they are counted from its row {label}, taken for the "
        "recording's beginning (another one can be named: --zero)"
    )
    problems.append(Problem("clock times", name, text))
    return (moments - zero).dt.total_seconds()


def _span(text: str) -> float:
    """``90``, ``1:30`` or ``0:01:30`` -> 90.0; NaN for what is none of these."""
    text = text.replace(",", ".")
    if not re.fullmatch(r"(?:(?:\d+:)?\d+:)?-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", text):
        return float("nan")
    return float(sum(float(part) * 60**i for i, part in enumerate(reversed(text.split(":")))))


def _is_boris(status: pd.Series) -> bool:
    return status.dropna().str.upper().isin(("START", "STOP", "POINT", "STATE")).all()


def _boris(table: pd.DataFrame, name: str, start: str, what: str, status: str) -> EventLog:
    """State events between START and STOP; points have no length and are told of."""
    who = named_column(table, ("subject",))
    problems, rows, points, unended = [], [], 0, 0
    open_at: dict[tuple[str | None, str], float] = {}
    for _, row in table.iterrows():
        person = _text(row[who]) if who else None
        person = None if person in (None, "No focal subject") else person
        key, at, state = (person, _text(row[what])), _span(str(row[start])), str(row[status])
        if state.upper() == "START":
            open_at[key] = at
        elif state.upper() == "STOP" and key in open_at:
            rows.append((open_at.pop(key), at, key[1], person))
        else:
            points += 1
    for (person, label), at in open_at.items():
        rows.append((at, np.inf, label, person))
        unended += 1
    if points:
        text = f"{points} events of {name} are points in time and cut no phase"
        problems.append(Problem("events without length", name, text))
    if unended:
        text = f"{unended} events of {name} start and never stop; they last to the recording's end"
        problems.append(Problem("events without end", name, text))
    events = pd.DataFrame(sorted(rows, key=lambda r: r[0]), columns=list(EVENT_COLUMNS))
    return EventLog(events, tuple(problems))
