"""What the viewer shows, as one buffer: the length of the head (little-endian, 4 bytes), the head (JSON),
then its parts: the original, and for each coded side a buffer of the same kind.
"""

import io
import json
import struct
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from core import methods
from core.evaluation.measuring.versions import Coded, Picture, Point
from core.expressions import EXPRESSIONS
from core.recognition.known import described

AsFile = Callable[[np.ndarray], bytes]
"""A picture, uint8 (H, W, 3), as a file that browsers open."""


def quick_png(picture: np.ndarray) -> bytes:
    """Lossless, for this machine's browser: speed counts, size does not."""
    return _saved(picture, "png", compress_level=1)


def small(picture: np.ndarray) -> bytes:
    """Lossless and small, for a page that is handed round."""
    return _saved(picture, "webp", lossless=True, quality=60, method=4)


def lossy(quality: int) -> AsFile:
    """WebP of that quality, for a page that would else be too large."""
    return lambda picture: _saved(picture, "webp", quality=quality, method=4)


def first_settings(quality: float, **changed: object) -> dict:
    """What the viewer begins with: the whole picture, half and half, equal bytes."""
    first = {
        "quality": quality, "quality_left": None, "equal_bytes": True, "view": "decoded",
        "zoom": 1.0, "split": 0.5, "x": 0.5, "y": 0.5,
    }  # fmt: skip
    return first | changed


def pack(
    face: Picture, left: bytes | None, right: bytes, settings: dict, command: int,
    as_file: AsFile = quick_png, original: tuple[str, str] | None = None,
) -> bytes:  # fmt: skip
    """One face on two sides, each as :func:`pack_side` made it; ``left`` is None for the original.

    ``original``: its title and what is said of it, where it is no original but a picture of its own.

    The component takes ``settings`` when it is new or when ``command`` has changed; at other times it
    keeps its own.
    """
    parts = [as_file(face.pixels), *([left] if left is not None else []), right]
    head = _head(face, settings, command) | {"left": left is not None, "original": original}
    return joined(head, parts)


def pack_live(
    face: Picture, sides: Sequence[Coded], settings: dict, as_file: AsFile = small
) -> bytes:
    """One face and every side on offer, for the component that lets one choose among them.

    ``settings`` may name ``left`` and ``right``, by the titles of their versions.
    """
    head = _head(face, settings, 0) | {"sides": [side.version.title for side in sides]}
    return joined(head, [as_file(face.pixels), *(pack_side(side, as_file) for side in sides)])


def pack_side(side: Coded, as_file: AsFile = quick_png) -> bytes:
    """A side: its title, what its classifier reads on the original, and a picture a point."""
    pictures = [as_file(point.picture) for point in side.points]
    return joined(
        {
            "id": side.id,
            "title": side.version.title,
            "ours": side.version.ours,
            "colour": methods.colour_of(side.version.method),
            "reader": described(side.classifier),
            "before": _rounded(side.before),
            "points": [_described(point) for point in side.points],
        },
        pictures,
    )


def joined(head: dict, parts: Sequence[bytes]) -> bytes:
    """The buffer of a head and its parts."""
    text = json.dumps(head | {"lengths": [len(part) for part in parts]}).encode()
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def _head(face: Picture, settings: dict, command: int) -> dict:
    height, width = face.pixels.shape[:2]
    return {
        "id": face.digest,
        "name": face.name,
        "height": height,
        "width": width,
        "classes": EXPRESSIONS,
        "command": command,
        "set": settings,
    }


def _described(point: Point) -> dict:
    description = {
        "setting": float(point.setting),
        "file": point.file_bytes,
        "psnr": round(point.psnr, 3),
        "p": _rounded(point.probabilities),
    }
    if point.ours is None:
        return description
    file = point.ours
    rows, columns = point.cells.shape
    # The parts are priced by their symbols' probabilities; the coder's last byte or two go to y.
    z_bytes = min(file.z_bits / 8, file.payload_bytes)
    return description | {
        "header": file.header_bytes,
        "payload": file.payload_bytes,
        "z": round(z_bytes, 2),
        "y": round(file.payload_bytes - z_bytes, 2),
        "estimate": round((file.z_bits + file.y_bits) / 8, 2),
        "cells": {"rows": rows, "columns": columns, "bits": _rounded(point.cells.ravel(), 2)},
    }


def _rounded(values: np.ndarray, digits: int = 4) -> list[float]:
    return [round(float(value), digits) for value in values]


def _saved(picture: np.ndarray, format: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format, **how)
    return buffer.getvalue()
