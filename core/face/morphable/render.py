"""A picture of the morphable face: identity, expression, looks and scene in, pixels out."""

from dataclasses import dataclass

import numba
import numpy as np

from core.face.morphable import scene as scenery
from core.face.morphable.model import PARTS, MorphableFace
from core.face.morphable.paint import (
    SIDE, WRINKLES, Looks, chart, random_looks, wrinkle_levels, wrinkles,
)  # fmt: skip
from core.face.morphable.raster import interpolate, rasterise, vertex_normals
from core.face.morphable.scene import Scene

_SAMPLES = 2
_SKIN, _MOUTH, _GUMS, _TEETH, _EYE = range(5)
_MATERIALS = {
    "face": _SKIN, "head": _SKIN, "eye sockets": _SKIN, "mouth": _MOUTH, "gums": _GUMS,
    "teeth": _TEETH, "left eye": _EYE, "right eye": _EYE,
}  # fmt: skip
_COLOURS = {_MOUTH: (0.16, 0.03, 0.03), _GUMS: (0.42, 0.13, 0.12)}


@dataclass(frozen=True)
class Person:
    """An identity with its looks: ``vertices`` (V, 3) at rest, hair included."""

    vertices: np.ndarray
    looks: Looks


def make_person(face: MorphableFace, seed: int) -> Person:
    """The person number ``seed``: shape N(0, 1) in the first 60 components, looks to go with it."""
    rng = np.random.default_rng((seed, 0xFACE))
    bare = face.person(rng.normal(0, 1, 60))
    return dress(face, bare, random_looks(face, rng))


def dress(face: MorphableFace, bare: np.ndarray, looks: Looks) -> Person:
    """The person with vertices ``bare`` (V, 3) and ``looks``: the hair's bulk is added."""
    normals = vertex_normals(bare, face.triangles)
    return Person(bare + looks.bulk * (looks.scalp**2)[:, None] * normals, looks)


