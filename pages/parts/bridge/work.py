"""The Bridge page's work: beside the page, with progress, and what came of it."""

from functools import partial
from pathlib import Path

import streamlit as st

from core.bridge.store import Store, default_folder
from pages.parts.bridge.choice import Choice
from pages.parts.bridge.passes import Result, passes_of
from pages.parts.shared import jobs, keeping
from pages.parts.video import source
from pages.parts.video.source import Clip


def run_beside(clip: Clip, choice: Choice) -> Result | None:
    """Runs on a button; the result while it belongs to the clip and the choice."""
    key = (clip.digest, choice)
    earlier: tuple[tuple, jobs.Job] | None = keeping.things().get("bridge_job")
    store = _store(clip)
    st.button(
        "Code and measure",
        type="primary",
        key="bridge_start",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(key, clip.path, choice, store),
        disabled=not choice.methods or (earlier is not None and earlier[1].running),
        help="Runs beside the page. What is finished is kept: after a pause it goes on from there.",
    )
    if not choice.methods:
        st.info("Choose at least one codec.")
    if earlier is None:
        return None
    jobs.show_job(earlier[1], "bridge_job")
    if earlier[1].running or earlier[1].result is None:
        return None
    if earlier[0][0] != key[0]:
        st.info("The result of before belongs to another clip; run it again.")
        return None
    if earlier[0] != key:
        st.caption("These are the results of the settings before; run again for the new ones.")
    return earlier[1].result


def _start(key: tuple, path: Path, choice: Choice, store: Store) -> None:
    work = partial(passes_of, path, choice.methods, choice.settings, store)
    keeping.things()["bridge_job"] = (key, jobs.start(work))


def _store(clip: Clip) -> Store:
    """The sample's work is kept for good, that of somebody's face goes with the session."""
    if source.is_sample():
        return Store(default_folder())
    return Store(keeping.folder())
