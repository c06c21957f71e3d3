"""JPEG, WebP, AVIF and JPEG XL: one call to encode, one to decode, and a file of at most N bytes.

JPEG, WebP and AVIF are Pillow's (libjpeg-turbo, libwebp, libavif with aom), JPEG XL is libjxl
through imagecodecs.  Every encoder runs on one thread, so that its files are reproducible.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InputError
from core.methods import CLASSICAL

SETTINGS: dict[str, tuple[float, ...]] = {
    "jpeg": (1, 4, 8, 13, 20, 30, 45, 65, 82, 92),
    "webp": (0, 3, 8, 16, 28, 42, 57, 72, 85, 95),
    "avif": (0, 10, 18, 26, 34, 43, 53, 64, 76, 90),
    "jxl": (25, 18, 13, 9.5, 7, 5, 3.4, 2.2, 1.2, 0.5),
}
"""Operating points from the fewest bits to visually lossless, in the encoder's own unit: quality
0..100 (JPEG 1..95, beyond which libjpeg only grows), for JPEG XL the Butteraugli distance 25..0."""

_SEARCHED: dict[str, tuple[float, ...]] = {
    "jpeg": tuple(range(1, 96)),
    "webp": tuple(range(101)),
    "avif": tuple(range(101)),
    "jxl": tuple(np.round(np.geomspace(25, 0.1, 101), 3).tolist()),
}


def evenly(method: str, count: int) -> tuple[float, ...]:
    """About ``count`` settings evenly over the encoder's range, from the fewest bits up."""
    settings = _SEARCHED[method]
    places = np.linspace(0, len(settings) - 1, count).round().astype(int)
    return tuple(settings[place] for place in dict.fromkeys(places.tolist()))


@dataclass(frozen=True, slots=True)
class ClassicalFile:
    """A picture as a classical codec stores it."""

    payload: bytes  # the whole file
    method: str
    setting: float
    fits: bool  # whether the file is within the bytes that were asked for


def encode(picture: np.ndarray, method: str, setting: float) -> bytes:
    """The file of ``picture`` (H, W, 3) or (H, W) uint8 at one of the encoder's settings.

    A picture whose three channels agree is coded as grey (WebP has no grey mode and codes flat
    chroma); colour is subsampled 4:2:0 where the format knows subsampling.  No metadata is stored.
    """
    _check(picture, method)
    picture = _grey_if_possible(picture)
    if method == "jxl":
        import imagecodecs

        return imagecodecs.jpegxl_encode(
            np.ascontiguousarray(picture),
            distance=float(setting), effort=7, lossless=False, usecontainer=False, numthreads=1,
        )  # fmt: skip
    grey = picture.ndim == 2
    options = {
        "jpeg": {"quality": int(setting), "optimize": True} | ({} if grey else {"subsampling": 2}),
        "webp": {"quality": int(setting), "method": 6},
        "avif": {
            "quality": int(setting), "speed": 4, "max_threads": 1,
            "subsampling": "4:0:0" if grey else "4:2:0",
        },
    }[method]  # fmt: skip
    file = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert("RGB") if method == "webp" else image).save(file, method, **options)
    return file.getvalue()


def decode(file: bytes, method: str) -> np.ndarray:
    """The picture (H, W, 3) uint8 of a file; grey is replicated.

    Raises InputError if the bytes are not a readable file of that format.
    """
    try:
        if method == "jxl":
            import imagecodecs

            picture = imagecodecs.jpegxl_decode(file, numthreads=1)
            return np.stack([picture] * 3, axis=-1) if picture.ndim == 2 else picture[..., :3]
        with Image.open(io.BytesIO(file), formats=[method]) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        raise InputError(f"These {len(file)} bytes are not a readable {method} file.") from error


def at_bits(picture: np.ndarray, method: str, target_bytes: int) -> ClassicalFile:
    """The largest file of ``method`` that is not above ``target_bytes``.

    Searched by bisection over the encoder's whole range.  Where even its smallest file is larger,
    that one is returned with ``fits`` False.
    """
    settings = _SEARCHED[method]
    files = {0: encode(picture, method, settings[0])}
    low, high = 0, len(settings)
    while high - low > 1:
        middle = (low + high) // 2
        files[middle] = encode(picture, method, settings[middle])
        low, high = (middle, high) if len(files[middle]) <= target_bytes else (low, middle)
    fitting = [place for place, file in files.items() if len(file) <= target_bytes]
    best = max(fitting, key=lambda place: (len(files[place]), place)) if fitting else min(
        files, key=lambda place: len(files[place])
    )  # fmt: skip
    return ClassicalFile(files[best], method, settings[best], bool(fitting))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Faces side by side in one picture, row by row, so that they share a file's header."""

    picture: np.ndarray  # (rows * H, columns * W) or (..., 3)
    members: tuple[int, ...]  # which of the faces that were given stand here for the first time
    places: int  # faces on the sheet, repeats that fill it up included

    def split(self, picture: np.ndarray, side: int) -> np.ndarray:
        """The members (n, side, side[, 3]) cut out of a decoded sheet."""
        columns = picture.shape[1] // side
        cells = [divmod(place, columns) for place in range(len(self.members))]
        return np.stack(
            [picture[r * side : (r + 1) * side, c * side : (c + 1) * side] for r, c in cells]
        )


def sheets(faces: np.ndarray, per_sheet: int = 64, columns: int = 8) -> list[Sheet]:
    """Square ``faces`` (n, H, H[, 3]) on sheets of ``per_sheet``, in order.

    The last sheet is filled up with faces from the beginning, so that all sheets cost alike and a
    face always costs the file's bytes divided by ``places``.  Fewer faces than one sheet make a
    smaller one.
    """
    if not len(faces):
        raise ValueError("no faces for a sheet")
    places = min(per_sheet, -(-len(faces) // columns) * columns)
    filled: list[Sheet] = []
    for first in range(0, len(faces), places):
        wanted = np.arange(first, first + places)
        members = tuple(int(i) for i in wanted[wanted < len(faces)])
        rows = [
            np.concatenate(list(faces[line % len(faces)]), axis=1)
            for line in wanted.reshape(-1, columns)
        ]
        filled.append(Sheet(np.concatenate(rows, axis=0), members, places))
    return filled


def _grey_if_possible(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 3 and (picture == picture[..., :1]).all():
        return np.ascontiguousarray(picture[..., 0])
    return picture


def _check(picture: np.ndarray, method: str) -> None:
    if method not in CLASSICAL:
        raise ValueError(f"unknown method {method!r}; known: {', '.join(CLASSICAL)}")
    shape: Sequence[int] = picture.shape
    if picture.dtype != np.uint8 or not (
        len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    ):  # fmt: skip
        raise ValueError(f"a picture is uint8 (H, W) or (H, W, 3), not {picture.dtype} {shape}")
