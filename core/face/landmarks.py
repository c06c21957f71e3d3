"""Landmarks and blendshapes of the faces in a picture.

::

    picture -> Detector -> region -> mesh model -> 478 landmarks -> blendshape model -> 52 weights
                             ^                          |
                             +---- next frame ----------+   (core.face.tracking)

The models are MediaPipe's face landmarker (Apache-2.0; Kartynnik et al. 2019, arXiv 1907.06724);
what happens before and after them follows MediaPipe's published graphs.  That is our own because
MediaPipe's runtime calls home in its newer versions and clashes with Streamlit in the older ones.
"""

import threading
from dataclasses import dataclass, replace

import numpy as np

from core.face.bundle import contents
from core.face.detector import Detector
from core.face.regions import Region, cut
from core.litert import Model

LANDMARKS = 478
LEAST_PRESENCE = 0.5
BLENDSHAPES = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft",
    "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""Names of the blendshape model's outputs, in order; left and right are the person's."""

_SUBSET = (
    "0-1 4-8 10 13-14 17 21 33 37 39-40 46 52-55 58 61 63 65-67 70 78 80-82 84 87-88 91 93 95 103 "
    "105 107 109 127 132-133 136 144-146 148-150 152-155 157-163 168 172-173 176 178 181 185 191 "
    "195 197 234 246 249 251 263 267 269-270 276 282-285 288 291 293 295-297 300 308 310-312 314 "
    "317-318 321 323-324 332 334 336 338 356 361-362 365 373-375 377-382 384-390 397-398 400 402 "
    "405 409 415 454 466 468-477"
)
"""The 146 landmarks that the blendshape model reads."""

_MESH_SIDE = 256
_EXPANSION = 1.5
_EYE_CORNERS = (33, 263)
_TEMPLES = (234, 454)
_CERTAIN = 1 - 1e-8
"""Presence that only a face the right way up reaches; upside down the model stays far below."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    ``landmarks`` (478, 3) float32: x, y in pixels of the picture (the corner of the first pixel is
    (0, 0)), z in the same unit, smaller is nearer.  ``blendshapes`` (52,) float32, 0..1, in the
    order of :data:`BLENDSHAPES`, or None where they were not asked for.  ``presence``: 0..1, how
    sure the model is that this is a face.
    """

    landmarks: np.ndarray
    blendshapes: np.ndarray | None
    presence: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the landmarks, in pixels; may leave the picture."""
        x, y = self.landmarks[:, 0], self.landmarks[:, 1]  # by column: several times faster
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    @property
    def area(self) -> float:
        """Pixels of the box."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @property
    def centre(self) -> np.ndarray:
        """(2,) the middle of the box."""
        left, top, right, bottom = self.box
        return np.array([(left + right) / 2, (top + bottom) / 2])

    @property
    def width(self) -> float:
        """Pixels from temple to temple, in space: turning the head does not change it."""
        left, right = self.landmarks[_TEMPLES, :]
        return float(np.linalg.norm(right - left))

    def holds(self, point: np.ndarray) -> bool:
        """Whether a point (x, y) lies in the box."""
        left, top, right, bottom = self.box
        return bool(left <= point[0] <= right and top <= point[1] <= bottom)

    def shares_place(self, other: "Face") -> bool:
        """Whether the middle of one lies in the other's box: then both are one face."""
        return self.holds(other.centre) or other.holds(self.centre)

    @property
    def region(self) -> Region:
        """The square in which the next frame's landmarks are looked for, the eyes level."""
        left, top, right, bottom = self.box
        (x0, y0), (x1, y1) = self.landmarks[_EYE_CORNERS, :2]
        side = _EXPANSION * max(right - left, bottom - top)
        return Region(*map(float, self.centre), side, float(np.arctan2(y1 - y0, x1 - x0)))


