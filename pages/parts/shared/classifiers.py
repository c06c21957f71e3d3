"""Who reads a picture: the selector that pages share, and the classifiers, loaded once for everybody."""

import streamlit as st

from core.recognition.contract import Classifier
from core.recognition.known import find_classifier, known_classifiers

OWN = "Each codec's own classifier"
"""The choice that leaves every codec with the classifier that belongs to it."""


def choose_classifier(place) -> str | None:
    """The id of the classifier that reads everything, or None for each codec's own; kept in the link.

    ``place`` is a container.  Nothing is asked where our base classifier is the only one here.
    """
    by_title = {each.title: each.id for each in known_classifiers()}
    if len(by_title) < 2:
        return None
    chosen = place.selectbox(
        "Read by", [OWN, *by_title], key="read_by", bind="query-params",
        help="Who names the expression. A stranger was trained by somebody else and has never seen a "
        "picture of ours: what it reads, was not taught to it.",
    )  # fmt: skip
    return by_title.get(chosen)


def classifier(id: str) -> Classifier:
    """The classifier ``id``; a new one when its weights change."""
    known = {each.id: each.fingerprint for each in known_classifiers(every=True)}
    return _classifier(id, known.get(id, ""))


@st.cache_resource(max_entries=4, show_spinner="Loading the classifier …")
def _classifier(id: str, fingerprint: str) -> Classifier:
    return find_classifier(id)
