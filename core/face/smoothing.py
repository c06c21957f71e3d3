"""Savitzky-Golay smoothing of units over time: asked for, stated in the table, never done silently."""

import numpy as np
import pandas as pd
from scipy.signal import savgol_filter

from core.errors import InputError
from core.face.columns import LONGEST_SMOOTHING, SHORTEST_SMOOTHING, SIDES
from core.facs import MAX_INTENSITY, UNITS

ORDER = 2
"""Degree of the polynomial: a parabola keeps the height of a short smile, a mean does not."""
STATED = "smoothing"
"""Column that says over how many seconds the units of a table were smoothed."""


def smooth(table: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """The table with units and sides smoothed over a window of ``seconds``, and a column that says so.

    ``table``: of :class:`core.face.series.Series`.  A parabola is fitted to each window (Savitzky and
    Golay 1964) of a stretch of measured frames of one track; stretches shorter than the window stay
    as they are, and what was not measured stays NaN.  Values stay within 0..5.  Raises InputError
    for a window outside 0.05 to 5 s.
    """
    if not SHORTEST_SMOOTHING <= seconds <= LONGEST_SMOOTHING:
        raise InputError(
            f"A smoothing window of {seconds:g} s is not between {SHORTEST_SMOOTHING:g} and "
            f"{LONGEST_SMOOTHING:g} s."
        )
    names = [name for name in (*UNITS, *SIDES) if name in table]
    values = table[names].to_numpy(float, copy=True)
    frames = window_frames(table["time"].to_numpy(float), seconds)
    for stretch in _stretches(table, values):
        if len(stretch) >= frames > ORDER:
            smoothed = savgol_filter(values[stretch], frames, ORDER, axis=0)
            values[stretch] = np.clip(smoothed, 0, MAX_INTENSITY)
    smoothed = table.assign(**dict(zip(names, values.T.astype(np.float32), strict=True)))
    return smoothed.assign(**{STATED: float(seconds)})


def window_frames(times: np.ndarray, seconds: float) -> int:
    """The odd number of frames next to ``seconds``, at least 1."""
    steps = np.diff(times)
    steps = steps[steps > 0]
    if not len(steps):
        return 1
    return 2 * round(seconds / float(np.median(steps)) / 2 - 0.5) + 1


def _stretches(table: pd.DataFrame, values: np.ndarray) -> list[np.ndarray]:
    """Rows of each stretch of measured frames without a gap and within one track."""
    there = np.isfinite(values).all(1)
    track = table["track"].to_numpy(float) if "track" in table else np.zeros(len(table))
    rows = np.flatnonzero(there)
    if not len(rows):
        return []
    breaks = (np.diff(rows) > 1) | (np.diff(track[rows]) != 0)
    return np.split(rows, np.flatnonzero(breaks) + 1)
