"""An .xpr file that is brought back: its header, its picture, and what is read on it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.checkpoints import Card
from core.codec import file_format
from core.codec.many import read_many
from core.codec.pictures import png
from core.codec.quality import LAST_QUALITY_INDEX
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.face.crop import crop_face, face_square
from core.face.landmarks import find_faces
from core.recognition import READ_AT, read_pictures
from core.recognition.known import described
from pages.parts.compress.pictures import Brought
from pages.parts.compress.tiles import most_likely
from pages.parts.compress.unpacking import picture_in
from pages.parts.shared import keeping, models
from pages.parts.shared.caching import cache_by_owner
from pages.parts.shared.words import plain

_TIGHT = 2 * READ_AT
"""Pixels a side up to which a picture may be a face too tight or too coarse for the face finder."""

_PART = 0.6
"""A face whose square is a smaller part of the picture is read by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A stored picture; ``quality_index`` None: without loss, ``card`` None: by no checkpoint."""

    pixels: np.ndarray  # uint8 (H, W, 3)
    quality_index: int | None
    file_bytes: float  # its share, where many share a file
    payload_bytes: int
    card: Card | None


def show_stored(brought: Brought | None) -> None:
    """What an .xpr file holds: its header, its picture and what is read on it."""
    if brought is None:
        return
    decoded = _decoded(brought.content)
    height, width = decoded.pixels.shape[:2]
    shown, facts = st.columns([1, 1.6], gap="large")
    shown.image(
        png(decoded.pixels),
        width=320,
        caption=f"Decoded from {plain(brought.name)}",
        alt="The decoded face",
    )
    with facts:
        quality = decoded.quality_index
        numbers = st.columns(3)
        numbers[0].metric("File", f"{decoded.file_bytes:,.0f} bytes")
        numbers[1].metric("Rate", f"{8 * decoded.file_bytes / (height * width):.3f} bit/pixel")
        numbers[2].metric(
            "Quality", "exact" if quality is None else f"{quality} of {LAST_QUALITY_INDEX}"
        )
        _read(decoded)
        by = "stored without loss, by no checkpoint"
        if decoded.card is not None:
            by = f"checkpoint {decoded.card.id} ({decoded.card.fingerprint[:8]} …)"
        st.caption(
            f"{width} × {height} pixels; {decoded.file_bytes - decoded.payload_bytes:.3g} bytes of "
            f"header, {decoded.payload_bytes:,} of payload; {by}."
        )
        st.download_button(
            "Decoded picture (PNG)",
            png(decoded.pixels),
            file_name=brought.name.removesuffix(".xpr") + ".png",
            mime="image/png",
            icon=":material/download:",
            help="The decoded picture without further loss.",
            on_click="ignore",
        )


def _decoded(content: bytes) -> Decoded:
    """The picture in a file, or the chosen one of many."""
    if file_format.kind_of(content) == file_format.MANY:
        return _one_of_many(content)
    header = file_format.inspect(content)
    card = None if header.exact else file_format.find_card(content)
    numbers = header.quality_index, header.file_bytes, header.payload_bytes
    return Decoded(_picture(content, shared=False), *numbers, card)


def _one_of_many(content: bytes) -> Decoded:
    many = read_many(content)
    card = file_format.card_of(many.fingerprint)
    count, place = len(many.pictures), 0
    if count > 1:
        place = (
            st.number_input(
                f"Picture (1 to {count})",
                min_value=1,
                max_value=count,
                help="The file holds several pictures; each is decoded without the others.",
            )
            - 1
        )
    stored = many.pictures[place]
    share = (many.file_bytes - many.payload_bytes) / count
    if many.names:
        st.caption(plain(many.names[place]))
    payload = len(stored.content)
    pixels = _picture(content, place, shared=False)
    return Decoded(pixels, stored.quality_index, payload + share, payload, card)


@cache_by_owner(max_entries=8, show_spinner="Decoding …")
def _picture(content: bytes, place: int = 0) -> np.ndarray:
    """The decoded picture: a stranger's file is decoded where it can break nothing."""
    return keeping.opened(picture_in, content, place)


def _read(decoded: Decoded) -> None:
    """What the classifier reads, if there is a face."""
    face = _face_in(decoded.pixels)
    if face is None:
        return
    classifier_id = (decoded.card and decoded.card.classifier) or "base"
    classifier, _ = models.classifier(classifier_id)
    probabilities = read_pictures(classifier, [face])[0]
    st.markdown(f"Read by {described(classifier_id)}: **{most_likely(probabilities)}**.")
    st.dataframe(
        {"expression": EXPRESSIONS, "probability": probabilities},
        column_config={
            "probability": st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1
            )
        },
        hide_index=True,
    )


def _face_in(pixels: np.ndarray) -> np.ndarray | None:
    """The part of a picture that is read, or None; what stands in the way is said."""
    try:
        faces = find_faces(pixels)
    except InputError as error:
        st.caption(
            f"{plain(error)} Until then, the middle of any picture is read as if it were a face."
        )
        return pixels
    if not faces and max(pixels.shape[:2]) > _TIGHT:
        st.info("No face was found in this picture: nothing is read.", icon=":material/person_off:")
        return None
    if not faces:
        st.caption(
            "The face finder sees no face; so few pixels or bits can hide one. What is read means "
            "something only if this is a face."
        )
        return pixels
    if face_square(faces[0]).side < _PART * min(pixels.shape[:2]):
        st.caption("Read on the largest face that was found.")
        return crop_face(pixels, faces[0], _TIGHT)
    return pixels
