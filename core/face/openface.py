"""A measured video in the form of OpenFace 2's CSV."""

import pandas as pd

from core.face.columns import EMOTIONS, POSE, RELATIVE, SIDES
from core.facs import UNITS

_UNITS = {unit: f"{unit}_r" for unit in UNITS}
_RELATIVE = {name: name.replace("_relative", "_r_relative") for name in RELATIVE}
_SIDES = {name: "_r_".join(name.split("_")) for name in SIDES}
_SAME = ("confidence", "success", *POSE)
_MORE = (
    "faces", "presence", "track", "face_width", "sharpness", "occlusion", "damaged", "smoothing",
    "excluded", "event",
)  # fmt: skip
"""What OpenFace does not have, under our own names."""
_FLAGS = ("success", "damaged", "excluded")


def to_openface(table: pd.DataFrame) -> str:
    """The CSV of a table of :class:`core.face.series.Series`.

    Columns as OpenFace names them: ``frame`` counts from 1, ``face_id`` 0, ``timestamp`` in seconds,
    ``success`` 0 or 1, ``pose_*``, ``AUnn_r``.  Then what OpenFace does not have: ``faces``,
    ``presence``, ``track``, ``face_width``, ``sharpness``, ``occlusion``, ``damaged``, where units were
    smoothed over how many seconds (``smoothing``), the sides as ``AU12_r_left`` ..,
    ``emotion_*``, with a neutral segment ``AUnn_r_relative``, and what was marked by hand,
    ``excluded`` and ``event``.  What was not measured is NaN.
    """
    extra = [name for name in (*_MORE, *SIDES, *EMOTIONS, *RELATIVE) if name in table]
    out = table[["frame", "time", *_SAME, *UNITS, *extra]].rename(
        columns={"time": "timestamp", **_UNITS, **_SIDES, **_RELATIVE}
    )
    out["frame"] += 1
    for name in _FLAGS:
        if name in out:
            out[name] = out[name].astype(int)
    out.insert(1, "face_id", 0)
    return out.to_csv(index=False, na_rep="NaN", float_format="%.6g")
