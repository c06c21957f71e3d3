"""Where faces are: the short-range BlazeFace detector of the landmarker bundle.

Anchors, decoding and weighted non-maximum suppression follow MediaPipe's published face detector
graph (Bazarevsky et al. 2019, arXiv 1907.05047).
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.face.bundle import contents
from core.face.regions import Region
from core.litert import Model

SIDE = 128
LEAST_SCORE = 0.5
_OVERLAP = 0.3
_EXPANSION = 1.5
_GRIDS = ((16, 2), (8, 6))
"""Cells a side and anchors a cell of the two feature maps."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A face as the detector sees it.

    ``box`` (4,): left, top, right, bottom.  ``keypoints`` (6, 2): eyes (the left one in the picture
    first), nose, mouth, ears; all in pixels.  ``score``: 0..1.
    """

    box: np.ndarray
    keypoints: np.ndarray
    score: float

    @property
    def middle(self) -> np.ndarray:
        """(2,) the middle of the box."""
        return (self.box[:2] + self.box[2:]) / 2

    @property
    def region(self) -> Region:
        """The square in which to look for landmarks, turned so that the eyes are level."""
        left, top, right, bottom = self.box
        (x0, y0), (x1, y1) = self.keypoints[:2]
        side = _EXPANSION * max(right - left, bottom - top)
        angle = float(np.arctan2(y1 - y0, x1 - x0))
        return Region(float(left + right) / 2, float(top + bottom) / 2, float(side), angle)

    def moved(self, x: float, y: float) -> "Detection":
        """The same face, its coordinates counted from another corner."""
        return Detection(np.add(self.box, (x, y, x, y)), np.add(self.keypoints, (x, y)), self.score)


class Detector:
    """Finds faces in pictures; not to be shared between threads."""

    def __init__(self) -> None:
        self._model = Model(contents()["face_detector.tflite"])
        self._anchors = _anchors()

    def __call__(self, picture: np.ndarray, least: float = LEAST_SCORE) -> list[Detection]:
        """The faces of a picture, uint8 (H, W, 3), best score first.

        A face narrower than about a tenth of the picture's longer side is not found.
        """
        height, width = picture.shape[:2]
        scale = SIDE / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = Image.fromarray(np.ascontiguousarray(picture)).resize(
            size, Image.Resampling.BILINEAR, reducing_gap=2.0
        )
        x, y = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
        seen = self._model.input
        seen[:] = -1.0
        np.multiply(small, np.float32(1 / 127.5), out=seen[0, y : y + size[1], x : x + size[0]])
        seen[0, y : y + size[1], x : x + size[0]] -= 1.0
        places, logits = self._model.run()
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -50, 50)))
        likely = np.flatnonzero(scores >= least)
        points = places[0, likely].reshape(-1, 8, 2) / SIDE
        centre, extent = points[:, 0] + self._anchors[likely], points[:, 1]
        keypoints = points[:, 2:] + self._anchors[likely, None]
        corners = np.stack([centre - extent / 2, centre + extent / 2], axis=1)
        everything = np.concatenate([corners, keypoints], axis=1)
        per_pixel = np.array([width / size[0], height / size[1]])
        pixels = (everything * SIDE - (x, y)) * per_pixel
        return _suppress(pixels, scores[likely])

    def search(self, picture: np.ndarray) -> list[Detection]:
        """Small faces too: the picture, then overlapping tiles of a half and a quarter of its side.

        About 50 times the work of one call.  A face may be reported more than once.
        """
        height, width = picture.shape[:2]
        detections = self(picture)
        for tile in (max(height, width) // 2, max(height, width) // 4):
            if tile < 1.5 * SIDE:
                break
            for top in _starts(height, tile):
                for left in _starts(width, tile):
                    part = picture[top : top + tile, left : left + tile]
                    detections += [face.moved(left, top) for face in self(part)]
        return detections


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles that overlap by half begin, so that they cover a length."""
    last = max(0, length - tile)
    return sorted({*range(0, last, max(1, tile // 2)), last})


def _anchors() -> np.ndarray:
    """Centres (896, 2) of the anchors, 0..1, in the order of the model's outputs."""
    centres = []
    for cells, repeats in _GRIDS:
        row, column = np.divmod(np.arange(cells * cells), cells)
        grid = np.stack([column + 0.5, row + 0.5], axis=1) / cells
        centres.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)


def _suppress(points: np.ndarray, scores: np.ndarray) -> list[Detection]:
    """Merge overlapping candidates (n, 8, 2) into their means, weighted by score."""
    detections = []
    order = np.argsort(-scores, kind="stable")
    while len(order):
        overlap = _overlaps(points[order[0], :2].ravel(), points[order, :2].reshape(-1, 4))
        same = overlap > _OVERLAP
        same[0] = True
        group = order[same]
        mean = np.average(points[group], axis=0, weights=scores[group])
        detections.append(Detection(mean[:2].ravel(), mean[2:], float(scores[group[0]])))
        order = order[~same]
    return detections


def _overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with many (n, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    return shared / np.maximum(areas + np.prod(np.clip(box[2:] - box[:2], 0, None)) - shared, 1e-9)
