"""What the columns of an action-unit table mean, in each program's dialect.

A dialect is recognised from the column names alone (stripped of the spaces that some builds put
around them), never from the file's name.  A new one is a function from names to a `Dialect`, listed
in `RECOGNISERS`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.cohort.tables import vendors
from core.cohort.tables.dialect import Dialect, all_of, columns_like, either, first_of
from core.errors import InputError

_MOTION = ("gaze_0_x", "gaze_angle_x", "pose_Tx", "pose_Rx", "x_0", "p_scale", "eye_lmk_x_0")
_OPENFACE_3 = ("AU01", "AU02", "AU04", "AU06", "AU09", "AU12", "AU25", "AU26")
"""The units of OpenFace 3's outputs 1 to 8, which neither its tables nor its documents name.

Its training code takes the labels 0, 4, 8, 10, 11, 1, 6 and 7 of the twelve of DISFA.  Where those stand in
alphabetical order (AU1, AU12, AU15, AU17, AU2, AU20, AU25, AU26, AU4, AU5, AU6, AU9) they are exactly the
eight units that work on DISFA reports, in the usual order; in the order of their numbers they are not.
The same code asks whether a label is 2 or more, so the outputs say how sure it is, not how strong.
"""
OWN = "ExpressRate"
"""The dialect of tables that this program measured; what it rendered has units that are known."""
_OURS = {"AU01_r", "face_width", "sharpness", "track"}
_JAW = ("x_0", "x_16")
"""Columns of the outermost points of 68 landmarks: ear to ear."""


def in_order(dialect: Dialect, units: Sequence[str]) -> Dialect:
    """The dialect with its numbered outputs read as these units; itself where it numbers none.

    Raises InputError for another number of units, one that stands twice, or one that is no unit.
    """
    if not units or not dialect.numbered:
        return dialect
    right = [unit for unit in dict.fromkeys(units) if re.fullmatch(r"AU\d\d", unit)]
    if len(right) != len(units) or len(right) != len(dialect.numbered):
        raise InputError(
            f"{dialect.name} writes {len(dialect.numbered)} outputs; the order names "
            f"{', '.join(units)}. Name as many different units, such as {', '.join(dialect.units)}"
        )
    named = {u: (name,) for u, name in zip(right, dialect.numbered, strict=True)}
    remark = f"the outputs of {dialect.name} are read as {', '.join(right)}, as you said"
    return replace(dialect, units=dict(sorted(named.items())), remark=remark)


def recognise(columns: Iterable[str]) -> Dialect | None:
    """The dialect of a table with these (stripped) column names; None if it is no such table."""
    names = set(columns)
    return next((dialect for recogniser in RECOGNISERS if (dialect := recogniser(names))), None)


def _opendbm(names: set[str]) -> Dialect | None:
    units, kind = either(names, r"fac_AU(\d+)int", r"fac_AU(\d+)pres")
    name = "OpenDBM facau"
    if not units:
        if not names & {"fac_hapintsoft", "fac_sadintsoft", "neu_exp", "s_confidence"}:
            return None
        name = "OpenDBM facemo"
        units, kind = either(names, r"AU(\d+)_r", r"AU(\d+)_c")
    return Dialect(
        name=name,
        unit_kind=kind if units else None,
        units=units,
        frame=first_of(names, "frame"),
        first_frame=1,
        time=first_of(names, "timestamp"),
        success=first_of(names, "success"),
        confidence=first_of(names, "confidence", "s_confidence"),
        face=first_of(names, "face_id"),
        width=all_of(names, *_JAW),
        companion=name == "OpenDBM facemo",
    )


def _libreface(names: set[str]) -> Dialect | None:
    units, kind = either(names, r"au_(\d+)_intensity", r"au_(\d+)")
    if not units:
        return None
    time = first_of(names, "frame_time_in_ms", "timestamp")
    return Dialect(
        name="LibreFace",
        unit_kind=kind,
        units=units,
        frame=first_of(names, "frame_idx", "frame"),
        time=time,
        time_unit=0.001 if time == "frame_time_in_ms" else 1.0,
        success=first_of(names, "success"),
        confidence=first_of(names, "confidence"),
    )


def _openface_3(names: set[str]) -> Dialect | None:
    """Outputs numbered 1 to 8, whatever unit they stand for: no OpenFace of old has AU03 or AU08."""
    numbered = tuple(f"AU{number:02d}_r" for number in range(1, len(_OPENFACE_3) + 1))
    if not set(numbered) <= names:
        return None
    return Dialect(
        name="OpenFace 3",
        unit_kind="probability",
        units={unit: (name,) for unit, name in zip(_OPENFACE_3, numbered, strict=True)},
        numbered=numbered,
        frame=first_of(names, "frame"),
        time=first_of(names, "timestamp"),
        success=first_of(names, "success"),
        confidence=first_of(names, "confidence"),
        face=first_of(names, "face_id"),
        width=all_of(names, *_JAW),
        remark="OpenFace 3 numbers its eight outputs and names no units; that they are "
        f"{', '.join(_OPENFACE_3)} follows from its training code and is not documented: check it on "
        "a clip with a smile, and name another order where it is wrong (--unit-order). They are read "
        "as probabilities, as what it was trained for",
    )


def _own_openface(names: set[str]) -> Dialect | None:
    """Our own tables in OpenFace's form, which have columns of ours too."""
    if not names >= _OURS:
        return None
    return replace(_openface(names), name=OWN, first_frame=1, width=("face_width",))


