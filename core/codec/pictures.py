"""Pictures as users bring them, as arrays, and as the codec's tensors."""

import io
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from core.errors import InputError

SIDES = (16, 4096)
"""Shortest and longest side of a picture, in pixels."""


def read_picture(source: bytes | str | Path) -> np.ndarray:
    """The picture in ``source``, a file's content or its path, as uint8 (H, W, 3).

    EXIF orientation is applied, transparency laid on white, grey repeated, 16 bits brought to 8;
    of an animation the first frame counts.  Raises InputError for anything that is not a picture of
    16 to 4096 pixels a side.
    """
    name = "The picture" if isinstance(source, bytes) else Path(source).name
    try:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content))
            check_size(image.height, image.width, name)
            image = ImageOps.exif_transpose(image)
            return _as_rgb(image)
    except InputError:
        raise
    except Exception as error:  # decoders of thirty formats fail in as many ways
        raise InputError(
            f"{name} is not a picture that can be read; save it as PNG or JPEG and try again."
        ) from error


def check_size(height: int, width: int, name: str = "The picture") -> None:
    """Raise InputError unless both sides have 16 to 4096 pixels."""
    low, high = SIDES
    if not (low <= height <= high and low <= width <= high):
        raise InputError(
            f"{name} is {width} x {height} pixels; both sides must have {low} to {high}: "
            f"{'crop or scale it down' if max(height, width) > high else 'take a larger one'}."
        )


def to_tensor(picture: np.ndarray) -> Tensor:
    """(1, 3, H, W) float32 in 0..1 of a uint8 picture (H, W, 3)."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def to_picture(x: Tensor) -> np.ndarray:
    """uint8 (H, W, 3) of a tensor (1, 3, H, W) or (3, H, W), clamped to 0..1."""
    x = x.detach().reshape(x.shape[-3:]).clamp(0, 1)
    return (x * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def png(picture: np.ndarray) -> bytes:
    """The picture, uint8 (H, W, 3), as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    return buffer.getvalue()


def _as_rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
        # Pillow keeps 16-bit grey as integers; the range of floats shows in their largest.
        tops = (1.0, 255.0, 65535.0) if image.mode == "F" else (65535.0,)
        top = next((top for top in tops if values.max() <= top), tops[-1])
        grey = np.rint(values.clip(0, top) * (255 / top)).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))
