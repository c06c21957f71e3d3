"""What a person set in the viewer: qualities, view, zoom and line; in the session and in the address."""

from collections.abc import Callable

import streamlit as st

from core.codec.quality import LAST_QUALITY_INDEX
from pages.parts.shared.regimes import FIRST_QUALITY

VIEWS = ("decoded", "error", "bits")
MOST_ZOOM = 64


def _within(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return parse


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _view(text: str) -> str:
    return VIEWS[VIEWS.index(text)]


_SETTINGS: dict[str, tuple[object, Callable[[str], object]]] = {
    "quality": (float(FIRST_QUALITY), _within(0, LAST_QUALITY_INDEX)),
    "quality_left": (None, _within(0, LAST_QUALITY_INDEX)),
    "equal_bytes": (True, _truth),
    "view": ("decoded", _view),
    "zoom": (1.0, _within(1 / MOST_ZOOM, MOST_ZOOM)),
    "split": (0.5, _within(0, 1)),
    "x": (0.5, _within(0, 1)),
    "y": (0.5, _within(0, 1)),
}
"""Name in the address -> first value, and how it is read from there."""


def current() -> dict:
    """The settings of the session, at first those of the link; the address then says them."""
    for name, (first, parse) in _SETTINGS.items():
        if name not in st.session_state:
            try:
                st.session_state[name] = parse(st.query_params[name])
            except (KeyError, ValueError):
                st.session_state[name] = first
    settings = {name: st.session_state[name] for name in _SETTINGS}
    for name, value in settings.items():
        said = _said(value)
        if value == _SETTINGS[name][0]:
            if name in st.query_params:
                del st.query_params[name]
        elif st.query_params.get(name) != said:
            st.query_params[name] = said
    return settings


def remember(settings: dict) -> None:
    """Take over what the component tells."""
    for name in _SETTINGS:
        if name in settings:
            st.session_state[name] = settings[name]


def go_to(quality: float) -> None:
    """Send the right side to a quality; the component follows."""
    st.session_state["quality"] = float(quality)
    if st.session_state["equal_bytes"]:
        st.session_state["quality_left"] = None
    st.session_state["command"] = command() + 1


def command() -> int:
    """How often the component was sent somewhere."""
    return st.session_state.get("command", 0)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float | int) else str(value)