def _openface(names: set[str]) -> Dialect | None:
    units, kind = either(names, r"AU(\d+)_r", r"AU(\d+)_c")
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
        frame=first_of(names, "frame"),
        first_frame=0 if name == "pyfaceau" else 1,
        time=first_of(names, "timestamp"),
        success=first_of(names, "success"),
        confidence=first_of(names, "confidence"),
        face=first_of(names, "face_id"),
        width=all_of(names, *_JAW),
    )


def _pyfeat(names: set[str]) -> Dialect | None:
    units = columns_like(names, r"AU(\d+)")
    if not units or not names & {"FaceScore", "FaceRectX", "approx_time"}:
        return None
    newer = bool(names & {"approx_time", "Identity", "Neutral", "Happy", "Anger"})
    return Dialect(
        name="py-feat 2" if newer else "py-feat 1",
        unit_kind="probability",
        units=units,
        frame=first_of(names, "frame"),
        time=first_of(names, "approx_time", "timestamp"),
        clock="approx_time" in names,
        confidence=first_of(names, "FaceScore"),
        face=first_of(names, "Identity"),
        place=all_of(names, "FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"),
        width=all_of(names, "FaceRectWidth"),
    )


def _own(names: set[str]) -> Dialect | None:
    units = columns_like(names, r"AU(\d+)")
    if not units or "time" not in names:
        return None
    return Dialect(
        name=OWN if "success" in names else "ExpressRate, known units",
        unit_kind="intensity",
        units=units,
        frame=first_of(names, "frame"),
        time="time",
        success=first_of(names, "success"),
        confidence=first_of(names, "confidence", "presence"),
        width=all_of(names, "face_width"),
    )


RECOGNISERS = (
    _opendbm,
    _libreface,
    _openface_3,
    _own_openface,
    _openface,
    _pyfeat,
    vendors.facereader,
    vendors.facet,
    vendors.affdex,
    vendors.blendshapes,
    _own,
)
"""Tried in this order."""
NAMES = (
    "OpenFace 1 to 3, OpenDBM, py-feat, LibreFace, pyfaceau, DAIC-WOZ, FaceReader, iMotions (FACET, "
    "AFFDEX), Affectiva, ARKit (Live Link), MediaPipe blendshapes, ExpressRate"
)
"""What an error lists."""
