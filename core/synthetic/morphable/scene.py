"""Where a rendered face stands: pose, camera, light, background, clothes, and what is before it."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclass(frozen=True)
class Light:
    """A distant light: ``towards`` it (unit vector in camera space), its linear RGB ``colour``."""

    towards: np.ndarray
    colour: np.ndarray


@dataclass(frozen=True)
class Scene:
    """One shot of a face.  Angles in radians, lengths in centimetres.

    ``yaw``: positive turns the face to its left; ``pitch``: up; ``roll``: clockwise as seen.
    ``place``: where the middle of the face falls in the picture, 0..1 (x, y); ``size``: the face's
    height (chin to brow and above, 20 cm) as a part of the picture's height.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 70.0
    place: tuple[float, float] = (0.5, 0.5)
    size: float = 0.6
    ambient: tuple[float, float, float] = (0.45, 0.45, 0.45)
    lights: tuple[Light, ...] = (Light(np.array([-0.3, 0.5, 0.8]), np.full(3, 0.75)),)
    backdrop: int = 0
    clothes: tuple[float, float, float] = (0.1, 0.12, 0.2)
    glasses: tuple[float, float] | None = None
    hand: int | None = None

    def rotation(self) -> np.ndarray:
        """The 3x3 rotation of the head."""
        (cy, sy), (cp, sp), (cr, sr) = (
            (np.cos(a), np.sin(a)) for a in (self.yaw, self.pitch, self.roll)
        )
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        roll = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        return (roll @ pitch @ yaw).astype(np.float32)

    def place_head(self, vertices: np.ndarray) -> np.ndarray:
        """Model vertices (V, 3) -> camera space: x right, y up, the camera at (0, 0, distance)."""
        return ((vertices - PIVOT) @ self.rotation().T + PIVOT - MIDDLE).astype(np.float32)

    def project(self, points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Camera-space points (n, 3) -> pixels (n, 2; x, y) and depth (n,)."""
        depth = self.distance - points[:, 2]
        focal = self.size * height / FACE_HEIGHT * self.distance
        x = self.place[0] * width + focal * points[:, 0] / depth
        y = self.place[1] * height - focal * points[:, 1] / depth
        return np.stack([x, y], 1), depth


PIVOT = np.array([0.0, -2.0, 1.0], np.float32)
MIDDLE = np.array([0.0, 1.5, 8.0], np.float32)
FACE_HEIGHT = 20.0


def random_scene(rng: np.random.Generator) -> Scene:
    """A shot as a webcam or a photographer could have taken it."""
    white = np.array([1.0, 1.0, 1.0]) + rng.normal(0, 0.08) * np.array([1, 0, -1])
    lights = []
    for _ in range(rng.integers(1, 4)):
        towards = np.array([rng.normal(0, 0.7), rng.normal(0.35, 0.5), abs(rng.normal(0.7, 0.4))])
        tint = white + rng.normal(0, 0.04, 3)
        lights.append(Light(towards / np.linalg.norm(towards), rng.uniform(0.15, 0.8) * tint))
    frontal = rng.random() < 0.5
    spread = 0.08 if frontal else 0.3
    return Scene(
        yaw=float(np.clip(rng.normal(0, spread), -0.75, 0.75)),
        pitch=float(np.clip(rng.normal(0, spread * 0.6), -0.45, 0.45)),
        roll=float(np.clip(rng.normal(0, 0.09), -0.35, 0.35)),
        distance=float(rng.uniform(35, 140)),
        place=(float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.44, 0.58))),
        size=float(rng.uniform(0.42, 0.72)),
        ambient=tuple(rng.uniform(0.18, 0.6) * white),
        lights=tuple(lights),
        backdrop=int(rng.integers(1, 2**31)),
        clothes=tuple(rng.random(3) ** 2),
        glasses=(float(rng.uniform(0.5, 1)), float(rng.random())) if rng.random() < 0.12 else None,
        hand=int(rng.integers(2**31)) if rng.random() < 0.05 else None,
    )


def telephone_scene(rng: np.random.Generator) -> Scene:
    """A shot as a telephone takes it: turned up to 45 degrees, near, lit from a screen or a window."""
    scene = random_scene(rng)
    changed = {"glasses": (float(rng.uniform(0.5, 1)), float(rng.random())), "hand": None}
    if scene.glasses is None and rng.random() < 0.85:
        changed["glasses"] = None
    if rng.random() < 0.25:
        changed["yaw"] = float(rng.uniform(-np.pi / 4, np.pi / 4))
    if rng.random() < 0.25:  # a screen from below, or a window from one side
        from_below = rng.random() < 0.5
        towards = np.array(
            [rng.normal(0, 0.3), -0.5, 0.8] if from_below else [rng.choice([-1, 1]), 0.1, 0.3]
        )
        colour = rng.uniform(0.4, 0.9) * (1 + rng.normal(0, 0.1) * np.array([-1, 0, 1]))
        changed["lights"] = (Light(towards / np.linalg.norm(towards), colour),)
        changed["ambient"] = tuple(rng.uniform(0.08, 0.3) * np.ones(3))
    return replace(scene, **changed)


def steady(scene: Scene) -> Scene:
    """The same shot without anything before the face."""
    return replace(scene, glasses=None, hand=None)


def backdrop(scene: Scene, height: int, width: int) -> np.ndarray:
    """What is behind the head: linear RGB (height, width, 3); number 0 is a plain grey."""
    if scene.backdrop == 0:
        return np.full((height, width, 3), 0.35, np.float32)
    rng = np.random.default_rng(scene.backdrop)
    grey = rng.uniform(0.1, 0.9) + 0.12 * rng.normal(size=(12, 16, 1))
    small = grey + 0.1 * rng.normal(size=3) + 0.03 * rng.normal(size=(12, 16, 3))
    small += np.linspace(-1, 1, 12)[:, None, None] * rng.normal(0, 0.15)
    image = Image.fromarray((np.clip(small, 0, 1) * 255).astype(np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(image)
    for _ in range(rng.integers(0, 9)):
        corner = rng.random(2) * (width, height)
        extent = rng.random(2) * (width, height) * 0.5 + 2
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        shape = pen.rectangle if rng.random() < 0.7 else pen.ellipse
        shape([*map(float, corner), *map(float, corner + extent)], fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.002, 0.03) * width))
    return (np.asarray(image, np.float32) / 255) ** 2.2


def outline(scene: Scene, points: np.ndarray, height: int, width: int) -> list[tuple[float, float]]:
    """Camera-space points (n, 3) as corners of a polygon in pixels."""
    at, _ = scene.project(np.asarray(points, np.float32), height, width)
    return [(float(x), float(y)) for x, y in at]


def fill(picture: np.ndarray, polygon: list, colour: np.ndarray, blur: float = 1.0) -> None:
    """Paint a polygon into linear RGB ``picture`` with a soft edge, in place."""
    mask = Image.new("L", picture.shape[1::-1])
    ImageDraw.Draw(mask).polygon(polygon, fill=255)
    blend(picture, mask.filter(ImageFilter.GaussianBlur(blur)), colour)


def blend(picture: np.ndarray, mask: Image.Image, colour: np.ndarray) -> None:
    """Paint ``colour`` where ``mask`` (mode L) says, in place."""
    part = np.asarray(mask, np.float32)[..., None] / 255
    picture += part * (np.asarray(colour, np.float32) - picture)


def draw_clothes(scene: Scene, picture: np.ndarray) -> None:
    """Shoulders and a collar over the end of the neck."""
    height, width = picture.shape[:2]
    deep = 1.0 + 2.0 * scene.clothes[0]
    torso = np.array(
        [(-26, -40, 0), (-23, -21, 0), (-13, -16.5, 0), (-7.5, -14, 0), (-4, -15.5 - deep, 4),
         (0, -16.0 - deep, 5), (4, -15.5 - deep, 4), (7.5, -14, 0), (13, -16.5, 0), (23, -21, 0),
         (26, -40, 0)]
    )  # fmt: skip
    light = np.asarray(scene.ambient) + 0.4 * sum(light.colour for light in scene.lights)
    colour = np.asarray(scene.clothes) * light
    fill(picture, outline(scene, torso - MIDDLE, height, width), colour, 0.004 * height)


def draw_hair_behind(scene: Scene, picture: np.ndarray, length: float, colour: np.ndarray) -> None:
    """Hair that falls behind head and neck, ``length`` 0..1."""
    height, width = picture.shape[:2]
    end = -2.0 - 16.0 * length
    shape = [(-8.2, 8, -2), (-9.5, 2, -3), (-9.8, -4, -3), (-9, end, -2), (9, end, -2)]
    shape += [(9.8, -4, -3), (9.5, 2, -3), (8.2, 8, -2)]
    points = scene.place_head(np.array(shape, np.float32))
    light = np.asarray(scene.ambient) * 0.8
    fill(picture, outline(scene, points, height, width), colour * light, 0.006 * height)


def draw_glasses(scene: Scene, picture: np.ndarray, eyes: np.ndarray) -> None:
    """Frames before ``eyes`` (2, 3), the eyes' centres in model space."""
    darkness, shape = scene.glasses
    height, width = picture.shape[:2]
    mask, pen_width = Image.new("L", (width, height)), max(1, int(0.006 * height))
    pen = ImageDraw.Draw(mask)
    turn = np.linspace(0, 2 * np.pi, 40)
    power = 1 - 0.6 * shape
    inner = []
    for eye in eyes:
        x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power * 2.5
        y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power * (1.7 + 0.5 * shape) - 0.4
        ring = eye + np.stack([x, y, np.full(40, 3.4) - 0.03 * x**2], 1)
        corners = outline(scene, scene.place_head(ring.astype(np.float32)), height, width)
        pen.line(corners, fill=255, width=pen_width)
        inner.append(eye - np.array([np.sign(eye[0]) * 2.4, -0.2, -3.6]))
        out = eye + np.array([np.sign(eye[0]) * 2.5, 0.3, 3.0])
        arm = np.array([out, out + np.array([np.sign(eye[0]) * 1.2, 0, -5.0])], np.float32)
        pen.line(outline(scene, scene.place_head(arm), height, width), fill=255, width=pen_width)
    bridge = scene.place_head(np.array(inner, np.float32))
    pen.line(outline(scene, bridge, height, width), fill=255, width=pen_width)
    blend(picture, mask.filter(ImageFilter.GaussianBlur(0.6)), np.full(3, 0.3 * (1 - darkness)))


def draw_hand(scene: Scene, picture: np.ndarray, tone: np.ndarray) -> None:
    """A few fingers before cheek, chin or mouth."""
    rng = np.random.default_rng(scene.hand)
    height, width = picture.shape[:2]
    start = np.array([rng.uniform(-9, 9), -12.0])
    way = np.array([rng.uniform(-3, 3), rng.uniform(4, 9)])
    mask = Image.new("L", (width, height))
    pen = ImageDraw.Draw(mask)
    thick = max(2, int(1.8 * scene.size * height / FACE_HEIGHT))
    for finger in range(4):
        base = start + np.array([1.9 * finger, 0])
        tip = base + way * rng.uniform(0.8, 1.1)
        ends = np.array([(*base, 14.0), (*tip, 14.0)]) - MIDDLE
        corners = outline(scene, ends, height, width)
        pen.line(corners, fill=255, width=thick)
        for x, y in corners:
            pen.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=255)
    light = np.asarray(scene.ambient) + 0.5 * sum(light.colour for light in scene.lights)
    blend(picture, mask.filter(ImageFilter.GaussianBlur(1)), tone * light * rng.uniform(0.7, 1.1))
