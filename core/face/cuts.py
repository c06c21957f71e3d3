"""Where a film goes over to another scene: consecutive pictures that have little in common."""

import numpy as np

_ROWS = 48
_BLOCK = 3
_LEAST = 12.0
_TIMES_USUAL = 4.0
"""A cut changes the picture by at least 12 of 255 levels and by four times what movement did before;
moving faces and hand-held cameras stay under 6."""
_REPLACED = 16.0


class SceneCuts:
    """Tells for each picture of a film whether a new scene begins with it.

    Looks at about 1,000 pixels of the green channel, averaged in blocks, so it costs next to nothing.
    """

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._changes: np.ndarray | None = None
        self._size = (1, 1)
        self._usual = 0.0

    def begins(self, picture: np.ndarray) -> bool:
        """Whether a scene begins with the next picture, uint8 (H, W, 3); the first begins none."""
        small = _small(picture)
        before, self._before = self._before, small
        self._size, self._changes = picture.shape[:2], None
        if before is None or before.shape != small.shape:
            return False
        self._changes = np.abs(small - before)
        change = float(self._changes.mean())
        if change > max(_LEAST, _TIMES_USUAL * self._usual):
            return True
        self._usual = 0.8 * self._usual + 0.2 * change
        return False

    def replaced(self, box: tuple[float, float, float, float]) -> bool:
        """Whether what lay in a box (left, top, right, bottom; pixels) became something else with
        the last picture, as when another person sits there; moving faces change a quarter as much.
        """
        if self._changes is None:
            return False
        rows, columns = self._changes.shape
        down, across = rows / self._size[0], columns / self._size[1]
        left, top, right, bottom = box
        part = self._changes[
            max(0, int(top * down)) : max(1, int(bottom * down) + 1),
            max(0, int(left * across)) : max(1, int(right * across) + 1),
        ]
        return bool(part.size and part.mean() > max(_REPLACED, _TIMES_USUAL * self._usual))


def _small(picture: np.ndarray) -> np.ndarray:
    """The picture in about 16 rows of block means, float32."""
    step = max(1, min(picture.shape[:2]) // _ROWS)
    green = picture[step // 2 :: step, step // 2 :: step, 1].astype(np.float32)
    rows, columns = (max(1, side // _BLOCK) for side in green.shape)
    if min(green.shape) < _BLOCK:
        return green
    whole = green[: rows * _BLOCK, : columns * _BLOCK]
    return whole.reshape(rows, _BLOCK, columns, _BLOCK).mean((1, 3))
