"""What a cohort is: its frames, its people, and the report of how it was read."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from core.cohort.tables.phases import phase_mask

UnitKind = Literal["intensity", "probability", "presence"]

UPPER: dict[str, float] = {"intensity": 5.0, "probability": 1.0, "presence": 1.0}
"""The largest value a unit of each kind can have; the smallest is 0."""


EVENT_COLUMNS = ("start", "end", "label", "participant")
"""Of `Cohort.events`: seconds, seconds (infinite: to the end), the phase, and whose (None: all)."""


def no_events() -> pd.DataFrame:
    """The events of a cohort without a log."""
    return pd.DataFrame(columns=list(EVENT_COLUMNS))


_DIFFERING = r"\([^()]*\)|'[^']*'|\S+\.(?:csv|txt|tsv|parquet)\S*|\S*\d\S*"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd that a person should know before believing a result.

    ``kind``: a fixed short name ("decimal comma", "out of range", "label without file", ...).
    ``where``: the file or participant, "" for the whole cohort.  ``text``: one sentence that says
    what was found and what was done about it.
    """

    kind: str
    where: str
    text: str

    @property
    def shape(self) -> str:
        """The text without what differs from file to file: names, numbers, quotations, brackets."""
        text = self.text.replace(self.where, "…") if self.where else self.text
        return re.sub(f"(?:{_DIFFERING}|…)(?:\\s*(?:{_DIFFERING}|…))*", "…", text)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one table turned out to be.

    ``rate``: frames per second (NaN without times).  ``seconds``: from the first to the last frame.
    ``valid``: share of the frames with a face, 0..1.  ``missing``: those of OpenFace's 17 units that
    the table lacks.  ``used`` is False where the file was left out; its problems say why.  ``start``:
    the first time on the table's own clock.  ``confidence``: mean over frames with a face.
    ``face_width``: median, pixels.  ``largest``: the largest value of any unit.  ``condition``: what
    sets the file apart from the person's others ("": nothing).  ``sha256`` of its bytes.  ``lacks``: what
    the program does not write, beside units (`Dialect.lacks`).
    """

    name: str
    participant: str
    dialect: str
    unit_kind: UnitKind | None
    units: tuple[str, ...]
    frames: int
    rate: float
    seconds: float
    valid: float
    missing: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    used: bool = True
    start: float = math.nan
    confidence: float = math.nan
    face_width: float = math.nan
    largest: float = math.nan
    condition: str = ""
    sha256: str = ""
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was read: one entry a file, and what is odd about the cohort as a whole.

    ``extras``: label file and event logs: what each was taken as, its name, its sha256.
    """

    files: tuple[FileReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    extras: tuple[tuple[str, str, str], ...] = ()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The cohort's problems, then each file's."""
        return self.problems + tuple(p for file in self.files for p in file.problems)

    def grouped(self) -> pd.DataFrame:
        """Equal remarks once: ``remark, count, where`` (the first few), ``text`` (the first one's).

        Remarks are equal that differ only in files, numbers and what they quote.
        """
        groups: dict[tuple[str, str], list[Problem]] = defaultdict(list)
        for problem in self.all_problems:
            groups[problem.kind, problem.shape].append(problem)
        rows = []
        for (kind, _), problems in groups.items():
            places = [p.where for p in problems if p.where]
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            rows.append((kind, len(problems), ", ".join(places[:3]) + more, problems[0].text))
        return pd.DataFrame(rows, columns=["remark", "count", "where", "text"])

    @property
    def valid(self) -> float:
        """The share of the frames of all used files that have a face, 0..1; 0 without frames."""
        used = [file for file in self.files if file.used]
        total = sum(file.frames for file in used)
        return sum(file.valid * file.frames for file in used if file.frames) / max(total, 1)

    def table(self) -> pd.DataFrame:
        """One row a file, ready to show: every field, with units and problems as text."""
        rows = [
            {
                "file": file.name,
                "participant": file.participant,
                "dialect": file.dialect,
                "values": file.unit_kind or "",
                "units": len(file.units),
                "frames": file.frames,
                "rate": file.rate,
                "seconds": file.seconds,
                "valid": file.valid,
                "confidence": file.confidence,
                "face_width": file.face_width,
                "condition": file.condition,
                "missing": " ".join(file.missing),
                "lacks": ", ".join(file.lacks),
                "used": file.used,
                "problems": "; ".join(problem.text for problem in file.problems),
            }
            for file in self.files
        ]
        columns = ["file", "participant", "dialect", "values", "units", "frames", "rate"]
        columns += ["seconds", "valid", "confidence", "face_width", "condition", "missing", "lacks"]
        columns += ["used", "problems"]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, slots=True)
class Cohort:
    """People, their frames and their labels; the columns are described in ``core.cohort``."""

    frames: pd.DataFrame
    units: tuple[str, ...]
    unit_kind: UnitKind
    people: pd.DataFrame
    report: ImportReport = field(default_factory=ImportReport)
    composites: tuple[str, ...] = ()
    synthetic: bool = False
    events: pd.DataFrame = field(default_factory=no_events)
    formulas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[str, ...]:
        """Units, then composites: the columns of ``frames`` that analyses run over."""
        return self.units + self.composites

    @property
    def groups(self) -> tuple[str, ...]:
        """The labels in use, the reference group first."""
        return order_groups(self.people["label"].dropna().unique())

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that hold at least one frame, in the order of the event log."""
        labels = dict.fromkeys(self.events["label"]) if len(self.events) else ()
        return tuple(str(label) for label in labels if self.in_phase(label).any())

    def in_phase(self, label: str) -> np.ndarray:
        """True for each frame in the phase; a frame may be in several."""
        return phase_mask(self.frames, self.events, label)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of the files in use, in order of their appearance."""
        used = set(
            self.frames["file"].astype("category").cat.remove_unused_categories().cat.categories
        )
        named = (
            f.condition for f in self.report.files if f.used and f.condition and f.name in used
        )
        return tuple(dict.fromkeys(named))


REFERENCE_NAMES = ("control", "healthy", "hc", "normal", "none", "no", "negative", "non-depressed")


def order_groups(labels) -> tuple[str, ...]:
    """Numbers by size, names by alphabet, but a name for the unaffected group stands first.

    Differences are taken as "later group minus first group", so that order decides their sign.
    """
    names = {str(label) for label in labels}
    numeric = all(_is_number(name) for name in names)

    def key(label: str):
        if numeric:
            return (0, float(label), label)
        words = [label.lower(), *label.lower().replace("_", " ").split()]
        return (1 if any(word in REFERENCE_NAMES for word in words) else 2, 0.0, label)

    return tuple(sorted(names, key=key))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
