"""One table's bytes -> frames in the cohort's schema, and everything odd about them.

Nothing odd is mended in silence: what cannot be a value becomes NaN and is reported, and where the
meaning is beyond doubt (a decimal comma between semicolons, times in milliseconds) the table is read
so and the report says that it was.
"""

import io
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from core.cohort.tables.dialects import Dialect, recognise
from core.cohort.tables.schema import UPPER, Problem
from core.errors import InputError

NULLS = (
    "",
    " ",
    "nan",
    "NaN",
    "NAN",
    "-nan",
    "nan(ind)",
    "-nan(ind)",
    "-1.#IND",
    "NA",
    "N/A",
    "null",
)
PLAUSIBLE_RATE = (1.0, 500.0)
"""Frames a second that cameras deliver."""
MAX_OUTSIDE = 0.2
"""A table with a larger share of its non-zero values out of range is left out as a whole."""
MAX_BAD_ROWS = 0.01
"""A table with a larger share of rows of the wrong length is left out as a whole."""
_COMMA_NUMBER = r"^\s*-?\d+,\d+\s*$"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A table in the cohort's columns, without participant, file and phase."""

    frames: pd.DataFrame
    dialect: Dialect
    rate: float
    problems: tuple[Problem, ...]


class _Log:
    """Collects the problems of one file."""

    def __init__(self, name: str):
        self.name = name
        self.problems: list[Problem] = []

    def __call__(self, kind: str, text: str) -> None:
        self.problems.append(Problem(kind, self.name, text))


def header(raw: bytes) -> tuple[str, ...]:
    """The stripped column names of a text table's first line, () for what is no text table."""
    return tuple(_split_header(raw[:200_000])[0]) if raw else ()


def parse(name: str, raw: bytes, cutoff: float = 0.0, fps: float | None = None) -> Parsed:
    """Reads one table.

    ``cutoff``: frames with a confidence below it count as frames without a face.  ``fps``: frames per
    second, for tables that hold no times.  Raises InputError (one sentence, without the file's name)
    for a table that cannot be used.
    """
    log = _Log(name)
    table, dialect = _read(raw, log)
    if not len(table):
        raise InputError("it has column names and no rows")
    table = _one_face(table, dialect, log)
    frame = _frame(table, dialect)
    time = _time(table, dialect, frame, fps, log)
    x = table[list(dialect.units.values())].to_numpy(np.float32, copy=True)
    confidence = _column(table, dialect.confidence)
    success = _success(table, dialect, confidence, x)
    if cutoff > 0:
        below = success & (confidence < cutoff)
        if below.any():
            log(
                "below cut-off",
                f"{below.sum():,} frames have a confidence below {cutoff:g} and count as frames "
                "without a face",
            )
        success &= ~below
    _check_values(x, success, dialect, frame, log)
    x[~success] = np.nan
    if not success.any():
        log("no face", "no frame has a face, so this table holds no value")
    frames = pd.DataFrame(x, columns=list(dialect.units))
    frames.insert(0, "frame", frame)
    frames.insert(1, "time", time)
    frames.insert(2, "success", success)
    frames.insert(3, "confidence", confidence.astype(np.float32))
    return Parsed(frames, dialect, _rate(time), tuple(log.problems))


def _read(raw: bytes, log: _Log) -> tuple[pd.DataFrame, Dialect]:
    """The columns that matter, numbers as numbers."""
    if not raw.strip():
        raise InputError("it is empty")
    if raw[:4] == b"PAR1":
        try:
            file = pq.ParquetFile(io.BytesIO(raw))
            dialect = _dialect(file.schema_arrow.names)
            table = file.read(columns=list(dialect.columns)).to_pandas()
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"it is a damaged Parquet file ({error})") from error
        return table, dialect
    names, separator, encoding = _split_header(raw)
    if not names:
        raise InputError("it is no text table (its first line holds no column names)")
    dialect = _dialect(names)
    return _read_text(raw, names, separator, encoding, dialect, log), dialect


def _dialect(names) -> Dialect:
    dialect = recognise([name.strip() for name in names])
    if dialect is None:
        shown = ", ".join(list(names)[:8]) + (" ..." if len(list(names)) > 8 else "")
        raise InputError(
            f"its columns ({shown}) are none of the dialects that are known: OpenFace, OpenDBM, "
            "py-feat, LibreFace, pyfaceau, DAIC-WOZ, ExpressRate"
        )
    return dialect


def _split_header(raw: bytes) -> tuple[list[str], str, str]:
    """Column names (stripped, without quotes), the separator and the encoding."""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if encoding == "utf-8" and b"\0" in raw[:4096]:
        return [], ",", encoding
    text = raw[: len(raw) & ~1 if encoding == "utf-16" else None][:200_000]
    line = text.decode(encoding, errors="replace").lstrip("\ufeff").lstrip("\r\n")
    line = re.split(r"[\r\n]", line, maxsplit=1)[0]
    separator = max(",;\t", key=line.count)
    if not line.count(separator):
        return [], separator, encoding
    return [name.strip().strip('"').strip() for name in line.split(separator)], separator, encoding


