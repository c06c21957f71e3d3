"""The checkpoints that pages use, loaded once for everybody.

A codec takes 50 MB and a classifier 45, twice what they take on the disk, in half precision; loading one
takes a tenth of a second.  Few are therefore held at a time.
"""

import streamlit as st

from core import checkpoints
from core.codec.loading import load_codec
from core.recognition import load_classifier


def codec(card: checkpoints.Card):
    """The codec of ``card``; a new one when its weights change."""
    return _codec(card.id, card.fingerprint)


def classifier(id: str = "base"):
    """The expression classifier ``id`` and its card."""
    card = checkpoints.card(id)
    return _classifier(card.id, card.fingerprint), card


@st.cache_resource(max_entries=4, show_spinner="Loading the codec …")
def _codec(id: str, fingerprint: str):
    return load_codec(id)[0]


@st.cache_resource(max_entries=3, show_spinner="Loading the classifier …")
def _classifier(id: str, fingerprint: str):
    return load_classifier(id)[0]
