"""The way back from a CSV in OpenFace's form, to see that nothing was lost on the way there."""

import io

import pandas as pd

from core.face.openface import _FLAGS, _RELATIVE, _SIDES, _UNITS


def from_openface(text: str) -> pd.DataFrame:
    """The table of a CSV that ``to_openface`` wrote: ``frame`` from 0, ``time``, ``AUnn``."""
    renamed = (
        *_UNITS.items(),
        *_SIDES.items(),
        *_RELATIVE.items(),
        ("time", "timestamp"),
    )
    table = pd.read_csv(io.StringIO(text)).rename(columns={new: old for old, new in renamed})
    table = table.drop(columns="face_id")
    table["frame"] -= 1
    for name in _FLAGS:
        if name in table:
            table[name] = table[name].astype(bool)
    return table
