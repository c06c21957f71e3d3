"""What a camera and a codec do to a picture: blur, noise, few pixels, JPEG, no colour."""

import io

import numpy as np
from PIL import Image, ImageFilter

from core.picture_files import FORMATS


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """``picture``, uint8 (H, W, 3) or (H, W), after one pass of JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file, formats=FORMATS))


def add_noise(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """``picture`` uint8 with Gaussian noise of ``sigma`` levels."""
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(sigma)
    return np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)


def resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """``picture`` uint8 at another size, bicubic."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


def degrade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``picture``, uint8 (H, W, 3), as cameras and codecs of all kinds hand it on; same size."""
    height, width = picture.shape[:2]
    if rng.random() < 0.3:
        blurred = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
        picture = np.asarray(blurred)
    if rng.random() < 0.2:
        part = rng.uniform(0.3, 0.9)
        small = resize(picture, max(16, int(height * part)), max(16, int(width * part)))
        picture = resize(small, height, width)
    if rng.random() < 0.4:
        picture = add_noise(picture, rng.uniform(1, 10), rng)
    if rng.random() < 0.4:
        picture = jpeg(picture, int(rng.integers(25, 95)))
    if rng.random() < 0.3:
        grey = np.asarray(Image.fromarray(picture).convert("L"))
        picture = np.repeat(grey[..., None], 3, axis=2)
    return picture
