"""Who is who and when was what: participant ids, the label file, the event log."""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables.parsing import header
from core.cohort.tables.schema import Problem
from core.errors import InputError

_PARTICIPANT = ("participant", "participant_id", "id", "subject", "subject_id", "person", "name")
_LABEL = ("label", "group", "class", "diagnosis", "condition", "phq8_binary", "phq_binary")
_SCORE = re.compile(r"(?i)^(score|phq|bdi|ham-?d|hdrs|madrs|gad|bprs|ces-?d|qids)")
_START = ("timestamp", "start", "onset", "time")
_END = ("end", "stop", "offset")
_MAX_GROUPS = 6
"""A numeric label with more values than this is a score, not a group."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The label file: ``people`` indexed by participant, with ``label`` and ``score``.

    ``files``: file name -> participant, from a column ``file`` if there is one.
    """

    people: pd.DataFrame
    files: dict[str, str]
    problems: tuple[Problem, ...] = ()


def is_labels(raw: bytes) -> bool:
    """Whether a text file is a label file: a column of participants and one of labels or scores."""
    names = [name.lower() for name in header(raw)]
    named = any(n in _LABEL or _SCORE.match(n) for n in names)
    return named and any(n in _PARTICIPANT for n in names) and not is_events(raw)


def is_events(raw: bytes) -> bool:
    """Whether a text file is an event log: a column of times and one of labels, and no units."""
    names = [name.lower() for name in header(raw)]
    labelled = "label" in names or "event" in names or "phase" in names
    units = any(re.match(r"(fac_)?au_?\d", name) for name in names)
    return labelled and any(name in _START for name in names) and not units


def read_labels(source: Path | str | bytes, name: str = "labels.csv") -> Labels:
    """Reads ``participant,label[,...]``; numbers named like a score (PHQ, BDI, ...) are scores.

    Labels may be 0, 0.5 and 1 or names; ``1.0`` is ``1``.  Raises InputError for a file without
    participants, without labels and scores, or with two different labels for one participant.
    """
    table, name = _table(source, name)
    columns = {column.lower(): column for column in table.columns}
    who = next((columns[c] for c in _PARTICIPANT if c in columns), None)
    what = next((columns[c] for c in _LABEL if c in columns and columns[c] != who), None)
    score = _score_column(table, who, what)
    if who is None or (what is None and score is None):
        raise InputError(
            f"{name} has the columns {', '.join(table.columns)}; a label file needs `participant` "
            "and `label` (or a score, such as `PHQ8_Score`)."
        )
    problems = []
    table = table.rename(columns={who: "participant"})
    table["participant"] = table["participant"].map(_plain)
    nameless = table["participant"].isna()
    if nameless.any():
        text = f"{nameless.sum()} rows of {name} name no participant and are left out"
        problems.append(Problem("label without participant", name, text))
        table = table[~nameless]
    table = table.rename(columns={what: "label"}) if what else table.assign(label=None)
    label = table["label"].map(_plain)
    commas = label.dropna().str.fullmatch(r"\d+,\d+")
    if commas.any():
        text = f"{commas.sum()} labels of {name} have a decimal comma, read as a point"
        problems.append(Problem("decimal comma", name, text))
        label = label.str.replace(r"^(\d+),(\d+)$", r"\1.\2", regex=True)
    numbers = pd.to_numeric(label, errors="coerce")
    numeric = label.notna().any() and numbers[label.notna()].notna().all()
    if score is None and numeric and numbers.nunique() > _MAX_GROUPS:
        text = f"the labels of {name} are {numbers.nunique()} different numbers: taken as scores"
        problems.append(Problem("labels are scores", name, text))
        table["score"], score, label = numbers, "score", pd.Series(None, label.index, object)
    table["label"] = label.astype(object).where(label.notna(), None)
    table["score"] = pd.to_numeric(table[score], errors="coerce") if score else np.nan
    table["score"] = table["score"].astype(float)
    table = _one_row_each(table, name, problems)
    files = {}
    if "file" in columns and columns["file"] in table:
        given = table[columns["file"]].dropna().astype(str)
        files = dict(zip(given, table.loc[given.index, "participant"], strict=True))
        table = table.drop(columns=columns["file"])
    people = table.drop_duplicates("participant").set_index("participant").sort_index()
    rest = [column for column in people.columns if column not in ("label", "score")]
    return Labels(people[["label", "score", *rest]], files, tuple(problems))


