"""Pictures on which a face is found and should not be believed: drawings of it, a part of it."""

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from core.synthetic.morphable.occluders import Place


def drawing(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``picture``, uint8 (H, W, 3), as a drawing: lines on paper, or a cartoon's flat colours."""
    image = Image.fromarray(picture)
    grey = image.convert("L").filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.5)))
    values = np.asarray(grey, np.float32)
    blurred = np.asarray(grey.filter(ImageFilter.GaussianBlur(rng.uniform(3, 8))), np.float32)
    lines = np.clip((values + 1) / (blurred + 1), 0, 1) ** rng.uniform(4, 12)  # a pencil's dodge
    if rng.random() < 0.5:
        paper = rng.uniform(190, 255, 3)
        return (lines[..., None] * paper).astype(np.uint8)
    flat = ImageOps.posterize(image.filter(ImageFilter.MedianFilter(7)), int(rng.integers(2, 4)))
    return (np.asarray(flat, np.float32) * lines[..., None]).astype(np.uint8)


def close_up(picture: np.ndarray, place: Place, rng: np.random.Generator) -> np.ndarray:
    """A part of a face that fills the picture: an eye, a mouth, one half; uint8, the same size."""
    side = place.width * rng.uniform(0.45, 0.95)
    x = place.x + place.width * rng.uniform(-0.3, 0.3)
    y = place.y + place.height * rng.choice([-0.25, 0.25]) + rng.normal(0, 0.03) * place.height
    box = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    size = picture.shape[1::-1]
    return np.asarray(
        Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC, box=_inside(box, size))
    )


def _inside(box: tuple, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The box moved into a picture of that size."""
    left, top, right, bottom = box
    across, down = max(0.0, -left), max(0.0, -top)
    across -= max(0.0, right - size[0])
    down -= max(0.0, bottom - size[1])
    return left + across, top + down, right + across, bottom + down
