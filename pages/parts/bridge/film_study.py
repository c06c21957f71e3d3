"""Does a study survive its recordings being stored as films?  Clips and labels brought along, or read."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.bridge import charts
from core.bridge.advice_text import advise_command, described
from core.bridge.encoders import ENCODERS
from core.bridge.recording_study import RecordingStudy
from core.bridge.recordings import Recording
from core.bridge.store import Store
from core.facs import unit_label
from core.methods import name_of
from pages.parts.bridge.advice import estimate, offer_documents, show_finding
from pages.parts.bridge.film_passes import StudyResult, compare_at, compare_at_cheapest
from pages.parts.bridge.own_clips import Labelled, choose_labelled
from pages.parts.bridge.question import Question, ask
from pages.parts.shared import jobs, keeping, plot
from pages.parts.shared.evidence import evidence

_SEARCH, _NAMED = "Find the cheapest that keeps the units", "A setting that I name"
_VERDICTS = {
    "kept": "kept", "lost": "lost", "turned": "turned", "invented": "invented",
    "none": "no difference in either", "unknown": "cannot be tested",
}  # fmt: skip


def make_study() -> None:
    """From clips and labels to whether the groups still differ, at a named or the advised setting."""
    labelled = choose_labelled()
    if labelled is None:
        return
    how = st.segmented_control(
        "Stored as", [_SEARCH, _NAMED], default=_SEARCH, required=True, key="study_stored_as",
        bind="query-params",
        help="A search stores and measures every clip many times; a named setting once.",
    )  # fmt: skip
    asked = ask() if how == _SEARCH else _name_setting()
    if asked is None:
        return
    if isinstance(asked, Question):
        st.caption(estimate(asked, labelled.paths, labelled.frames))
    key = (labelled.paths, labelled.labels, asked)
    earlier: tuple[tuple, jobs.Job] | None = keeping.things().get("study_job")
    running = earlier is not None and earlier[1].running
    st.button(
        "Compare the groups", type="primary", key="study_start", icon=":material/play_arrow:",
        on_click=_start, args=(key, labelled, asked), disabled=running,
        help="Runs beside the page. What is finished is kept for this session.",
    )  # fmt: skip
    if earlier is None:
        return
    jobs.show_job(earlier[1], "study_job")
    if running or earlier[1].result is None:
        return
    if earlier[0] != key:
        st.caption("This is the result of the settings before; compare again for the new ones.")
    _show_result(earlier[1].result)


def _name_setting() -> Recording:
    """One setting; at first the one that was advised on this page, if one was."""
    job = keeping.things().get("advice_job")
    advised = job and job[1].result and job[1].result.best
    start = advised.recording if advised else Recording("h264", 33)
    if advised:
        st.caption(f"At first as advised before: {described(start)}.")
    first, second, third, fourth = st.columns(4)
    method = first.selectbox(
        "Codec", list(ENCODERS), list(ENCODERS).index(start.method), format_func=name_of,
        key="study_codec", bind="query-params", help="As ffmpeg writes it.",
    )  # fmt: skip
    encoder = ENCODERS[method]
    usual = start.quality if method == start.method else (encoder.fine + encoder.coarse) // 2
    quality = second.number_input(
        f"Quality ({encoder.flag})", encoder.fine, encoder.coarse, usual, key=f"study_crf_{method}",
        bind="query-params", help="Less is better: the constant rate factor, of MJPEG the quantiser.",
    )  # fmt: skip
    lines = third.number_input(
        "Lines (0: as it is)", 0, 4320, start.lines or 0, 2, key="study_lines", bind="query-params",
        help="Height that every picture is scaled to; nothing is enlarged.",
    )  # fmt: skip
    every = fourth.number_input(
        "One frame of", 1, 60, start.every, key="study_every", bind="query-params",
        help="1 keeps every frame.",
    )  # fmt: skip
    return Recording(
        method, int(quality), int(lines) or None, int(every),
        face=None if lines else start.face, before=start.before,
    )  # fmt: skip


def _start(key: tuple, labelled: Labelled, asked: Question | Recording) -> None:
    store, labels = Store(keeping.folder()), (labelled.name, labelled.labels)
    if isinstance(asked, Question):
        work = partial(
            compare_at_cheapest, labelled.paths, labels, asked.plan, asked.criteria, store
        )
    else:
        work = partial(compare_at, labelled.paths, labels, asked, store)
    keeping.things()["study_job"] = (key, jobs.start(work))


def _show_result(result: StudyResult) -> None:
    if result.study is not None:
        show_film_study(result.study)
    else:
        st.warning("No setting keeps the units, so the groups were compared at none.")
    if result.advice is not None:
        show_finding(result.advice)
        names = [path.name for path in result.paths]
        command = advise_command(names, result.advice.criteria, result.advice.plan)
        offer_documents(
            result.advice, result.paths, f"{command} --labels labels.csv", result.study
        )  # fmt: skip


def show_film_study(study: RecordingStudy) -> None:
    """The finding, the groups' difference before and after, and the table behind it."""
    changed = study.sentence.startswith("The study no longer")
    (st.warning if changed else st.success)(study.sentence)
    st.caption(f"{study.clips} clips, stored as {described(study.recording)}.")
    units = _ranked(study.table, study.trusted)
    plot.draw(
        charts.effects_beside(study.table, units[:8]), key="study_film_effects",
        alt="The groups' difference in each unit, in the clips as they are and stored",
    )  # fmt: skip
    st.caption(
        "Open: the clips as they are. Filled, with its 95% interval: stored. The dash is no difference."
    )
    rows = study.table.set_index("unit").loc[units].reset_index()
    evidence(
        "Welch's test over people, Hedges' g with its 95% interval, p-values corrected "
        "(Benjamini-Hochberg) over all units; a person's value is the mean over the frames with a face.",
        rows.assign(
            name=[unit_label(unit) for unit in rows["unit"]],
            validated=[unit in study.trusted for unit in rows["unit"]],
            verdict=rows["verdict"].map(_VERDICTS),
        ),
        "expressrate-film-study",
        title="The table of conclusions",
    )


def _ranked(table: pd.DataFrame, trusted: Sequence[str]) -> list[str]:
    """Validated units first, among them those that differ most in the clips as they are."""
    size = table["original_effect"].abs().fillna(-np.inf)
    order = table.assign(size=size, sure=table["unit"].isin(trusted))
    return list(order.sort_values(["sure", "size"], ascending=False)["unit"])
