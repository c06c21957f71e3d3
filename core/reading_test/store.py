"""A class's answers in one SQLite file: anonymous numbers, the answers, and nothing else.

Write-ahead logging lets thirty sessions write while others read; every answer is a transaction of its own,
so a server that is killed loses none that was acknowledged.
"""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InputError
from core.reading_test.session import Session
from core.reading_test.trials import Answer, Kind

_PATIENCE = 30.0  # seconds that a writer waits for the others

_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    material TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    session INTEGER NOT NULL REFERENCES sessions(number) ON DELETE CASCADE,
    trial INTEGER NOT NULL,
    kind TEXT NOT NULL,
    face TEXT NOT NULL,
    method TEXT NOT NULL,
    level INTEGER NOT NULL,
    bytes REAL,
    truth INTEGER NOT NULL,
    answer INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (session, trial)
) WITHOUT ROWID;
"""


class Store:
    """The shared file; each call opens it for itself, so any thread or process may use it."""

    def __init__(self, path: str | Path) -> None:
        """Open or make the file; InputError where it cannot be written or is something else."""
        self.path = Path(path)
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLES)

    def begin(self, material: str) -> int:
        """A new session's number: the next one, and all that is known of who answers."""
        with self._open() as connection:
            inserted = connection.execute("INSERT INTO sessions (material) VALUES (?)", (material,))
            return int(inserted.lastrowid)

    def add(self, session: int, answer: Answer) -> None:
        """Keep one answer; the same trial of a session again changes nothing.

        Raises InputError where the session is not there (any more: somebody cleared the store).
        """
        cost = None if math.isnan(answer.bytes) else answer.bytes
        row = (
            session, answer.trial, str(answer.kind), answer.face, answer.method, answer.level,
            cost, answer.truth, answer.answer, round(answer.seconds, 3),
        )  # fmt: skip
        with self._open() as connection:
            there = connection.execute("SELECT 1 FROM sessions WHERE number = ?", (session,))
            if there.fetchone() is None:
                raise InputError("The class's answers were cleared: begin again to take part.")
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT OR IGNORE INTO answers VALUES ({marks})", row)

    def sessions(self) -> list[Session]:
        """Everybody's answers, by number, each in the order of its trials."""
        with self._open() as connection:
            numbers = connection.execute("SELECT number, material FROM sessions ORDER BY number")
            by_number = {number: (material, []) for number, material in numbers.fetchall()}
            rows = connection.execute("SELECT * FROM answers ORDER BY session, trial").fetchall()
        for session, trial, kind, face, method, level, cost, truth, answer, seconds in rows:
            if session in by_number:
                cost = math.nan if cost is None else cost
                by_number[session][1].append(
                    Answer(trial, Kind(kind), face, method, level, cost, truth, answer, seconds)
                )
        return [
            Session(str(number), material, tuple(answers))
            for number, (material, answers) in by_number.items()
        ]

    def count(self) -> tuple[int, int]:
        """Sessions with an answer, and answers."""
        with self._open() as connection:
            row = connection.execute("SELECT COUNT(DISTINCT session), COUNT(*) FROM answers")
            people, answers = row.fetchone()
        return int(people), int(answers)

    def clear(self) -> None:
        """Forget all answers and sessions; numbers go on."""
        with self._open() as connection:
            connection.execute("DELETE FROM answers")
            connection.execute("DELETE FROM sessions")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that is kept when the block ends well."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level="IMMEDIATE")
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"{self.path.name} cannot be opened for answers: {error}.") from error
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                yield connection
        except sqlite3.Error as error:
            raise InputError(f"{self.path.name} cannot keep answers: {error}.") from error
        finally:
            connection.close()
