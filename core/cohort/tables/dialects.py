"""What the columns of an action-unit table mean, in each program's dialect.

A dialect is recognised from the column names alone (stripped of the spaces that some builds put
around them), never from the file's name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.cohort.tables.schema import UnitKind
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where a table keeps what; None where it has no such column.

    ``units``: unit -> column.  ``first_frame``: the number of the first frame in ``frame``.
    ``time_unit`` in seconds (0.001 for milliseconds).  ``clock``: times are text like ``01:23``.
    ``face``: column that tells several faces apart.  ``companion``: a table that OpenDBM writes
    beside another one of the same recording, to be read only where that other one is missing.
    """

    name: str
    unit_kind: UnitKind | None
    units: dict[str, str] = field(default_factory=dict)
    frame: str | None = None
    first_frame: int = 0
    time: str | None = None
    time_unit: float = 1.0
    clock: bool = False
    success: str | None = None
    confidence: str | None = None
    face: str | None = None
    companion: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        others = (self.frame, self.time, self.success, self.confidence, self.face)
        return tuple(dict.fromkeys([c for c in others if c] + list(self.units.values())))


_MOTION = ("gaze_0_x", "gaze_angle_x", "pose_Tx", "pose_Rx", "x_0", "p_scale", "eye_lmk_x_0")
_NOT_FACS_HERE = ("AU03_r", "AU08_r")


def recognise(columns: Iterable[str]) -> Dialect | None:
    """The dialect of a table with these (stripped) column names; None if it is no such table.

    Raises InputError for a table that looks like one and must not be read as one.
    """
    names = set(columns)
    if names & set(_NOT_FACS_HERE):
        raise InputError(
            "the columns AU03_r or AU08_r are no units of FACS that OpenFace 1 or 2 measure. OpenFace "
            "3 numbers its outputs 1 to 8 under such names although they stand for other units: "
            "rename the columns to the units they stand for"
        )
    for reader in (_opendbm, _libreface, _openface, _pyfeat, _own):
        if found := reader(names):
            return found
    return None


def _found(names: set[str], pattern: str) -> dict[str, str]:
    """Unit -> column for the columns that match, in the order of the units."""
    hits = ((re.fullmatch(pattern, name), name) for name in names)
    units = {f"AU{int(hit[1]):02d}": name for hit, name in hits if hit}
    return dict(sorted(units.items()))


def _either(names: set[str], value: str, presence: str) -> tuple[dict[str, str], UnitKind]:
    """Intensities where there are any, otherwise presences."""
    units = _found(names, value)
    return (units, "intensity") if units else (_found(names, presence), "presence")


def _one(names: set[str], *candidates: str) -> str | None:
    return next((name for name in candidates if name in names), None)


def _opendbm(names: set[str]) -> Dialect | None:
    units, kind = _either(names, r"fac_AU(\d+)int", r"fac_AU(\d+)pres")
    name = "OpenDBM facau"
    if not units:
        if not names & {"fac_hapintsoft", "fac_sadintsoft", "neu_exp", "s_confidence"}:
            return None
        name = "OpenDBM facemo"
        units, kind = _either(names, r"AU(\d+)_r", r"AU(\d+)_c")
    return Dialect(
        name=name,
        unit_kind=kind if units else None,
        units=units,
        frame=_one(names, "frame"),
        first_frame=1,
        time=_one(names, "timestamp"),
        success=_one(names, "success"),
        confidence=_one(names, "confidence", "s_confidence"),
        face=_one(names, "face_id"),
        companion=name == "OpenDBM facemo",
    )


def _libreface(names: set[str]) -> Dialect | None:
    units, kind = _either(names, r"au_(\d+)_intensity", r"au_(\d+)")
    if not units:
        return None
    time = _one(names, "frame_time_in_ms", "timestamp")
    return Dialect(
        name="LibreFace",
        unit_kind=kind,
        units=units,
        frame=_one(names, "frame_idx", "frame"),
        time=time,
        time_unit=0.001 if time == "frame_time_in_ms" else 1.0,
        success=_one(names, "success"),
        confidence=_one(names, "confidence"),
    )


def _openface(names: set[str]) -> Dialect | None:
    units, kind = _either(names, r"AU(\d+)_r", r"AU(\d+)_c")
    if not units:
        return None
    if "face_id" in names:
        name = "OpenFace 2"
    elif "confidence" not in names:
        name = "pyfaceau"
    else:
        name = "OpenFace without face_id" if names & set(_MOTION) else "OpenFace 1 (DAIC-WOZ)"
    return Dialect(
        name=name,
        unit_kind=kind,
        units=units,
        frame=_one(names, "frame"),
        first_frame=0 if name == "pyfaceau" else 1,
        time=_one(names, "timestamp"),
        success=_one(names, "success"),
        confidence=_one(names, "confidence"),
        face=_one(names, "face_id"),
    )


def _pyfeat(names: set[str]) -> Dialect | None:
    units = _found(names, r"AU(\d+)")
    if not units or not names & {"FaceScore", "FaceRectX", "approx_time"}:
        return None
    newer = bool(names & {"approx_time", "Identity", "Neutral", "Happy", "Anger"})
    return Dialect(
        name="py-feat 2" if newer else "py-feat 1",
        unit_kind="probability",
        units=units,
        frame=_one(names, "frame"),
        time=_one(names, "approx_time", "timestamp"),
        clock="approx_time" in names,
        confidence=_one(names, "FaceScore"),
        face=_one(names, "Identity"),
    )


def _own(names: set[str]) -> Dialect | None:
    units = _found(names, r"AU(\d+)")
    if not units or "time" not in names:
        return None
    return Dialect(
        name="ExpressRate",
        unit_kind="intensity",
        units=units,
        frame=_one(names, "frame"),
        time="time",
        success=_one(names, "success"),
        confidence=_one(names, "confidence", "presence"),
    )
