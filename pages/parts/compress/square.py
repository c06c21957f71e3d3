"""Which square of a picture is coded: the face that was found, or one set by hand."""

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.errors import InputError
from core.evaluation.measuring.sweep import LONGEST_SIDE
from core.evaluation.measuring.versions import Picture
from core.face.crop import crop_face, face_square
from core.face.landmarks import Face, find_faces
from core.face.regions import Region, cut
from core.recognition import READ_AT
from pages.parts.shared.caching import cache_by_owner
from pages.parts.shared.words import plain

SIDES = (READ_AT, 2 * READ_AT, 4 * READ_AT, LONGEST_SIDE)
_BY_HAND = "Set by hand"
_SHOWN = 640  # pixels of the longer side of a picture with several faces
_STYLE = """
.faces { position: relative; display: inline-block; max-width: 100%; line-height: 0; }
.faces img { max-width: 100%; max-height: 220px; border-radius: 0.5rem; }
.faces button { position: absolute; padding: 0; border: 2px solid #fff; outline: 1px solid #000;
  border-radius: 6px; background: none; color: #fff; font: 600 0.85rem/1.3 var(--st-font); cursor: pointer;
  display: flex; align-items: start; justify-content: start; text-indent: 4px;
  text-shadow: 0 0 3px #000, 0 0 3px #000; }
.faces button[aria-checked="true"] { border-color: var(--st-primary-color); border-width: 4px; }
.faces button:focus-visible { outline: 3px solid var(--st-primary-color); }
"""

_faces_component = st.components.v2.component(
    "expressrate_faces",
    html='<div class="faces" role="radiogroup" aria-label="Faces of the picture"></div>',
    css=_STYLE,
    js=Path(__file__).with_name("faces.js").read_text(encoding="utf-8"),
)


def choose_square(picture: Picture, place) -> Picture:
    """The square of ``picture`` that is coded, at the size that is coded.

    ``place``: the container for what need not be seen all the time.
    """
    faces = _faces_in(picture)
    with place:
        face = _which(faces)
        side = _side()
    if len(faces) > 1:
        _show_faces(picture, faces)
    if face is None:
        square = _by_hand(picture.pixels)
        pixels = np.rint(cut(picture.pixels, square, side)).clip(0, 255).astype(np.uint8)
    else:
        pixels = crop_face(picture.pixels, face, side)
    return Picture(
        picture.name, pixels, hashlib.sha256(pixels.tobytes()).hexdigest(), picture.shared
    )


def _side() -> int:
    return st.segmented_control(
        "Coded size (pixels)",
        SIDES,
        default=SIDES[0],
        required=True,
        key="side",
        bind="query-params",
        help=f"Pixels a side of the square that is coded. The classifier always looks at "
        f"{READ_AT} × {READ_AT} pixels, scaled down from what was decoded.",
    )


def _faces_in(picture: Picture) -> list[Face]:
    """The faces; what stands in the way is told, and the square is then set by hand."""
    try:
        faces = _faces(picture.digest, picture.pixels, shared=picture.shared)
    except InputError as error:
        st.warning(
            f"{plain(error)} Until then, set the square by hand.", icon=":material/crop_free:"
        )
        return []
    if not faces:
        st.info("No face was found. Set the square by hand.", icon=":material/crop_free:")
    return faces


def _name(number: int) -> str:
    return f"Face {number + 1}"


def _which(faces: list[Face]) -> Face | None:
    """The chosen face, the largest unless told otherwise; None for a square set by hand."""
    if not faces:
        return None
    options = [_name(number) for number in range(len(faces))] + [_BY_HAND]
    chosen = st.segmented_control(
        "Square around",
        options,
        default=options[0],
        required=True,
        key="pick",
        bind="query-params",
        help="Faces are numbered from the largest to the smallest; the square follows the face.",
    )
    return None if chosen == _BY_HAND else faces[options.index(chosen)]


def _show_faces(picture: Picture, faces: list[Face]) -> None:
    """The picture with its faces numbered; a click chooses one."""
    height, width = picture.pixels.shape[:2]
    boxes = []
    for number, face in enumerate(faces):
        square = face_square(face)
        boxes.append(
            {
                "name": _name(number),
                "x": 100 * (square.x - square.side / 2) / width,
                "y": 100 * (square.y - square.side / 2) / height,
                "width": 100 * square.side / width,
                "height": 100 * square.side / height,
            }
        )
    _faces_component(
        key="faces",
        data={
            "name": f"{picture.name}, {width} × {height} pixels",
            "chosen": st.session_state.get("pick", _name(0)),
            "picture": _small(picture.digest, picture.pixels, shared=picture.shared),
            "faces": boxes,
        },
        on_pick_change=_pick,
    )


def _pick() -> None:
    st.session_state["pick"] = st.session_state["faces"]["pick"]


@cache_by_owner(max_entries=16, show_spinner=False)
def _small(digest: str, _pixels: np.ndarray) -> str:
    image = Image.fromarray(_pixels)
    image.thumbnail((_SHOWN, _SHOWN))
    buffer = io.BytesIO()
    image.save(buffer, "webp", quality=85)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _by_hand(pixels: np.ndarray) -> Region:
    height, width = pixels.shape[:2]
    columns = st.columns(3)
    x = columns[0].slider(
        "Left to right (%)", 0, 100, 50,
        help="Middle of the square across the picture.", key="cx", bind="query-params",
    )  # fmt: skip
    y = columns[1].slider(
        "Top to bottom (%)", 0, 100, 50,
        help="Middle of the square down the picture.", key="cy", bind="query-params",
    )  # fmt: skip
    size = columns[2].slider(
        "Size (%)", 10, 100, 100,
        help="Side of the square, in percent of the picture's shorter side.",
        key="size", bind="query-params",
    )  # fmt: skip
    side = max(16.0, min(height, width) * size / 100)
    half = side / 2
    x = min(max(width * x / 100, half), width - half)
    y = min(max(height * y / 100, half), height - half)
    return Region(x, y, side, 0.0)


@cache_by_owner(max_entries=16, show_spinner="Looking for faces …")
def _faces(digest: str, _pixels: np.ndarray) -> list[Face]:
    return find_faces(_pixels)
