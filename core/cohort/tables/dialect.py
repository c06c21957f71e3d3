"""What a dialect says about a table: where it keeps what, and on which scale."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from core.cohort.tables.schema import UnitKind

Scale = Literal["as it is", "letters", "log odds", "percent", "share of the range"]
"""How a value stands in the table: as we keep it; FACS's letters A to E (1..5); the decimal logarithm
of odds; 0..100; 0..1 where we keep 0..5."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where a table keeps what; None where it has no such column.

    ``units``: unit -> the columns whose mean it is, usually one.  ``first_frame``: the number of the
    first frame in ``frame``.  ``time_unit`` in seconds (0.001 for milliseconds).  ``clock``: times are
    text like ``01:23``.  ``face``: column that tells several faces apart; ``place``: left, top, width
    and height of the face, where there are such columns.  ``width``: the column of the face's width in
    pixels, or the columns of its left and right edge.  ``quality``: columns that somebody sets limits
    to.  ``companion``: a table that OpenDBM writes
    beside another one of the same recording, to be read only where that other one is missing.
    ``rate_in``: what stands before the frame rate in lines above the column names.  ``remark``: what a
    person must know of these values.  ``numbered``: outputs whose units the table does not name, in
    the order of their numbers.
    """

    name: str
    unit_kind: UnitKind | None
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    frame: str | None = None
    first_frame: int = 0
    time: str | None = None
    time_unit: float = 1.0
    clock: bool = False
    success: str | None = None
    confidence: str | None = None
    face: str | None = None
    place: tuple[str, ...] = ()
    width: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    companion: bool = False
    scale: Scale = "as it is"
    rate_in: str = ""
    remark: str = ""
    numbered: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        single = (self.frame, self.time, self.success, self.confidence, self.face)
        of_units = [column for columns in self.units.values() for column in columns]
        return tuple(
            dict.fromkeys(
                [c for c in single if c] + [*of_units, *self.place, *self.width, *self.quality]
            )
        )

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a table of this program does not have, beside units."""
        absent = (
            ("frame numbers", self.frame is None),
            ("times", self.time is None and not self.rate_in),
            ("times finer than a second", self.clock and not self.rate_in),
            ("confidence", self.confidence is None),
            ("the width of the face", not self.width),
            ("intensities", self.unit_kind in ("probability", "presence")),
            ("the names of its units", bool(self.numbered)),
        )
        return tuple(what for what, lacking in absent if lacking)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns that must hold numbers: units (unless letters), frames, times, confidence."""
        of_units = [column for columns in self.units.values() for column in columns]
        of_units = [] if self.scale == "letters" else of_units
        single = (self.frame, None if self.clock else self.time, self.confidence)
        return tuple(
            dict.fromkeys(
                [*of_units, *(c for c in single if c), *self.place, *self.width, *self.quality]
            )
        )


def columns_like(names: Iterable[str], pattern: str) -> dict[str, tuple[str, ...]]:
    """Unit -> column for the columns that match (the number is the group), in the order of the units."""
    matches = ((re.fullmatch(pattern, name), name) for name in names)
    units = {f"AU{int(match[1]):02d}": (name,) for match, name in matches if match}
    return dict(sorted(units.items()))


def either(
    names: set[str], value: str, presence: str
) -> tuple[dict[str, tuple[str, ...]], UnitKind]:
    """Intensities where there are any, otherwise presences."""
    units = columns_like(names, value)
    return (units, "intensity") if units else (columns_like(names, presence), "presence")


def first_of(names: set[str], *candidates: str) -> str | None:
    """The first of the candidates that there is."""
    return next((name for name in candidates if name in names), None)


def all_of(names: set[str], *wanted: str) -> tuple[str, ...]:
    """The columns wanted if every one is there, otherwise none."""
    return wanted if set(wanted) <= names else ()
