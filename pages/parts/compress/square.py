"""Which square of a picture is coded: the face that was found, or one set by hand."""

import hashlib

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core.errors import InputError
from core.evaluation.measuring.sweep import LONGEST_SIDE
from core.face.crop import crop_face, face_square
from core.face.landmarks import Face, find_faces
from core.face.regions import Region, cut
from core.recognition import READ_AT
from pages.parts.compress.pictures import Picture

SIDES = (READ_AT, 2 * READ_AT, 4 * LONGEST_SIDE)
_BY_HAND = "Set by hand"
_PREVIEW = 112  # pixels


def choose_square(picture: Picture) -> Picture:
    """The square of ``picture`` that is coded, at the size that is coded."""
    found = _found(picture)
    with st.container(horizontal=True, gap="large", vertical_alignment="center"):
        shown = st.empty()
        face = _which(found)
        side = _side()
    square = _by_hand(picture.pixels) if face is None else face_square(face)
    height, width = picture.pixels.shape[:2]
    shown.image(
        _outlined(picture.pixels, square),
        width=round(_PREVIEW * min(1.0, width / height)),
        alt=f"{picture.name}, {width} × {height} pixels, with the coded square outlined",
    )
    if face is None:
        pixels = np.rint(cut(picture.pixels, square, side)).clip(0, 255).astype(np.uint8)
    else:
        pixels = crop_face(picture.pixels, face, side)
    return Picture(picture.name, pixels, hashlib.sha256(pixels.tobytes()).hexdigest())


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


def _found(picture: Picture) -> list[Face]:
    """The faces; what stands in the way is told, and the square is then set by hand."""
    try:
        found = _faces(picture.digest, picture.pixels)
    except InputError as error:
        st.warning(f"{error} Until then, set the square by hand.", icon=":material/crop_free:")
        return []
    if not found:
        st.info("No face was found. Set the square by hand.", icon=":material/crop_free:")
    elif len(found) > 1:
        st.info(
            f"{len(found)} faces were found. Choose one, or set the square by hand.",
            icon=":material/group:",
        )
    return found


def _which(found: list[Face]) -> Face | None:
    """The chosen face, the largest unless told otherwise; None for a square set by hand."""
    if not found:
        return None
    options = [f"Face {number + 1}" for number in range(len(found))] + [_BY_HAND]
    chosen = st.segmented_control(
        "Square around",
        options,
        default=options[0],
        required=True,
        key="pick",
        bind="query-params",
        help="Faces are numbered from the largest to the smallest; the square follows the face.",
    )
    return None if chosen == _BY_HAND else found[options.index(chosen)]


def _by_hand(pixels: np.ndarray) -> Region:
    height, width = pixels.shape[:2]
    columns = st.columns(3)
    settings = {"key": "cx", "bind": "query-params"}
    x = columns[0].slider(
        "Left to right (%)", 0, 100, 50, help="Middle of the square across the picture.", **settings
    )
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


@st.cache_resource(max_entries=16, show_spinner="Looking for faces …")
def _faces(digest: str, _pixels: np.ndarray) -> list[Face]:
    return find_faces(_pixels)


def _outlined(pixels: np.ndarray, square: Region) -> Image.Image:
    """A small copy of the picture with the square drawn on it."""
    shrink = _PREVIEW / max(pixels.shape[:2])
    height, width = (round(side * shrink) for side in pixels.shape[:2])
    small = Image.fromarray(pixels).resize((2 * width, 2 * height))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)
    points = [tuple(point) for point in square.to_picture(corners)[:, :2] * shrink * 2]
    draw = ImageDraw.Draw(small)
    draw.line(points, fill="black", width=7, joint="curve")
    draw.line(points, fill="white", width=3, joint="curve")
    return small
