"""What comes before a face: hands, hair, masks, cups and phones, drawn over a finished picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("hand", "hair", "mask", "thing")
_CHANCES = (0.45, 0.25, 0.12, 0.18)
_OVAL = (0.44, 0.5)
"""Half axes of a face, in the width and height of its landmarks' box."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face lies in a picture: its middle (x, y), width and height in pixels, and its roll."""

    x: float
    y: float
    width: float
    height: float
    roll: float = 0.0

    @classmethod
    def of(cls, points: np.ndarray, roll: float = 0.0) -> "Place":
        """The place of a face with outline points (n, 2; x, y) in pixels."""
        low, high = points.min(0), points.max(0)
        return cls(*map(float, (low + high) / 2), *map(float, high - low), roll)

    def to_picture(self, points: np.ndarray) -> list[tuple[float, float]]:
        """Points (n, 2) in half widths and half heights of the face, y down, to pixels."""
        u, v = points[:, 0] * self.width / 2, points[:, 1] * self.height / 2
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        at = np.stack([self.x + cos * u - sin * v, self.y + sin * u + cos * v], 1)
        return [(float(x), float(y)) for x, y in at]

    def mask(self, height: int, width: int) -> np.ndarray:
        """(height, width) True on the face, taken for an oval."""
        row, column = np.mgrid[:height, :width]
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        x, y = column + 0.5 - self.x, row + 0.5 - self.y
        across, down = cos * x + sin * y, cos * y - sin * x
        wide, high = _OVAL[0] * self.width, _OVAL[1] * self.height
        return (across / wide) ** 2 + (down / high) ** 2 <= 1


def cover(
    picture: np.ndarray, place: Place, rng: np.random.Generator, kind: str | None = None
) -> tuple[np.ndarray, float]:
    """The picture, uint8 (H, W, 3), with something before the face, and the share of it that is hidden.

    ``kind``: one of :data:`KINDS`, by default one at random.
    """
    kind = kind or str(rng.choice(KINDS, p=_CHANCES))
    height, width = picture.shape[:2]
    mask = Image.new("L", (width, height))
    _DRAW[kind](ImageDraw.Draw(mask), place, rng)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(max(0.6, 0.006 * place.width))))
    face = place.mask(height, width)
    share = float((soft[face] > 127).mean()) if face.any() else 0.0
    colour = _colour(kind, picture, face, rng)
    grain = 1 + 0.06 * _smooth_noise(height, width, rng)
    slope = 1 + 0.15 * rng.normal() * np.linspace(-1, 1, width)[None, :]
    paint = np.clip(colour * (grain * slope)[..., None], 0, 255)
    part = soft[..., None] / 255.0
    return (picture * (1 - part) + paint * part + 0.5).astype(np.uint8), share


def _hand(pen: ImageDraw.ImageDraw, place: Place, rng: np.random.Generator) -> None:
    """A palm and four fingers that reach from below or from a side over mouth, cheek, chin or eye."""
    goal = np.array([rng.uniform(-0.7, 0.7), rng.choice([0.5, 0.55, 0.0, -0.35])])
    goal = goal + rng.normal(0, 0.12, 2)
    turn = rng.uniform(-0.5, 0.5) + rng.choice([0.0, np.pi / 2, -np.pi / 2], p=[0.5, 0.25, 0.25])
    along = np.array([np.sin(turn), -np.cos(turn)])
    across = np.array([np.cos(turn), np.sin(turn)])
    thick = rng.uniform(0.2, 0.27)
    reach = rng.uniform(0.5, 0.8)
    spread = rng.uniform(0.95, 1.3)
    palm = goal - along * reach * 0.9
    ring = np.linspace(0, 2 * np.pi, 30)
    oval = palm + 0.5 * np.outer(np.cos(ring), across) + 0.6 * np.outer(np.sin(ring), along)
    pen.polygon(place.to_picture(oval), fill=255)
    for finger in range(4):
        base = palm + across * (finger - 1.5) * thick * spread
        tip = base + along * (reach + 0.6) * rng.uniform(0.85, 1.1)
        _rounded(pen, place, base, tip, thick)
    if rng.random() < 0.6:
        side = rng.choice([-1.0, 1.0])
        _rounded(pen, place, palm, palm + side * 0.8 * across + 0.4 * along, thick * 1.1)


def _hair(pen: ImageDraw.ImageDraw, place: Place, rng: np.random.Generator) -> None:
    """Strands that fall from the forehead over an eye or a cheek."""
    side = rng.choice([-1.0, 1.0])
    start = side * rng.uniform(0.0, 0.6)
    for _ in range(rng.integers(6, 40)):
        x = start + rng.normal(0, 0.2)
        way = np.linspace(0, 1, 8)
        bend, fall = rng.normal(0.3, 0.2) * side, rng.uniform(0.5, 1.6)
        points = np.stack([x + bend * way**2, -1.1 + fall * way], 1)
        width = max(1, int(place.width * rng.uniform(0.008, 0.05)))
        pen.line(place.to_picture(points), fill=int(rng.uniform(160, 255)), width=width)


def _mask(pen: ImageDraw.ImageDraw, place: Place, rng: np.random.Generator) -> None:
    """A mask or a scarf over mouth and chin."""
    top = rng.uniform(-0.05, 0.35)
    edge = [(x, top + 0.12 * x**2) for x in np.linspace(-1.0, 1.0, 9)]
    pen.polygon(place.to_picture(np.array([*edge, (0.9, 0.9), (0, 1.2), (-0.9, 0.9)])), fill=255)


def _thing(pen: ImageDraw.ImageDraw, place: Place, rng: np.random.Generator) -> None:
    """A cup, a telephone or a microphone: a turned box somewhere before the face."""
    middle = np.array([rng.uniform(-0.8, 0.8), rng.uniform(-0.4, 1.0)])
    size, turn = rng.uniform(0.15, 0.5, 2), rng.uniform(-0.6, 0.6)
    box = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * size
    cos, sin = np.cos(turn), np.sin(turn)
    pen.polygon(place.to_picture(middle + box @ np.array([[cos, sin], [-sin, cos]])), fill=255)


def _rounded(pen: ImageDraw.ImageDraw, place: Place, base, tip, thick: float) -> None:
    ends = place.to_picture(np.array([base, tip]))
    radius = thick * place.width / 4
    pen.line(ends, fill=255, width=max(1, int(2 * radius)))
    for x, y in ends:
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)


def _colour(
    kind: str, picture: np.ndarray, face: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    skin = np.median(picture[face], 0) if face.any() else np.full(3, 150.0)
    if kind == "hand":
        return skin * rng.uniform(0.75, 1.15)
    if kind == "hair":
        return skin * rng.uniform(0.1, 0.9) * np.array([1.0, 0.9, 0.8])
    return rng.uniform(15, 240, 3) * 0.5 + rng.uniform(15, 240) * 0.5


def _smooth_noise(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    coarse = Image.fromarray(rng.normal(size=(10, 10)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


_DRAW = {"hand": _hand, "hair": _hair, "mask": _mask, "thing": _thing}
