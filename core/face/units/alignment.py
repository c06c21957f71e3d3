"""A face brought to a common place: landmarks without pose and size, and a level grey crop."""

import numpy as np

from core.face.regions import Region, cut

CROP = 112
"""Pixels a side of a crop."""

RIGID = np.array(
    [10, 109, 338, 67, 297, 54, 284, 21, 251, 162, 389, 127, 356, 234, 454, 33, 263, 133, 362]
    + [168, 6, 197, 195, 5, 4, 1, 98, 327, 2]
)
"""Landmarks that move little with the expression: forehead's edge, temples, eye corners, nose."""

_OUTER_EYES = (33, 263)
_INNER_EYES = (133, 362)
_BELOW_EYES, _SIDE = 0.47, 2.1


def align(landmarks: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Landmarks (F, 478, 3) turned, moved and scaled onto ``reference`` (478, 3) by the rigid ones.

    A least-squares similarity in 3-D (Umeyama 1991).  The result is in units of the reference; a
    frame with NaN stays NaN.
    """
    landmarks = np.asarray(landmarks, np.float64)
    aligned = np.full(landmarks.shape, np.nan)
    there = np.isfinite(landmarks).all((1, 2))
    points, goal = landmarks[there][:, RIGID], reference[RIGID]
    middle, goal_middle = points.mean(1, keepdims=True), goal.mean(0)
    centred, goal = points - middle, goal - goal_middle
    u, s, vt = np.linalg.svd(np.einsum("fnc,nd->fcd", centred, goal))
    mirrored = np.linalg.det(u) * np.linalg.det(vt) < 0
    flip = np.ones((len(points), 3))
    flip[mirrored, 2] = -1
    turn = (u * flip[:, None]) @ vt
    scale = (s * flip).sum(1) / (centred**2).sum((1, 2))
    aligned[there] = scale[:, None, None] * ((landmarks[there] - middle) @ turn) + goal_middle
    return aligned.astype(np.float32)


def normalise(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (n, 3) centred between the eyes, y up, in units of the distance of the eye corners."""
    eyes = landmarks[list(_OUTER_EYES)]
    scaled = (landmarks - eyes.mean(0)) / np.linalg.norm(eyes[0] - eyes[1])
    return scaled * np.array([1, -1, -1], np.float32)


def pose(landmarks: np.ndarray) -> np.ndarray:
    """Yaw and pitch (radians) of landmarks (F, 478, 3): how far the face is turned from the camera.

    Yaw from the depth of the temples, pitch from that of forehead and chin; NaN stays NaN.
    """
    across = landmarks[:, 454] - landmarks[:, 234]
    down = landmarks[:, 152] - landmarks[:, 10]
    yaw = np.arctan2(across[:, 2], np.hypot(across[:, 0], across[:, 1]))
    pitch = np.arctan2(down[:, 2], np.hypot(down[:, 0], down[:, 1]))
    return np.stack([yaw, pitch], 1)


def crop_region(landmarks: np.ndarray) -> Region:
    """The level square, brows to chin, of a face with landmarks (478, 3).

    It hangs on the corners of the eyes, which expressions leave in place.
    """
    left, right = (
        landmarks[[a, b]].mean(0)
        for a, b in ((_OUTER_EYES[0], _INNER_EYES[0]), (_OUTER_EYES[1], _INNER_EYES[1]))
    )
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
