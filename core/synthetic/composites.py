"""Faces that belong to nobody: averages of several people, warped to their mean shape.

Landmarks of every person are brought to the group's mean by piecewise affine maps over a Delaunay
triangulation, and the warped pictures are averaged (Rowland and Perrett 1995).  The people are those
of the London set whom no codec was trained on.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import Delaunay
from torch.nn import functional

from core.errors import InputError
from core.face.bundle import canonical_face
from core.face.landmarks import find_faces
from core.files import write_whole
from core.gallery import Entry
from core.picture_files import FORMATS
from core.synthetic.gallery import list_pictures

SIDE = 384
_FACE = 0.66
"""Height of the canonical face in parts of the side."""
_SHARPEN = 0.5
_FACE_OVAL = (0.5, 0.56, 0.27, 0.36)
_HEAD_OVAL = (0.5, 0.5, 0.43, 0.455)
"""Middle x, y and radii in sides: within the first the face is averaged, beyond the second is ground."""
_GROUND = np.array([225.0, 229.0, 228.0])
"""The studio's light grey."""
_EDGE = (-0.3, 0.1, 0.5, 0.9, 1.3)
_RING = np.array(
    [complex(x, y) for x in _EDGE for y in _EDGE if not (x in _EDGE[1:-1] and y in _EDGE[1:-1])]
)
WORDS = {"neutral": "neutral", "smiling": "happy"}
"""Words in the names of the photographs, and the labels that they stand for."""

SOURCE = (
    "DeBruine and Jones (2017), Face Research Lab London Set, doi 10.6084/m9.figshare.5047666.v5, "
    "CC BY 4.0; changed: several people warped to their mean shape and averaged, edges faded"
)


@dataclass(frozen=True, slots=True)
class Group:
    """People who are averaged into one face; ``people`` are ids of the London set, 100 and above."""

    name: str
    title: str
    people: tuple[str, ...]


GROUPS = tuple(
    Group(name, title, tuple(people.split()))
    for name, title, people in (
        ("women-fair", "Young fair-haired women", "100 118 122 139 144"),
        ("women-dark", "Dark-haired women", "102 113 124 134"),
        ("women-older", "Women between 29 and 54", "107 112 120 136"),
        ("men-young", "Young men", "104 108 128 130 132 138 141"),
        ("men-dark", "Dark-haired men", "101 103 117 121 131"),
        ("men-older", "Men with cropped hair", "105 125 140 172"),
        ("asian", "East and West Asian women and men", "115 119 127 135 142"),
        ("black", "Black women and men", "114 126 129 137"),
    )
)


def composite(pictures: list[np.ndarray], shapes: list[np.ndarray], side: int = SIDE) -> np.ndarray:
    """The average face, uint8 (side, side, 3), upright and framed with hair and neck.

    ``pictures``: uint8 (H, W, 3) of at least 3 people.  ``shapes``: the landmarks (478, 3) in each.
    """
    if len(pictures) < 3 or len(pictures) != len(shapes):
        raise ValueError("A composite takes at least 3 people, each with landmarks.")
    points = [_complex(shape) for shape in shapes]
    frames = [_similarity(own, _template(side)) for own in points]  # picture -> composite
    mean = np.mean([a * own + b for own, (a, b) in zip(points, frames, strict=True)], axis=0)
    ring = side * _RING
    triangulation = _Triangulation(np.concatenate([mean, ring]), side)
    warped = np.stack(
        [
            triangulation.warp(picture, np.concatenate([own, (ring - b) / a]))
            for picture, own, (a, b) in zip(pictures, points, frames, strict=True)
        ]
    )
    # inside the face the mean; around it, where hair differs, the median, which has no ghosts
    outside = _distance(side, _FACE_OVAL)[..., None]
    share = _smooth(outside)
    face = _sharpened((1 - share) * warped.mean(axis=0) + share * np.median(warped, axis=0))
    share = _smooth(_distance(side, _HEAD_OVAL)[..., None])
    face = (1 - share) * face + share * _GROUND
    return np.rint(face).clip(0, 255).astype(np.uint8)


