"""Colours to sRGB: embedded ICC profiles, and what PNG and cameras say instead of one.

Every phone writes Display P3, many cameras Adobe RGB; taken for sRGB, such a picture is paler by up to
sixteen levels.  Profiles go through LittleCMS (Pillow's ``ImageCms``); gamma and primaries without a
profile through the formulas of the PNG specification.
"""

import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
"""White, red, green and blue, x and y of each."""

_ADOBE_GAMMA = 256 / 563
_SRGB_GAMMA = 0.45455
"""PNG's gAMA of a picture in sRGB."""

_INTEROPERABILITY = 0xA005  # the Exif folder that says which colours a camera used
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_OF = ("white", "red", "green", "blue")
_NCLX_WIDE = (9, 11, 12)
"""BT.2020 and P3, as HEIF numbers primaries."""

_ROWS = 256  # at a time, so that memory does not grow with the picture


def in_srgb(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """The picture as RGB in sRGB, transparency laid on white, and remarks on what was done."""
    image = _plain(image)
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    opaque = image.convert(image.mode.removesuffix("A")) if alpha is not None else image
    colours, remarks = _converted(opaque, image.info, _camera(image))
    if alpha is not None:
        white = Image.new("RGB", colours.size, "white")
        white.paste(colours, mask=alpha)
        colours = white
    return colours, remarks


def _plain(image: Image.Image) -> Image.Image:
    """The picture in one of the modes L, LA, RGB, RGBA, CMYK and LAB."""
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    to = {"1": "L", "PA": "RGBA", "RGBa": "RGBA", "La": "LA", "RGBX": "RGB", "YCbCr": "RGB"}
    to |= {"HSV": "RGB"}
    return image.convert(to[image.mode]) if image.mode in to else image


def _camera(image: Image.Image) -> bool:
    """Whether a camera says by Exif that the picture is in Adobe RGB."""
    try:
        return image.getexif().get_ifd(_INTEROPERABILITY).get(1) == "R03"
    except Exception:  # whatever is wrong with the Exif data, the picture is fine
        return False


def _converted(image: Image.Image, info: dict, adobe: bool) -> tuple[Image.Image, list[str]]:
    if profile := info.get("icc_profile"):
        return _by_profile(image, profile)
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB"), []
    if image.mode == "CMYK":
        return image.convert("RGB"), [
            "It has inks (CMYK) without a profile: its colours are rough."
        ]
    image = image.convert("RGB")
    gamma, primaries = info.get("gamma"), info.get("chromaticity", _SRGB)
    if adobe:
        return _by_numbers(image, _ADOBE_GAMMA, _ADOBE), ["Its colours were Adobe RGB."]
    nclx = info.get("nclx_profile", {})
    if nclx.get("color_primaries", 1) in _NCLX_WIDE:
        wide = [nclx[f"color_primary_{of}_{axis}"] for of in _OF for axis in "xy"]
        return _by_numbers(image, None, wide), ["Its colours were of a wider range than sRGB."]
    usual = gamma is None or abs(gamma - _SRGB_GAMMA) < 0.005
    if "srgb" in info or gamma is None or (usual and np.allclose(primaries, _SRGB, atol=0.005)):
        return image, []
    if not 0.05 < gamma < 20:
        return image, [f"Its gamma, {gamma:g}, is left aside."]
    return _by_numbers(image, gamma, primaries), [f"Its gamma was {gamma:g}, not that of sRGB."]


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, list[str]]:
    """By the embedded profile; where that cannot be used, as if it were sRGB, and said so."""
    try:
        space, description = _described(profile)
        if image.mode == "L" and space == "RGB":
            image = image.convert("RGB")
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}.get(space) != image.mode:
            return image.convert("RGB"), [f"Its colour profile is for {space}: it is left aside."]
        transform = _transform(profile, image.mode)
        if _changes_nothing(transform, image.mode):
            return image.convert("RGB"), []
        return ImageCms.applyTransform(image, transform), [f"Its colours were {description}."]
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB"), ["Its colour profile is damaged: taken as sRGB."]


@lru_cache(maxsize=16)
def _described(profile: bytes) -> tuple[str, str]:
    """The colour space that a profile is for, and its name."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    name = " ".join(ImageCms.getProfileDescription(opened).split())
    return opened.profile.xcolor_space.strip(), name or "of an unnamed profile"


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), mode, "RGB")


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a profile is sRGB under another name: no colour moves by more than one level."""
    if mode != "RGB":
        return False
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return int(np.abs(moved.astype(int) - colours).max()) <= 1


def _by_numbers(image: Image.Image, gamma: float | None, primaries: Sequence[float]) -> Image.Image:
    """By a gamma (None: the curve of sRGB) and primaries: light, to sRGB's primaries, and its curve."""
    matrix = (np.linalg.inv(_to_xyz(_SRGB)) @ _to_xyz(primaries)).astype(np.float32)
    levels = np.arange(256, dtype=np.float32) / 255
    bent = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = (bent if gamma is None else levels ** (1 / gamma)).astype(np.float32)
    pixels = np.array(image)
    for top in range(0, len(pixels), _ROWS):
        linear = (light[pixels[top : top + _ROWS]] @ matrix.T).clip(0, 1)
        curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        pixels[top : top + _ROWS] = np.rint(255 * curved)
    return Image.fromarray(pixels)


def _to_xyz(primaries: Sequence[float]) -> np.ndarray:
    """The matrix from linear RGB to XYZ under sRGB's white (Bradford's adaptation)."""
    white, *colours = (
        np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in np.reshape(primaries, (4, 2))
    )
    matrix = np.stack(colours, axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    x, y = _SRGB[:2]
    cones = _BRADFORD @ np.array([x / y, 1.0, (1 - x - y) / y]) / (_BRADFORD @ white)
    return np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ matrix
