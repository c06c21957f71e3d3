"""A turned square of a picture: how it is described and how its pixels are cut out."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from PIL import Image


@dataclass(frozen=True, slots=True)
class Region:
    """A square in picture coordinates (pixels; the corner of the first pixel is (0, 0)).

    ``x, y``: centre.  ``side``: length in pixels.  ``angle``: radians, how far the square's own
    horizontal is turned from the picture's (positive: clockwise as seen).
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2 or 3) in units of the side, (0, 0) to (1, 1), to pixels; a depth is scaled."""
        across, down = np.cos(self.angle) * self.side, np.sin(self.angle) * self.side
        u, v = points[:, 0] - 0.5, points[:, 1] - 0.5
        placed = np.array(points, np.float32) * np.float32(self.side)
        placed[:, 0] = self.x + u * across - v * down
        placed[:, 1] = self.y + u * down + v * across
        return placed


def cut(picture: np.ndarray, region: Region, pixels: int, scale: float = 1.0) -> np.ndarray:
    """The region's content, float32 (pixels, pixels, 3) in 0..255 times ``scale``, upright.

    ``picture`` is uint8 (H, W, 3).  Bilinear; a region larger than ``2 * pixels`` is averaged down
    first, so that nothing aliases.  Outside the picture its edge is repeated.
    """
    height, width = picture.shape[:2]
    across = region.side * math.cos(region.angle)
    down = region.side * math.sin(region.angle)
    reach = (abs(across) + abs(down)) / 2 + 2
    left, right = _bounds(region.x - reach, region.x + reach, width)
    top, bottom = _bounds(region.y - reach, region.y + reach, height)
    window = np.ascontiguousarray(picture[top:bottom, left:right])
    step = max(1, int(region.side // pixels))
    if step > 1:
        window = np.array(Image.fromarray(window).reduce(step))
    missing = [(0, int(length < 2)) for length in window.shape[:2]]
    if max(missing) > (0, 0):
        window = np.pad(window, (*missing, (0, 0)), mode="edge")
    square = np.empty((pixels, pixels, 3), np.float32)
    x, y = (region.x - left) / step, (region.y - top) / step
    _sample(window, x, y, across / step, down / step, scale, square)
    return square


@njit(cache=True, nogil=True, fastmath=True)
def _sample(window, x, y, across, down, scale, square):
    """Fill ``square`` (n, n, 3) from a turned square of ``window`` (h, w, 3), centred on (x, y)."""
    height, width, side = window.shape[0], window.shape[1], len(square)
    values, goal = window.ravel(), square.ravel()
    right, below = 3, 3 * width
    unit, scale = np.float32(1), np.float32(scale)
    for row in range(side):
        v = (row + 0.5) / side - 0.5
        for column in range(side):
            u = (column + 0.5) / side - 0.5
            # the middle of the first pixel is (0.5, 0.5); the last but one is the last with a next
            px = min(max(x + u * across - v * down - 0.5, 0.0), width - 1.0)
            py = min(max(y + u * down + v * across - 0.5, 0.0), height - 1.0)
            left, top = min(int(px), width - 2), min(int(py), height - 2)
            a, b = np.float32(px - left), np.float32(py - top)
            at = top * below + left * right
            to = (row * side + column) * 3
            for channel in range(3):
                upper = (unit - a) * values[at + channel] + a * values[at + right + channel]
                lower = at + below + channel
                goal[to + channel] = scale * (
                    (unit - b) * upper
                    + b * ((unit - a) * values[lower] + a * values[lower + right])
                )


def _bounds(low: float, high: float, length: int) -> tuple[int, int]:
    """The whole pixels from low to high that exist, at least one."""
    first = min(max(int(np.floor(low)), 0), length - 1)
    return first, max(min(int(np.ceil(high)), length), first + 1)