def render(
    face: MorphableFace,
    person: Person,
    weights: np.ndarray,
    scene: Scene,
    height: int = 256,
    width: int = 256,
) -> np.ndarray:
    """The picture, uint8 (height, width, 3), of ``person`` under expression ``weights`` (57,).

    Perspective camera, z-buffer at twice the resolution, Lambert and Blinn-Phong shading per pixel.
    The same arguments give the same pixels.
    """
    tall, wide = _SAMPLES * height, _SAMPLES * width
    placed = scene.place_head(face.perform(person.vertices, weights))
    points, depth = scene.project(placed, tall, wide)
    nearest = np.zeros((tall, wide), np.float32)
    index, corner_weights = rasterise(points, depth, face.triangles, nearest)
    canvas = scenery.backdrop(scene, tall, wide)
    looks = person.looks
    if looks.length > 0:
        scenery.draw_hair_behind(scene, canvas, looks.length, looks.hair)
    seen = index >= 0
    corners, at = face.triangles[index[seen]], corner_weights[seen]
    canvas[seen] = _surface(face, person, weights, scene, placed, corners, at)
    lash, _ = rasterise(points, depth, face.lashes, nearest)
    canvas[lash >= 0] *= 1 - looks.lashes
    scenery.draw_clothes(scene, canvas)
    if scene.glasses:
        eyes = [np.mean(person.vertices[slice(*PARTS[e])], 0) for e in ("left eye", "right eye")]
        scenery.draw_glasses(scene, canvas, np.array(eyes))
    if scene.hand is not None:
        scenery.draw_hand(scene, canvas, looks.tone)
    small = canvas.reshape(height, _SAMPLES, width, _SAMPLES, 3).mean((1, 3))
    return (np.clip(small, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def _surface(
    face: MorphableFace,
    person: Person,
    weights: np.ndarray,
    scene: Scene,
    placed: np.ndarray,
    corners: np.ndarray,
    at: np.ndarray,
) -> np.ndarray:
    """Linear RGB (n, 3) at the seen pixels with triangle ``corners`` and weights ``at`` (n, 3)."""
    normals = vertex_normals(placed, face.triangles)
    reference = np.column_stack([chart(face.neutral), face.neutral])
    attributes = np.column_stack([normals, placed, reference, person.looks.scalp])
    values = interpolate(corners, at, attributes.astype(np.float32))
    normal, place, painted, rest, scalp = np.split(values, [3, 6, 8, 11], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-6
    material = _material(len(face.neutral))[corners[:, 0]]
    towards_camera = np.array([0, 0, scene.distance], np.float32) - place
    towards_camera /= np.linalg.norm(towards_camera, axis=1, keepdims=True)
    away = (normal * towards_camera).sum(1) < 0
    normal[away] *= -1
    albedo, gloss = _albedo(face, person, weights, material, painted, rest, scalp[:, 0])
    light = np.asarray(scene.ambient) * (0.8 + 0.2 * normal[:, 1:2])
    shine = np.zeros((len(normal), 3), np.float32)
    for source in scene.lights:
        towards = source.towards / np.linalg.norm(source.towards)
        facing = normal @ towards
        light = light + np.clip((facing + 0.15) / 1.15, 0, None)[:, None] * source.colour
        halfway = towards + towards_camera
        halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
        sharp = np.where(material == _EYE, 150.0, 18.0)
        glint = np.clip((normal * halfway).sum(1), 0, 1) ** sharp * (facing > 0)
        shine += (gloss * glint)[:, None] * source.colour
    return albedo * light + shine


def _albedo(
    face: MorphableFace,
    person: Person,
    weights: np.ndarray,
    material: np.ndarray,
    painted: np.ndarray,
    rest: np.ndarray,
    scalp: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Colour (n, 3) and gloss (n,) before light."""
    looks = person.looks
    skin = looks.skin * _crease_shade(face, weights, looks.creases)[..., None]
    colour = _sample(skin, painted)
    colour = np.where(rest[:, 2:3] < 2.0, looks.tone * 0.95, colour)
    strands = 0.75 + 0.5 * np.abs(np.sin(rest[:, 0] * 9 + rest[:, 2] * 7 + np.sin(rest[:, 1] * 2)))
    colour += scalp[:, None] * (looks.hair * strands[:, None] - colour)
    gloss = np.where(scalp > 0.5, 0.08, 0.22 * looks.gloss)
    for kind, tint in _COLOURS.items():
        colour[material == kind] = tint
    teeth = material == _TEETH
    colour[teeth] = looks.teeth
    inside = teeth | (material == _GUMS) | (material == _MOUTH)
    colour[inside] *= np.clip((rest[inside, 2:3] - 6.0) / 5.0, 0.05, 1)
    eye = material == _EYE
    colour[eye] = _eye_colour(face, looks, rest[eye])
    gloss[inside], gloss[eye] = 0.15, 0.7
    return colour, gloss


def _crease_shade(face: MorphableFace, weights: np.ndarray, depth: float) -> np.ndarray:
    """How much of the light the skin's folds leave (SIDE, SIDE)."""
    shade = np.ones((SIDE, SIDE), np.float32)
    lines = wrinkles()
    for name, level in wrinkle_levels(face, weights).items():
        if level > 0.02:
            shade *= 1 - np.float32(0.75 * depth * level) * lines[name]
    return shade


def _eye_colour(face: MorphableFace, looks: Looks, rest: np.ndarray) -> np.ndarray:
    """Sclera, limbus, iris and pupil by the distance from the optical axis at rest."""
    ball = face.neutral[PARTS["left eye"][0] : PARTS["left eye"][1] + 1]
    centre = (ball.max(0) + ball.min(0)) / 2
    offset = np.abs(rest[:, 0]) - centre[0] - 0.06
    away = np.hypot(offset, rest[:, 1] - centre[1])
    away = np.where(rest[:, 2] > centre[2], away, 9.0)[:, None]
    white = np.array([0.68, 0.62, 0.58]) * np.clip(1.15 - 0.3 * away, 0.55, 1)
    edge = np.clip((away - looks.iris_radius) / 0.06 + 0.5, 0, 1)
    iris = looks.iris * (0.6 + 0.7 * np.clip(away / looks.iris_radius, 0, 1))
    iris = np.where(away > 0.87 * looks.iris_radius, iris * 0.5, iris)
    iris = np.where(away < 0.4 * looks.iris_radius, 0.01, iris)
    return iris + edge * (white - iris)


def _material(count: int) -> np.ndarray:
    kinds = np.full(count, _SKIN, np.int8)
    for part, kind in _MATERIALS.items():
        kinds[PARTS[part][0] : PARTS[part][1] + 1] = kind
    return kinds


@numba.njit(cache=True)
def _sample(texture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bilinear look-up of (H, W, 3) at positions (n, 2; x, y in pixels); the edge is repeated."""
    height, width, _ = texture.shape
    found = np.empty((len(at), 3), np.float32)
    for i in range(len(at)):
        x = min(max(at[i, 0] - 0.5, 0.0), width - 1.001)
        y = min(max(at[i, 1] - 0.5, 0.0), height - 1.001)
        c, r = int(x), int(y)
        u, v = x - c, y - r
        for k in range(3):
            above = (1 - u) * texture[r, c, k] + u * texture[r, c + 1, k]
            below = (1 - u) * texture[r + 1, c, k] + u * texture[r + 1, c + 1, k]
            found[i, k] = (1 - v) * above + v * below
    return found
