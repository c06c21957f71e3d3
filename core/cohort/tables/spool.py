"""Tables of one cohort on their way into one frame: in memory while they are few, on disk beyond.

A hundred people of two hours are 23 million frames.  Beyond `IN_MEMORY` frames each table goes to a
Parquet file as soon as it is read, and the columns of the cohort become files that the system keeps
in memory as far as there is room.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.tables.columns import let_go_of, room

IN_MEMORY = 5_000_000
"""Frames; with 17 units they take about half a gigabyte."""


class Spool:
    """Tables by number; use as a context manager, which removes its files."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._limit = in_memory
        self._tables: dict[int, pd.DataFrame | Path] = {}
        self._lengths: dict[int, int] = {}
        self._folder: Path | None = None

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def on_disk(self) -> bool:
        """Whether there are too many frames for memory."""
        return self._folder is not None

    def add(self, table: pd.DataFrame) -> int:
        """Keep a table; its number."""
        number = len(self._tables)
        self._tables[number] = table
        self._lengths[number] = len(table)
        if self._folder is None and sum(self._lengths.values()) > self._limit:
            self._folder = Path(tempfile.mkdtemp(prefix="expressrate-cohort-"))
        if self._folder is not None:
            for old, spooled in self._tables.items():
                if isinstance(spooled, pd.DataFrame):
                    path = self._folder / f"{old}.parquet"
                    spooled.to_parquet(path, index=False)
                    self._tables[old] = path
        return number

    def get(self, number: int) -> pd.DataFrame:
        """The table of a number."""
        table = self._tables[number]
        return table if isinstance(table, pd.DataFrame) else pd.read_parquet(table)

    def length(self, number: int) -> int:
        """How many frames a table has."""
        return self._lengths[number]

    def drop(self, number: int) -> None:
        """Forget a table."""
        table = self._tables.pop(number)
        self._tables[number] = pd.DataFrame()
        self._lengths[number] = 0
        if isinstance(table, Path):
            table.unlink(missing_ok=True)

    def joined(self, numbers: list[int], columns: dict[str, np.dtype]) -> dict[str, np.ndarray]:
        """Every column of the tables one after another; a column that a table lacks is NaN there."""
        total = sum(self._lengths[number] for number in numbers)
        whole = {name: self._column(total, dtype) for name, dtype in columns.items()}
        at = 0
        for number in numbers:
            table = self.get(number)
            rows = slice(at, at + len(table))
            for name, column in whole.items():
                column[rows] = table[name].to_numpy() if name in table else np.nan
            at += len(table)
            if self.on_disk:
                for column in whole.values():
                    let_go_of(column)
        return whole

    def _column(self, length: int, dtype: np.dtype) -> np.ndarray:
        """Room for a column."""
        return room(length, dtype, self._folder) if self.on_disk else np.empty(length, dtype)
