"""The test itself: a face, seven buttons with keys, a pause; no feedback."""

import numpy as np
import streamlit as st
from PIL import Image

from core.expressions import EXPRESSIONS
from core.reading_test.trials import Kind
from pages.parts.reading_test.running import Running
from pages.parts.shared.frame import fragment

SIDE = 320
"""Pixels at which every face is shown."""


@fragment
def ask(running: Running) -> None:
    """The next face; when none is left the page goes on to the outcome."""
    if running.over:
        st.rerun()
    done = len(running.answers)
    above = st.container()  # filled last: who sees a face can answer it
    _buttons(running, done)
    with above:
        st.progress(done / len(running.shown), f"Face {done + 1} of {len(running.shown)}")
        if running.trouble:
            st.warning(running.trouble)
        if running.paused:
            st.info(
                "Paused: the face is hidden and its clock stands still.", icon=":material/pause:"
            )
            return
        shown = running.current()
        if shown.trial.kind is Kind.TRAINING:
            st.caption("To try the keys: this face does not count.")
        st.image(
            enlarged(shown.picture, running.sharp), width=SIDE, alt="A face: which expression?"
        )


def _buttons(running: Running, trial: int) -> None:
    """Seven answers to ``trial``, with their keys; pause and stop."""
    with st.container(horizontal=True):
        for place, name in enumerate(EXPRESSIONS):
            st.button(
                name.capitalize(), key=f"reading_test_answer_{place}", shortcut=str(place + 1),
                on_click=running.answer, args=(place, trial), disabled=running.paused,
            )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            "Go on" if running.paused else "Pause", key="reading_test_pause", shortcut="p",
            icon=":material/play_arrow:" if running.paused else ":material/pause:",
            on_click=running.pause, type="tertiary",
        )  # fmt: skip
        st.button(
            "Stop here and show my answers", key="reading_test_stop", on_click=running.stop,
            icon=":material/stop:", type="tertiary", disabled=not running.answers,
        )  # fmt: skip


def enlarged(picture: np.ndarray, sharp: bool) -> Image.Image:
    """The face, uint8 (64, 64, 3), at the size that all are shown at."""
    how = Image.Resampling.NEAREST if sharp else Image.Resampling.BICUBIC
    return Image.fromarray(picture).resize((SIDE, SIDE), how)
