"""Landmarks drawn on the picture that they were found in, and the face that a table's box holds."""

import numpy as np
from PIL import Image, ImageDraw

from core.face.landmarks import Face, Landmarker
from core.face.regions import Region

_LINES = (
    "70 63 105 66 107", "336 296 334 293 300",  # brows
    "33 7 163 144 145 153 154 155 133 173 157 158 159 160 161 246 33",
    "263 249 390 373 374 380 381 382 362 398 384 385 386 387 388 466 263",
    "61 146 91 181 84 17 314 405 321 375 291 409 270 269 267 0 37 39 40 185 61",
    "78 95 88 178 87 14 317 402 318 324 308 415 310 311 312 13 82 81 80 191 78",
    "10 338 297 332 284 251 389 356 454 323 361 288 397 365 379 378 400 377 152 148 176 149 150 136 "
    "172 58 132 93 234 127 162 21 54 103 67 109 10",
)  # fmt: skip
"""Landmarks along brows, eyes, lips and the oval of the face."""
_DOT, _LINE, _SHADE = (120, 210, 255), (0, 190, 255), (0, 30, 60)
_EXPANSION = 1.5


def face_in(
    landmarker: Landmarker, picture: np.ndarray, box: tuple[float, float, float, float]
) -> Face:
    """The face in a ``box`` (left, top, right, bottom; pixels) of a picture, as a table keeps it.

    Looked for twice, the second time with the eyes level.
    """
    left, top, right, bottom = box
    side = _EXPANSION * max(right - left, bottom - top)
    first = landmarker.measure(picture, Region((left + right) / 2, (top + bottom) / 2, side, 0.0))
    return landmarker.measure(picture, first.region)


def draw_landmarks(picture: np.ndarray, landmarks: np.ndarray | None, width: int) -> np.ndarray:
    """The picture, at most ``width`` wide, uint8 (h, w, 3), with its landmarks (478, 3) if any."""
    scale = min(1.0, width / picture.shape[1])
    size = tuple(max(1, round(scale * side)) for side in picture.shape[1::-1])
    image = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)
    if landmarks is None:
        return np.asarray(image)
    points = landmarks[:, :2] * scale
    pen = ImageDraw.Draw(image)
    thick = max(1, round(float(np.ptp(points[:, 0])) / 160))
    for line in _LINES:
        corners = [tuple(map(float, points[int(i)])) for i in line.split()]
        pen.line(corners, fill=_SHADE, width=thick + 2, joint="curve")
        pen.line(corners, fill=_LINE, width=thick, joint="curve")
    reach = 0.5 * thick
    for x, y in points[:468]:
        pen.ellipse([x - reach, y - reach, x + reach, y + reach], fill=_DOT)
    return np.asarray(image)


def portrait(
    picture: np.ndarray,
    box: tuple[float, float, float, float],
    side: int = 160,
    colour: str | None = None,
) -> np.ndarray:
    """The face in a box with some room around it, uint8 (side, side, 3); edges are repeated.

    ``colour`` (#rrggbb) underlines it.
    """
    left, top, right, bottom = box
    half = max(right - left, bottom - top) * 0.65
    x, y = (left + right) / 2, (top + bottom) / 2
    corners = (x - half, y - half, x + half, y + half)
    height, width = picture.shape[:2]
    margin = int(max(0, -min(corners), corners[2] - width, corners[3] - height)) + 1
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    cut = Image.fromarray(padded).crop([round(corner + margin) for corner in corners])
    face = cut.resize((side, side), Image.Resampling.LANCZOS)
    if colour is not None:
        ImageDraw.Draw(face).rectangle([0, side - side // 16, side, side], fill=colour)
    return np.asarray(face)