def _read_text(
    raw: bytes, names: list[str], separator: str, encoding: str, dialect: Dialect, log: _Log
) -> pd.DataFrame:
    """Fast with Arrow; where something is no number, again as text to find out what."""
    if encoding != "utf-8":
        raw = raw.decode(encoding, errors="replace").encode()
    # a name that stands twice keeps its first column
    seen: set[str] = set()
    unique = [n if not (n in seen or seen.add(n)) else f"{n}#{i}" for i, n in enumerate(names)]
    wrong_length = []

    def skip(row) -> str:
        wrong_length.append(row)
        return "skip"

    free = {c for c in (dialect.success, dialect.face) if c}  # as Arrow finds them
    types = {c: pa.float32() for c in dialect.units.values()}
    types |= {c: pa.float64() for c in (dialect.frame, dialect.time, dialect.confidence) if c}
    types |= {dialect.time: pa.string()} if dialect.clock else {}

    def load(types: dict) -> pa.Table:
        wrong_length.clear()
        return csv.read_csv(
            pa.py_buffer(raw),
            read_options=csv.ReadOptions(column_names=unique, skip_rows=1, use_threads=False),
            parse_options=csv.ParseOptions(delimiter=separator, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=list(dialect.columns),
                null_values=list(NULLS),
                strings_can_be_null=True,
            ),
        )

    try:
        table = load(types).to_pandas()
    except pa.ArrowInvalid:
        try:
            table = load(dict.fromkeys(types, pa.string())).to_pandas()
        except pa.ArrowInvalid as error:
            raise InputError(f"it is no readable table ({error})") from error
        for column in dialect.columns:
            if column not in free and not (dialect.clock and column == dialect.time):
                table[column] = _numbers(table[column], column, separator, log)
    if wrong_length:
        rows = len(table) + len(wrong_length)
        has = wrong_length[0].actual_columns
        found = (
            f"{len(wrong_length):,} of {rows:,} rows do not have the {len(names)} fields that the "
            f"first line names (the first such row has {has})"
        )
        if len(wrong_length) > max(1, MAX_BAD_ROWS * rows):
            raise InputError(
                f"{found}: decimal commas in a table separated by commas do this. Export it with "
                "decimal points"
            )
        log("broken rows", f"{found}; they are left out. The file may have been cut off")
    return table


def _numbers(text: pd.Series, column: str, separator: str, log: _Log) -> pd.Series:
    """Text to numbers, telling what was none."""
    numbers = pd.to_numeric(text, errors="coerce")
    odd = numbers.isna() & text.notna()
    commas = odd & text.astype(str).str.match(_COMMA_NUMBER)
    if commas.any():
        example = text[commas].iloc[0].strip()
        log(
            "decimal comma",
            f"{commas.sum():,} values of {column} are written with a decimal comma ({example!r}) and "
            f"read as {example.replace(',', '.')}",
        )
        mended = text[commas].str.strip().str.replace(",", ".", regex=False).astype(float)
        numbers = numbers.astype(float)
        numbers[commas] = mended
    words = odd & ~commas
    if words.any():
        log(
            "not a number",
            f"{words.sum():,} values of {column} are no numbers ({text[words].iloc[0].strip()!r}) and "
            "count as missing",
        )
    return numbers


def _column(table: pd.DataFrame, column: str | None) -> np.ndarray:
    if column is None:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)


def _one_face(table: pd.DataFrame, dialect: Dialect, log: _Log) -> pd.DataFrame:
    """Where frames hold several faces, the rows of the face that is there most often."""
    if dialect.face is None or dialect.frame is None:
        return table
    if not table[dialect.frame].duplicated().any():
        return table
    face = table[dialect.face].fillna("")
    kept = face == face.value_counts().index[0]
    if kept.all():
        return table
    log(
        "several faces",
        f"{face.nunique()} faces share its frames; the {kept.sum():,} rows of the most frequent one "
        f"are used and {(~kept).sum():,} are left out",
    )
    return table[kept].reset_index(drop=True)


def _frame(table: pd.DataFrame, dialect: Dialect) -> np.ndarray:
    """Frame numbers from 0; the row number where the table has none."""
    rows = np.arange(len(table))
    if dialect.frame is None:
        return rows.astype(np.int32)
    frame = _column(table, dialect.frame)
    usable = np.isfinite(frame) & (np.abs(frame) < 2**31 - 1)
    return np.where(usable, frame - dialect.first_frame, rows).astype(np.int32)


