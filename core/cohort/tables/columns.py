"""Columns of a cohort's frames: in memory while they are few, in files that the system maps beyond.

A mapped column is an array like any other.  What has been read of it stays in memory until somebody
lets it go; whoever goes through all frames therefore does so in `pieces` and calls `let_go` after each,
and whoever makes new columns or takes rows makes them mapped where the frames are.
"""

import mmap
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

PIECE = 2**20
"""Frames that are looked at together."""


def room(length: int, dtype: np.dtype | type, folder: Path | None = None) -> np.ndarray:
    """A mapped column to be written; its file has no name any more, so it goes with the array."""
    if not length:
        return np.empty(0, dtype)
    with tempfile.TemporaryFile(prefix="expressrate-column-", dir=folder) as file:
        return np.asarray(np.memmap(file, dtype=dtype, mode="w+", shape=(length,)))


def is_mapped(frames: pd.DataFrame) -> bool:
    """Whether any column lies in a file."""
    return any(_map_under(frames[name]) is not None for name in frames)


def let_go(frames: pd.DataFrame) -> None:
    """Give back the memory of the columns that lie in files; they are read again when asked for."""
    for name in frames:
        _let_go(_map_under(frames[name]))


def let_go_of(column: np.ndarray) -> None:
    """As `let_go`, for one column while it is being written."""
    _let_go(_map_of(column))


def pieces(frames: pd.DataFrame) -> Iterator[slice]:
    """Rows from the first to the last, `PIECE` at a time; what was read of each is let go after it."""
    mapped = len(frames) > PIECE and is_mapped(frames)
    for start in range(0, len(frames), PIECE):
        yield slice(start, min(start + PIECE, len(frames)))
        if mapped:
            let_go(frames)


def rows_of(frames: pd.DataFrame, kept: np.ndarray) -> pd.DataFrame:
    """The rows where ``kept`` is True, numbered anew; mapped where the frames are."""
    if not is_mapped(frames):
        return frames[kept].reset_index(drop=True)
    length = int(kept.sum())
    columns = {}
    for name in frames:
        series = frames[name]
        if _map_under(series) is None:
            columns[name] = series[kept].reset_index(drop=True)
            continue
        columns[name] = column = room(length, series.dtype)
        whole, at = series.to_numpy(), 0
        for rows in pieces(frames):
            some = whole[rows][kept[rows]]
            column[at : at + len(some)] = some
            at += len(some)
        let_go_of(column)
    return pd.DataFrame(columns, copy=False)


def with_columns(frames: pd.DataFrame, new: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The frames with more columns; those that are there are not copied."""
    return pd.DataFrame({name: frames[name] for name in frames} | dict(new), copy=False)


def blank(frames: pd.DataFrame, dtype: np.dtype | type) -> np.ndarray:
    """A new column of as many rows to be written, mapped where the frames are."""
    if is_mapped(frames):
        return room(len(frames), dtype)
    return np.empty(len(frames), dtype)


def _map_under(series: pd.Series) -> mmap.mmap | None:
    return None if isinstance(series.dtype, pd.CategoricalDtype) else _map_of(series.to_numpy())


def _map_of(array: np.ndarray | None) -> mmap.mmap | None:
    """The map that an array is a view of, or None."""
    while array is not None and not isinstance(array, mmap.mmap):
        array = getattr(array, "base", None)
    return array


def _let_go(mapped: mmap.mmap | None) -> None:
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
