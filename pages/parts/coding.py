"""One face at every quality: the viewer, the file to take away, other codecs at the same bytes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.checkpoints import Card
from core.codec import bitstream, classical
from core.codec.pictures import png
from core.errors import InputError
from core.evaluation.ladder import Ladder, climb, read_expression
from core.evaluation.metrics import psnr
from core.figures import METHODS, name_of
from core.recognition import EXPRESSIONS
from pages.parts import models
from pages.parts.frame import errors_shown
from pages.parts.pictures import Brought, Picture
from pages.parts.viewer import pack, viewer

FIRST_STOP = 96
_VIEWER = "viewer"
_TILE = 190  # pixels


def show_ladder(face: Picture) -> None:
    """Everything about one square picture."""
    card = _choose_codec()
    _explore(face, card)


def show_stored(brought: Brought | None) -> None:
    """What an .xpr file holds: its header, its picture and what is read on it."""
    if brought is None:
        return
    header = bitstream.inspect(brought.content)
    card = _maker(header)
    picture = bitstream.decode(models.codec(card), card.fingerprint, brought.content)
    classifier, _ = models.classifier(card.classifier or "base")
    probabilities = read_expression(classifier, picture)
    shown, facts = st.columns([1, 1.6], gap="large")
    shown.image(
        png(picture), width=320, caption=f"Decoded from {brought.name}", alt="The decoded face"
    )
    with facts:
        numbers = st.columns(3)
        numbers[0].metric("File", f"{header.file_bytes:,} bytes")
        numbers[1].metric("Rate", f"{header.file_bpp:.3f} bit/pixel")
        numbers[2].metric("Quality", f"{header.stop} of 255")
        st.markdown(f"The classifier reads **{_read(probabilities)}**.")
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
            f"{header.width} × {header.height} pixels; {bitstream.HEADER_BYTES} bytes of header, "
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


@st.fragment
def _explore(face: Picture, card: Card) -> None:
    """The viewer and what follows its chosen stop; only this runs again when the slider is let go."""
    ladder = _ladder(face.digest, card.id, card.fingerprint, face.pixels)
    stop = _chosen_stop()
    viewer(
        _packed(face.digest, card.id, card.fingerprint, face.name, ladder, card.method),
        stop=stop,
        command=st.session_state.setdefault("command", 0),
        key=_VIEWER,
        on_release=_released,
    )
    _offer_files(ladder, stop, card)
    with errors_shown():
        _find_rate(ladder)
    _compare(face, ladder, stop, card)


def _choose_codec() -> Card:
    """The only codec there is, or the one that is chosen."""
    cards = {card.id: card for card in models.codec_cards()}
    if len(cards) == 1:
        return next(iter(cards.values()))
    chosen = st.segmented_control(
        "Codec",
        list(cards),
        default="baseline" if "baseline" in cards else next(iter(cards)),
        required=True,
        format_func=lambda id: name_of(cards[id].method, cards[id].gamma or np.nan, cards[id].seed),
        key="codec",
        bind="query-params",
        help="How the codec was trained; γ is the weight of recognition in its loss.",
    )
    return cards[chosen]


# -- the stop -------------------------------------------------------------------------------------


def _chosen_stop() -> int:
    """The stop of the session, at first that of the link; kept in the link."""
    if "stop" not in st.session_state:
        linked = st.query_params.get("stop", "")
        st.session_state["stop"] = min(255, int(linked)) if linked.isdecimal() else FIRST_STOP
    st.query_params["stop"] = str(st.session_state["stop"])
    return st.session_state["stop"]


def _released() -> None:
    st.session_state["stop"] = int(st.session_state[_VIEWER]["stop"])


def _find_rate(ladder: Ladder) -> None:
    """Go to the best stop within a rate."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.number_input(
            "At most (bit/pixel)",
            min_value=0.01,
            max_value=24.0,
            value=0.5,
            step=0.05,
            key="target",
            bind="query-params",
            width=170,
            help="Bits per pixel of the whole file, header included.",
        )
        if st.button(
            "Find the quality",
            icon=":material/search:",
            help="Moves the slider to the best quality whose file is not larger than that.",
        ):
            st.session_state["stop"] = ladder.within(target).stop
            st.session_state["command"] += 1
            st.rerun(scope="fragment")


