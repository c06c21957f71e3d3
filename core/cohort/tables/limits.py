"""Limits of quality: which frames of a table count, by how the face was seen."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InputError

QUALITIES: dict[str, tuple[str, ...]] = {
    "confidence": ("confidence",),
    "presence": ("presence",),
    "face_width": ("face_width",),
    "sharpness": ("sharpness",),
    "occlusion": ("occlusion",),
    "yaw": ("pose_Ry",),
    "pitch": ("pose_Rx",),
    "roll": ("pose_Rz",),
}
"""Quality -> the columns of a table that hold it, the first that is there."""
ANGLES = ("yaw", "pitch", "roll")
"""Given in degrees to either side; tables hold radians."""
_WRITTEN = re.compile(r"\s*(\w+)\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Limit:
    """A frame counts where ``quality`` is at least ``value``, or at most it (``most``)."""

    quality: str
    value: float
    most: bool = False

    def __str__(self) -> str:
        return f"{self.quality}{'<=' if self.most else '>='}{self.value:g}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a table that may hold the quality."""
        return QUALITIES[self.quality]

    def kept(self, table: pd.DataFrame) -> np.ndarray | None:
        """(n,) True where a row counts; an unknown value does not.  None without the column."""
        column = next((c for c in self.columns if c in table), None)
        if column is None:
            return None
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
        if self.quality in ANGLES:
            values = np.abs(np.rad2deg(values))
        return values <= self.value if self.most else values >= self.value


def read_limit(text: str) -> Limit:
    """``face_width>=60`` -> Limit.  Raises InputError for anything else, with what is known."""
    match = _WRITTEN.fullmatch(text)
    if match is None or match[1] not in QUALITIES:
        raise InputError(
            f"{text!r} is no limit of quality: write NAME>=VALUE or NAME<=VALUE, NAME one of "
            f"{', '.join(QUALITIES)} (angles in degrees), such as face_width>=60 or yaw<=30."
        )
    return Limit(match[1], float(match[3]), match[2] == "<=")


def read_limits(text: str) -> tuple[str, ...]:
    """Several limits, parted by commas or blanks, each as it is written best; none for an empty text."""
    return tuple(str(read_limit(part)) for part in re.split(r"[,;\s]+", text.strip()) if part)
