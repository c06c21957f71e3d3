"""A clip is measured beside the page: settings, progress with time left, live preview, cancel.

Results are kept in the session, the last few clips, until it ends.
"""

import os
import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.face.columns import DEFAULT_CUTOFF
from core.face.openface import to_openface
from core.face.plots.overlay import draw_landmarks
from core.face.series import Series, measure_video, weights_used
from core.face.tracking import Sighting
from core.face.video import Frame
from pages.parts.shared import jobs
from pages.parts.video.source import Clip

_KEPT = 8
_PREVIEW = 480  # pixels


@dataclass(frozen=True, slots=True)
class Measured:
    """A clip with what was measured on it; ``key`` changes with content, settings and weights."""

    key: str
    clip: Clip
    series: Series


@dataclass
class _Look:
    """The newest frame that was looked at, shared between the work and the page."""

    seen: tuple[Frame, Sighting] | None = None


@dataclass
class _Running:
    """A measurement under way."""

    key: str
    clip: Clip
    job: jobs.Job
    look: _Look = field(default_factory=_Look)


def measure(clip: Clip) -> Measured | None:
    """The measured clip, or None until it is there."""
    settings = _settings()
    weights = "".join(print[:8] for print in weights_used(settings["emotions"]).values())
    key = f"{clip.digest[:16]}-{settings['cutoff']}-{settings['every']}-{weights}"
    results: dict[str, Measured] = st.session_state.get("video_results", {})
    running: _Running | None = st.session_state.get("video_running")
    alive = running is not None and running.job.running  # asked first: it may end at any moment
    if alive:
        st.markdown(f"Measuring **{running.clip.name}**")
        jobs.show(running.job, "video", lambda: _preview(running.look))
        if not running.job.running:
            st.rerun()
    if key in results:
        return results[key]
    if alive:
        return None
    st.button(
        f"Measure {clip.name}",
        key="video_go",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_begin,
        args=(key, clip, settings),
        help="Looks at every frame; it goes on while you visit other pages.",
    )
    if running is not None and running.key == key:
        jobs.show(running.job, "video")
    return None


def _settings() -> dict:
    with st.expander("How to measure", icon=":material/tune:"):
        first, second, third = st.columns(3)
        cutoff = first.slider(
            "Least presence",
            0.0,
            1.0,
            DEFAULT_CUTOFF,
            0.05,
            key="video_cutoff",
            bind="query-params",
            help="How sure the face finder must be. Frames below it are not measured and stay empty; "
            "the ledger counts them.",
        )
        every = second.number_input(
            "Every n-th frame",
            1,
            100,
            1,
            key="video_every",
            bind="query-params",
            help="1 looks at all frames; 5 at each fifth, which is quicker.",
        )
        emotions = third.toggle(
            "Emotions too",
            True,
            key="video_emotions",
            bind="query-params",
            help="Seven probabilities by the expression classifier, beside the action units.",
        )
    return {"cutoff": float(cutoff), "every": int(every), "emotions": bool(emotions)}


def _begin(key: str, clip: Clip, settings: dict) -> None:
    look = _Look()
    results = st.session_state.setdefault("video_results", {})
    tables = st.session_state.setdefault("extracted_tables", [])
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )

    def work(progress) -> None:
        begun = time.monotonic()

        def report(done: float, expected: float, text: str) -> None:
            if not expected:
                progress(0, 1, f"{text}; the file does not say of how many")
                return
            left = (time.monotonic() - begun) * max(0, expected - done) / done
            progress(done, expected, f"{text}, {_said(left)} left")

        def watch(frame: Frame, sighting: Sighting) -> None:
            look.seen = frame, sighting

        series = measure_video(clip.path, threads=cores, progress=report, watch=watch, **settings)
        _keep(Measured(key, clip, series), results, tables)

    st.session_state["video_running"] = _Running(key, clip, jobs.Job(work), look)


def _preview(look: _Look) -> None:
    """The frame that is being looked at, with its landmarks."""
    if look.seen is None:
        return
    frame, sighting = look.seen
    face = sighting.face
    picture = draw_landmarks(frame.picture, None if face is None else face.landmarks, _PREVIEW)
    said = "no face" if face is None else f"face found ({sighting.presence:.0%} sure)"
    st.image(
        np.ascontiguousarray(picture),
        caption=f"{frame.time:.2f} s: {said}",
        output_format="JPEG",
        alt="The frame that is being measured, with its landmarks",
    )


def _keep(measured: Measured, results: dict[str, Measured], tables: list[tuple]) -> None:
    """Put a result where the session has it, whichever page is open; the oldest goes.

    ``tables``: what the Cohort page may take, the newest table of each clip.
    """
    results[measured.key] = measured
    while len(results) > _KEPT:
        results.pop(next(iter(results)))
    newest = {result.clip.path.stem: result for result in list(results.values())}
    tables[:] = [
        (f"{name}.csv", to_openface(result.series.table).encode())
        for name, result in newest.items()
    ]


def _said(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"about {minutes} min {seconds} s" if minutes else f"about {seconds} s"
