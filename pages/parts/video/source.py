"""Where a clip comes from: the bundled sample, whose units are known, or an upload.

An upload is copied in pieces to a file that goes with the session; the uploader is then cleared, so
that the clip is not held in memory as well.
"""

import hashlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.face.video import VideoFacts
from core.face.video_files import SUFFIXES
from core.gallery import folder as gallery_folder
from pages.parts.shared import keeping
from pages.parts.shared.words import plain
from pages.parts.video import opened, recorder

SAMPLE, UPLOAD, WEBCAM = "Sample clip", "My video", "Webcam"
COMMAND = "python -m core.face extract FILE_OR_FOLDER --out TABLES"
_PIECE = 2**20
_LONGEST_STEM, _LONGEST_SUFFIX = 180, 16
"""Bytes and characters of the name that a clip has on the disk."""
_LONG = 10 * 60  # seconds from which the page names the command


@dataclass(frozen=True, slots=True)
class Clip:
    """A video file on disk; ``known``: its true action units with ``time``, None if nobody knows."""

    name: str
    path: Path
    digest: str
    facts: VideoFacts
    known: pd.DataFrame | None = None


def choose_clip() -> Clip | None:
    """The clip chosen, or None; InputError where the sample is missing."""
    source = st.segmented_control(
        "Take",
        [SAMPLE, UPLOAD, WEBCAM],
        default=SAMPLE,
        required=True,
        key="video_source",
        bind="query-params",
        help="The sample is a rendered person who is at rest, cries and laughs; its action units are "
        "known exactly. A video of yours stays on this machine and goes with the session.",
    )
    clip = {SAMPLE: _sample, UPLOAD: _upload, WEBCAM: _webcam}[source]()
    if clip is None:
        st.info("Choose a video with a face in it to begin, or take the sample clip.")
    else:
        _describe(clip)
    return clip


def is_sample() -> bool:
    """Whether the sample clip is what is looked at."""
    return st.session_state.get("video_source", SAMPLE) == SAMPLE


def _sample() -> Clip:
    path = gallery_folder() / "sample.mp4"
    if not path.is_file():
        raise InputError(
            f"There is no sample clip in {path.parent}. Restore it from the repository, or make it: "
            f"python -m core.synthetic sample --data FOLDER --out {path}"
        )
    digest, facts, known = _read_sample(str(path), path.stat().st_mtime_ns)
    return Clip(path.name, path, digest, facts, known)


@st.cache_data(max_entries=2, show_spinner=False)
def _read_sample(path: str, changed: int):
    known = Path(path).with_suffix(".csv")
    facts = opened.facts_of(Path(path))
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return digest, facts, pd.read_csv(known) if known.is_file() else None


def _upload() -> Clip | None:
    """The clip that was uploaded, now or before; the uploader begins anew after each."""
    turn = st.session_state.setdefault("video_turn", 0)
    st.file_uploader(
        "A video with a face",
        [suffix.lstrip(".") for suffix in SUFFIXES],
        key=f"video_upload_{turn}",
        on_change=_keep,
        args=(turn,),
        help="mp4, mov, webm, avi, mkv, gif and others, of one person who faces the camera.",
    )
    st.caption(f"For long videos, or a folder of them, use the command: `{COMMAND}`")
    if said := st.session_state.get("video_refused"):
        st.error(plain(said), icon=":material/error:")
    return keeping.things().get("video_clip")


def _keep(turn: int) -> None:
    """Copy what was uploaded, look at it, and clear the uploader."""
    given = st.session_state[f"video_upload_{turn}"]
    if given is None:
        return
    st.session_state["video_turn"] = turn + 1
    _store(Path(given.name).name or "video", given)
    keeping.release(given)


def _webcam() -> Clip | None:
    """The clip that was recorded now or before."""
    st.caption(
        f"Up to {recorder.SECONDS} seconds from this computer's camera, without sound. The clip stays "
        "on this machine and goes with the session."
    )
    if (recorded := recorder.record()) is not None:
        name, content = recorded
        _store(name, io.BytesIO(content))
    if said := st.session_state.get("video_refused"):
        st.error(plain(said), icon=":material/error:")
    return keeping.things().get("video_clip")


def _store(name: str, content: BinaryIO) -> None:
    """Copy a clip to a folder of the session and look at it; what is wrong with it is kept to be said."""
    place = Path(tempfile.mkdtemp(dir=keeping.folder())) / _short(name)
    whole = hashlib.sha256()
    with place.open("wb") as file:
        while piece := content.read(_PIECE):
            whole.update(piece)
            file.write(piece)
    try:
        facts = keeping.opened(opened.facts_of, place)
    except InputError as error:
        place.unlink()
        st.session_state["video_refused"] = str(error)
        return
    st.session_state.pop("video_refused", None)
    keeping.things()["video_clip"] = Clip(name, place, whole.hexdigest(), facts)


def _short(name: str) -> str:
    """A name that any file system takes, with its suffix."""
    stem, suffix = Path(name).stem, Path(name).suffix[:_LONGEST_SUFFIX]
    return stem.encode()[:_LONGEST_STEM].decode(errors="ignore") + suffix


def _describe(clip: Clip) -> None:
    """What the container says, in one line, and the way for long videos."""
    facts = clip.facts
    said = [f"**{plain(clip.name)}**", f"{facts.width} × {facts.height} pixels"]
    if facts.duration:
        said.append(f"{facts.duration:.1f} s")
    if facts.expected:
        said.append(f"{facts.expected:,} frames")
    if facts.rate:
        said.append(f"{facts.rate:.3g} a second")
    said.append(facts.codec + (f", turned by {abs(facts.rotation)}°" if facts.rotation else ""))
    if facts.aspect != 1:
        said.append(f"pixels {facts.aspect:.3g} times as wide as high, made square")
    if facts.streams > 1:
        said.append(f"the largest of {facts.streams} films in the file")
    st.markdown(" · ".join(said))
    if (facts.duration or 0) > _LONG:
        st.info(
            f"This video is long. It can be measured here, but the command goes on where it was "
            f"stopped and takes several files at once: `{COMMAND}`",
            icon=":material/terminal:",
        )
