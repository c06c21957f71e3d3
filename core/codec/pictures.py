"""Pictures as users bring them, as arrays, and as the codec's tensors."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from core.codec.colours import in_srgb
from core.codec.depth import check_cut, eight_bits, is_cut, is_deep
from core.errors import InputError
from core.picture_files import damaged, open_picture

if TYPE_CHECKING:
    from torch import Tensor

SIDES = (16, 4096)
"""Shortest and longest side of a picture, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureRead:
    """A picture, uint8 (H, W, 3) in sRGB, and remarks: sentences on what was done to read it."""

    pixels: np.ndarray
    remarks: tuple[str, ...] = ()


def read_picture(source: bytes | str | Path) -> np.ndarray:
    """The picture in ``source``, a file's content or its path, as uint8 (H, W, 3); as in :func:`read`."""
    return read(source).pixels


def read(source: bytes | str | Path, name: str | None = None) -> PictureRead:
    """The picture in ``source``, a file's content or its path, and remarks on it.

    EXIF orientation is applied, colours are brought to sRGB, transparency is laid on white, grey
    repeated, more bits brought to 8 (see ``depth``); of an animation the first frame counts.  A JPEG
    that lacks nothing but its end is read with a remark.  Raises InputError for anything that is not
    a picture of 16 to 4096 pixels a side.
    """
    name = name or ("The picture" if isinstance(source, bytes) else Path(source).name)
    image = open_picture(source, name)
    check_size(image.height, image.width, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(image, name)
    except InputError:
        raise
    except Exception as error:  # decoders of ten formats fail in as many ways
        raise InputError(damaged(name, image.format)) from error


def check_size(height: int, width: int, name: str = "The picture") -> None:
    """Raise InputError unless both sides have 16 to 4096 pixels."""
    low, high = SIDES
    if not (low <= height <= high and low <= width <= high):
        raise InputError(
            f"{name} is {width} x {height} pixels; both sides must have {low} to {high}: "
            f"{'crop or scale it down' if max(height, width) > high else 'take a larger one'}."
        )


def to_tensor(picture: np.ndarray) -> "Tensor":
    """(1, 3, H, W) float32 in 0..1 of a uint8 picture (H, W, 3)."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def to_picture(x: "Tensor") -> np.ndarray:
    """uint8 (H, W, 3) of a tensor (1, 3, H, W) or (3, H, W), clamped to 0..1."""
    x = as_bytes(x.detach().reshape(x.shape[-3:]))
    return x.permute(1, 2, 0).contiguous().numpy()


def as_bytes(x: "Tensor") -> "Tensor":
    """A tensor of any shape, clamped to 0..1, as uint8."""
    import torch

    return x.clamp(0, 1).mul_(255).round_().to(torch.uint8)


def png(picture: np.ndarray) -> bytes:
    """The picture, uint8 (H, W, 3), as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    return buffer.getvalue()


def _decoded(image: Image.Image, name: str) -> PictureRead:
    cut = is_cut(image)
    image, remarks = _loaded(image)
    if cut:
        check_cut(image, name)
    if image.format == "GIF" and getattr(image, "n_frames", 1) > 1:
        remarks.append("It is an animation: its first frame is taken.")
    upright = ImageOps.exif_transpose(image)
    if is_deep(image):
        upright.format, upright.tag_v2 = image.format, getattr(image, "tag_v2", {})
        deep, upright = upright, eight_bits(upright, name)
        upright.info |= {"icc_profile": deep.info.get("icc_profile")}
    colours, more = in_srgb(upright)
    return PictureRead(np.array(colours), (*remarks, *more))


def _loaded(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """The picture decoded; a JPEG that lacks its end, but none of its pixels, is completed."""
    content = image.fp.getvalue() if isinstance(image.fp, io.BytesIO) else b""
    try:
        image.load()
        return image, []
    except OSError:
        if image.format not in ("JPEG", "MPO"):
            raise
        # What follows the last pixel cannot change one: two fillings agree only if all are there.
        completed = [open_picture(content + filling + b"\xff\xd9") for filling in _FILLINGS]
        if not np.array_equal(*(np.asarray(each) for each in completed)):
            raise
        return completed[0], ["It lacks the end of a JPEG file; no pixel is missing."]


_FILLINGS = (b"\x00" * 64, b"\x55" * 64)
