"""The live face: one of the gallery in three codecs at every quality, held by the browser."""

import streamlit as st

from core.gallery import faces, first_face
from core.site import component
from core.site.cache import cached
from core.site.faces import Models, coded, gallery_face, shipped_versions
from core.site.viewer.buffer import first_settings, pack_live
from pages.parts.shared import results

CODECS = ("jpeg", "baseline", "joint")
"""Everybody's, ours, and ours trained to be read."""

_made = component.live()
_component = st.components.v2.component(
    f"expressrate_{_made.name}", html=_made.html, css=_made.css, js=_made.js
)


def show_face() -> None:
    """The face with its sliders; nothing where there is no gallery.

    Raises InputError where there is no codec.
    """
    if faces():
        _component(key="live_face", data=_packed(results.stamps()))


@st.cache_resource(max_entries=1, show_spinner="Coding a face at every quality …")
def _packed(stamps: tuple) -> bytes:
    return cached("live", _pack, tables=False)


def _pack() -> bytes:
    face, models = gallery_face(first_face(faces())), Models()
    versions = [version for version in shipped_versions() if version.method in CODECS]
    order = sorted(versions, key=lambda version: CODECS.index(version.method))
    settings = first_settings(70, left="Original", right=_title(order, "baseline"))
    return pack_live(face, [coded(face, version, models) for version in order], settings)


def _title(versions, method: str) -> str:
    """Of the version of that method, else of the last."""
    return next((each.title for each in versions if each.method == method), versions[-1].title)
