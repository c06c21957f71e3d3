"""A picture that is pasted or dropped anywhere on the page becomes the uploaded one."""

import base64
import binascii
from pathlib import Path

import streamlit as st

from pages.parts.compress.pictures import UPLOAD, Brought
from pages.parts.shared import keeping

_KEY = "dropped"
_STYLE = """
.drop { position: fixed; inset: auto 1rem 1rem auto; z-index: 1000; padding: 0.8rem 1.2rem;
  border-radius: 0.5rem; background: var(--st-primary-color); color: #fff; font: 600 1rem var(--st-font); }
[hidden] { display: none; }
"""

_component = st.components.v2.component(
    "expressrate_drop",
    html='<div class="drop" role="status" hidden></div>',
    css=_STYLE,
    js=Path(__file__).with_name("drop.js").read_text(encoding="utf-8"),
)


def listen() -> None:
    """Listen while the page is open."""
    _component(key=_KEY, on_brought_change=_take)


def _take() -> None:
    brought = st.session_state[_KEY]["brought"]
    try:
        content = base64.b64decode(brought["content"], validate=True)
        name = str(brought["name"])[:80]
    except (TypeError, KeyError, ValueError, binascii.Error):
        return
    keeping.things()[f"brought_{UPLOAD}"] = Brought(name, content)
    st.session_state["source"] = UPLOAD
