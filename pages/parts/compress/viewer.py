"""The split view with its sliders: a component of ours that holds both sides at every quality in the
browser, so that nothing is asked of the server while one moves."""

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core import methods
from core.expressions import EXPRESSIONS
from pages.parts.compress.pictures import Picture
from pages.parts.compress.versions import Coded, Point
from pages.parts.shared import models
from pages.parts.shared.caching import cache_by_owner

_HERE = Path(__file__)
_SCRIPTS = ("stage.js", "facts.js", "viewer.js")


def _asset(name: str) -> str:
    return _HERE.with_name(name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "expressrate_viewer",
    html=_asset("viewer.html"),
    css=_asset("viewer.css"),
    js="\n".join(map(_asset, _SCRIPTS)),
)


def viewer(data: bytes, *, key: str, on_set: Callable[[], None]) -> None:
    """Show what :func:`pack` made.

    The sliders move by themselves; ``on_set`` runs a moment after a person let go of anything, and
    what is set is then in ``st.session_state[key]["set"]``.
    """
    _component(key=key, data=data, on_set_change=on_set)


def pack(face: Picture, left: Coded | None, right: Coded, settings: dict, command: int) -> bytes:
    """Everything the component shows, as one buffer: length, head (JSON), then pictures and sides.

    ``left`` is None for the original.  The component takes ``settings`` when it is new or when
    ``command`` has changed; at other times it keeps its own.
    """
    height, width = face.pixels.shape[:2]
    parts = [
        _quick_png(face.pixels),
        *(_side(side.id, side, shared=side.shared) for side in (left, right) if side),
    ]
    head = {
        "id": face.digest,
        "name": face.name,
        "height": height,
        "width": width,
        "classes": EXPRESSIONS,
        "command": command,
        "set": settings,
        "left": left is not None,
        "lengths": [len(part) for part in parts],
    }
    text = json.dumps(head).encode()
    return b"".join([struct.pack("<I", len(text)), text, *parts])


@cache_by_owner(max_entries=32, show_spinner=False)
def _side(id: str, _side: Coded) -> bytes:
    """A side as length, manifest (JSON), and a picture (PNG) a point."""
    pictures = [_quick_png(point.picture) for point in _side.points]
    manifest = {
        "id": id,
        "title": _side.version.title,
        "ours": _side.version.ours,
        "colour": methods.colour_of(_side.version.method),
        "reader": models.reader_name(_side.reader),
        "before": _rounded(_side.before),
        "points": [_described(point) for point in _side.points],
        "lengths": [len(picture) for picture in pictures],
    }
    text = json.dumps(manifest).encode()
    return b"".join([struct.pack("<I", len(text)), text, *pictures])


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


def _quick_png(picture: np.ndarray) -> bytes:
    """Lossless, for this machine's browser: speed counts, size does not."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", compress_level=1)
    return buffer.getvalue()
