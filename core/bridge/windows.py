"""The square of each frame that is coded: one size for the whole clip, following the face.

Its corners are whole pixels and it is never turned, so that cutting and pasting alone change nothing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from core.errors import InputError
from core.face.series import BOX

_AROUND = 1.35
"""Side of the square in units of the face's longer side: forehead, chin and some room."""
_GRID = 16


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """``side``: pixels of the square; ``corners`` (F, 2): its row and column, -1 without a face."""

    side: int
    corners: np.ndarray

    def has_face(self, frame: int) -> bool:
        """Whether anything is coded in the frame at this place of the series."""
        return bool(self.corners[frame, 0] >= 0)

    def cut(self, picture: np.ndarray, frame: int, pixels: int) -> np.ndarray:
        """The square, uint8 (pixels, pixels, 3), out of a frame, uint8 (H, W, 3)."""
        row, column = self.corners[frame]
        return _at(picture[row : row + self.side, column : column + self.side], pixels)

    def paste(self, picture: np.ndarray, coded: np.ndarray, frame: int) -> np.ndarray:
        """A copy of the frame with the decoded square in its place."""
        row, column = self.corners[frame]
        pasted = picture.copy()
        pasted[row : row + self.side, column : column + self.side] = _at(coded, self.side)
        return pasted


def follow(table: pd.DataFrame, height: int, width: int) -> Windows:
    """The windows of a measured series (``face_left`` .. in pixels, NaN without a face).

    The side fits the largest face of the clip, in steps of 16 pixels, and the picture.  Raises
    InputError where no frame shows a face.
    """
    left, top, right, bottom = table[list(BOX)].to_numpy(np.float64).T
    longer = np.maximum(right - left, bottom - top)
    if not np.isfinite(longer).any():
        raise InputError("no face was found in it, so there is nothing to code.")
    most = min(height, width) // _GRID * _GRID
    if most < _GRID:
        raise InputError(f"its pictures of {width} x {height} pixels are too small to be coded.")
    side = int(min(most, -(-_AROUND * np.nanmax(longer) // _GRID) * _GRID))
    middle = np.column_stack([(top + bottom) / 2, (left + right) / 2])
    corners = np.clip(np.rint(middle - side / 2), 0, (height - side, width - side))
    return Windows(side, np.where(np.isfinite(corners), corners, -1).astype(int))


def _at(picture: np.ndarray, pixels: int) -> np.ndarray:
    if picture.shape[0] == pixels:
        return np.ascontiguousarray(picture)
    resized = Image.fromarray(picture).resize((pixels, pixels), Image.Resampling.LANCZOS)
    return np.asarray(resized)
