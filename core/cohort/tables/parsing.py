"""One table's bytes -> frames in the cohort's schema, and everything odd about them.

Nothing odd is mended in silence: what cannot be a value becomes NaN and is reported, and where the
meaning is beyond doubt (a decimal comma between semicolons) the table is read so and the report says
that it was.
"""

import io
from collections.abc import Sequence
from collections.abc import Set as Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from core.cohort.tables.clock import rate_of, times
from core.cohort.tables.dialect import Dialect
from core.cohort.tables.dialects import NAMES, in_order, recognise
from core.cohort.tables.faces import FaceRule, one_face
from core.cohort.tables.limits import Limit, read_limit
from core.cohort.tables.schema import Problem
from core.cohort.tables.text_table import Layout, body, layout_for, layouts
from core.cohort.tables.values import check_values, unit_values
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
MAX_BAD_ROWS = 0.01
"""A table with a larger share of rows of the wrong length is left out as a whole."""
_COMMA_NUMBER = r"^\s*-?\d+,\d+\s*$"


@dataclass(frozen=True, slots=True)
class TableReading:
    """How tables are read.

    ``cutoff``: frames with less confidence count as frames without a face.  ``fps``: frames per
    second, for tables without times or with wrong ones.  ``time_unit``: seconds that a unit of the
    time column is (None: as the dialect says).  ``faces``: whose rows count where frames have several.
    ``thin``: frames per second to keep, each the mean of those it stands for (None: all).
    ``unit_order``: the units of outputs that a program only numbers (OpenFace 3; (): as we know them).
    ``limits``: frames beyond one of them count as frames without a face
    (:mod:`core.cohort.tables.limits`).
    """

    cutoff: float = 0.0
    fps: float | None = None
    time_unit: float | None = None
    faces: FaceRule = "follow"
    thin: float | None = None
    unit_order: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A table in the cohort's columns, without participant and file.

    ``face_width``: median over frames with a face, pixels (NaN: not known).
    """

    frames: pd.DataFrame
    dialect: Dialect
    rate: float
    face_width: float
    problems: tuple[Problem, ...]


class _Log:
    """Collects the problems of one file."""

    def __init__(self, name: str):
        self.name = name
        self.problems: list[Problem] = []

    def __call__(self, kind: str, text: str) -> None:
        self.problems.append(Problem(kind, self.name, text))


def parse(name: str, raw: bytes, reading: TableReading | None = None) -> Parsed:
    """Reads one table.

    Raises InputError (one sentence, without the file's name) for a table that cannot be used.
    """
    reading = reading or TableReading()
    log = _Log(name)
    limits = [read_limit(limit) for limit in reading.limits]
    wanted = {column for limit in limits for column in limit.columns}
    table, dialect, above = _read(raw, reading.unit_order, log, wanted)
    if not len(table):
        raise InputError("it has column names and no rows")
    if dialect.remark:
        log("estimates", dialect.remark)
    table = one_face(table, dialect, reading.faces, log)
    frame = _frame(table, dialect)
    time = times(table, dialect, frame, reading.fps, reading.time_unit, above, log)
    x = unit_values(table, dialect, log)
    confidence = _column(table, dialect.confidence)
    success = _success(table, dialect, confidence, x)
    if reading.cutoff > 0:
        below = success & (confidence < reading.cutoff)
        if below.any():
            log(
                "below cut-off",
                f"{below.sum():,} frames have a confidence below {reading.cutoff:g} and count as "
                "frames without a face",
            )
        success &= ~below
    for limit in limits:
        success &= _within(limit, table, success, log)
    check_values(x, success, dialect, frame, log)
    x[~success] = np.nan
    width = _face_width(table, dialect, success)
    frames = pd.DataFrame(x, columns=list(dialect.units))
    frames.insert(0, "frame", frame)
    frames.insert(1, "time", time)
    frames.insert(2, "success", success)
    frames.insert(3, "confidence", confidence.astype(np.float32))
    rate = rate_of(time)
    if reading.thin and np.isfinite(rate) and (every := round(rate / reading.thin)) > 1:
        frames = thinned(frames, every)
        log("thinned", f"every {every} frames of {rate:.4g} a second became one, their mean")
        rate /= every
    return Parsed(frames, dialect, rate, width, tuple(log.problems))


def thinned(frames: pd.DataFrame, every: int) -> pd.DataFrame:
    """Each ``every`` rows as one: first frame and time, mean of the values there are."""
    block = np.arange(len(frames)) // every
    starts = np.arange(0, len(frames), every)
    head = frames[["frame", "time"]].iloc[starts].reset_index(drop=True)
    success = np.logical_or.reduceat(frames["success"].to_numpy(), starts)
    columns = [c for c in frames if c not in ("frame", "time", "success")]
    means = frames[columns].groupby(block).mean().astype(np.float32).reset_index(drop=True)
    head.insert(2, "success", success)
    return pd.concat([head, means], axis=1)


def _read(
    raw: bytes, order: tuple[str, ...], log: _Log, quality: Collection[str]
) -> tuple[pd.DataFrame, Dialect, dict[str, str]]:
    """The columns that matter, numbers as numbers, and what stands above the column names.

    ``quality``: columns that matter too, where there are such.
    """

    def known(names: Sequence[str]) -> Dialect | None:
        dialect = recognise(names)
        there = tuple(sorted(quality & set(names)))
        return dialect and replace(dialect, quality=there)

    if not raw.strip():
        raise InputError("it is empty")
    if raw[:4] == b"PAR1":
        try:
            file = pq.ParquetFile(io.BytesIO(raw))
            names = file.schema_arrow.names
            dialect = in_order(known(names) or _unknown(names), order)
            table = file.read(columns=list(dialect.columns)).to_pandas()
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"it is a damaged Parquet file ({error})") from error
        return table, dialect, {}
    match = layout_for(raw, known)
    if match is None:
        possible = layouts(raw)
        if not possible:
            raise InputError("it is no text table (no line holds column names)")
        _unknown(possible[0].names)
    layout, dialect = match[0], in_order(match[1], order)
    if layout.encoding == "cp1252":
        log("encoding", "it is no UTF-8 and is read as Windows-1252")
    return _read_text(raw, layout, dialect, log), dialect, _stated(layout.above)


def _stated(lines: tuple[str, ...]) -> dict[str, str]:
    """What lines like ``Frame rate: 29.97`` or ``#Study : test`` state."""
    parts = (line.strip("# \t").partition(":") for line in lines)
    return {key.strip(): value.strip() for key, colon, value in parts if colon}


def _unknown(names) -> Dialect:
    shown = ", ".join(list(names)[:8]) + (" ..." if len(list(names)) > 8 else "")
    raise InputError(f"its columns ({shown}) are none of the dialects that are known: {NAMES}")


def _read_text(raw: bytes, layout: Layout, dialect: Dialect, log: _Log) -> pd.DataFrame:
    """Fast with Arrow; where something is no number, again as text to find out what."""
    # a name that stands twice keeps its first column
    seen: set[str] = set()
    names = layout.names
    unique = [n if not (n in seen or seen.add(n)) else f"{n}#{i}" for i, n in enumerate(names)]
    wrong_length = []

    def skip(row) -> str:
        wrong_length.append(row)
        return "skip"

    free = {c for c in (dialect.success, dialect.face) if c}  # as Arrow finds them
    units = {column for columns in dialect.units.values() for column in columns}
    types = {c: pa.float32() if c in units else pa.float64() for c in dialect.numeric}
    types |= {c: pa.string() for c in dialect.columns if c not in types and c not in free}
    rows = pa.py_buffer(body(raw, layout))

    def load(types: dict) -> pa.Table:
        wrong_length.clear()
        return csv.read_csv(
            rows,
            read_options=csv.ReadOptions(column_names=unique, use_threads=False),
            parse_options=csv.ParseOptions(delimiter=layout.separator, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=list(dialect.columns),
                null_values=list(NULLS),
                strings_can_be_null=True,
            ),
        )

    if not rows.size:
        return pd.DataFrame(columns=list(dialect.columns))
    try:
        table = load(types).to_pandas()
    except pa.ArrowInvalid:
        try:
            table = load(dict.fromkeys(types, pa.string())).to_pandas()
        except pa.ArrowInvalid as error:
            raise InputError(f"it is no readable table ({error})") from error
        for column in dialect.numeric:
            table[column] = _numbers(table[column], column, log)
    _wrong_length(wrong_length, len(table), len(names), log)
    return table


def _wrong_length(wrong: list, good: int, fields: int, log: _Log) -> None:
    """Rows of another length are told of, or the table is refused."""
    if not wrong:
        return
    rows = good + len(wrong)
    sentence = (
        f"{len(wrong):,} of {rows:,} rows do not have the {fields} fields that the first line names "
        f"(the first such row has {wrong[0].actual_columns})"
    )
    if len(wrong) > max(1, MAX_BAD_ROWS * rows):
        raise InputError(
            f"{sentence}: decimal commas in a table separated by commas do this. Export it with decimal "
            "points"
        )
    log("broken rows", f"{sentence}; they are left out. The file may have been cut off")


def _numbers(text: pd.Series, column: str, log: _Log) -> pd.Series:
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


def _within(limit: Limit, table: pd.DataFrame, success: np.ndarray, log: _Log) -> np.ndarray:
    """(n,) where a limit of quality lets a row count; what it takes is logged."""
    good_frames = limit.kept(table)
    if good_frames is None:
        log("no such quality", f"has no column for the limit {limit}, which was not applied")
        return np.ones(len(table), bool)
    if lost := int((success & ~good_frames).sum()):
        log(
            "beyond a limit",
            f"{lost:,} frames do not keep {limit} and count as frames without a face",
        )
    return good_frames


def _column(table: pd.DataFrame, column: str | None) -> np.ndarray:
    if column is None:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)


def _frame(table: pd.DataFrame, dialect: Dialect) -> np.ndarray:
    """Frame numbers from 0; the row number where the table has none."""
    rows = np.arange(len(table))
    if dialect.frame is None:
        return rows.astype(np.int32)
    frame = _column(table, dialect.frame)
    usable = np.isfinite(frame) & (np.abs(frame) < 2**31 - 1)
    return np.where(usable, frame - dialect.first_frame, rows).astype(np.int32)


def _face_width(table: pd.DataFrame, dialect: Dialect, success: np.ndarray) -> float:
    if not dialect.width or not success.any():
        return float("nan")
    edges = [_column(table, column)[success] for column in dialect.width]
    width = edges[1] - edges[0] if len(edges) == 2 else edges[0]
    width = width[np.isfinite(width) & (width > 0)]
    return float(np.median(width)) if len(width) else float("nan")


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