class Blendshapes:
    """The model of blendshapes; not to be shared between threads."""

    def __init__(self) -> None:
        self._model = Model(contents()["face_blendshapes.tflite"])

    def of(self, landmarks: np.ndarray) -> np.ndarray:
        """Blendshapes (52,), 0..1, of landmarks (478, 3); a face that lies or hangs is set upright."""
        points = landmarks[_SUBSET_INDICES, :2]
        across, down = landmarks[_EYE_CORNERS[1], :2] - landmarks[_EYE_CORNERS[0], :2]
        for _ in range(round(np.arctan2(down, across) / (np.pi / 2)) % 4):
            points = points[:, ::-1] * (1, -1)  # a quarter turn, counter-clockwise as seen
        self._model.input[0] = points
        (weights,) = self._model.run()
        return weights


class Landmarker:
    """The three models together; not to be shared between threads.

    ``blendshapes``: whether faces come with theirs.
    """

    def __init__(self, *, blendshapes: bool = True) -> None:
        self.detect = Detector()
        self._mesh = Model(contents()["face_landmarks_detector.tflite"])
        self._shapes = Blendshapes() if blendshapes else None

    def measure(self, picture: np.ndarray, region: Region) -> Face:
        """Landmarks and blendshapes in a region of a picture, uint8 (H, W, 3).

        There is always an answer; ``presence`` tells whether it is one.
        """
        self._mesh.input[0] = cut(picture, region, _MESH_SIDE, 1 / 255)
        points, presence, *_ = self._mesh.run()
        landmarks = region.to_picture(points.reshape(LANDMARKS, 3) / _MESH_SIDE)
        blendshapes = None if self._shapes is None else self._shapes.of(landmarks)
        sure = 1 / (1 + np.exp(-float(presence.ravel()[0])))
        return Face(landmarks, blendshapes, sure)

    def measure_either_way(self, picture: np.ndarray, region: Region) -> Face:
        """As :meth:`measure`, but a face that hangs upside down in the region is turned.

        Only where the first look leaves a doubt there is a second; it must leave none.
        """
        face = self.measure(picture, region)
        if face.presence > _CERTAIN:
            return face
        turned = self.measure(picture, replace(region, angle=region.angle + np.pi))
        turned = self.measure(picture, turned.region)  # now the eyes are level
        return turned if turned.presence > _CERTAIN else face

    def find(
        self, picture: np.ndarray, *, thorough: bool = False, least: float = LEAST_PRESENCE
    ) -> list[Face]:
        """The faces of a picture, uint8 (H, W, 3), with at least that presence, largest first.

        A quick look finds faces wider than about a tenth of the picture; a ``thorough`` one goes
        down to a fortieth.  A face that hangs upside down is found too.
        """
        candidates = self.detect.search(picture) if thorough else self.detect(picture)
        faces: list[Face] = []
        for candidate in candidates:
            if any(face.holds(candidate.middle) for face in faces):
                continue
            face = self.measure_either_way(picture, candidate.region)
            if face.presence >= least and not any(map(face.shares_place, faces)):
                faces.append(face)
        return sorted(faces, key=lambda face: face.area, reverse=True)


_own = threading.local()


def find_faces(picture: np.ndarray) -> list[Face]:
    """The faces of a picture, uint8 (H, W, 3), largest first; an empty list if there is none.

    Each thread keeps its own loaded models.  Raises FaceFinderMissing (an InputError) with the
    command that installs them if they are missing.
    """
    if not hasattr(_own, "landmarker"):
        _own.landmarker = Landmarker()
    return _own.landmarker.find(picture, thorough=True)


def _indices(ranges: str) -> np.ndarray:
    """``"1 3-5"`` to [1, 3, 4, 5]."""
    bounds = [[int(end) for end in part.split("-")] for part in ranges.split()]
    return np.concatenate([np.arange(bound[0], bound[-1] + 1) for bound in bounds])


_SUBSET_INDICES = _indices(_SUBSET)
