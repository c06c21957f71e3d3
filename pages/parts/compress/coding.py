"""One face at every quality: the viewer, the file to take away, other codecs at the same bytes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import methods
from core.checkpoints import Card
from core.codec import classical, file_format
from core.codec.latents import analyse
from core.codec.pictures import png
from core.codec.rate_control import encode_within
from core.errors import InputError
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.sweep import Sweep, sweep_picture
from core.evaluation.results.equal_accuracy import least_point
from core.expressions import EXPRESSIONS
from core.methods import CLASSICAL
from core.recognition import read_pictures
from pages.parts.compress.pictures import Picture
from pages.parts.compress.viewer import pack, viewer
from pages.parts.shared import models, regimes, results
from pages.parts.shared.frame import errors_shown
from pages.parts.shared.regimes import Reading

FIRST_QUALITY_INDEX = 96
_VIEWER = "viewer"
_TILE = 190  # pixels


def show_sweep(face: Picture) -> None:
    """Everything about one square picture."""
    _explore(face, regimes.choose_reading())


@st.fragment
def _explore(face: Picture, reading: Reading) -> None:
    """The viewer and what follows its chosen stop; only this runs again when the slider is let go."""
    sweep = sweep_of(face, reading)
    with errors_shown():
        _go_to_wanted_rate(sweep)
    with errors_shown():
        _go_to_wanted_accuracy(sweep, reading)
    quality_index = _chosen_index()
    viewer(
        _packed(*_key(face, reading), face.name, sweep, reading.method),
        quality_index=quality_index,
        command=st.session_state.setdefault("command", 0),
        key=_VIEWER,
        on_release=_released,
    )
    _act(sweep, quality_index, reading)
    _compare_regimes(face, sweep, quality_index, reading)
    _compare(face, sweep, quality_index, reading)


def sweep_of(
    face: Picture, reading: Reading, quality_indices: tuple[int, ...] | None = None
) -> Sweep:
    """The face at every stop, coded and read; kept for the next time."""
    return _sweep(*_key(face, reading), quality_indices, face.pixels, reading.codec)


def _key(face: Picture, reading: Reading) -> tuple[str, str, str, str]:
    """What a ladder hangs on: the picture, the codec's weights, the classifier's."""
    _, judge = models.classifier(reading.classifier)
    return face.digest, reading.codec.fingerprint, judge.id, judge.fingerprint


# -- the stop -------------------------------------------------------------------------------------


def _chosen_index() -> int:
    """The stop of the session, at first that of the link; kept in the link."""
    if "quality" not in st.session_state:
        linked = st.query_params.get("quality", "")
        st.session_state["quality"] = (
            min(255, int(linked)) if linked.isdecimal() else FIRST_QUALITY_INDEX
        )
    st.query_params["quality"] = str(st.session_state["quality"])
    return st.session_state["quality"]


def _want_rate() -> None:
    st.session_state["wanted"] = st.session_state["target"]


def _go_to_wanted_rate(sweep: Sweep) -> None:
    """Where a rate was asked for, go to the best stop within it."""
    wanted = st.session_state.pop("wanted", None)
    if wanted is not None:
        st.session_state["quality"] = sweep.within(wanted).quality_index
        st.session_state["command"] = st.session_state.get("command", 0) + 1


def _want_accuracy() -> None:
    st.session_state["wanted_accuracy"] = st.session_state["target_accuracy"]


def _go_to_wanted_accuracy(sweep: Sweep, reading: Reading) -> None:
    """Where an accuracy was asked for, go to the lowest stop whose measured accuracy reaches it."""
    wanted = st.session_state.pop("wanted_accuracy", None)
    if wanted is None:
        return
    enough = least_point(results.curve_of(reading.method, reading.weight), wanted / 100)
    reaching = [
        point.quality_index
        for point in sweep.points
        if point.quality_index >= enough["quality_index"]
    ]
    st.session_state["quality"] = (reaching or [sweep.points[-1].quality_index])[0]
    st.session_state["command"] = st.session_state.get("command", 0) + 1
    st.toast(
        f"{enough['quality']:.1%} of the test faces were read rightly at {enough['bytes']:.0f} bytes "
        f"a face ({enough['low']:.1%} to {enough['high']:.1%}).",
        icon=":material/target:",
    )


def _released() -> None:
    st.session_state["quality"] = int(st.session_state[_VIEWER]["quality"])


# -- what follows the stop ------------------------------------------------------------------------


def _act(sweep: Sweep, quality_index: int, reading: Reading) -> None:
    """The file to take away, and a quality by its rate instead of by hand."""
    point = sweep.nearest(quality_index)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            f"Stored file (.xpr, {point.file.file_bytes:,} bytes)",
            point.file.payload,
            file_name=f"face-q{point.quality_index}.xpr",
            mime="application/octet-stream",
            icon=":material/download:",
            help="The real file at the quality where the slider was let go. Bring it back under "
            "“Stored file”, or decode it with: python -m core.codec decode FILE.xpr FACE.png",
            on_click="ignore",
        )
        st.download_button(
            "Decoded picture (PNG)",
            png(point.picture),
            file_name=f"face-q{point.quality_index}.png",
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
        with errors_shown():
            if results.measured(reading.method, reading.weight):
                _ask_for_accuracy()
    st.caption(
        f"At quality {point.quality_index} of 255, checkpoint {reading.codec.id}, read by "
        f"{reading.classifier}. This page's address restores the view."
    )


def _ask_for_accuracy() -> None:
    st.number_input(
        "At least (% of test faces right)",
        min_value=10.0,
        max_value=100.0,
        value=65.0,
        step=1.0,
        key="target_accuracy",
        bind="query-params",
        width=220,
        help="Accuracy on the test faces of the results table, not on this face.",
    )
    st.button(
        "Find the fewest bits",
        on_click=_want_accuracy,
        icon=":material/search:",
        help="Moves the slider to the lowest quality whose measured accuracy reaches that.",
    )


def _compare_regimes(face: Picture, sweep: Sweep, quality_index: int, reading: Reading) -> None:
    """Original, baseline, codec and joint (or control) side by side, in the same bytes."""
    others = regimes.companions(reading)
    if len(others) < 2:
        return
    point = sweep.nearest(quality_index)
    st.subheader("Trained otherwise, in the same bytes", anchor=False)
    st.caption(
        f"Each codec at its best quality within {point.file.file_bytes:,} bytes; each is read by its "
        "own classifier."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=_TILE, gap="small"):
            st.image(png(face.pixels), width=_TILE, alt="The original face")
            st.markdown(f"**Original**  \n\n{most_likely(sweep.probabilities)}")
        for other in others:
            if _key(face, other) == _key(face, reading):
                tile = Tile(point.picture, point.file.file_bytes, point.psnr, point.probabilities)
            else:
                tile = _learned(*_key(face, other), point.file.file_bytes, face.pixels, other.codec)
            here = " (here)" if other.method == reading.method else ""
            _show_tile(other.name + here, tile)


def _compare(face: Picture, sweep: Sweep, quality_index: int, reading: Reading) -> None:
    point = sweep.nearest(quality_index)
    st.subheader(f"Other codecs in {point.file.file_bytes:,} bytes", anchor=False)
    st.caption(
        "The largest file of each codec that is not above this face's, headers counted. Where even "
        "its smallest is larger, that one is shown and marked. All are read by "
        f"{models.reader_name(reading.classifier)}."
    )
    own = Tile(point.picture, point.file.file_bytes, point.psnr, point.probabilities)
    with st.container(horizontal=True, gap="medium"):
        _show_tile(f"{methods.name_of(reading.method)} (here)", own)
        for method in CLASSICAL:
            tile = _classical(
                face.digest, method, reading.classifier, point.file.file_bytes, face.pixels
            )
            _show_tile(methods.name_of(method), tile)


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


@st.cache_resource(max_entries=32, show_spinner="Coding every quality …")
def _sweep(
    digest: str,
    fingerprint: str,
    classifier: str,
    judge: str,
    quality_indices: tuple[int, ...] | None,
    _pixels: np.ndarray,
    _codec: Card,
) -> Sweep:
    reader, _ = models.classifier(classifier)
    return sweep_picture(models.codec(_codec), fingerprint, reader, _pixels, quality_indices)


@st.cache_resource(max_entries=24, show_spinner=False)
def _packed(
    digest: str,
    fingerprint: str,
    classifier: str,
    judge: str,
    name: str,
    _sweep: Sweep,
    method: str,
):
    return pack(_sweep, name, f"{digest}-{fingerprint}-{judge}", method)


@st.cache_resource(max_entries=128, show_spinner=False)
def _learned(
    digest: str,
    fingerprint: str,
    classifier: str,
    judge: str,
    target_bytes: int,
    _pixels: np.ndarray,
    _codec: Card,
) -> Tile:
    """A learned codec's best file of at most ``target_bytes``, its smallest where none is."""
    codec = models.codec(_codec)
    analysis = analyse(codec, _pixels)
    height, width = _pixels.shape[:2]
    try:
        # a hair above, so that the division back to bits per pixel cannot lose the byte
        target = 8 * (target_bytes + 0.5) / (height * width)
        file = encode_within(codec, fingerprint, analysis, target)
    except InputError:
        file = file_format.encode(codec, fingerprint, analysis, 0)
    picture = file_format.decode(codec, fingerprint, file.payload)
    reader, _ = models.classifier(classifier)
    db = float(psnr(_pixels[None], picture[None])[0])
    fits = file.file_bytes <= target_bytes
    return Tile(picture, file.file_bytes, db, read_pictures(reader, [picture])[0], fits)


@st.cache_resource(max_entries=256, show_spinner="Asking the other codecs …")
def _classical(
    digest: str, method: str, reader: str, target_bytes: int, _pixels: np.ndarray
) -> Tile:
    file = classical.at_bits(_pixels, method, target_bytes)
    picture = np.array(classical.decode(file.payload, method))
    classifier, _ = models.classifier(reader)
    db = float(psnr(_pixels[None], picture[None])[0])
    probabilities = read_pictures(classifier, [picture])[0]
    return Tile(picture, len(file.payload), db, probabilities, file.fits)


def most_likely(probabilities: np.ndarray) -> str:
    best = int(probabilities.argmax())
    return f"{EXPRESSIONS[best]} ({probabilities[best]:.0%})"
