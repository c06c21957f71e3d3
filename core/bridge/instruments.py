"""Two instruments on one clip: how far two programs' tables of units agree.

Agreement is not truth: both may be wrong in the same way, and neither is the measure of the other.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from core.bridge.drift import LEAST_SPREAD
from core.cohort.tables.parsing import Parsed, parse
from core.cohort.tables.schema import UPPER
from core.errors import InputError
from core.facs import UNITS

LEAST_FRAMES = 8
"""Frames with a face in both tables under which nothing is said."""
COLUMNS = ("unit", "frames", "r", "bias", "slope", "mean_first", "mean_second")
"""Columns of :func:`agreement`."""


def read_instrument(name: str, raw: bytes) -> Parsed:
    """A table of units in any dialect that the cohort reads.

    Raises InputError, with the file's name, for one that cannot be used.
    """
    try:
        return parse(name, raw)
    except InputError as error:
        raise InputError(f"{name}: {error}.") from error


def agreement(first: Parsed, second: Parsed) -> pd.DataFrame:
    """How far two tables of the same frames agree, one row a unit that both have.

    Frames are matched by their number.  ``frames``: with a face in both.  ``r``: Pearson correlation over
    time, NaN where either hardly moves (standard deviation under :data:`LEAST_SPREAD`).  ``bias``: mean
    of the first minus the second, in intensities; ``slope``: of the line from the second to the first;
    both NaN where one is no intensity.  ``mean_first``, ``mean_second`` as the tables have them.  Raises
    InputError where fewer than :data:`LEAST_FRAMES` frames are common.
    """
    sides = [_by_frame(parsed) for parsed in (first, second)]
    common = sides[0].index.intersection(sides[1].index)
    units = [unit for unit in UNITS if all(unit in side for side in sides)]
    x, y = (side.loc[common, units].to_numpy(np.float64) for side in sides)
    there = np.isfinite(x).all(1) & np.isfinite(y).all(1) if units else np.zeros(len(common), bool)
    if there.sum() < LEAST_FRAMES:
        raise InputError(
            f"The two tables have {there.sum()} frames with a face and the same units in common, and at "
            f"least {LEAST_FRAMES} are needed: are they of the same clip?"
        )
    kinds = [parsed.dialect.unit_kind for parsed in (first, second)]
    rows = [_row(unit, x[there, i], y[there, i], kinds) for i, unit in enumerate(units)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def compare_files(first: Path, second: Path) -> pd.DataFrame:
    """:func:`agreement` of two files; InputError where one cannot be read."""
    contents = []
    for path in (first, second):
        try:
            contents.append(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    parsed = [
        read_instrument(p.name, raw) for p, raw in zip((first, second), contents, strict=True)
    ]
    return agreement(*parsed)


def sentence(rows: pd.DataFrame) -> str:
    """What the rows come to, in words."""
    r = rows["r"].dropna()
    if not len(r):
        return f"Over {rows['frames'].max():,} frames no unit moves enough in both tables to be compared."
    return (
        f"Over {rows['frames'].max():,} frames the two agree with a median r of {r.median():.2f} in "
        f"{len(r)} units that move in both; mean bias {rows['bias'].mean():+.2f}. That is agreement of "
        "instruments, not truth."
    )


def _by_frame(parsed: Parsed) -> pd.DataFrame:
    frames = parsed.frames
    return frames[~frames["frame"].duplicated()].set_index("frame")


def _row(unit: str, x: np.ndarray, y: np.ndarray, kinds: list[str]) -> tuple:
    least = [LEAST_SPREAD * UPPER[kind] / UPPER["intensity"] for kind in kinds]
    moves = x.std() >= least[0] and y.std() >= least[1]
    r = float(np.corrcoef(x, y)[0, 1]) if moves else np.nan
    same_scale = kinds == ["intensity", "intensity"]
    bias = float((x - y).mean()) if same_scale else np.nan
    slope = float(np.polyfit(y, x, 1)[0]) if same_scale and moves else np.nan
    return (unit, len(x), r, bias, slope, float(x.mean()), float(y.mean()))
