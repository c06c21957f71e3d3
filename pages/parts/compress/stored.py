"""An .xpr file that is brought back: its header, its picture, and what is read on it."""

import streamlit as st

from core.checkpoints import Card
from core.codec import file_format
from core.codec.pictures import png
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition import read_pictures
from pages.parts.compress.pictures import Brought
from pages.parts.compress.tiles import most_likely
from pages.parts.shared import models
from pages.parts.shared.words import plain


def show_stored(brought: Brought | None) -> None:
    """What an .xpr file holds: its header, its picture and what is read on it."""
    if brought is None:
        return
    header = file_format.inspect(brought.content)
    card = _maker(header)
    picture = file_format.decode(models.codec(card), card.fingerprint, brought.content)
    judge = card.classifier or "base"
    classifier, _ = models.classifier(judge)
    probabilities = read_pictures(classifier, [picture])[0]
    shown, facts = st.columns([1, 1.6], gap="large")
    shown.image(
        png(picture),
        width=320,
        caption=f"Decoded from {plain(brought.name)}",
        alt="The decoded face",
    )
    with facts:
        numbers = st.columns(3)
        numbers[0].metric("File", f"{header.file_bytes:,} bytes")
        numbers[1].metric("Rate", f"{header.file_bpp:.3f} bit/pixel")
        numbers[2].metric("Quality", f"{header.quality_index} of 255")
        st.markdown(f"Read by {models.reader_name(judge)}: **{most_likely(probabilities)}**.")
        st.dataframe(
            {"expression": EXPRESSIONS, "probability": probabilities},
            column_config={
                "probability": st.column_config.ProgressColumn(
                    format="percent", min_value=0, max_value=1
                )
            },
            hide_index=True,
        )
        st.caption(
            f"{header.width} × {header.height} pixels; {header.header_bytes} bytes of header, "
            f"{header.payload_bytes} of payload; checkpoint {card.id} ({header.fingerprint} …)."
        )
        st.download_button(
            "Decoded picture (PNG)",
            png(picture),
            file_name=brought.name.removesuffix(".xpr") + ".png",
            mime="image/png",
            icon=":material/download:",
            help="The decoded picture without further loss.",
            on_click="ignore",
        )


def _maker(header: file_format.Header) -> Card:
    """The card of the codec that wrote a file; InputError if its checkpoint is not here."""
    cards = models.codec_cards()
    for card in cards:
        if card.fingerprint.startswith(header.fingerprint):
            return card
    known = ", ".join(f"{card.id} ({card.fingerprint[:6]})" for card in cards)
    raise InputError(
        f"This .xpr file was made with another checkpoint: its fingerprint begins with "
        f"{header.fingerprint}. Here are: {known}."
    )
