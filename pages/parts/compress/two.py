"""Two pictures of one's own against each other: one on either side, their error, and what is read."""

import hashlib

import numpy as np
import streamlit as st
from PIL import Image

from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.versions import Coded, Picture, Point, Version
from core.face.crop import face_or_middle
from core.recognition import read_pictures
from core.site.viewer import buffer
from pages.parts.compress import settings
from pages.parts.compress.pictures import KINDS, Brought, read
from pages.parts.compress.viewer import viewer
from pages.parts.shared import keeping, models
from pages.parts.shared.words import plain

_KEY = "two"


def show_two() -> None:
    """Both uploaders; the view when there are two pictures.  InputError for what is no picture."""
    brought = [_brought(place, column) for place, column in enumerate(st.columns(2))]
    if None in brought:
        st.info("Bring two pictures: the first stands on the left.", icon=":material/compare:")
        return
    left, right = (read(each.name, each.content) for each in brought)
    pixels, size_note = _as_large_as(left.pixels, right.pixels)
    classifier, card = models.classifier()
    before, after = read_pictures(
        classifier, [face_or_middle(left.pixels), face_or_middle(right.pixels)]
    )
    level = min(float(psnr(left.pixels[None], pixels[None])[0]), 99.0)
    point = Point(0.0, brought[1].content, pixels, level, after)
    id = hashlib.sha256(pixels.tobytes() + card.fingerprint.encode()).hexdigest()
    side = Coded(id, Version(right.name, "original"), "base", before, (point,))
    remark = (
        f"{len(brought[0].content):,} bytes, {left.pixels.shape[1]} × {left.pixels.shape[0]} pixels"
    )
    packed = buffer.pack(
        Picture(left.name, left.pixels, left.digest), None, buffer.pack_side(side),
        settings.current(), settings.command(), original=(left.name, remark),
    )  # fmt: skip
    viewer(packed, key=f"{_KEY}_viewer", on_set=_set)
    st.caption(
        f"{size_note}Read by the base classifier on the largest face of each, on its middle where none is "
        "found. PSNR and the error map compare the right picture with the left."
    )


def _brought(place: int, column) -> Brought | None:
    """One picture, kept for the visit."""
    name = f"brought_{_KEY}_{place}"
    with column:
        given = st.file_uploader(
            ("Left picture", "Right picture")[place], KINDS, key=f"{name}_widget", on_change=_keep,
            args=(name,), help="16 to 4096 pixels a side. It stays on this machine.",
        )  # fmt: skip
        earlier = keeping.things().get(name)
        if earlier is not None and given is None:
            st.caption(f"Still here from before: {plain(earlier.name)}")
    return earlier


def _keep(name: str) -> None:
    given = st.session_state[f"{name}_widget"]
    if given is None:
        keeping.things().pop(name, None)
    else:
        keeping.things()[name] = Brought(given.name, given.getvalue())


def _as_large_as(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, str]:
    """The second picture at the size of the first, and a remark where that changed it."""
    if first.shape == second.shape:
        return second, ""
    height, width = first.shape[:2]
    resized = Image.fromarray(second).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized), (
        f"The right picture has {second.shape[1]} × {second.shape[0]} pixels and is shown at the left "
        "one's size. "
    )


def _set() -> None:
    settings.remember(st.session_state[f"{_KEY}_viewer"]["set"] or {})
