"""A person's answers as a file: JSON to be loaded again, CSV for a table."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from core.csv_cells import harmless
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.reading_test.trials import Answer, Kind

_FORMAT = "expressrate-reading-1"
LARGEST = 4 * 2**20
"""Bytes that a file of answers may have."""

_MOST = 5000
"""Answers that a file may hold."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person's answers; ``id`` is random and says nothing of who it was."""

    id: str
    material: str
    answers: tuple[Answer, ...]


def to_json(session: Session) -> bytes:
    """The session as a file."""
    document = {
        "format": _FORMAT,
        "id": session.id,
        "material": session.material,
        "answers": [_plain(answer) for answer in session.answers],
    }
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def from_json(content: bytes, name: str = "The file") -> Session:
    """The session in a file; InputError, in one sentence, for anything else."""
    if len(content) > LARGEST:
        raise InputError(f"{name} is larger than any file of answers.")
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT:
            raise KeyError("format")
        given = document["answers"]
        if not isinstance(given, list) or len(given) > _MOST:
            raise ValueError("answers")
        answers = tuple(_answer(each) for each in given)
        return Session(str(document["id"])[:64], str(document["material"])[:200], answers)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{name} is not a file of answers from this page.") from error


def load_together(files: Sequence[tuple[str, bytes]]) -> list[Session]:
    """The sessions of several files (name, content); one that comes twice counts once."""
    sessions: dict[str, Session] = {}
    for name, content in files:
        session = from_json(content, name)
        sessions.setdefault(session.id, session)
    return list(sessions.values())


def to_csv(sessions: Sequence[Session]) -> bytes:
    """One row an answer, with words for classes; ``person`` counts sessions from 1."""
    out = io.StringIO()
    names = [field.name for field in fields(Answer)]
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["person", "material", *names, "right"])
    for person, session in enumerate(sessions, start=1):
        for answer in session.answers:
            values = {**asdict(answer), "truth": EXPRESSIONS[answer.truth]}
            values["answer"] = EXPRESSIONS[answer.answer]
            values["bytes"] = "" if math.isnan(answer.bytes) else answer.bytes
            row = [harmless(values[name]) for name in names]
            table.writerow([person, harmless(session.material), *row, int(answer.right)])
    return out.getvalue().encode()


def _plain(answer: Answer) -> dict:
    values = asdict(answer)
    values["bytes"] = None if math.isnan(answer.bytes) else answer.bytes
    return {**values, "kind": str(answer.kind), "seconds": round(answer.seconds, 3)}


def _answer(given: dict) -> Answer:
    cost = given["bytes"]
    answer = Answer(
        trial=int(given["trial"]),
        kind=Kind(given["kind"]),
        face=str(given["face"])[:200],
        method=str(given["method"])[:80],
        level=int(given["level"]),
        bytes=math.nan if cost is None else float(cost),
        truth=int(given["truth"]),
        answer=int(given["answer"]),
        seconds=float(given["seconds"]),
    )
    classes = range(len(EXPRESSIONS))
    if answer.truth not in classes or answer.answer not in classes:
        raise ValueError("a class that is not known")
    if not (math.isfinite(answer.seconds) and answer.seconds >= 0):
        raise ValueError("seconds")
    if answer.kind is Kind.TEST and not (math.isfinite(answer.bytes) and answer.bytes > 0):
        raise ValueError("bytes")
    return answer
