"""A picture of the morphable face: identity, expression, looks and scene in, pixels out."""

from dataclasses import dataclass

import numpy as np

from core.synthetic.morphable import scene as scenery
from core.synthetic.morphable.model import PARTS, MorphableFace
from core.synthetic.morphable.paint import (
    SIDE,
    Looks,
    chart,
    random_looks,
    wrinkle_levels,
    wrinkles,
)
from core.synthetic.morphable.raster import rasterise, vertex_normals
from core.synthetic.morphable.scene import Scene
from core.synthetic.morphable.shading import EYE, GUMS, MOUTH, SKIN, TEETH, shade

_SAMPLES = 2
_MATERIALS = {"mouth": MOUTH, "gums": GUMS, "teeth": TEETH, "left eye": EYE, "right eye": EYE}


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
    looks = person.looks
    tall, wide = _SAMPLES * height, _SAMPLES * width
    placed = scene.place_head(face.perform(person.vertices, weights))
    points, depth = scene.project(placed, tall, wide)
    nearest = np.zeros((tall, wide), np.float32)
    index, corner_weights = rasterise(points, depth, face.triangles, nearest)
    drawn = surface(face, looks, weights, scene, placed, index, corner_weights)
    lash, _ = rasterise(points, depth, face.lashes, nearest)
    drawn[lash >= 0, :3] *= 1 - looks.lashes
    drawn = drawn.reshape(height, _SAMPLES, width, _SAMPLES, 4).sum((1, 3)) / _SAMPLES**2

    canvas = scenery.backdrop(scene, height, width)
    if looks.length > 0:
        scenery.draw_hair_behind(scene, canvas, looks.length, looks.hair)
    canvas = drawn[..., :3] + (1 - drawn[..., 3:]) * canvas
    scenery.draw_clothes(scene, canvas)
    if scene.glasses:
        eyes = [np.mean(person.vertices[slice(*PARTS[e])], 0) for e in ("left eye", "right eye")]
        scenery.draw_glasses(scene, canvas, np.array(eyes))
    if scene.hand is not None:
        scenery.draw_hand(scene, canvas, looks.tone)
    return (np.clip(canvas, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def surface(
    face: MorphableFace,
    looks: Looks,
    weights: np.ndarray,
    scene: Scene,
    placed: np.ndarray,
    index: np.ndarray,
    corner_weights: np.ndarray,
) -> np.ndarray:
    """Linear RGB and cover (H, W, 4) of the head alone, from what :func:`rasterise` found.

    ``placed``: (V, 3) in camera space.
    """
    rest = face.neutral
    normals = vertex_normals(placed, face.triangles)
    geometry = np.column_stack([normals, placed, chart(rest), rest, looks.scalp])
    ball = rest[PARTS["left eye"][0] : PARTS["left eye"][1] + 1]
    eye = [*(ball.max(0) + ball.min(0)) / 2, looks.iris_radius, *looks.iris]
    lights = [
        [*light.towards / np.linalg.norm(light.towards), *light.colour] for light in scene.lights
    ]
    return shade(
        index,
        corner_weights,
        face.triangles,
        geometry.astype(np.float32),
        materials(len(rest)),
        looks.skin,
        folds(face, weights, looks.creases)[..., None],
        np.float32([looks.tone, looks.hair, looks.teeth]),
        np.float32(eye),
        looks.gloss,
        np.float32(lights).reshape(-1, 6),
        np.float32(scene.ambient),
        scene.distance,
    )


def folds(face: MorphableFace, weights: np.ndarray, depth: float) -> np.ndarray:
    """How much of the light the skin's folds leave (SIDE, SIDE)."""
    shade = np.ones((SIDE, SIDE), np.float32)
    lines = wrinkles()
    for name, level in wrinkle_levels(face, weights).items():
        if level > 0.02:
            shade *= 1 - np.float32(0.75 * depth * level) * lines[name]
    return shade


def materials(count: int) -> np.ndarray:
    """What each of ``count`` vertices is made of: a code of :mod:`core.synthetic.morphable.shading`."""
    kinds = np.full(count, SKIN, np.int8)
    for part, kind in _MATERIALS.items():
        kinds[PARTS[part][0] : PARTS[part][1] + 1] = kind
    return kinds
