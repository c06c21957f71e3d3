"""Who is who: the label file, and what becomes of its labels."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables.events import is_event_log
from core.cohort.tables.schema import Problem
from core.cohort.tables.text_table import layout_for, named_column, plain_name, small_table
from core.errors import InputError

_PARTICIPANT = (
    "participant", "participant_id", "participantid", "participant_number", "participant_no", "pid",
    "subject", "subject_id", "subjectid", "subject_no", "sub", "sub_id", "id", "person", "patient",
    "patient_id", "proband", "respondent", "case", "code", "name",
)  # fmt: skip
_LABEL = (
    "label", "group", "class", "diagnosis", "dx", "status", "condition", "emotion", "phq8_binary",
    "phq_binary", "gruppe",
)  # fmt: skip
_SESSION = ("session", "visit", "timepoint", "time_point", "run", "condition")
_SCORE = re.compile(r"(?i)^(score|phq|bdi|ham-?d|hdrs|madrs|gad|bprs|ces-?d|qids)")
_NO_LABEL = ("?", "n.a.", "n/a", "#n/a", "na", "nan", "null", "missing", "unknown", ".", "-", "--")
_MAX_GROUPS = 6
"""A numeric label with more values than this is a score, not a group."""


@dataclass(frozen=True, slots=True)
class LabelReading:
    """How a label file is read; empty names are found by themselves.

    ``rename``: label -> what it becomes; "" leaves its people out.  Two labels that become the same
    are one group.
    """

    id: str = ""
    label: str = ""
    score: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """The label file: ``people`` indexed by participant, with ``label``, ``score`` and the rest.

    ``files``: file name -> participant, from a column ``file`` if there is one.  ``conditions``: file
    name, or participant and session, -> condition, where labels change within a person.
    """

    people: pd.DataFrame
    files: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str | tuple[str, str], str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def is_labels(raw: bytes) -> bool:
    """Whether a text file is a label file: a column of participants and one of labels or scores."""
    return layout_for(raw, _label_names) is not None and not is_event_log(raw)


def _label_names(names: Sequence[str]) -> bool:
    plain = [plain_name(name) for name in names]
    labelled = any(n in _LABEL or _SCORE.match(n) for n in plain)
    units = any(re.match(r"(fac_)?au_?\d", name) for name in plain)
    return labelled and not units and any(n in _PARTICIPANT for n in plain)


def read_labels(
    source: Path | str | bytes, name: str = "labels.csv", reading: LabelReading | None = None
) -> Labels:
    """Reads ``participant,label[,...]``; numbers named like a score (PHQ, BDI, ...) are scores.

    Labels may be 0, 0.5 and 1 or names; ``1.0`` is ``1``.  ``?``, ``n.a.`` and their like are no
    label, ``Control`` and ``control`` are one.  Labels that change within a person are conditions
    of files (column ``file``) or sessions (column ``session``).  Raises InputError for a file without
    participants, without labels and scores, or with two different labels for one participant.
    """
    reading = reading or LabelReading()
    table, name = small_table(source, name, _label_names)
    who, what, score = _columns(table, name, reading)
    problems: list[Problem] = []
    table = table.rename(columns={who: "participant"})
    table["participant"] = table["participant"].map(plain_text)
    nameless = table["participant"].isna()
    if nameless.any():
        text = f"{nameless.sum()} rows of {name} name no participant and are left out"
        problems.append(Problem("label without participant", name, text))
        table = table[~nameless]
    label = table[what].map(plain_text) if what else pd.Series(None, table.index, object)
    label = _tidy(label, name, problems)
    numbers = pd.to_numeric(label, errors="coerce")
    numeric = label.notna().any() and numbers[label.notna()].notna().all()
    if score is None and numeric and numbers.nunique() > _MAX_GROUPS:
        text = f"the labels of {name} are {numbers.nunique()} different numbers: taken as scores"
        problems.append(Problem("labels are scores", name, text))
        table["score"], score, label = numbers, "score", pd.Series(None, label.index, object)
    label = _renamed(label, reading.rename, name)
    if what and what != "label":
        table = table.drop(columns=what)
    table["label"] = label.astype(object).where(label.notna(), None)
    scores = pd.to_numeric(table[score], errors="coerce") if score else np.nan
    table["score"] = scores if score is None else scores.astype(float)
    table["score"] = table["score"].astype(float)
    conditions = _conditions(table, name, problems)
    table = _one_row_each(table, name, problems, bool(conditions))
    files = {}
    if (column := named_column(table, ("file", "filename", "file_name"))) is not None:
        given = table[column].dropna().astype(str)
        files = dict(zip(given, table.loc[given.index, "participant"], strict=True))
        table = table.drop(columns=column)
    people = table.drop_duplicates("participant").set_index("participant").sort_index()
    rest = [column for column in people.columns if column not in ("label", "score")]
    return Labels(people[["label", "score", *rest]], files, conditions, tuple(problems))


def label_values(source: Path | str | bytes, name: str, reading: LabelReading) -> list[str]:
    """The labels of a file as they are read before any is renamed, for whoever wants to rename them."""
    plain = LabelReading(reading.id, reading.label, reading.score)
    labels = read_labels(source, name, plain)
    return sorted({*labels.people["label"].dropna(), *labels.conditions.values()})


def plain_text(value) -> str | None:
    """Text without the spaces around it and without ``.0``; None for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(value).strip()
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text) or None


