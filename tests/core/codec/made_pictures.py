"""Small pictures as files."""

import io

import numpy as np
from PIL import Image


def stored(image: Image.Image, kind: str = "png", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def ramp(height: int = 24, width: int = 40) -> np.ndarray:
    return np.add.outer(np.arange(height) * 3, np.arange(width) * 2).astype(np.uint8)
