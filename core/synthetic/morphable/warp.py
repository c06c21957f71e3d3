"""Photographs whose expression is changed by the morphable face's motion: real skin, known units.

::

    photograph -> landmarks -> identity, pose (least squares) -> rest of the misfit spread over the skin
    expression weights -> moved vertices -> the photograph drawn on the moved skin, relit by its new
    normals; mouth, teeth and eyes from the model
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import RBFInterpolator

from core.face.landmarks import Landmarker
from core.synthetic.morphable.model import PARTS, MorphableFace
from core.synthetic.morphable.paint import chart, random_looks
from core.synthetic.morphable.raster import interpolate, rasterise, vertex_normals
from core.synthetic.morphable.render import folds, make_person, materials, render, surface
from core.synthetic.morphable.scene import Light, Scene
from core.synthetic.morphable.shading import SKIN, sample_many

_COMPONENTS = 50
_NOISE = 1.5
"""Pixels by which landmarks are taken to be off, against identity weights of N(0, 1)."""

_KEY = np.array([0.0, 0.5, 0.87], np.float32)
"""Where the relighting's lamp stands: above the camera, as in most portraits."""


@dataclass(frozen=True)
class FittedPhoto:
    """A photograph and the morphable face that lies on it.

    ``picture``: uint8 (H, W, 3).  ``person`` (V, 3): the vertices at rest.  ``rotation`` (3, 3) and
    ``scale``: of the scaled orthographic camera; ``at`` (V, 2): where every vertex lies, in pixels.
    """

    picture: np.ndarray
    person: np.ndarray
    rotation: np.ndarray
    scale: float
    at: np.ndarray


def landmark_vertices(face: MorphableFace, landmarker: Landmarker, people: int = 6) -> np.ndarray:
    """(478,) the vertex under each landmark: the median over renders of ``people`` at rest."""
    scene, side = Scene(distance=120.0, size=0.7), 320
    places = np.full((people, 478, 3), np.nan)
    rest = np.zeros(len(face.shapes), np.float32)
    for seed in range(people):
        person = make_person(face, 9_000_000 + seed)
        seen = landmarker.find(render(face, person, rest, scene, side, side))
        if not seen:
            continue
        points, depth = scene.project(scene.place_head(person.vertices), side, side)
        index, weights = rasterise(
            points, depth, face.triangles, np.zeros((side, side), np.float32)
        )
        column, row = np.clip(seen[0].landmarks[:, :2].astype(int), 0, side - 1).T
        hit = index[row, column] >= 0
        corners = face.triangles[index[row, column][hit]]
        places[seed, hit] = interpolate(corners, weights[row, column][hit], face.neutral)
    middle = np.nanmedian(places, 0)
    skin = face.neutral[: PARTS["face"][1] + 1]
    nearest = [np.linalg.norm(skin - place, axis=1).argmin() for place in np.nan_to_num(middle)]
    return np.where(np.isfinite(middle[:, 0]), nearest, -1)


def fit_photo(
    face: MorphableFace, picture: np.ndarray, landmarks: np.ndarray, vertices: np.ndarray
) -> FittedPhoto:
    """Lay the morphable face on a face at rest with ``landmarks`` (478, 3).

    ``vertices``: of :func:`landmark_vertices`.  Camera and identity are solved for in turn; what is
    left of the misfit is spread over the skin by a thin-plate spline.
    """
    used = vertices >= 0
    chosen, goal = vertices[used], landmarks[used, :2] * (1.0, -1.0)
    basis = face.identity[:_COMPONENTS, chosen].astype(np.float64)
    points, weights = face.neutral[chosen].astype(np.float64), np.zeros(_COMPONENTS)
    for _ in range(8):
        shape = points + np.tensordot(weights, basis, 1)
        middle, goal_middle = shape.mean(0), goal.mean(0)
        affine = np.linalg.lstsq(shape - middle, goal - goal_middle, rcond=None)[0].T
        u, s, vt = np.linalg.svd(affine, full_matrices=False)
        scale, axes = float(s.mean()), u @ vt
        shift = goal_middle - scale * axes @ middle
        rows = scale * np.einsum("kvc,dc->vdk", basis, axes).reshape(-1, _COMPONENTS)
        miss = (goal - scale * points @ axes.T - shift).ravel()
        gram = rows.T @ rows + _NOISE**2 * np.eye(_COMPONENTS)
        weights = np.linalg.solve(gram, rows.T @ miss)
    person = face.person(weights)
    at = scale * person @ axes.T + shift
    spread = RBFInterpolator(at[chosen], goal - at[chosen], neighbors=24, smoothing=1.0)
    at = (at + spread(at)) * (1.0, -1.0)
    rotation = np.vstack([axes, np.cross(*axes)]).astype(np.float32)
    return FittedPhoto(picture, person, rotation, scale, at.astype(np.float32))


def warp(
    face: MorphableFace,
    photo: FittedPhoto,
    weights: np.ndarray,
    rng: np.random.Generator,
    another: float = 0.0,
) -> np.ndarray:
    """The photograph, uint8 (H, W, 3), under expression ``weights`` (57,); eyes and teeth by ``rng``.

    ``another``: spread of a random change of identity (0: the person as photographed).
    """
    height, width = photo.picture.shape[:2]
    reshaped = face.person(another * rng.normal(size=_COMPONENTS)) - face.neutral
    moved = face.perform(photo.person + reshaped, weights)
    step = (moved - photo.person) @ photo.rotation.T * photo.scale
    at = photo.at + step[:, :2] * np.float32([1, -1])
    placed = (moved - moved.mean(0)) @ photo.rotation.T
    depth = 100.0 - placed[:, 2]
    nearest = np.zeros((height, width), np.float32)
    index, corner_weights = rasterise(at, depth, face.triangles, nearest)
    seen = index >= 0
    corners = face.triangles[index[seen]]
    kind = materials(len(moved))[corners[:, 0]]

    light = np.full(3, np.mean((photo.picture[seen] / 255.0) ** 2.2) / 0.3)
    looks = replace(random_looks(face, rng), creases=rng.uniform(0.0, 0.6))
    scene = Scene(distance=100.0, lights=(Light(_KEY, 0.5 * light),), ambient=tuple(0.4 * light))
    inner = surface(face, looks, weights, scene, placed, index, corner_weights)[seen, :3]

    ratio = _brightness(placed, face) / _brightness(photo.person @ photo.rotation.T, face)
    values = interpolate(
        corners,
        corner_weights[seen],
        np.column_stack([photo.at, np.clip(ratio, 0.6, 1.5), chart(face.neutral)]).astype(
            np.float32
        ),
    )
    linear = (photo.picture / np.float32(255)) ** np.float32(2.2)
    skin = sample_many(linear, values[:, :2]) * values[:, 2:3]
    skin *= sample_many(folds(face, weights, looks.creases)[..., None], values[:, 3:5])
    linear[seen] = np.where((kind == SKIN)[:, None], skin, inner)
    lash, _ = rasterise(at, depth, face.lashes, nearest)
    linear[lash >= 0] *= 1 - looks.lashes
    return (np.clip(linear, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def _brightness(placed: np.ndarray, face: MorphableFace) -> np.ndarray:
    """How bright a white skin would be at every vertex (V,)."""
    normals = vertex_normals(np.ascontiguousarray(placed, np.float32), face.triangles)
    return 0.5 + np.clip(normals @ _KEY, 0, None)
