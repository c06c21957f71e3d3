"""The clip itself, played from the cursor on."""

import streamlit as st

from pages.parts.video.source import Clip

_CODECS = ("h264", "vp8", "vp9", "av1")
_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv")
_MOST_BYTES = 200 * 2**20


def play(clip: Clip, time: float) -> bool:
    """Draw the switch and, where it is on, the player; whether it is on."""
    unable = _why_not(clip)
    on = st.toggle(
        "Play from here",
        key="video_play",
        disabled=unable is not None,
        help=unable or "Plays the clip from the cursor on, in place of the frame.",
    )
    if not on or unable is not None:
        return False
    form = "video/webm" if clip.path.suffix.lower() in (".webm", ".mkv") else "video/mp4"
    st.video(clip.path, form, start_time=max(0.0, time), autoplay=True, muted=True)
    return True


def _why_not(clip: Clip) -> str | None:
    """Why browsers cannot play a clip, None if they can."""
    if clip.facts.codec not in _CODECS or clip.path.suffix.lower() not in _SUFFIXES:
        return (
            f"Browsers do not play {clip.facts.codec} in {clip.path.suffix}; the frames are shown."
        )
    if clip.path.stat().st_size > _MOST_BYTES:
        return "The file is too large to be handed to the browser; the frames are shown."
    return None
