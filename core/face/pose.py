"""Where the head is and how it is turned, from its landmarks and the canonical face."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from core.face.bundle import canonical_face

_MM_PER_CM = 10.0
_FOCAL_LENGTH = 500.0 / 640.0
"""Focal length in picture widths that OpenFace assumes for an unknown camera."""


@dataclass(frozen=True, slots=True)
class Pose:
    """The head in the camera's axes: x to the picture's right, y down, z away from the camera.

    ``rotation`` (3,): radians about x (pitch, positive: chin up), y (yaw) and z (roll), applied as
    ``Rx @ Ry @ Rz``; zeros for a level face that looks at the camera.  ``translation`` (3,): mm,
    under the focal length that OpenFace assumes; its depth is only as good as that assumption.
    """

    rotation: np.ndarray
    translation: np.ndarray


def head_pose(landmarks: np.ndarray, height: int, width: int) -> Pose:
    """The pose of a face from its landmarks (478, 3) in pixels of a picture of that size.

    Weighted orthogonal Procrustes (Kabsch 1976; scale after Umeyama 1991) between the canonical face
    and the landmarks, with the weights of the landmarker's own pose estimation.
    """
    canonical = canonical_face()
    weights = canonical.weights[:, None] / canonical.weights.sum()
    model = canonical.vertices * (1, -1, -1)
    seen = landmarks[: len(model)].astype(np.float64)
    model_middle, seen_middle = (weights * model).sum(axis=0), (weights * seen).sum(axis=0)
    model, seen = model - model_middle, seen - seen_middle
    left, stretch, right = np.linalg.svd((weights * seen).T @ model)
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = (left * handed) @ right
    scale = (stretch * handed).sum() / (weights * model**2).sum()  # pixels per cm
    focal = _FOCAL_LENGTH * width
    middle = seen_middle - scale * turn @ model_middle
    depth = focal / scale
    across, down = (middle[:2] - (width / 2, height / 2)) / scale
    return Pose(
        Rotation.from_matrix(turn).as_euler("XYZ"), _MM_PER_CM * np.array([across, down, depth])
    )