class _Triangulation:
    """Delaunay triangles over points, and where each pixel of a square lies in them."""

    def __init__(self, points: np.ndarray, side: int) -> None:
        corners = np.stack([points.real, points.imag], axis=1)
        mesh = Delaunay(corners)
        centres = np.stack(np.meshgrid(*2 * [np.arange(side) + 0.5]), axis=-1).reshape(-1, 2)
        inside = mesh.find_simplex(centres)
        affine = mesh.transform[inside]
        first = np.einsum("nij,nj->ni", affine[:, :2], centres - affine[:, 2])
        self._shares = np.concatenate([first, 1 - first.sum(axis=1, keepdims=True)], axis=1)
        self._corners = mesh.simplices[inside]
        self._side = side

    def warp(self, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The picture, its ``points`` brought to the triangulation's; float (side, side, 3)."""
        height, width = picture.shape[:2]
        places = (points[self._corners] * self._shares).sum(axis=1).reshape(self._side, self._side)
        grid = np.stack([2 * places.real / width - 1, 2 * places.imag / height - 1], axis=-1)
        source = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].double()
        warped = functional.grid_sample(
            source,
            torch.from_numpy(grid)[None],
            mode="bicubic",
            padding_mode="border",
            align_corners=False,
        )
        return warped[0].permute(1, 2, 0).numpy()


def _complex(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks of the mesh (468,) as x + iy, so that a similarity is ``a * point + b``."""
    points = landmarks[:468].astype(np.float64)
    return points[:, 0] + 1j * points[:, 1]


def _template(side: int) -> np.ndarray:
    """Where the canonical face's landmarks lie in a composite."""
    x, y, _ = canonical_face().vertices.T.astype(np.float64)
    return side * (0.5 + 0.56j) + (x - 1j * y) * side * _FACE / (y.max() - y.min())


def _similarity(points: np.ndarray, target: np.ndarray) -> tuple[complex, complex]:
    """The turn and scale ``a`` and the shift ``b`` that bring points to a target (least squares)."""
    weights = canonical_face().weights
    middle, target_middle = np.average(points, weights=weights), np.average(target, weights=weights)
    centred = points - middle
    a = (weights * centred.conj() * (target - target_middle)).sum() / (
        weights * abs(centred) ** 2
    ).sum()
    return a, target_middle - a * middle


def _distance(side: int, oval: tuple[float, float, float, float]) -> np.ndarray:
    """How far outside an oval (middle and radii, in sides) a pixel lies: 0 on it, 1 a tenth away."""
    x, y, across, down = oval
    row, column = np.mgrid[:side, :side]
    u, v = ((column + 0.5) / side - x) / across, ((row + 0.5) / side - y) / down
    return (np.hypot(u, v) - 1) / 0.1


def _smooth(distance: np.ndarray) -> np.ndarray:
    """0 up to a distance of 0, 1 from a distance of 1, a smooth step between."""
    t = np.clip(distance, 0, 1)
    return t * t * (3 - 2 * t)


def _sharpened(face: np.ndarray) -> np.ndarray:
    """Some of the fine detail back that averaging takes (unsharp mask)."""
    blurred = gaussian_filter(face, sigma=(1.5, 1.5, 0))
    return face + _SHARPEN * (face - blurred)


def read_people(folder: Path, ids: tuple[str, ...], expression: str) -> list[np.ndarray]:
    """The photographs ``ID_expression.jpg`` of a folder, uint8 (H, W, 3).

    Raises InputError that lists all that are missing.
    """
    paths = [folder / f"{id}_{expression}.jpg" for id in ids]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise InputError(f"{folder} is not the London set: it lacks {', '.join(missing)}.")
    return [np.asarray(Image.open(path, formats=FORMATS).convert("RGB")) for path in paths]


def _landmarks(picture: np.ndarray) -> np.ndarray:
    """The landmarks of the picture's largest face."""
    faces = find_faces(picture)
    if not faces:
        raise InputError("A photograph of the London set shows no face: is it damaged?")
    return faces[0].landmarks


def write_gallery(
    data: Path, out: Path, report: Callable[[str], None] = lambda line: None
) -> list[Entry]:
    """Write the composites of all groups to a folder; return its gallery's whole list.

    ``data`` is the folder of the London set, or one that has it as ``london``.
    """
    folder = data / "london" if (data / "london").is_dir() else data
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for group in GROUPS:
        for word, label in WORDS.items():
            pictures = read_people(folder, group.people, word)
            shapes = [_landmarks(picture) for picture in pictures]
            file = f"{group.name}-{label}.png"
            content = io.BytesIO()
            Image.fromarray(composite(pictures, shapes)).save(content, "PNG", optimize=True)
            write_whole(out / file, content.getvalue())
            title = f"{group.title}, {word}"
            entries.append(Entry(file, label, title, len(group.people), group.people, SOURCE))
            report(f"{file}: {len(pictures)} people")
    return list_pictures(out, entries)
