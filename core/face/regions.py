"""A turned square of a picture: how it is described and how its pixels are cut out."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn import functional


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


def cut(picture: np.ndarray, region: Region, pixels: int) -> np.ndarray:
    """The region's content, float32 (pixels, pixels, 3) in 0..255, upright.

    ``picture`` is uint8 (H, W, 3).  Bilinear; a region larger than ``2 * pixels`` is averaged down
    first, so that nothing aliases.  Outside the picture its edge is repeated.
    """
    height, width = picture.shape[:2]
    across = region.side * math.cos(region.angle)
    down = region.side * math.sin(region.angle)
    reach = (abs(across) + abs(down)) / 2 + 2
    left, right = _bounds(region.x - reach, region.x + reach, width)
    top, bottom = _bounds(region.y - reach, region.y + reach, height)
    window = np.array(picture[top:bottom, left:right])
    step = max(1, int(region.side // pixels))
    if step > 1:
        window = np.array(Image.fromarray(window).reduce(step))
    wide, high = window.shape[1] * step, window.shape[0] * step
    # where each pixel of the cut lies in the window, from -1 to 1 (built by axes: affine_grid is slow)
    steps = (torch.arange(pixels) + 0.5) / pixels - 0.5
    u, v = steps[None, :], steps[:, None]
    grid = torch.empty(1, pixels, pixels, 2)
    grid[0, ..., 0] = (across * u + (region.x - left - wide / 2) - down * v) * (2 / wide)
    grid[0, ..., 1] = (down * u + (region.y - top - high / 2) + across * v) * (2 / high)
    # channels stay last in memory: several times faster, and what the models read
    source = torch.from_numpy(window).permute(2, 0, 1)[None].float()
    turned = functional.grid_sample(source, grid, padding_mode="border", align_corners=False)
    return turned[0].permute(1, 2, 0).numpy()


def _bounds(low: float, high: float, length: int) -> tuple[int, int]:
    """The whole pixels from low to high that exist, at least one."""
    first = min(max(int(np.floor(low)), 0), length - 1)
    return first, max(min(int(np.ceil(high)), length), first + 1)
