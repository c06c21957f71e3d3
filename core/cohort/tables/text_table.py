"""Text tables of any encoding: where their column names stand, and small ones as text.

A table may begin with lines about the recording (FaceReader, iMotions, BORIS); the column names are
the first line that somebody recognises.

It is our own because pandas wants to be told encoding, separator and heading, and mends in silence what
has to be told: commas in numbers, rows that were cut off, tables of a gigabyte.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from core.errors import InputError

T = TypeVar("T")
_HEAD = 200_000  # bytes that are looked at
_PREAMBLE = 60  # lines that may stand above the column names


@dataclass(frozen=True, slots=True)
class Layout:
    """Column names (stripped, without quotes), how they are written, and the lines above them."""

    names: tuple[str, ...]
    separator: str
    encoding: str
    above: tuple[str, ...] = ()


def encoding_of(raw: bytes) -> str:
    """``utf-16`` by its mark, ``utf-8`` where the beginning is, otherwise ``cp1252`` (Windows)."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        raw[:_HEAD].decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start > len(raw[:_HEAD]) - 4 and len(raw) > _HEAD
        return "utf-8" if cut else "cp1252"
    return "utf-8"


def layouts(raw: bytes) -> list[Layout]:
    """Every line at the beginning that could hold column names, the first line first."""
    encoding = encoding_of(raw)
    if encoding != "utf-16" and b"\0" in raw[:4096]:
        return []
    head = raw[: _HEAD & ~1].decode(encoding, errors="replace").lstrip("\ufeff")
    lines = re.split(r"\r\n|\n|\r", head)
    possible = []
    for number, line in enumerate(lines[:_PREAMBLE]):
        separator = max(",;\t", key=line.count)
        if line.count(separator):
            names = tuple(name.strip().strip('"').strip() for name in line.split(separator))
            possible.append(Layout(names, separator, encoding, tuple(lines[:number])))
    return possible


def layout_for(raw: bytes, accept: Callable[[Sequence[str]], T | None]) -> tuple[Layout, T] | None:
    """The first line whose names are accepted, and what they were accepted as."""
    for layout in layouts(raw):
        answer = accept(layout.names)
        if answer:
            return layout, answer
    return None


def body(raw: bytes, layout: Layout) -> memoryview:
    """The rows below the column names, as UTF-8 with line feeds."""
    if layout.encoding != "utf-8":
        raw = raw.decode(layout.encoding, errors="replace").encode()
    if b"\n" not in raw[:_HEAD]:
        raw = raw.replace(b"\r", b"\n")
    at = 0
    for _ in range(len(layout.above) + 1):
        end = raw.find(b"\n", at)
        at = len(raw) if end < 0 else end + 1
    return memoryview(raw)[at:]


def plain_name(column: str) -> str:
    """A column's name without capitals, spaces and signs: ``Participant ID`` is ``participant_id``."""
    return re.sub(r"[^0-9a-z]+", "_", column.lower()).strip("_")


def named_column(table: pd.DataFrame, names: Sequence[str]) -> str | None:
    """The first column that is called one of these, in the order of ``names``."""
    plain = {plain_name(str(column)): column for column in reversed(list(table.columns))}
    return next((plain[name] for name in names if name in plain), None)


def small_table(
    source: Path | str | bytes,
    name: str,
    accept: Callable[[Sequence[str]], object] = lambda names: True,
) -> tuple[pd.DataFrame, str]:
    """A small table (labels, events) as text, empty cells None, and its name.

    ``accept``: says whether names are the table's; where none are, the first line is taken.
    """
    if isinstance(source, Path | str):
        name = Path(source).name
        if not Path(source).is_file():
            raise InputError(f"{source} is no file.")
        source = Path(source).read_bytes()
    match = layout_for(source, accept)
    possible = [match[0]] if match else layouts(source)
    if not possible:
        raise InputError(f"{name} is empty or no table of several columns.")
    layout = possible[0]
    text = source.decode(layout.encoding, errors="replace").lstrip("\ufeff")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator)
    rows = [[cell.strip() for cell in line] for line in lines][_header_row(text, layout) + 1 :]
    rows = [row for row in rows if any(row)]
    width = len(layout.names)
    table = pd.DataFrame([(row + [""] * width)[:width] for row in rows], columns=list(layout.names))
    table = table.loc[:, [bool(column) for column in table.columns]]
    return table.loc[:, ~table.columns.duplicated()].replace("", None).astype(object), name


def _header_row(text: str, layout: Layout) -> int:
    """The number of the row of column names as the csv module counts rows."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator)
    for number, row in enumerate(lines):
        if tuple(cell.strip() for cell in row) == layout.names:
            return number
    return 0
