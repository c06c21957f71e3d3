"""The split view with its sliders: a component of ours that holds both sides at every quality in the
browser, so that nothing is asked of the server while one moves."""

from collections.abc import Callable

import streamlit as st

from core.evaluation.measuring.versions import Coded, Picture
from core.site import component
from core.site.viewer import buffer
from pages.parts.shared.caching import cache_by_owner

_made = component.pair()
_component = st.components.v2.component(
    f"expressrate_{_made.name}", html=_made.html, css=_made.css, js=_made.js
)


def viewer(data: bytes, *, key: str, on_set: Callable[[], None]) -> None:
    """Show what :func:`pack` made.

    The sliders move by themselves; ``on_set`` runs a moment after a person let go of anything, and
    what is set is then in ``st.session_state[key]["set"]``.
    """
    _component(key=key, data=data, on_set_change=on_set)


def pack(face: Picture, left: Coded | None, right: Coded, settings: dict, command: int) -> bytes:
    """Everything the component shows, as :func:`core.site.viewer.buffer.pack`; sides are kept."""
    sides = [side and _side(side.id, side, shared=side.shared) for side in (left, right)]
    return buffer.pack(face, *sides, settings, command)


@cache_by_owner(max_entries=32, show_spinner=False)
def _side(id: str, _side: Coded) -> bytes:
    return buffer.pack_side(_side)
