"""Before a test: which faces, which codec, how large pixels look, and whether a class keeps the answers."""

import secrets

import streamlit as st

from core.errors import InputError
from core.evaluation.readings import codec_cards
from core.folders import data_folder, has_data_folder
from core.methods import name_of
from core.reading_test.stimuli import (
    QUALITY_INDICES,
    Material,
    fer2013_material,
    present,
    shipped_material,
)
from core.reading_test.store import Store
from core.reading_test.trials import plan
from pages.parts.reading_test import running
from pages.parts.shared import models

SHIPPED, FER2013 = "Renders and composites that ship", "FER2013 faces with ten people's votes"
SHARP, SMOOTH = "Sharp pixels", "Smooth"

CONSENT = (
    "I agree that my answers are kept with those of the class: the faces shown, what I answered and how "
    "long it took, under a number. No name, address or time is kept."
)


def offer(store: Store | None) -> None:
    """The choices of a test, and its button."""
    st.markdown(
        "You are shown faces, each stored in few or many bytes. Say which of the seven expressions you "
        "see: press **1** to **7**, or the buttons. There is no feedback until the end. "
        "It takes about three minutes."
    )
    left, right = st.columns(2)
    source = left.selectbox(
        "Faces", _sources(), key="reading_test_faces", bind="query-params",
        help="Renders show the seven expressions of a drawn head, composites are averages of several "
        "people; FER2013 is offered where the data set is on this machine.",
    )  # fmt: skip
    cards = {card.id: card for card in codec_cards()}
    chosen = right.multiselect(
        "Stored by", list(cards), _default(cards), key="reading_test_methods", max_selections=3,
        bind="query-params", format_func=lambda id: _title(cards[id]),
        help="The codecs whose files you read, in turn. One gives the surest curve.",
    )  # fmt: skip
    look = left.segmented_control(
        "The 64 × 64 pixels are drawn as", [SHARP, SMOOTH], default=SMOOTH, required=True,
        key="reading_test_look", bind="query-params",
        help="The same for every face of a test, and always at one size.",
    )  # fmt: skip
    rounds = right.number_input(
        "Rounds", 1, 4, 1, key="reading_test_rounds", bind="query-params",
        help=f"One round shows every expression at each of {len(QUALITY_INDICES)} rates.",
    )  # fmt: skip
    agreed = store is not None and st.checkbox(CONSENT, key="reading_test_consent")
    if st.button("Begin", type="primary", icon=":material/play_arrow:", disabled=not chosen):
        _begin(source, chosen, look == SHARP, int(rounds), store if agreed else None)
        st.rerun()


def _begin(source: str, ids: list[str], sharp: bool, rounds: int, store: Store | None) -> None:
    material = _material(source)
    trials = plan(
        material.faces, ids, len(QUALITY_INDICES), rounds=rounds, seed=secrets.randbits(32)
    )
    cards = {card.id: card for card in codec_cards()}
    bar = st.progress(0.0, "Coding the faces …")
    shown = present(
        trials,
        material,
        lambda id: (models.codec(cards[id]), cards[id].fingerprint),
        lambda done, total, _: bar.progress(done / total, "Coding the faces …"),
    )
    number = store.begin(material.name) if store is not None else None
    running.begin(running.Running(material.name, sharp, shown, store, number))


def _sources() -> list[str]:
    votes = has_data_folder() and (data_folder() / "ferplus").is_dir()
    return [SHIPPED, FER2013] if votes and (data_folder() / "fer2013").is_dir() else [SHIPPED]


@st.cache_resource(max_entries=2, show_spinner="Reading the faces …")
def _material(source: str) -> Material:
    if source == FER2013:
        return fer2013_material()
    material = shipped_material()
    if material is None:
        raise InputError("There is no gallery beside the checkpoints to take faces from.")
    return material


def _default(cards: dict) -> list[str]:
    return ["baseline"] if "baseline" in cards else list(cards)[:1]


def _title(card) -> str:
    gamma = "" if card.gamma is None else f", γ = {card.gamma:g}"
    return f"{name_of(card.method)}{gamma}"
