"""A measured video in the form of OpenFace 2's CSV, and back."""

import io

import pandas as pd

from core.face.series import EMOTIONS, POSE, RELATIVE
from core.facs import UNITS

_UNITS = {unit: f"{unit}_r" for unit in UNITS}
_RELATIVE = {name: name.replace("_relative", "_r_relative") for name in RELATIVE}
_SAME = ("confidence", "success", *POSE)


def to_openface(table: pd.DataFrame) -> str:
    """The CSV of a table of :class:`core.face.series.Series`.

    Columns as OpenFace names them: ``frame`` counts from 1, ``face_id`` 0, ``timestamp`` in seconds,
    ``success`` 0 or 1, ``pose_*``, ``AUnn_r``.  Then what OpenFace does not have: ``faces``,
    ``emotion_*`` and, with a neutral segment, ``AUnn_r_relative``.  What was not measured is NaN.
    """
    extra = [name for name in ("faces", *EMOTIONS, *RELATIVE) if name in table]
    out = table[["frame", "time", *_SAME, *UNITS, *extra]].rename(
        columns={"time": "timestamp", **_UNITS, **_RELATIVE}
    )
    out["frame"] += 1
    out["success"] = out["success"].astype(int)
    out.insert(1, "face_id", 0)
    return out.to_csv(index=False, na_rep="NaN", float_format="%.6g")


def from_openface(text: str) -> pd.DataFrame:
    """The table of a CSV that :func:`to_openface` wrote: ``frame`` from 0, ``time``, ``AUnn``."""
    back = {new: old for old, new in (*_UNITS.items(), *_RELATIVE.items(), ("time", "timestamp"))}
    table = pd.read_csv(io.StringIO(text)).rename(columns=back).drop(columns="face_id")
    table["frame"] -= 1
    table["success"] = table["success"].astype(bool)
    return table
