"""The Bridge page's work: beside the page, with progress, and what came of it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.bridge.document import as_document
from core.bridge.headline import LowestRate, lowest_rates
from core.bridge.passes import Reference
from core.bridge.store import Store, default_folder
from core.bridge.work import ClipDrifts, run
from core.errors import InputError
from core.face.units.validation import trusted_units
from pages.parts.bridge.choice import Choice
from pages.parts.shared import jobs, keeping
from pages.parts.video import source
from pages.parts.video.source import Clip


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A clip through its codecs.

    ``coded``: codec -> its series at every setting, as :func:`core.bridge.passes.measure_coded`
    gives it.
    """

    path: Path
    choice: Choice
    drifts: ClipDrifts
    reference: Reference
    coded: dict[str, pd.DataFrame]
    rates: tuple[LowestRate, ...]
    validated: tuple[str, ...]

    def document(self) -> dict:
        """Everything, for the JSON that can be downloaded."""
        return as_document(self.drifts, self.rates, None, self.choice.settings, self.choice.methods)


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
    keeping.things()["bridge_job"] = (
        key,
        jobs.start(lambda progress: _work(path, choice, store, progress)),
    )


def _work(path: Path, choice: Choice, store: Store, progress) -> Result:
    """All of it; called in a thread of its own."""
    drifts = run([path], choice.methods, choice.settings, store, progress=progress)
    if not drifts.clips:
        raise InputError(drifts.failures[0].why)
    failed = {failure.name for failure in drifts.failures}
    validated = trusted_units()
    return Result(
        path,
        choice,
        drifts,
        store.reference(path, choice.settings),
        {
            method.name: store.coded(path, method, choice.settings)
            for method in choice.methods
            if method.name not in failed
        },
        tuple(lowest_rates(drifts.drift, validated)),
        validated,
    )


def _store(clip: Clip) -> Store:
    """The sample's work is kept for good, that of somebody's face goes with the session."""
    if source.is_sample():
        return Store(default_folder())
    return Store(keeping.folder())