def _columns(
    table: pd.DataFrame, name: str, reading: LabelReading
) -> tuple[str, str | None, str | None]:
    """The columns of participants, labels and scores: those named by the user, or found."""
    wanted = [c for c in (reading.id, reading.label, reading.score) if c and c not in table]
    if wanted:
        raise InputError(
            f"{name} has no column {', '.join(map(repr, wanted))}; it has {', '.join(table.columns)}."
        )
    who = reading.id or named_column(table, _PARTICIPANT)
    rest = table.drop(columns=who) if who else table
    what = reading.label or named_column(rest, _LABEL)
    score = reading.score or _score_column(rest, what)
    if who is None or (what is None and score is None):
        raise InputError(
            f"{name} has the columns {', '.join(table.columns)}; a label file needs `participant` "
            "and `label` (or a score, such as `PHQ8_Score`). Other names can be given (--id, --label, "
            "--score)."
        )
    return who, what, score


def _score_column(table: pd.DataFrame, what: str | None) -> str | None:
    """The first column named like a score that holds numbers."""
    named = [c for c in table.columns if c != what and _SCORE.match(plain_name(c))]
    numeric = (c for c in named if pd.to_numeric(table[c], errors="coerce").notna().any())
    return next(numeric, None)


def _tidy(label: pd.Series, name: str, problems: list[Problem]) -> pd.Series:
    """Labels with points for commas, one spelling each, and None for what says there is none."""
    commas = label.dropna().str.fullmatch(r"\d+,\d+")
    if commas.any():
        text = f"{commas.sum()} labels of {name} have a decimal comma, read as a point"
        problems.append(Problem("decimal comma", name, text))
        label = label.str.replace(r"^(\d+),(\d+)$", r"\1.\2", regex=True)
    none = label.notna() & label.astype(str).str.lower().isin(_NO_LABEL)
    if none.any():
        words = ", ".join(sorted(set(label[none])))
        text = (
            f"{none.sum()} labels of {name} say that there is none ({words}) and count as missing"
        )
        problems.append(Problem("no label", name, text))
        label = label.where(~none, None)
    known = label.dropna()
    for _, same in known.groupby(known.str.lower().str.replace(r"[\s_-]+", " ", regex=True)):
        spellings = same.value_counts()
        if len(spellings) > 1:
            text = f"the labels {', '.join(spellings.index)} of {name} are taken as one"
            problems.append(Problem("one label, several spellings", name, text))
            label = label.where(~label.isin(spellings.index), spellings.index[0])
    return label


def _renamed(label: pd.Series, rename: Mapping[str, str], name: str) -> pd.Series:
    unknown = [old for old in rename if old not in set(label.dropna())]
    if unknown:
        there = ", ".join(sorted(set(label.dropna()))) or "none"
        raise InputError(
            f"{name} has no label {', '.join(map(repr, unknown))} to rename; its labels are {there}."
        )
    return label.map(lambda old: None if old is None else rename.get(old, old) or None)


def _conditions(
    table: pd.DataFrame, name: str, problems: list[Problem]
) -> dict[str | tuple[str, str], str]:
    """What changes within a person: the condition of each file, or of each person's session.

    Where it does, the labels are taken from the people (they are no groups).
    """
    known = table.dropna(subset=["label"])
    changing = known.groupby("participant")["label"].nunique() > 1
    file = named_column(table, ("file", "filename", "file_name"))
    session = named_column(table.drop(columns=["label", "score"]), _SESSION)
    if not changing.any() or (file is None and session is None):
        return {}
    words = ", ".join(sorted(set(known["label"]))[:6])
    text = (
        f"the labels of {name} change within {changing.sum()} people ({words}): they are conditions "
        "to compare within persons, not groups of people"
    )
    problems.append(Problem("labels are conditions", name, text))
    if file is not None:
        conditions = dict(zip(known[file].astype(str), known["label"], strict=True))
    else:
        keys = zip(known["participant"], known[session].map(plain_text), strict=True)
        conditions = dict(zip(keys, known["label"], strict=True))
    table["label"] = None
    return conditions


def _one_row_each(
    table: pd.DataFrame, name: str, problems: list[Problem], several: bool
) -> pd.DataFrame:
    """Rows that repeat a participant are reported; if they disagree, refused."""
    values = table.groupby("participant")["label"].agg(lambda s: tuple(s.dropna().unique()))
    scores = table.groupby("participant")["score"].agg(lambda s: tuple(s.dropna().unique()))
    torn = [f"{person} ({', '.join(v)})" for person, v in values.items() if len(v) > 1]
    torn += [f"{p} ({', '.join(map('{:g}'.format, v))})" for p, v in scores.items() if len(v) > 1]
    if torn and not several:
        raise InputError(
            f"{name} gives participants more than one label or score: {', '.join(torn[:10])}. "
            "Keep one row a participant; or, for conditions within persons, add a column `file` or "
            "`session` that says which recording each row is about."
        )
    repeated = table["participant"][table["participant"].duplicated()].unique()
    by_file = named_column(table, ("file", "filename", "file_name")) is not None
    if len(repeated) and not several and not by_file:
        text = f"{name} names {', '.join(sorted(repeated)[:10])} more than once, always alike"
        problems.append(Problem("duplicate participant", name, text))
    return table
