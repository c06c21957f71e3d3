"""How may I store my recordings?  The search beside the page, and what it advises."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from core.bridge import charts
from core.bridge.advice import HOURS, Advice, Criteria
from core.bridge.advice_document import as_document, as_html, shipped_advice
from core.bridge.advice_text import (
    advise_command,
    command_lines,
    described,
    meter_sentence,
    sentence,
    size_in_words,
    table,
)
from core.bridge.recording_study import RecordingStudy
from core.bridge.recording_work import advise_clips, seconds_a_frame
from core.bridge.store import Store, default_folder
from core.cli import json_text
from core.formatting import duration, number, percent
from core.gallery import folder as gallery_folder
from core.methods import name_of
from pages.parts.bridge.question import Question, ask
from pages.parts.shared import jobs, keeping, plot
from pages.parts.shared.caching import cache_by_owner
from pages.parts.shared.evidence import evidence
from pages.parts.video import source
from pages.parts.video.source import Clip

_COLUMNS = {
    "codec": "Codec", "quality": "Quality", "size": "Size", "every": "One frame of",
    "megabytes_a_minute": "MB a minute", "passed": "Kept", "least_r": "Least r",
    "largest_change": "Largest change", "lost_share": "Faces lost", "unit": "Tightest unit",
    "ffmpeg": "Command",
}  # fmt: skip


_LINES = 4
"""Curves that are drawn unless all are asked for."""


def show_recordings(clip: Clip | None) -> None:
    """The whole view for one clip; without one, the advice that ships."""
    if clip is None:
        _show_shipped_advice()
        return
    question = ask()
    if question is None:
        return
    advice = _search(clip, question)
    if advice is not None:
        _show_advice(advice, clip)
    elif source.is_sample():
        _show_shipped_advice()


def _search(clip: Clip, question: Question) -> Advice | None:
    key = (clip.digest, question)
    earlier: tuple[tuple, jobs.Job] | None = keeping.things().get("advice_job")
    running = earlier is not None and earlier[1].running
    st.caption(estimate(question, [clip.path], clip.facts.expected or 0))
    st.button(
        "Find the cheapest setting", type="primary", key="advice_start", icon=":material/search:",
        on_click=_start, args=(key, clip.path, question, _store(clip)), disabled=running,
        help="Runs beside the page; for hours of video and folders of clips use the command below.",
    )  # fmt: skip
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(
            advise_command(["CLIP_OR_FOLDER"], question.criteria, question.plan) + " --html advice.html",
            language="bash", wrap_lines=True,
        )  # fmt: skip
    if earlier is None:
        return None
    jobs.show_job(earlier[1], "advice_job")
    if running or earlier[1].result is None:
        return None
    if earlier[0] != key:
        st.caption("This is the advice for the question before; search again for the new one.")
    return earlier[1].result


def estimate(question: Question, paths: Sequence[Path], frames: int) -> str:
    """How much work a search over clips of so many ``frames`` together is, in one sentence."""
    searches, most = len(question.plan.searches()), question.plan.most_measurements(1)
    clips = "the clip is" if len(paths) == 1 else f"the {len(paths)} clips are"
    said = f"{searches} {'search' if searches == 1 else 'searches'}, at most {most} times {clips} stored"
    if frames:
        first = paths[0]
        each = _seconds_a_frame(
            str(first), first.stat().st_mtime_ns, shared=first.parent == gallery_folder()
        )
        seconds = frames * most * each
        said += f" and measured, about {duration(seconds)} on this machine"
    return said + ". What is finished is kept."


@cache_by_owner(max_entries=16, show_spinner="Estimating how long the search takes …")
def _seconds_a_frame(path: str, changed: int) -> float:
    return keeping.opened(seconds_a_frame, Path(path))


def _start(key: tuple, path: Path, question: Question, store: Store) -> None:
    work = partial(advise_clips, [path], question.plan, question.criteria, store)
    keeping.things()["advice_job"] = (key, jobs.start(work))


def _store(clip: Clip) -> Store:
    """The sample's work is kept for good, that of somebody's face goes with the session."""
    if source.is_sample():
        return Store(default_folder())
    return Store(keeping.folder())


def _show_advice(advice: Advice, clip: Clip) -> None:
    show_finding(advice)
    offer_documents(advice, [clip.path], advise_command([clip.name], advice.criteria, advice.plan))


def show_finding(advice: Advice) -> None:
    """What is advised, its cost, its command, what the meter is worth, and every setting tried."""
    best = advice.best
    (st.success if best else st.warning)(sentence(advice))
    st.markdown(meter_sentence(advice))
    if best is not None:
        first, second, third = st.columns(3)
        first.metric("Megabytes a minute", number(best.megabytes_a_minute, 2))
        second.metric(
            "Margin", percent(best.margin, 0), help="Of the tightest allowance that is left."
        )
        hours = third.number_input(
            "Hours of recording", 1, 1_000_000, HOURS, key="advice_hours", bind="query-params",
            help="Of all your recordings together.",
        )  # fmt: skip
        third.caption(f"{best.megabytes_a_minute * 60 * hours / 1e6:.3g} terabytes")
        st.markdown(f"{described(best.recording)}:")
        st.code(command_lines(best.recording, advice.sizes), language="bash", wrap_lines=True)
    _show_rows(table(advice), advice.criteria)
    noise = advice.noise.loc[list(advice.criteria.units)].reset_index(names="unit")
    evidence(
        "The original measured twice, mirrored, shifted by a pixel and half a frame later: the least r "
        "and the largest mean change. Nobody should ask for more than the meter has.",
        noise,
        "expressrate-noise",
        title="What measuring twice does",
    )


def offer_documents(
    advice: Advice, clips: Sequence[Path], command: str, study: RecordingStudy | None = None
) -> None:
    """The advice, and what it does to a study, as files to take away."""
    document = as_document(advice, clips, command, study)
    left, right = st.columns(2)
    left.download_button(
        "Advice as JSON", json_text(document).encode(),
        file_name="recording-advice.json", mime="application/json", icon=":material/download:",
        on_click="ignore", help="Criteria, every setting tried, noise, versions.",
    )  # fmt: skip
    right.download_button(
        "Report as HTML", as_html(advice, clips, command, study).encode(),
        file_name="recording-advice.html", mime="text/html", icon=":material/download:",
        on_click="ignore", help="One page to print or to send.",
    )  # fmt: skip


def _show_shipped_advice() -> None:
    """What was found of the sample clip before."""
    documents = shipped_advice()
    if not documents:
        return
    document = documents[0]
    st.subheader("Found before", anchor=False)
    for each in documents:
        study = f" {each['study']['sentence']}" if each["study"] else ""
        st.markdown(f"*{_clips(each['clips'])}*: {each['sentence']}{study}")
    if document["advice"]:
        st.code(document["advice"]["ffmpeg"], language="bash", wrap_lines=True)
    _show_rows(pd.DataFrame(document["settings"]), Criteria(**_as_criteria(document["criteria"])))
    st.caption(f"By `{document['command']}`. Search above for other units, criteria and settings.")


def _clips(clips: list[dict]) -> str:
    if len(clips) < 4:
        return ", ".join(clip["file"] for clip in clips)
    return f"{len(clips)} rendered clips"


def _as_criteria(stored: dict) -> dict:
    return {**stored, "units": tuple(stored["units"])}


def _show_rows(rows: pd.DataFrame, criteria: Criteria) -> None:
    lines = len(
        rows.assign(size=rows.apply(size_in_words, axis=1)).groupby(["codec", "size", "every"])
    )
    most = _LINES
    if lines > _LINES and st.toggle(
        f"All {lines} curves", key="advice_all", bind="query-params",
        help=f"Off: the {_LINES} with the cheapest setting that keeps the units.",
    ):  # fmt: skip
        most = None
    plot.draw(
        charts.settings_against_bytes(rows, criteria.keep, most), key="advice_chart",
        alt="Least correlation of the chosen units against megabytes a minute, by codec and height",
    )  # fmt: skip
    st.caption(
        "Filled: every unit is within the criteria. Open: one is not; the table names it. A cross: too "
        "many faces were lost; without any left it lies at the bottom."
    )
    shown = rows.assign(
        codec=rows["codec"].map(name_of),
        size=[size_in_words(row) for _, row in rows.iterrows()],
        lost_share=100 * rows["lost_share"],
    )
    st.dataframe(
        shown[list(_COLUMNS)].rename(columns=_COLUMNS), hide_index=True, height=320, placeholder="–",
        column_config={
            "MB a minute": st.column_config.NumberColumn(format="%.3f"),
            "Least r": st.column_config.NumberColumn(format="%.3f"),
            "Largest change": st.column_config.NumberColumn(format="%.3f"),
            "Faces lost": st.column_config.NumberColumn(format="%.1f %%"),
        },
    )  # fmt: skip
