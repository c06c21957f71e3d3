"""The split view with its quality slider: a component of ours that holds every stop in the browser."""

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.evaluation.measuring.sweep import OperatingPoint, Sweep
from core.expressions import EXPRESSIONS
from core.methods import colour_of


def _asset(kind: str) -> str:
    return Path(__file__).with_name(f"viewer.{kind}").read_text(encoding="utf-8")


_component = st.components.v2.component(
    "expressrate_viewer", html=_asset("html"), css=_asset("css"), js=_asset("js")
)


def viewer(
    data: bytes, *, quality_index: int, command: int, key: str, on_release: Callable[[], None]
) -> None:
    """Show a packed ladder at ``quality_index``.

    The slider moves by itself; ``on_release`` runs when it is let go, and the quality is then in
    ``st.session_state[key]["quality"]``.  The component goes to ``quality_index`` only when it is new or
    when ``command`` has changed.
    """
    head = struct.pack("<II", quality_index, command)
    _component(key=key, data=head + data, on_quality_change=on_release)


def pack(sweep: Sweep, name: str, id: str, method: str) -> bytes:
    """Everything the component shows, as one buffer: length, manifest (JSON), pictures (PNG)."""
    height, width = sweep.original.shape[:2]
    pictures = [_quick_png(sweep.original), *(_quick_png(point.picture) for point in sweep.points)]
    manifest = {
        "id": id,
        "name": name,
        "colour": colour_of(method),
        "height": height,
        "width": width,
        "classes": EXPRESSIONS,
        "probabilities": _rounded(sweep.probabilities),
        "points": [_described(point) for point in sweep.points],
        "lengths": [len(picture) for picture in pictures],
    }
    text = json.dumps(manifest).encode()
    return b"".join([struct.pack("<I", len(text)), text, *pictures])


def _described(point: OperatingPoint) -> dict:
    file = point.file
    rows, columns = point.cells.shape
    # The parts are priced by their symbols' probabilities; the coder's last byte or two go to y.
    z_bytes = min(file.z_bits / 8, file.payload_bytes)
    return {
        "quality_index": point.quality_index,
        "file": file.file_bytes,
        "header": file.header_bytes,
        "payload": file.payload_bytes,
        "z": round(z_bytes, 2),
        "y": round(file.payload_bytes - z_bytes, 2),
        "estimate": round((file.z_bits + file.y_bits) / 8, 2),
        "psnr": round(point.psnr, 3),
        "p": _rounded(point.probabilities),
        "cells": {"rows": rows, "columns": columns, "bits": _rounded(point.cells.ravel(), 2)},
    }


def _rounded(values: np.ndarray, digits: int = 4) -> list[float]:
    return [round(float(value), digits) for value in values]


def _quick_png(picture: np.ndarray) -> bytes:
    """Lossless, for this machine's browser: speed counts, size does not."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", compress_level=1)
    return buffer.getvalue()
