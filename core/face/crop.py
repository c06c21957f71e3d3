"""The square that a face is judged and coded in: framed as FER2013 frames its faces, eyes level."""

import numpy as np

from core.errors import InputError
from core.face.landmarks import Face, find_faces
from core.face.regions import Region, cut
from core.recognition import centre_square

FACE_PIXELS = 64
_SIDE = 1.07
_LIFT = 0.055
"""Medians over FER2013's validation faces: the side of its pictures in units of the landmarks' longer
side, and how far above the landmarks' middle (in sides) the picture's middle lies."""


def face_square(face: Face, *, margin: float = 0.0, level: bool = True) -> Region:
    """The square around a face, in pixels of its picture; parts of it may lie outside.

    ``margin`` widens it on every side, in parts of the side (0.25 shows hair and neck).  With
    ``level`` it is turned so that the eyes are level.
    """
    angle = face.region.angle if level else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = face.landmarks[:, :2] @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    side = _SIDE * float((high - low).max())
    middle = turn @ ((low + high) / 2 - (0, _LIFT * side))
    return Region(float(middle[0]), float(middle[1]), side * (1 + 2 * margin), angle)


def crop_face(
    picture: np.ndarray,
    face: Face,
    pixels: int = FACE_PIXELS,
    *,
    margin: float = 0.0,
    level: bool = True,
) -> np.ndarray:
    """The face's square, uint8 (pixels, pixels, 3), from a picture uint8 (H, W, 3).

    Beyond the picture its edge is repeated.
    """
    square = face_square(face, margin=margin, level=level)
    return np.rint(cut(picture, square, pixels)).clip(0, 255).astype(np.uint8)


def face_or_middle(picture: np.ndarray, pixels: int = FACE_PIXELS) -> np.ndarray:
    """The largest face's square, uint8 (pixels, pixels, 3); the middle where none is found, or can be.

    The middle has the size of the picture's shorter side.
    """
    try:
        faces = find_faces(picture)
    except InputError:  # the face finder is not installed
        faces = []
    return crop_face(picture, faces[0], pixels) if faces else centre_square(picture, pixels)
