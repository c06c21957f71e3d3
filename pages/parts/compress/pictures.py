"""Where a picture comes from: the gallery, an upload, the clipboard or the webcam.

What a user brings is copied into the session, so that it is still there after another page.
"""

import hashlib
from dataclasses import dataclass

import streamlit as st

from core import checkpoints
from core.codec import pictures as codec_pictures
from core.codec.pictures import PictureRead
from core.evaluation.measuring.versions import Picture
from core.gallery import faces, folder
from core.picture_files import SUFFIXES
from pages.parts.shared import gallery, keeping
from pages.parts.shared.caching import cache_by_owner
from pages.parts.shared.words import plain

KINDS = [suffix.removeprefix(".") for suffix in SUFFIXES]
GALLERY, UPLOAD, PASTE, WEBCAM, STORED, TWO = SOURCES = (
    "Gallery", "Upload", "Paste", "Webcam", "Stored file", "Two of mine",
)  # fmt: skip
"""As they are called on the page and in links."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that a user gave us, as it came."""

    name: str
    content: bytes


def choose_source() -> str:
    """One of ``SOURCES``."""
    return st.segmented_control(
        "Picture from",
        SOURCES,
        default=GALLERY,
        required=True,
        key="source",
        bind="query-params",
        help="The gallery holds averages of several people and drawn faces, no real person. What you "
        "bring stays in this session; a link restores settings and gallery faces, not your pictures.",
    )


def at_hand() -> bool:
    """Whether there is a picture already, so that its sources can be folded away."""
    source = st.session_state.get("source") or st.query_params.get("source", GALLERY)
    if source == GALLERY:
        return bool(faces())
    return source in (UPLOAD, PASTE, WEBCAM) and f"brought_{source}" in keeping.things()


def bring(source: str) -> Picture | None:
    """The picture of ``source``, or None while there is none; InputError if it is not a picture."""
    if source == GALLERY:
        return _from_gallery()
    {UPLOAD: _uploader, PASTE: _paste, WEBCAM: _webcam}[source]()
    brought = keeping.things().get(f"brought_{source}")
    return None if brought is None else read(brought.name, brought.content)


def bring_stored() -> Brought | None:
    """An .xpr file, as it came."""
    _upload(STORED, "A file stored by ExpressRate", ["xpr"], "It is decoded with the codec below.")
    return keeping.things().get(f"brought_{STORED}")


def _from_gallery() -> Picture | None:
    entries = faces()
    if not entries:
        st.info(
            f"There is no gallery in {folder()}. {checkpoints.RESTORE}; or bring a picture of your own."
        )
        return None
    entry = gallery.choose_face(entries)
    return read(entry.title, (folder() / entry.file).read_bytes(), shared=True)


def _uploader() -> None:
    _upload(UPLOAD, "A picture with a face", KINDS, "16 to 4096 pixels a side. It stays here.")


def _upload(source: str, label: str, kinds: list[str], help: str) -> None:
    st.file_uploader(
        label, kinds, key=f"{source}_widget", help=help, on_change=_keep, args=(source,)
    )
    earlier = keeping.things().get(f"brought_{source}")
    if earlier is not None and st.session_state.get(f"{source}_widget") is None:
        st.caption(f"Still here from before: {plain(earlier.name)}")


def _paste() -> None:
    message = st.chat_input(
        "Click here and paste a picture (Ctrl+V or ⌘V), then press Enter",
        accept_file=True,
        file_type=KINDS,
        key=f"{PASTE}_widget",
    )
    if message and message.files:
        pasted = message.files[0]
        keeping.things()[f"brought_{PASTE}"] = Brought(pasted.name, pasted.getvalue())


def _webcam() -> None:
    st.camera_input(
        "Take a picture",
        key=f"{WEBCAM}_widget",
        help="The picture goes to this machine's server only.",
        on_change=_keep,
        args=(WEBCAM,),
    )


def _keep(source: str) -> None:
    given = st.session_state[f"{source}_widget"]
    if given is None:
        keeping.things().pop(f"brought_{source}", None)
    else:
        keeping.things()[f"brought_{source}"] = Brought(given.name, given.getvalue())


def read(name: str, content: bytes, shared: bool = False) -> Picture:
    """The picture of a file; InputError if it is none.  What was done to read it is said."""
    decoded = _decoded(content, not shared, shared=shared)
    if decoded.remarks:
        st.caption(" ".join(decoded.remarks))
    return Picture(name, decoded.pixels, hashlib.sha256(content).hexdigest(), shared)


@cache_by_owner(max_entries=16, show_spinner=False)
def _decoded(content: bytes, foreign: bool) -> PictureRead:
    """The picture; what a visitor brought is decoded where it can break nothing."""
    if foreign:
        return keeping.opened(codec_pictures.read, content)
    return codec_pictures.read(content)
