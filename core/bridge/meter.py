"""What a stored recording does to the action units, and what measuring twice does to them anyway."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.bridge.drift import LEAST_SPREAD
from core.face.landmarks import Landmarker
from core.face.series import DEFAULT_CUTOFF, Rows
from core.face.tracking import FaceTracker
from core.face.video import Frame, open_video
from core.facs import UNITS
from core.progress import Progress

REFERENCE_COLUMNS = ("frame", "time", "success", "confidence", "face_width", *UNITS)
"""Columns of a measured recording that the comparison needs."""

DISTURBANCES = ("mirrored", "shifted by a pixel", "half a frame later")
"""Ways to measure a recording twice without storing it anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How a stored recording agrees with the original.

    ``units``: one row a unit (index): ``r``, correlation over time, NaN where the original hardly
    moves; ``change``, mean absolute difference in intensities 0..5; ``spread``, the original's
    standard deviation.  ``faces``: frames of the original with a face; ``lost``: those of them whose
    moment shows no face in the stored recording.
    """

    units: pd.DataFrame
    faces: int
    lost: int

    @property
    def lost_share(self) -> float:
        """Of the original's faces, 0..1; NaN without any."""
        return self.lost / self.faces if self.faces else float("nan")


def measure_recording(path: Path, progress: Progress | None = None) -> pd.DataFrame:
    """The units of every frame: the columns of :data:`REFERENCE_COLUMNS`; NaN without a face.

    Raises InputError for a file that is no video.
    """
    return _measured(path, None, progress)


def measure_again(
    path: Path, disturbance: str, reference: pd.DataFrame, progress: Progress | None = None
) -> pd.DataFrame:
    """The original measured a second time, under one of :data:`DISTURBANCES`."""
    if disturbance == "half a frame later":
        return _half_a_frame_later(reference)
    return _measured(path, disturbance, progress)


def agreement(reference: pd.DataFrame, stored: pd.DataFrame) -> Agreement:
    """Compare two measurements of one recording, both as :func:`measure_recording` gives them.

    At every frame of the original the stored series is read between its own frames, on a straight
    line: what a lower frame rate leaves out counts as change.  A moment is lost where the nearest
    stored frame shows no face.
    """
    there = reference["success"].to_numpy(bool)
    times = reference["time"].to_numpy(float)
    seen = stored["success"].to_numpy(bool)
    at = stored["time"].to_numpy(float)
    lost = there & ~(_nearest(at, seen, times) if len(at) else np.zeros(len(times), bool))
    both = there & ~lost
    rows = []
    for unit in UNITS:
        x = reference[unit].to_numpy(float)
        y = np.full(len(x), np.nan)
        if seen.any():
            y = np.interp(times, at[seen], stored[unit].to_numpy(float)[seen])
        spread = float(np.nanstd(x[there])) if np.isfinite(x[there]).any() else np.nan
        used = both & np.isfinite(x) & np.isfinite(y)
        r = np.nan
        if used.sum() > 2 and spread >= LEAST_SPREAD and np.ptp(x[used]) > 0:
            moves = np.ptp(y[used]) > 0
            r = float(np.corrcoef(x[used], y[used])[0, 1]) if moves else 0.0
        change = float(np.abs(x - y)[used].mean()) if used.any() else np.nan
        rows.append({"unit": unit, "r": r, "change": change, "spread": spread})
    return Agreement(pd.DataFrame(rows).set_index("unit"), int(there.sum()), int(lost.sum()))


def noise(path: Path, reference: pd.DataFrame, progress: Progress | None = None) -> pd.DataFrame:
    """What measuring twice does: a row a unit and disturbance: ``disturbance, unit, r, change``."""
    parts = []
    for disturbance in DISTURBANCES:
        again = measure_again(path, disturbance, reference, progress)
        units = agreement(reference, again).units[["r", "change"]].reset_index()
        parts.append(units.assign(disturbance=disturbance))
    return pd.concat(parts, ignore_index=True)


def largest_noise(noises: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Over clips and disturbances, a row a unit (index): the least ``r``, the largest ``change``."""
    table = pd.concat(noises, ignore_index=True).groupby("unit")
    return pd.DataFrame({"r": table["r"].min(), "change": table["change"].max()}).reindex(
        list(UNITS)
    )


def _measured(path: Path, disturbance: str | None, progress: Progress | None) -> pd.DataFrame:
    tracker = FaceTracker(Landmarker(blendshapes=False))
    with open_video(path) as video, Rows(emotions=False) as rows:
        for frame in _disturbed(video, disturbance):
            rows.add(frame, tracker, DEFAULT_CUTOFF)
            if progress is not None:
                done = frame.number + 1
                progress(done, max(done, video.facts.expected or 0), f"measuring {path.name}")
        return rows.table(video.doubtful)[list(REFERENCE_COLUMNS)]


def _disturbed(frames, disturbance: str | None) -> Iterator[Frame]:
    for frame in frames:
        picture = frame.picture
        if disturbance == "mirrored":
            picture = np.ascontiguousarray(picture[:, ::-1])
        elif disturbance == "shifted by a pixel":
            picture = np.ascontiguousarray(np.roll(picture, 1, axis=1))
        yield frame if disturbance is None else replace(frame, picture=picture)


def _half_a_frame_later(reference: pd.DataFrame) -> pd.DataFrame:
    """The series as if every picture had been taken half a frame later: between its neighbours."""
    times = reference["time"].to_numpy(float)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    moved = reference.copy()
    seen = reference["success"].to_numpy(bool)
    for unit in UNITS:
        values = reference[unit].to_numpy(float)
        if seen.any():
            later = np.interp(times + step / 2, times[seen], values[seen])
            moved[unit] = np.where(seen, later, np.nan)
    return moved


def _nearest(at: np.ndarray, seen: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Whether the frame nearest to each of ``times`` shows a face; ``at`` rises."""
    right = np.clip(np.searchsorted(at, times), 0, len(at) - 1)
    left = np.clip(right - 1, 0, len(at) - 1)
    nearest = np.where(times - at[left] <= at[right] - times, left, right)
    return seen[nearest]
