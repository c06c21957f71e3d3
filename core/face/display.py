"""From a picture as it is stored to the picture that a player shows: square pixels, upright, one size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

_ODDEST_PIXEL = 8.0
"""Pixels that claim to be longer than this are a broken header, not a format."""


@dataclass(frozen=True, slots=True)
class Display:
    """How the pictures of one video are shown; made from its first frame by :func:`display_of`.

    ``stored``: height and width of the first picture in the file.  ``aspect``: width of a stored
    pixel in its heights.  ``rotation``: degrees by which a player turns it, counter-clockwise.
    ``matrix`` (2, 2): from stored to shown directions, quarter turns and mirrors only.
    """

    stored: tuple[int, int]
    aspect: float
    rotation: int
    matrix: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width as shown."""
        height, width = _square(*self.stored, self.aspect)
        return (width, height) if self.matrix[0, 0] == 0 else (height, width)

    def fits(self, frame) -> bool:
        """Whether a decoded frame is stored as the first one was."""
        return (frame.height, frame.width) == self.stored and frame.rotation == self.rotation

    def picture(self, frame) -> np.ndarray:
        """A decoded frame (PyAV) as it is shown, uint8 (H, W, 3) of :attr:`shape`.

        One of another size is scaled to fit, its sides kept in proportion; what is left over is
        filled with its edge.
        """
        height, width = _square(frame.height, frame.width, self.aspect)
        stored = frame.to_ndarray(format="rgb24", width=width, height=height)
        if self.fits(frame):
            return _upright(stored, self.matrix)
        return _fitted(_upright(stored, _matrix(frame)), self.shape)


def display_of(frame, aspect: float) -> Display:
    """How the video is shown whose first decoded frame (PyAV) this is.

    ``aspect``: width of a stored pixel in its heights, from :func:`pixel_aspect`.  Asking a frame for
    its side data keeps its picture alive until a garbage collection, so only the first is asked.
    """
    return Display((frame.height, frame.width), aspect, int(frame.rotation), _matrix(frame))


def pixel_aspect(stream) -> float:
    """Width over height of a stored pixel by the container; 1 where it says nothing sensible."""
    ratio = float(stream.sample_aspect_ratio or 1)
    return ratio if 1 / _ODDEST_PIXEL <= ratio <= _ODDEST_PIXEL else 1.0


def _square(height: int, width: int, aspect: float) -> tuple[int, int]:
    """The size with square pixels: one side is stretched, so that nothing recorded is lost."""
    return (round(height / aspect), width) if aspect < 1 else (height, round(width * aspect))


def _fitted(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A picture in the middle of one of another shape (height, width)."""
    height, width = picture.shape[:2]
    scale = min(shape[0] / height, shape[1] / width)
    size = [max(1, round(side * scale)) for side in (height, width)]
    part = np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BILINEAR))
    over = [most - side for most, side in zip(shape, size, strict=True)]
    margins = [(pixels // 2, pixels - pixels // 2) for pixels in over]
    return np.pad(part, (*margins, (0, 0)), mode="edge")


def _matrix(frame) -> np.ndarray:
    """The display matrix (2, 2) from stored to shown pixels, to the nearest quarter turn.

    Side data that PyAV does not know (EXIF in Motion JPEG) hides the matrix; the angle is still told.
    """
    try:
        contents = [bytes(side) for side in frame.side_data if side.type.name == "DISPLAYMATRIX"]
    except ValueError:
        return _turned(frame.rotation)
    for content in contents:
        a, b, _, c, d, *_ = np.frombuffer(content, "<i4")
        matrix = np.array([[a, c], [b, d]]) / 65536
        if abs(matrix).max() > 0:
            quarter = np.rint(matrix / abs(matrix).max()).astype(int)
            if abs(quarter).sum() == 2 and abs(np.linalg.det(quarter)) == 1:
                return quarter
    return np.eye(2, dtype=int)


def _turned(degrees: int) -> np.ndarray:
    """The matrix of a turn by the nearest quarter, counter-clockwise as players turn pictures."""
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[round(degrees / 90) % 4]
    return np.array([[cosine, sine], [-sine, cosine]])


def _upright(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A stored picture turned and mirrored by quarter turns as the display matrix asks."""
    (a, c), (b, d) = matrix
    if a == 0:
        return np.ascontiguousarray(picture.transpose(1, 0, 2)[::b, ::c])
    return picture if (a, d) == (1, 1) else np.ascontiguousarray(picture[::d, ::a])
