"""The faces that ship, in a row to choose from."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from core.errors import InputError
from core.gallery import Entry, first_face, folder
from core.picture_files import FORMATS

_HERE = Path(__file__)
_THUMBNAIL = 168  # pixels; twice what is shown, for dense screens

_component = st.components.v2.component(
    "expressrate_gallery",
    html='<div class="gallery" role="radiogroup" aria-label="Faces of the gallery"></div>',
    css=_HERE.with_name("gallery.css").read_text(encoding="utf-8"),
    js=_HERE.with_name("gallery.js").read_text(encoding="utf-8"),
)


def choose_face(entries: Sequence[Entry]) -> Entry:
    """The chosen entry; the choice is kept for the session and written into the link."""
    pictures = {entry.file: _thumbnail(*_stamp(entry.file)) for entry in entries}
    if broken := [file for file, picture in pictures.items() if picture is None]:
        st.warning(
            f"Of the gallery {', '.join(broken)} cannot be read. Restore it from the repository: "
            "git checkout -- checkpoints/gallery",
            icon=":material/broken_image:",
        )
    entries = [entry for entry in entries if pictures[entry.file] is not None]
    if not entries:
        raise InputError(f"No picture of {folder()} can be read.")
    by_file = {entry.file: entry for entry in entries}
    if st.session_state.get("face") not in by_file:
        linked = st.query_params.get("face")
        st.session_state["face"] = linked if linked in by_file else first_face(entries).file
    _component(
        key="gallery",
        data={
            "chosen": st.session_state["face"],
            "faces": [
                {
                    "file": entry.file,
                    "title": entry.title,
                    "label": entry.label,
                    "picture": pictures[entry.file],
                }
                for entry in entries
            ],
        },
        on_face_change=_remember,
    )
    st.query_params["face"] = st.session_state["face"]
    return by_file[st.session_state["face"]]


def _remember() -> None:
    st.session_state["face"] = st.session_state["gallery"]["face"]


def _stamp(file: str) -> tuple[str, int]:
    path = folder() / file
    return str(path), path.stat().st_mtime_ns


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(path: str, changed: int) -> str | None:
    """A small copy for the page; None for what is no picture."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            image.thumbnail((_THUMBNAIL, _THUMBNAIL))
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "webp", quality=82)
    except (OSError, ValueError, SyntaxError):  # each format of Pillow has its own
        return None
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
