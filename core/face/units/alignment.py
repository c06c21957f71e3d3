"""A face brought to a common place: landmarks without pose and size, and a level grey crop."""

from functools import lru_cache

import numpy as np

from core.face.bundle import canonical_face
from core.face.regions import Region, cut

CROP = 112
"""Pixels a side of a crop."""

RIGID = np.array(
    [10, 109, 338, 67, 297, 54, 284, 21, 251, 162, 389, 127, 356, 234, 454, 33, 263, 133, 362, 168,
     6, 197, 195, 5, 4, 1, 98, 327, 2]
)  # fmt: skip
"""Landmarks that move little with the expression: forehead's edge, temples, eye corners, nose."""

_OUTER_EYES = [33, 263]
_INNER_EYES = [133, 362]
_MESH = 468
_BELOW_EYES, _SIDE = 0.47, 2.1


@lru_cache(maxsize=1)
def reference() -> np.ndarray:
    """The canonical face (468, 3) in centimetres: x to the picture's right, y up, z to the viewer."""
    return canonical_face().vertices.astype(np.float64)


def align(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (F, 478, 3) in pixels -> the place and size of the canonical face, centimetres.

    A least-squares similarity in 3-D over the rigid landmarks (Umeyama 1991): pose, distance and
    place of the head are gone.  A frame with NaN stays NaN.
    """
    points = np.asarray(landmarks, np.float64) * (1, -1, -1)
    aligned = np.full(points.shape, np.nan)
    there = np.isfinite(points).all((1, 2))
    points = points[there]
    rigid, goal = points[:, RIGID], reference()[RIGID]
    middle, goal_middle = rigid.mean(1, keepdims=True), goal.mean(0)
    centred = rigid - middle
    u, s, vt = np.linalg.svd(np.einsum("fnc,nd->fcd", centred, goal - goal_middle))
    flip = np.ones((len(points), 3))
    flip[np.linalg.det(u) * np.linalg.det(vt) < 0, 2] = -1
    turn = (u * flip[:, None]) @ vt
    scale = (s * flip).sum(1) / (centred**2).sum((1, 2))
    aligned[there] = scale[:, None, None] * ((points - middle) @ turn) + goal_middle
    return aligned.astype(np.float32)


@lru_cache(maxsize=1)
def mirror_order() -> np.ndarray:
    """(478,) for every landmark the one on the other side of the face."""
    mesh = reference()
    distance = np.linalg.norm(mesh[:, None] * (-1, 1, 1) - mesh[None], axis=2)
    iris = [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    return np.concatenate([distance.argmin(1), iris])


def mirror(aligned: np.ndarray) -> np.ndarray:
    """Aligned landmarks (F, 478, 3) of the face seen in a mirror."""
    return aligned[:, mirror_order()] * np.array([-1, 1, 1], np.float32)


def crop_region(landmarks: np.ndarray) -> Region:
    """The level square, brows to chin, of a face with landmarks (478, 3).

    It hangs on the corners of the eyes, which expressions leave in place.
    """
    corners = landmarks[[*_OUTER_EYES, *_INNER_EYES]].reshape(2, 2, 3).mean(0)
    left, right = corners[:, :2]
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    apart = float(np.linalg.norm(landmarks[_OUTER_EYES[1]] - landmarks[_OUTER_EYES[0]]))
    middle = (left + right) / 2
    x = middle[0] - np.sin(angle) * _BELOW_EYES * apart
    y = middle[1] + np.cos(angle) * _BELOW_EYES * apart
    return Region(float(x), float(y), _SIDE * apart, angle)


def crop(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The face of ``picture``, uint8 (H, W, 3), as a grey crop uint8 (CROP, CROP)."""
    grey = cut(picture, crop_region(landmarks), CROP) @ np.float32([0.299, 0.587, 0.114])
    return np.clip(grey + 0.5, 0, 255).astype(np.uint8)
