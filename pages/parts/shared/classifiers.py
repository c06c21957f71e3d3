"""Who reads a picture: the selector that pages share, and the classifiers, loaded once for everybody."""

import streamlit as st

from core.glossary import explained
from core.recognition.contract import STRANGER, Classifier
from core.recognition.known import find_classifier, known_classifiers, title
from pages.parts.shared import models

OWN = "Each codec's own classifier"
"""The choice that leaves every codec with the classifier that belongs to it."""

_KEY = "read_by"


def choose_classifier(place) -> str | None:
    """The id of the classifier that reads everything, or None for each codec's own; kept in the link.

    ``place`` is a container.  Every page asks the same question and begins with the last answer.
    Nothing is asked where our base classifier is the only one here.
    """
    titles = _titles()
    if len(titles) < 2:
        return None
    place.selectbox(
        "Read by", [OWN, *titles], key=_KEY, bind="query-params", persist_state="session",
        help=explained("classifier") + " A stranger was trained by somebody else and took no part in any "
        "training here: what it reads, was not taught to it.",
    )  # fmt: skip
    return chosen_classifier()


def chosen_classifier() -> str | None:
    """What :func:`choose_classifier` was last answered."""
    titles = _titles()
    return titles.get(st.session_state.get(_KEY)) if len(titles) > 1 else None


def said_of(id: str | None) -> str:
    """Who reads, for a caption: "each codec's own classifier", or the classifier's title."""
    return OWN[0].lower() + OWN[1:] if id is None else title(id)


def _titles() -> dict[str, str]:
    return {each.title: each.id for each in known_classifiers()}


def classifier(id: str) -> Classifier:
    """The classifier ``id``; a new one when its weights change.  ``models`` holds the networks of ours."""
    known = {each.id: each for each in known_classifiers(every=True)}
    if id in known and known[id].kind == STRANGER:
        return _stranger(id, known[id].fingerprint)
    return find_classifier(id, models.classifier)


@st.cache_resource(max_entries=4, show_spinner="Loading the classifier …")
def _stranger(id: str, fingerprint: str) -> Classifier:
    return find_classifier(id)
