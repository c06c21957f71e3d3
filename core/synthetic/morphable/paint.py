"""The painted surface of a rendered person: skin, brows, lips, eyes, hair, and wrinkles that move."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.synthetic.morphable.model import PARTS, MorphableFace

SIDE = 448
"""Pixels of the painted square, which covers x in -11..11 and y in -10..14 centimetres."""

_LEFT, _TOP, _SPAN_X, _SPAN_Y = -11.0, 14.0, 22.0, 24.0

WRINKLES: dict[str, tuple[str, ...]] = {
    "forehead": ("browInnerUp", "browOuterUp"),
    "forehead middle": ("browInnerUp",),
    "glabella": ("browDown",),
    "nose bridge": ("noseSneer",),
    "crow's feet": ("cheekRaiser", "eyeSquint"),
    "under the eyes": ("cheekRaiser",),
    "nasolabial": ("mouthSmile", "noseSneer", "mouthUpperUp"),
    "below the corners": ("mouthFrown",),
    "dimples": ("mouthDimple",),
    "chin": ("mouthShrugLower",),
    "beside the lips": ("mouthStretch",),
}
"""Lines in the skin, and the shapes that deepen them."""


@dataclass(frozen=True)
class Looks:
    """How a person looks; colours are linear RGB in 0..1.

    ``skin``: (SIDE, SIDE, 3) painted in the reference coordinates of :func:`chart`.  ``scalp``: (V,)
    0..1, where hair covers the head; ``hair``: its colour; ``bulk``: its thickness in cm; ``length``:
    0..1, how far it falls behind the head.  ``creases``: how deep wrinkles are.
    """

    skin: np.ndarray
    tone: np.ndarray
    scalp: np.ndarray
    hair: np.ndarray
    bulk: float
    length: float
    iris: np.ndarray
    iris_radius: float
    teeth: np.ndarray
    lashes: float
    creases: float
    gloss: float


def chart(points: np.ndarray) -> np.ndarray:
    """Reference points (n, 2 or 3; cm) -> positions in the painted square (n, 2; x, y in pixels)."""
    x = (points[:, 0] - _LEFT) / _SPAN_X
    y = (_TOP - points[:, 1]) / _SPAN_Y
    return np.stack([x, y], 1).astype(np.float32) * SIDE


def random_looks(face: MorphableFace, rng: np.random.Generator) -> Looks:
    """Skin, hair and eyes of one person."""
    melanin, red = rng.beta(1.1, 1.3), rng.uniform(0, 1)
    tone = np.array([0.82, 0.60, 0.47]) * (1 - melanin) + np.array([0.16, 0.085, 0.055]) * melanin
    tone = (tone * rng.uniform(0.85, 1.12) * (1 + 0.06 * rng.normal(size=3))).astype(np.float32)
    hair = _hair_colour(rng, melanin)
    lip = tone * np.array([1.0 + 0.1 * red, 0.62 + 0.2 * rng.random(), 0.68 + 0.2 * rng.random()])
    if rng.random() < 0.2:
        lip = 0.4 * lip + 0.6 * np.array([rng.uniform(0.3, 0.7), rng.uniform(0, 0.12), 0.1])
    skin = _skin(tone, np.float32(red), rng)
    skin = _over(skin, lip, _lips() * rng.uniform(0.5, 1))
    brow = np.minimum(hair, tone * 0.6) if rng.random() < 0.8 else tone * 0.55
    skin = _over(skin, brow, _brows(rng))
    if rng.random() < 0.4:
        shade = tone * rng.uniform(0.55, 0.9)
        skin = _over(skin, shade, _line_eyes() * rng.uniform(0.2, 0.8))
    if rng.random() < 0.35:
        skin = _over(skin, hair * 0.8, _beard(rng))
    return Looks(
        skin=np.clip(skin, 0.01, 1).astype(np.float32),
        tone=np.clip(tone, 0.02, 1).astype(np.float32),
        scalp=_scalp(face.neutral, rng) * (rng.random() > 0.06),
        hair=hair.astype(np.float32),
        bulk=rng.uniform(0.2, 1.8),
        length=rng.choice([0.0, rng.random()]),
        iris=_iris(rng),
        iris_radius=rng.uniform(0.56, 0.66),
        teeth=np.array([0.78, 0.72, 0.6], np.float32) * rng.uniform(0.75, 1.1),
        lashes=rng.uniform(0.05, 0.4),
        creases=rng.beta(1.5, 1.5),
        gloss=rng.beta(1.5, 3),
    )


@lru_cache(maxsize=1)
def wrinkles() -> dict[str, np.ndarray]:
    """Masks (SIDE, SIDE) in 0..1 of the lines that :data:`WRINKLES` names."""
    both = lambda *lines: [*lines, *([(-x, y) for x, y in line] for line in lines)]  # noqa: E731
    strokes = {
        "forehead": [
            [(x, height + 0.25 * np.cos(x / 1.5)) for x in np.linspace(-4.6, 4.6, 15)]
            for height in (7.4, 8.5, 9.6)
        ],
        "forehead middle": [
            [(x, height - 0.07 * x**2) for x in np.linspace(-2.2, 2.2, 9)] for height in (7.2, 8.2)
        ],
        "glabella": both([(0.55, 5.0), (0.7, 6.0), (0.55, 7.0)], [(1.1, 5.4), (1.35, 6.4)]),
        "nose bridge": [
            [(-0.9, y - 0.2), (0, y + 0.05), (0.9, y - 0.2)] for y in (4.1, 3.5, 2.9)
        ] + both([(0.9, 3.2), (1.3, 2.0)]),
        "crow's feet": both(
            [(5.0, 3.8), (6.4, 4.6)], [(5.1, 3.4), (6.6, 3.4)], [(5.0, 3.0), (6.3, 2.2)]
        ),
        "under the eyes": both(
            [(1.9, 2.6), (2.9, 1.9), (4.0, 2.0), (4.9, 2.7)], [(2.3, 1.9), (3.3, 1.3), (4.6, 1.6)]
        ),
        "nasolabial": both([(1.5, -0.3), (2.4, -1.5), (3.1, -2.8), (3.4, -3.9)]),
        "below the corners": both([(2.7, -3.6), (3.0, -4.4), (2.9, -5.4)]),
        "dimples": both([(3.1, -2.9), (3.3, -3.5), (3.1, -4.1)]),
        "chin": [[(-1.4, -5.3), (0, -5.05), (1.4, -5.3)]]
        + [[(x, y), (x + 0.15, y + 0.1)] for x in (-0.9, -0.3, 0.4, 0.9) for y in (-5.9, -6.4, -6.8)],
        "beside the lips": both([(3.0, -2.6), (3.5, -3.5), (3.4, -4.6)]),
    }  # fmt: skip
    return {name: _draw(lines, width=3, blur=2.2) for name, lines in strokes.items()}


def wrinkle_levels(face: MorphableFace, weights: np.ndarray) -> dict[str, float]:
    """How deep each line is under expression ``weights`` (57,): 0..1."""
    sides: dict[str, list[float]] = {}
    for name, value in zip(face.shapes, weights, strict=True):
        sides.setdefault(name.removesuffix("_L").removesuffix("_R"), []).append(float(value))
    return {
        line: min(1.0, sum(float(np.mean(sides[shape])) for shape in shapes))
        for line, shapes in WRINKLES.items()
    }


def _draw(lines: list, width: int, blur: float) -> np.ndarray:
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    for line in lines:
        at = chart(np.array(line, float))
        pen.line([tuple(map(float, point)) for point in at], fill=255, width=width, joint="curve")
    mask = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32)
    return mask / max(1.0, mask.max())


def _over(base: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return base + np.float32(mask)[..., None] * (np.float32(colour) - base)


def _noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    """Smooth noise (SIDE, SIDE), about N(0, 1), with ``cells`` cells a side."""
    coarse = Image.fromarray(rng.normal(size=(cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@lru_cache(maxsize=1)
def _places() -> tuple[np.ndarray, np.ndarray]:
    column, row = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
    return _LEFT + column / SIDE * _SPAN_X, _TOP - row / SIDE * _SPAN_Y


@lru_cache(maxsize=64)
def _spot(x: float, y: float, wide: float, high: float) -> np.ndarray:
    """A soft spot, the same on both sides of the face."""
    at_x, at_y = _places()
    return np.exp(-(((np.abs(at_x) - x) / wide) ** 2) - ((at_y - y) / high) ** 2)


def _skin(tone: np.ndarray, red: float, rng: np.random.Generator) -> np.ndarray:
    shade = 1 + 0.05 * _noise(rng, 6) + 0.03 * _noise(rng, 40) + 0.02 * _noise(rng, 200)
    shade = shade.astype(np.float32)
    skin = tone * shade[..., None]
    blush = _spot(4.2, 0, 2.2, 2) + _spot(0, 0, 1.3, 1.5) + 0.5 * _spot(0, -6.3, 1.5, 1)
    skin = skin * (1 + red * blush[..., None] * np.float32([0.08, -0.1, -0.06]))
    tired = _spot(3.0, 2.3, 1.5, 0.5) * np.float32(rng.uniform(0, 0.3))
    skin = skin * (1 - tired[..., None] * np.float32([0.8, 1, 0.8]))
    at_x, at_y = _places()
    for _ in range(rng.integers(0, 8) if rng.random() < 0.5 else 0):
        x, y, size = rng.uniform(-6, 6), rng.uniform(-6, 9), rng.uniform(0.05, 0.14)
        near = (np.abs(at_x - x) < 0.3) & (np.abs(at_y - y) < 0.3)
        mole = 0.8 * np.exp(-((at_x[near] - x) ** 2 + (at_y[near] - y) ** 2) / size**2)
        skin[near] = _over(skin[near], tone * 0.4, mole)
    if rng.random() < 0.15:
        freckles = np.clip(_noise(rng, 160) - 1.2, 0, 1) * (_spot(3, 0.5, 3, 2) + _spot(0, 1, 2, 2))
        skin = _over(skin, tone * 0.6, np.clip(freckles, 0, 1) * 0.7)
    return skin


@lru_cache(maxsize=1)
def _lips() -> np.ndarray:
    """The red of the lips: outer contour of the mean face, softened."""
    right = [(-2.5, -3.5), (-1.7, -2.8), (-0.73, -2.42), (0, -2.5)]
    below = [(-1.8, -4.06), (-1.03, -4.3), (0, -4.4)]
    outline = right + [(-x, y) for x, y in right[::-1]] + [(-x, y) for x, y in below] + below[::-1]
    image = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(image).polygon(
        [tuple(map(float, p)) for p in chart(np.array(outline))], fill=255
    )
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1.6)), np.float32) / 255


@lru_cache(maxsize=1)
def _line_eyes() -> np.ndarray:
    upper = [(1.9, 3.3), (2.4, 3.85), (3.3, 4.1), (4.0, 3.95), (4.6, 3.45)]
    return _draw([upper, [(-x, y) for x, y in upper]], width=5, blur=2.0)


def _brows(rng: np.random.Generator) -> np.ndarray:
    """Hairs along the brow: a curve of random height, tilt, thickness and density."""
    lift, tilt, arch = rng.normal(0, 0.15), rng.normal(0, 0.12), rng.uniform(0.2, 0.75)
    thick, inner, outer = rng.uniform(0.22, 0.6), rng.uniform(0.8, 1.5), rng.uniform(5.0, 6.0)
    image = Image.new("L", (SIDE, SIDE))
    pen, hairs = ImageDraw.Draw(image), []
    for side in (-1, 1):
        for _ in range(rng.integers(150, 420)):
            t = rng.random()
            x = inner + t * (outer - inner)
            middle = 5.75 + lift + tilt * (t - 0.5) + arch * np.sin(np.pi * t**1.3) - 0.55 * t**4
            y = middle + thick * (1 - 0.75 * t) * rng.uniform(-1, 1)
            lean = rng.normal(0.7 * (1 - t) - 0.15, 0.25)
            reach = rng.uniform(0.3, 0.6)
            tip = (side * (x + reach * np.cos(lean)), y + reach * np.sin(lean))
            hairs.append((side * x, y, *tip))
    for ends in chart(np.array(hairs).reshape(-1, 2)).reshape(-1, 4).tolist():
        pen.line(ends, fill=int(rng.uniform(90, 255)), width=2)
    mask = (
        np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 1.8))), np.float32) / 255
    )
    return np.clip(mask * rng.uniform(0.7, 1.3), 0, 0.95)


def _beard(rng: np.random.Generator) -> np.ndarray:
    """Stubble or a beard over jaw and upper lip, as a mask."""
    at_x, at_y = _places()
    jaw = 1 / (1 + np.exp(-np.clip(4 * (-3.2 - at_y + 0.055 * at_x**2), -30, 30)))
    around_lips = 1 - np.clip(_lips() * 2, 0, 1)
    cheek = 1 - _spot(3.2, -1.5, 1.8, 1.6)
    lip = _spot(0, -1.85, 2.2, 0.45) * (rng.random() < 0.8)
    grain = 0.75 + 0.3 * _noise(rng, 220)
    mask = np.maximum(np.clip(jaw * cheek, 0, 1), lip) * around_lips * grain
    below_nose = at_y < -1.3
    return np.clip(mask * below_nose * rng.choice([0.15, 0.3, 0.5, 0.85]), 0, 0.95)


def _scalp(neutral: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where hair covers the head (V,): above a hairline that runs from the forehead past the ears."""
    x, y, z = neutral.T
    line = rng.uniform(8.6, 11.0) - rng.uniform(0.02, 0.05) * x**2
    temple = 4.0 + 2.2 * np.clip((z - 1.0) / 4, 0, 2) + rng.normal(0, 0.6)
    line = np.where(z < 6, np.minimum(line, temple), line)
    line = np.where(z < 0, rng.uniform(-7, -3), line)
    cover = 1 / (1 + np.exp(-np.clip(3.0 * (y - line), -30, 30)))
    ear = (np.abs(x) > 7.4) & (y < 5.0) & (z > -2.5) & (z < 4.5)
    cover[ear] *= rng.random() < 0.3
    cover[PARTS["mouth"][0] :] = 0
    return cover.astype(np.float32)


def _hair_colour(rng: np.random.Generator, melanin: float) -> np.ndarray:
    colours = np.array(
        [(0.012, 0.01, 0.01), (0.05, 0.028, 0.018), (0.13, 0.07, 0.035), (0.42, 0.28, 0.13),
         (0.25, 0.07, 0.02), (0.42, 0.42, 0.42)]
    )  # fmt: skip
    chance = np.array([0.3 + melanin, 0.25, 0.2, 0.15 * (1 - melanin), 0.05 * (1 - melanin), 0.1])
    return colours[rng.choice(len(colours), p=chance / chance.sum())] * rng.uniform(0.7, 1.3)


def _iris(rng: np.random.Generator) -> np.ndarray:
    colours = [
        (0.09, 0.04, 0.02),
        (0.05, 0.025, 0.015),
        (0.18, 0.11, 0.04),
        (0.14, 0.22, 0.32),
        (0.15, 0.2, 0.1),
    ]
    return np.array(colours[rng.integers(len(colours))], np.float32) * rng.uniform(0.7, 1.3)
