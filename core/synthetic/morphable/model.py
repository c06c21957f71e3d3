"""The morphable face: its vertices for an identity and an expression, its parts and its landmarks."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.folders import data_folder

PARTS: dict[str, tuple[int, int]] = {
    "face": (0, 9408),
    "head": (9409, 11247),
    "mouth": (11248, 13293),
    "eye sockets": (13294, 14061),
    "gums": (14062, 17038),
    "teeth": (17039, 21450),
    "left eye": (21451, 22220),
    "right eye": (23021, 23790),
    "eyelashes": (25351, 26718),
}
"""First and last vertex of what is drawn.  The inner eyeballs, tear film and blending shells are not."""

LANDMARKS = np.array(
    [1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272,
     4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857,
     1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721,
     3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711,
     5533, 6216, 6207, 6470, 5517, 5966]
)  # fmt: skip
"""Vertices at the usual 68 landmarks: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, lips 48-67."""

_LIPS_INNER = (LANDMARKS[62], LANDMARKS[66])
_RETREAT = 0.15
"""Centimetres by which a closed eye's ball gives way, or it would pierce the lid of some people."""

_FILE = Path("ict_facekit") / "ict_facekit.npz"


@dataclass(frozen=True)
class MorphableFace:
    """ICT-FaceKit's light model (USC Institute for Creative Technologies, MIT licence).

    ``neutral``: (V, 3) in centimetres, x to the face's left, y up, z to the front.
    ``triangles``: (T, 3), skin, mouth and eyes; ``lashes``: (L, 3).  ``identity``: (100, V, 3),
    weights about N(0, 1).  ``expression``: (57, V, 3), weights 0..1, named by ``shapes``.
    """

    neutral: np.ndarray
    triangles: np.ndarray
    lashes: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    shapes: tuple[str, ...]

    def person(self, weights: np.ndarray) -> np.ndarray:
        """The neutral vertices (V, 3) of the identity with ``weights`` (k,), k at most 100."""
        weights = np.asarray(weights, np.float32)
        moved = np.tensordot(weights, self.identity[: len(weights)], 1)
        return (self.neutral + moved).astype(np.float32)

    def perform(self, person: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The vertices of ``person`` (V, 3) under expression ``weights`` (57,); the eyes follow."""
        weights = np.asarray(weights, np.float32)
        active = np.flatnonzero(weights)
        vertices = person + np.tensordot(weights[active], self.expression[active], 1)
        for side, eye in (("L", "left eye"), ("R", "right eye")):
            first, last = PARTS[eye]
            ball = slice(first, last + 1)
            vertices[ball] = _look(person[ball], *self._gaze(weights, side))
            closed = weights[self.shapes.index(f"eyeBlink_{side}")]
            vertices[ball, 2] -= _RETREAT * closed
        return vertices

    def lip_gap(self, person: np.ndarray, weights: np.ndarray) -> float:
        """Centimetres by which the lips' inner edges are further apart than at rest; at least 0."""
        weights = np.asarray(weights, np.float32)
        upper, lower = _LIPS_INNER
        rest = person[upper] - person[lower]
        now = rest + weights @ (self.expression[:, upper] - self.expression[:, lower])
        return max(0.0, float(np.linalg.norm(now) - np.linalg.norm(rest))) if now[1] > 0 else 0.0

    def weight(self, **weights: float) -> np.ndarray:
        """Expression weights (57,) by shape name; a name without its side sets both sides."""
        vector = np.zeros(len(self.shapes), np.float32)
        for name, value in weights.items():
            indices = [
                i for i, s in enumerate(self.shapes) if s in (name, f"{name}_L", f"{name}_R")
            ]
            if not indices:
                raise ValueError(f"the morphable face has no shape {name!r}")
            vector[indices] = value
        return vector

    def _gaze(self, weights: np.ndarray, side: str) -> tuple[float, float]:
        at = {name: weights[i] for i, name in enumerate(self.shapes)}
        outward = 1.0 if side == "L" else -1.0
        across = outward * (at[f"eyeLookOut_{side}"] - at[f"eyeLookIn_{side}"])
        return 0.6 * float(across), 0.5 * float(at[f"eyeLookUp_{side}"] - at[f"eyeLookDown_{side}"])


def load_morphable(data: str | Path | None = None) -> MorphableFace:
    """The morphable face of the data folder ``data`` (or ``EXPRESSRATE_DATA``), read once.

    Raises InputError where the file is missing or is not the model.
    """
    path = data_folder(data) / _FILE
    if not path.is_file():
        raise InputError(f"The morphable face {path} does not exist.")
    return _read(path.resolve())


def has_morphable(data: Path) -> bool:
    """Whether a data folder holds the morphable face."""
    return (data / _FILE).is_file()


@lru_cache(maxsize=1)
def _read(path: Path) -> MorphableFace:
    try:
        with np.load(path, allow_pickle=False) as file:
            faces = file["faces"]
            return MorphableFace(
                neutral=file["neutral"].astype(np.float32),
                triangles=_triangles(faces, [part for part in PARTS if part != "eyelashes"]),
                lashes=_triangles(faces, ["eyelashes"]),
                identity=file["identity_deltas"].astype(np.float32),
                expression=file["expression_deltas"].astype(np.float32),
                shapes=tuple(str(name) for name in file["expression_names"]),
            )
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"{path} is not the morphable face: {error}") from error


def _triangles(faces: np.ndarray, parts: list[str]) -> np.ndarray:
    first = faces[:, :3]
    second = faces[faces[:, 3] >= 0][:, [0, 2, 3]]
    triangles = np.concatenate([first, second]).astype(np.int32)
    drawn = np.zeros(int(faces.max()) + 1, bool)
    for part in parts:
        drawn[PARTS[part][0] : PARTS[part][1] + 1] = True
    return np.ascontiguousarray(triangles[drawn[triangles].all(1)])


def _look(ball: np.ndarray, across: float, up: float) -> np.ndarray:
    """An eyeball (n, 3) turned about its centre by two angles (radians)."""
    centre = (ball.max(0) + ball.min(0)) / 2
    cos_a, sin_a, cos_u, sin_u = np.cos(across), np.sin(across), np.cos(up), np.sin(up)
    pitch = np.array([[1, 0, 0], [0, cos_u, sin_u], [0, -sin_u, cos_u]])
    yaw = np.array([[cos_a, 0, sin_a], [0, 1, 0], [-sin_a, 0, cos_a]])
    return ((ball - centre) @ (yaw @ pitch).T + centre).astype(np.float32)
