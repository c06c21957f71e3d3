"""A clip is measured beside the page: settings, progress with time left, live preview, cancel.

Results are kept in the session until it ends: the newest to be looked at, the tables of all for Cohort.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from core.cohort.tables.pattern import participant_of
from core.face.columns import DEFAULT_CUTOFF
from core.face.marks import NO_MARKS, Marks, apply_marks, event_log
from core.face.openface import to_openface
from core.face.series import Series, weights_used
from core.glossary import explained
from pages.parts.shared import jobs, keeping
from pages.parts.shared.words import plain
from pages.parts.video import opened
from pages.parts.video.source import Clip

MOST_SERIES = 8
"""Results that can be looked at again; tables for Cohort are all kept."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A clip with what was measured on it; ``key`` changes with content, settings and weights."""

    key: str
    clip: Clip
    series: Series


@dataclass
class _Look:
    """The newest frame that was looked at, as JPEG with words, shared between the work and the page."""

    seen: tuple[bytes, str] | None = None

    def see(self, seen: tuple[bytes, str]) -> None:
        """Take a newer one."""
        self.seen = seen


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
    results: dict[str, Measured] = keeping.things().get("video_results", {})
    running: _Running | None = keeping.things().get("video_running")
    alive = running is not None and running.job.running  # asked first: it may end at any moment
    if alive:
        st.markdown(f"Measuring **{plain(running.clip.name)}**")
        jobs.show_job(running.job, "video", lambda: _preview(running.look))
        if not running.job.running:
            st.rerun()
    if key in results:
        return results[key]
    if alive:
        return None
    st.button(
        f"Measure {plain(clip.name)}",
        key="video_go",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_begin,
        args=(key, clip, settings),
        help="Looks at every frame; it goes on while you visit other pages.",
    )
    if running is not None and running.key == key:
        jobs.show_job(running.job, "video")
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
            help=explained("presence", "ledger")
            + " Frames below it are not measured and stay empty.",
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
    results = keeping.things().setdefault("video_results", {})
    tables = keeping.things().setdefault("video_tables", {})
    offered = keeping.things().setdefault("extracted_tables", [])
    marks = keeping.things().setdefault("video_marks", {})
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )

    def keep(series: Series) -> None:
        measured = Measured(key, clip, series)
        results[key] = measured
        while len(results) > MOST_SERIES:
            results.pop(next(iter(results)))
        _offer(measured, marks.get(clip.digest, NO_MARKS), tables, offered)

    work = partial(opened.measured, clip.path, threads=cores, **settings)
    job = jobs.start(work, shown=look.see, then=keep)
    keeping.things()["video_running"] = _Running(key, clip, job, look)


def _preview(look: _Look) -> None:
    """The frame that is being looked at, with its landmarks."""
    if look.seen is None:
        return
    picture, words = look.seen
    st.image(picture, caption=words, alt="The frame that is being measured, with its landmarks")


@dataclass(frozen=True, slots=True)
class _Table:
    """What Cohort may take of one clip: its table as CSV, and the events on it."""

    name: str
    content: bytes
    marks: Marks


def offer_to_cohort(measured: Measured, marks: Marks) -> None:
    """Let the Cohort page take a clip's table as it is marked now."""
    tables = keeping.things().setdefault("video_tables", {})
    _offer(measured, marks, tables, keeping.things().setdefault("extracted_tables", []))


def _offer(
    measured: Measured, marks: Marks, tables: dict[str, _Table], offered: list[tuple]
) -> None:
    """Put a table where the session has it, whichever page is open.

    ``tables``: digest of a clip -> its newest table; ``offered``: files for the Cohort page, whose
    names differ also where two clips share one.
    """
    marked = apply_marks(measured.series.table, marks)
    content = to_openface(marked).encode()
    tables[measured.clip.digest] = _Table(measured.clip.path.stem, content, marks)
    files, logs, seen = [], [], Counter()
    for table in list(tables.values()):
        seen[table.name] += 1
        again = f" ({seen[table.name]})" if seen[table.name] > 1 else ""
        name = f"{table.name}{again}.csv"
        files.append((name, table.content))
        logs.append((participant_of(name) or name.removesuffix(".csv"), table.marks))
    if (log := event_log(logs)) is not None:
        files.append(("events.csv", log.encode()))
    offered[:] = files
