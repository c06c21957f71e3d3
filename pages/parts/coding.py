"""One face at every quality: the viewer, the file to take away, other codecs at the same bytes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.checkpoints import Card
from core.codec import classical
from core.codec.pictures import png
from core.evaluation.ladder import Ladder, climb, read_expression
from core.evaluation.metrics import psnr
from core.figures import METHODS, name_of
from core.recognition import EXPRESSIONS
from pages.parts import models
from pages.parts.frame import errors_shown
from pages.parts.pictures import Picture
from pages.parts.viewer import pack, viewer

FIRST_STOP = 96
_VIEWER = "viewer"
_TILE = 190  # pixels


def show_ladder(face: Picture) -> None:
    """Everything about one square picture."""
    card = _choose_codec()
    _explore(face, card)


@st.fragment
def _explore(face: Picture, card: Card) -> None:
    """The viewer and what follows its chosen stop; only this runs again when the slider is let go."""
    ladder = _ladder(face.digest, card.id, card.fingerprint, face.pixels)
    with errors_shown():
        _go_to_wanted_rate(ladder)
    stop = _chosen_stop()
    viewer(
        _packed(face.digest, card.id, card.fingerprint, face.name, ladder, card.method),
        stop=stop,
        command=st.session_state.setdefault("command", 0),
        key=_VIEWER,
        on_release=_released,
    )
    _act(ladder, stop, card)
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


def _want_rate() -> None:
    st.session_state["wanted"] = st.session_state["target"]


def _go_to_wanted_rate(ladder: Ladder) -> None:
    """Where a rate was asked for, go to the best stop within it."""
    wanted = st.session_state.pop("wanted", None)
    if wanted is not None:
        st.session_state["stop"] = ladder.within(wanted).stop
        st.session_state["command"] = st.session_state.get("command", 0) + 1


def _released() -> None:
    st.session_state["stop"] = int(st.session_state[_VIEWER]["stop"])


# -- what follows the stop ------------------------------------------------------------------------


def _act(ladder: Ladder, stop: int, card: Card) -> None:
    """The file to take away, and a quality by its rate instead of by hand."""
    rung = ladder.nearest(stop)
    with st.container(horizontal=True, vertical_alignment="bottom"):
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
        st.number_input(
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
        st.button(
            "Find the quality",
            on_click=_want_rate,
            icon=":material/search:",
            help="Moves the slider to the best quality whose file is not larger than that.",
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
            f"{most_likely(tile.probabilities)}"
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


def most_likely(probabilities: np.ndarray) -> str:
    best = int(probabilities.argmax())
    return f"{EXPRESSIONS[best]} ({probabilities[best]:.0%})"
