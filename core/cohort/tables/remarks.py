"""What is odd about a cohort as a whole: its files together, files and labels, files and events."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from core.cohort.tables.labels import Labels
from core.cohort.tables.pattern import plain_id
from core.cohort.tables.schema import Cohort, FileReport, Problem

_UNEQUAL_RATES = 1.05  # ratio of the fastest to the slowest file


def words(name: str) -> list[str]:
    """The words of a file's name."""
    return [word for word in re.split(r"[^0-9A-Za-z]+", PurePosixPath(name).stem) if word]


def of_cohort(used: Sequence[FileReport], known: Labels | None) -> list[Problem]:
    """What is odd about the files in use together, and about files and labels."""
    problems = []
    dialects = Counter(file.dialect for file in used)
    if len(dialects) > 1:
        listed = ", ".join(f"{name} ({count} files)" for name, count in dialects.most_common())
        text = (
            f"two dialects in one cohort: {listed}. Programs differ; make sure that groups do not"
        )
        problems.append(Problem("two dialects", "", text))
    rates = [file.rate for file in used if np.isfinite(file.rate)]
    if rates and max(rates) > _UNEQUAL_RATES * min(rates):
        text = f"frame rates differ, from {min(rates):.3g} to {max(rates):.3g} per second"
        problems.append(Problem("frame rates", "", text))
    files = defaultdict(list)
    for file in used:
        files[file.participant].append(file)
    for person, own in files.items():
        conditions = {file.condition for file in own}
        if len(own) > len(conditions):
            names = ", ".join(file.name for file in own[:4])
            text = f"{person} has {len(own)} files ({names}), taken as one person"
            problems.append(Problem("duplicate participant", person, text))
    if known is not None:
        labelled = set(known.people.index)
        problems += _unmatched("file without label", sorted(set(files) - labelled), labelled)
        problems += _unmatched("label without file", sorted(labelled - set(files)), set(files))
    return problems


def of_events(cohort: Cohort) -> list[Problem]:
    """Phases without a frame, and persons of the log without a file."""
    problems = []
    log = cohort.events
    present = set(cohort.phases)
    empty = [label for label in dict.fromkeys(log["label"]) if label not in present]
    if empty:
        listed = ", ".join(map(str, empty[:8])) + (" ..." if len(empty) > 8 else "")
        text = f"no frame falls into {len(empty)} of the log's phases ({listed})"
        if not present:
            text += (
                "; the log is read on the tables' own clock: if it counts from each recording's "
                "beginning, say so (--events-from-start)"
            )
        problems.append(Problem("empty phase", "", text))
    strangers = set(log["participant"].dropna()) - set(cohort.people.index)
    if strangers:
        listed = ", ".join(sorted(strangers)[:10])
        text = f"the event logs name participants without a file: {listed}"
        problems.append(Problem("events without file", "", text))
    return problems


def _unmatched(kind: str, names: list[str], others: set[str]) -> list[Problem]:
    """One problem a name, with a likely partner that is written in another way."""
    loose = {plain_id(other): other for other in others}
    has, lacks = kind.split(" without ")
    problems = []
    for name in names:
        near = loose.get(plain_id(name))
        hint = f"; is it {near}? Ids must be written alike" if near else ""
        problems.append(Problem(kind, name, f"{name} has a {has} and no {lacks}{hint}"))
    return problems