# -- what follows the stop ------------------------------------------------------------------------


def _offer_files(ladder: Ladder, stop: int, card: Card) -> None:
    rung = ladder.nearest(stop)
    with st.container(horizontal=True):
        st.download_button(
            f"Stored file (.xpr, {rung.file.file_bytes:,} bytes)",
            rung.file.payload,
            file_name=f"face-q{rung.stop}.xpr",
            mime="application/octet-stream",
            icon=":material/download:",
            help="The real file at the quality where the slider was let go. Bring it back under "
            "“Stored file”, or decode it with: python -m core.codec decode FILE.xpr FACE.png",
            on_click="ignore",
        )
        st.download_button(
            "Decoded picture (PNG)",
            png(rung.picture),
            file_name=f"face-q{rung.stop}.png",
            mime="image/png",
            icon=":material/image:",
            help="What the codec gives back, without further loss.",
            on_click="ignore",
        )
    st.caption(
        f"At quality {rung.stop} of 255, checkpoint {card.id}. This page's address restores the "
        "view."
    )


def _compare(face: Picture, ladder: Ladder, stop: int, card: Card) -> None:
    rung = ladder.nearest(stop)
    st.subheader(f"Other codecs in {rung.file.file_bytes:,} bytes", anchor=False)
    st.caption(
        "The largest file of each codec that is not above this face's, headers counted. Where even "
        "its smallest is larger, that one is shown and marked."
    )
    own = Tile(rung.picture, rung.file.file_bytes, rung.psnr, rung.probabilities)
    with st.container(horizontal=True, gap="medium"):
        _show_tile(f"{METHODS[card.method][0].split(',')[0]} (here)", own)
        for method in classical.METHODS:
            tile = _classical(face.digest, method, rung.file.file_bytes, face.pixels)
            _show_tile(METHODS[method][0], tile)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One codec's version of the face; ``fits``: within the bytes that were asked for."""

    picture: np.ndarray
    file_bytes: int
    psnr: float
    probabilities: np.ndarray
    fits: bool = True


def _show_tile(name: str, tile: Tile) -> None:
    with st.container(width=_TILE, gap="small"):
        st.image(png(tile.picture), width=_TILE, alt=f"The face as {name} stores it")
        st.markdown(
            f"**{name}**  \n{tile.file_bytes:,} bytes  \n{tile.psnr:.1f} dB  \n"
            f"{_read(tile.probabilities)}"
        )
        if not tile.fits:
            st.badge("cannot be smaller", color="orange")


@st.cache_resource(max_entries=24, show_spinner="Coding every quality …")
def _ladder(digest: str, id: str, fingerprint: str, _pixels: np.ndarray) -> Ladder:
    card = next(card for card in models.codec_cards() if card.id == id)
    classifier, _ = models.classifier(card.classifier or "base")
    return climb(models.codec(card), fingerprint, classifier, _pixels)


@st.cache_resource(max_entries=24, show_spinner=False)
def _packed(digest: str, id: str, fingerprint: str, name: str, _ladder: Ladder, _method: str):
    return pack(_ladder, name, f"{digest}-{fingerprint}", _method)


@st.cache_resource(max_entries=256, show_spinner="Asking the other codecs …")
def _classical(digest: str, method: str, target_bytes: int, _pixels: np.ndarray) -> Tile:
    file = classical.at_bits(_pixels, method, target_bytes)
    picture = np.array(classical.decode(file.payload, method))
    classifier, _ = models.classifier()
    db = float(psnr(_pixels[None], picture[None])[0])
    probabilities = read_expression(classifier, picture)
    return Tile(picture, len(file.payload), db, probabilities, file.fits)


def _read(probabilities: np.ndarray) -> str:
    best = int(probabilities.argmax())
    return f"{EXPRESSIONS[best]} ({probabilities[best]:.0%})"


def _maker(header: bitstream.Header) -> Card:
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
