"""Where the head is and how it is turned, from its landmarks and the canonical face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from core.face.bundle import canonical_face

_MM_PER_CM = 10.0
_FOCAL_LENGTH, _USUAL_WIDTH, _USUAL_HEIGHT = 500.0, 640.0, 480.0
"""OpenFace takes an unknown camera for one of 500 pixels' focal length at 640x480, scales that with
the picture's width and with its height, and uses the mean of the two."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Heads in the camera's axes: x to the picture's right, y down, z away from the camera.

    ``rotation`` (..., 3): radians about x (pitch, positive: chin up), y (yaw) and z (roll), applied as
    ``Rx @ Ry @ Rz``; zeros for a level face that looks at the camera.  ``translation`` (..., 3): mm,
    under the focal length that OpenFace assumes; its depth is only as good as that assumption.
    """

    rotation: np.ndarray
    translation: np.ndarray


def focal_length(height: ArrayLike, width: ArrayLike) -> np.ndarray:
    """The focal length in pixels that OpenFace assumes for pictures of that size (...)."""
    across, down = np.asarray(width) / _USUAL_WIDTH, np.asarray(height) / _USUAL_HEIGHT
    return _FOCAL_LENGTH * (across + down) / 2


def head_pose(landmarks: np.ndarray, height: ArrayLike, width: ArrayLike) -> Pose:
    """The pose of faces from their landmarks (..., 478, 3) in pixels of pictures of that size (...).

    Weighted orthogonal Procrustes (Kabsch 1976; scale after Umeyama 1991) between the canonical face
    and the landmarks, with the weights of the landmarker's own pose estimation.
    """
    canonical = canonical_face()
    weights = canonical.weights[:, None] / canonical.weights.sum()
    model = canonical.vertices * (1, -1, -1)
    seen = landmarks[..., : len(model), :].astype(np.float64)
    model_middle, seen_middle = (weights * model).sum(axis=0), (weights * seen).sum(axis=-2)
    model, seen = model - model_middle, seen - seen_middle[..., None, :]
    left, stretch, right = np.linalg.svd((weights * seen).swapaxes(-1, -2) @ model)
    handed = np.ones(stretch.shape)
    handed[..., 2] = np.sign(np.linalg.det(left @ right))
    turn = (left * handed[..., None, :]) @ right
    scale = (stretch * handed).sum(axis=-1) / (weights * model**2).sum()  # pixels per cm
    middle = seen_middle - scale[..., None] * (turn @ model_middle)
    depth = focal_length(height, width) / scale
    across = (middle[..., 0] - np.asarray(width) / 2) / scale
    down = (middle[..., 1] - np.asarray(height) / 2) / scale
    rotation = Rotation.from_matrix(turn.reshape(-1, 3, 3)).as_euler("XYZ")
    return Pose(
        rotation.reshape(seen_middle.shape),
        _MM_PER_CM * np.stack([across, down, depth], axis=-1),
    )
