"""Frames with several faces: the rows of one person, or the refusal to choose."""

from typing import Literal

import numpy as np
import pandas as pd

from core.cohort.tables.dialect import Dialect
from core.errors import InputError

FaceRule = Literal["follow", "first"]
"""``follow``: the face by its id or its place; refused where there is neither.  ``first``: the first
row of each frame."""


def one_face(table: pd.DataFrame, dialect: Dialect, rule: FaceRule, log) -> pd.DataFrame:
    """The rows of one face.

    With an id: of the face that is there most often.  With a place: the largest face, then always
    the nearest to it.  Raises InputError where frames have several rows and neither tells them apart.
    """
    if dialect.frame is None:
        return table
    repeated = table[dialect.frame].duplicated(keep=False)
    if not repeated.any():
        return table
    frames = int(table.loc[repeated, dialect.frame].nunique())
    if dialect.face is not None and table[dialect.face].fillna("").nunique() > 1:
        face = table[dialect.face].fillna("")
        rows = face == face.value_counts().index[0]
        how = f"the {rows.sum():,} rows of the most frequent one"
        count = face.nunique()
    elif rule == "first":
        rows = ~table[dialect.frame].duplicated()
        how, count = "the first row of each frame", "several"
    elif (places := _places(table, dialect)) is not None:
        rows = _followed(table[dialect.frame].to_numpy(), *places)
        how, count = "the largest face and then the nearest to it", "several"
    else:
        raise InputError(
            f"{frames:,} of its frames have several rows and nothing tells which face is whose (no "
            "face id, no place of the face). Keep one row a frame, or say that the first row of a "
            "frame is the person's (--faces first)"
        )
    log(
        "several faces",
        f"{count} faces share {frames:,} of its frames; {how} are used and {(~rows).sum():,} rows "
        "are left out",
    )
    return table[np.asarray(rows)].reset_index(drop=True)


def _places(table: pd.DataFrame, dialect: Dialect) -> tuple[np.ndarray, np.ndarray] | None:
    """Centres (rows, 2) and widths (rows,) if faces of one frame are ever at different places."""
    if not dialect.place:
        return None
    box = table[list(dialect.place)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    centre = box[:, :2] + box[:, 2:] / 2
    spread = pd.DataFrame(centre).groupby(table[dialect.frame].to_numpy()).agg(np.ptp)
    return (centre, box[:, 2]) if (spread.to_numpy() > 0).any() else None


def _followed(frame: np.ndarray, centre: np.ndarray, width: np.ndarray) -> np.ndarray:
    """True for the row of the followed face in each frame; rows of a frame stand together or not."""
    followed = np.zeros(len(frame), dtype=bool)
    last = None
    for rows in pd.Series(range(len(frame))).groupby(frame, sort=True).agg(list):
        here = np.array(rows)
        known = here[np.isfinite(centre[here]).all(axis=1)]
        if not len(known):
            followed[here[0]] = True
            continue
        if last is None:
            chosen = known[np.argmax(width[known])]
        else:
            chosen = known[np.argmin(np.square(centre[known] - last).sum(axis=1))]
        followed[chosen], last = True, centre[chosen]
    return followed