def read_events(source: Path | str | bytes, name: str = "events.csv") -> pd.DataFrame:
    """Reads ``timestamp,label[,end][,participant]`` into ``start, end, label, participant``.

    Seconds from the start of the recording (or ``mm:ss``, ``hh:mm:ss``).  A phase lasts until its
    end or, without one, until the next start; the label ``end`` closes without opening.
    ``participant`` is None for a log that holds for everybody.  Raises InputError otherwise.
    """
    table, name = _table(source, name)
    columns = {column.lower(): column for column in table.columns}
    start = next((columns[c] for c in _START if c in columns), None)
    what = next((columns[c] for c in ("label", "event", "phase") if c in columns), None)
    if start is None or what is None:
        raise InputError(
            f"{name} has the columns {', '.join(table.columns)}; an event log needs `timestamp` "
            "(seconds) and `label`."
        )
    end = next((columns[c] for c in _END if c in columns), None)
    who = next((columns[c] for c in ("participant", "participant_id", "id") if c in columns), None)
    events = pd.DataFrame(
        {
            "start": table[start].map(_seconds),
            "end": table[end].map(_seconds) if end else np.nan,
            "label": table[what].map(_plain),
            "participant": table[who].map(_plain) if who else None,
        }
    )
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
    return events[events["label"].str.lower() != "end"].reset_index(drop=True)


def assign_phases(frames: pd.DataFrame, events: pd.DataFrame) -> pd.Categorical:
    """The phase of every frame by its participant's events, or everybody's; NaN outside all.

    ``frames``: columns ``participant, time``.  Starts are inside a phase, ends outside.
    """
    names = list(dict.fromkeys(events["label"]))
    codes = np.full(len(frames), -1, dtype=np.int16)
    shared = events[events["participant"].isna()]
    own = dict(iter(events.dropna(subset=["participant"]).groupby("participant")))
    time = frames["time"].to_numpy()
    for person, rows in frames.groupby("participant", observed=True).indices.items():
        log = own.get(person, shared)
        if len(log):
            codes[rows] = _phase_codes(time[rows], log, names)
    return pd.Categorical.from_codes(codes, categories=names)


def _phase_codes(time: np.ndarray, log: pd.DataFrame, names: list[str]) -> np.ndarray:
    at = np.searchsorted(log["start"].to_numpy(), time, side="right") - 1
    code = log["label"].map(names.index).to_numpy()[at]
    inside = (at >= 0) & np.isfinite(time) & (time < log["end"].to_numpy()[at])
    return np.where(inside, code, -1)


def _table(source: Path | str | bytes, name: str) -> tuple[pd.DataFrame, str]:
    """A small text table as text."""
    if isinstance(source, Path | str):
        name = Path(source).name
        if not Path(source).is_file():
            raise InputError(f"{source} is no file.")
        source = Path(source).read_bytes()
    text = source.decode(
        "utf-16" if source[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace"
    )
    first = text.splitlines()[0] if text.strip() else ""
    if not first or "\0" in first:
        raise InputError(f"{name} is empty or no text.")
    separator = max(",;\t", key=first.count)
    try:
        table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, skipinitialspace=True)
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{name} is no readable table ({error}).") from error
    table.columns = [str(column).strip() for column in table.columns]
    return table, name


def _plain(value) -> str | None:
    """Text without the spaces around it and without ``.0``; None for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(value).strip()
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text) or None


def _seconds(value) -> float:
    """``90``, ``1:30`` or ``0:01:30`` -> 90.0; NaN for what is none of these."""
    text = (_plain(value) or "").replace(",", ".")
    if not re.fullmatch(r"(?:(?:\d+:)?\d+:)?-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", text):
        return float("nan")
    return float(sum(float(part) * 60**i for i, part in enumerate(reversed(text.split(":")))))


def _score_column(table: pd.DataFrame, who: str | None, what: str | None) -> str | None:
    """The first column named like a score that holds numbers."""
    named = [c for c in table.columns if c not in (who, what) and _SCORE.match(c)]
    numeric = (c for c in named if pd.to_numeric(table[c], errors="coerce").notna().any())
    return next(numeric, None)


def _one_row_each(table: pd.DataFrame, name: str, problems: list[Problem]) -> pd.DataFrame:
    """Rows that repeat a participant are reported; if they disagree, refused."""
    values = table.groupby("participant")["label"].agg(lambda s: tuple(s.dropna().unique()))
    scores = table.groupby("participant")["score"].agg(lambda s: tuple(s.dropna().unique()))
    torn = [f"{person} ({', '.join(v)})" for person, v in values.items() if len(v) > 1]
    torn += [f"{p} ({', '.join(map('{:g}'.format, v))})" for p, v in scores.items() if len(v) > 1]
    if torn:
        raise InputError(
            f"{name} gives participants more than one label or score: {', '.join(torn[:10])}. "
            "Keep one row a participant."
        )
    repeated = table["participant"][table["participant"].duplicated()].unique()
    if len(repeated) and "file" not in {column.lower() for column in table.columns}:
        text = f"{name} names {', '.join(sorted(repeated)[:10])} more than once, always alike"
        problems.append(Problem("duplicate participant", name, text))
    return table
