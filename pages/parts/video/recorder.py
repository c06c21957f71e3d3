"""A clip recorded in the browser; it goes to this machine's server and nowhere else."""

import base64
import binascii
from pathlib import Path

import streamlit as st

_HERE = Path(__file__)
SECONDS = 60
_MOST_BYTES = 64 * 2**20

_component = st.components.v2.component(
    "expressrate_recorder",
    html='<div class="recorder"><video data-part="view" muted playsinline hidden></video>'
    '<button type="button" data-part="toggle">Record</button>'
    '<p data-part="told" role="status"></p></div>',
    css=_HERE.with_name("recorder.css").read_text(encoding="utf-8"),
    js=_HERE.with_name("recorder.js").read_text(encoding="utf-8"),
)


def record() -> tuple[str, bytes] | None:
    """Name and content of the clip that was recorded just now; None without a new one."""
    result = _component(
        key="video_recorder", data={"seconds": SECONDS}, on_clip_change=lambda: None
    )
    return clip_of(result.clip)


def clip_of(given: object) -> tuple[str, bytes] | None:
    """Name and content of what the browser handed over; None where it is no clip."""
    if not isinstance(given, dict) or not isinstance(given.get("content"), str):
        return None
    if len(given["content"]) > _MOST_BYTES:
        return None
    try:
        content = base64.b64decode(given["content"], validate=True)
    except (binascii.Error, ValueError):
        return None
    suffix = ".mp4" if "mp4" in str(given.get("form", "")) else ".webm"
    return (f"webcam{suffix}", content) if content else None