def _time(
    table: pd.DataFrame, dialect: Dialect, frame: np.ndarray, fps: float | None, log: _Log
) -> np.ndarray:
    """Seconds from the start, NaN where they cannot be known."""
    if dialect.time is None:
        if fps:
            return frame / fps
        log("no time", "it has no times; give the frames per second (--fps) to place its frames")
        return np.full(len(table), np.nan)
    if dialect.clock:
        return _clock(table[dialect.time], frame, log)
    time = _column(table, dialect.time) * dialect.time_unit
    rate = _rate(time)
    low, high = PLAUSIBLE_RATE
    if np.isfinite(rate) and not low <= rate <= high:
        in_ms = dialect.time_unit == 0.001
        factor, unit = (1e3, "seconds") if in_ms else (1e-3, "milliseconds")
        if low <= rate / factor <= high:
            log(
                "time unit",
                f"its column {dialect.time!r} would mean {rate:.3g} frames per second; read as "
                f"{unit} it is {rate / factor:.3g}, and so it was read",
            )
            time = time * factor
        else:
            log(
                "frame rate",
                f"its times mean {rate:.3g} frames per second, which no camera delivers; they are "
                "kept as they stand",
            )
    steps = np.diff(time)
    if (steps < 0).any():
        first = int(np.argmax(steps < 0)) + 1
        log(
            "time runs backwards",
            f"time runs backwards {(steps < 0).sum():,} times, first at row {first + 1} "
            f"({time[first - 1]:.3f} s, then {time[first]:.3f} s); rows are kept in their order",
        )
    if (steps == 0).any():
        log("time stands still", f"{(steps == 0).sum():,} rows have the time of the row before")
    return time


def _clock(text: pd.Series, frame: np.ndarray, log: _Log) -> np.ndarray:
    """py-feat's whole seconds ``mm:ss``, made finer by the frame numbers."""
    number = pd.to_numeric(text, errors="coerce")
    if number.notna().any():
        return number.to_numpy(np.float64)
    parts = text.astype(str).str.strip().str.extract(r"^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$")
    parts = parts.astype(float)
    seconds = (parts[0].fillna(0) * 3600 + parts[1] * 60 + parts[2]).to_numpy()
    known = np.flatnonzero(np.isfinite(seconds))
    if len(known) < 2 or np.ptp(seconds[known]) <= 0 or np.ptp(frame[known]) <= 0:
        return seconds
    fps = np.polyfit(seconds[known] + 0.5, frame[known], 1)[0]
    log(
        "coarse time",
        f"its times are whole seconds; moments between them come from frame numbers at {fps:.4g} "
        "frames per second, found from the table",
    )
    return np.where(np.isfinite(seconds), frame / fps, np.nan)


def _success(
    table: pd.DataFrame, dialect: Dialect, confidence: np.ndarray, x: np.ndarray
) -> np.ndarray:
    """Where there is a face: the table's word, otherwise wherever it has values."""
    values = np.isfinite(x).any(axis=1) if x.shape[1] else np.isfinite(confidence)
    if dialect.success is None:
        return values
    column = table[dialect.success]
    if pd.api.types.is_numeric_dtype(column.dtype):  # bool too
        return column.to_numpy(np.float64) >= 0.5
    text = column.astype(str).str.strip().str.lower()
    number = pd.to_numeric(text, errors="coerce").fillna(0) >= 0.5
    return (number | text.isin(("true", "yes"))).to_numpy()


def _check_values(
    x: np.ndarray, success: np.ndarray, dialect: Dialect, frame: np.ndarray, log: _Log
) -> None:
    """Values outside the scale become NaN (in place) and are told of."""
    if dialect.unit_kind is None:
        return
    stale = ~success & (np.nan_to_num(x) != 0).any(axis=1)
    if stale.any():
        log(
            "values without a face",
            f"{stale.sum():,} frames without a face carry values; they count as missing",
        )
    upper, units = UPPER[dialect.unit_kind], list(dialect.units)
    with np.errstate(invalid="ignore"):
        outside = success[:, None] & ((x < 0) | (x > upper + 1e-4))
    if outside.any():
        largest = np.where(outside, np.abs(x), -1)
        row, column = np.unravel_index(np.argmax(largest), x.shape)
        found = (
            f"{outside.sum():,} values are outside 0..{upper:g}, such as {x[row, column]:g} for "
            f"{units[column]} in frame {frame[row]}"
        )
        why = "; a decimal comma that was lost on export does this (2,33 to 233)"
        if outside.sum() > MAX_OUTSIDE * max((x[success] != 0).sum(), 1):
            raise InputError(f"{found}{why}, and none of its values can be trusted")
        log("out of range", f"{found}{why}. They count as missing")
        x[outside] = np.nan
    seen = x[success]
    if dialect.unit_kind == "intensity" and seen.size and np.isfinite(seen).any():
        top = float(np.nanmax(seen))
        if len(seen) >= 100 and 0 < top <= 1:
            log(
                "scale",
                f"no value is above {top:.3g}: these may be values of 0..1 in columns for 0..5",
            )
    empty = [u for u, some in zip(units, np.isfinite(seen).any(axis=0), strict=True) if not some]
    if empty and len(seen):
        log("empty unit", f"{', '.join(empty)} hold no value at all")


def _rate(time: np.ndarray) -> float:
    """Frames per second between rows that follow each other, NaN if none do."""
    steps = np.diff(time)
    steps = steps[steps > 0]
    if not len(steps):
        return float("nan")
    usual = np.median(steps)  # rounded times make single steps coarse, gaps make them long
    return float(1 / steps[np.abs(steps - usual) < 0.5 * usual].mean())
