"""How may I store my recordings?  Criteria and plan, the search beside the page, and what it advises."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from core.bridge import charts
from core.bridge.advice import HEIGHTS, HOURS, RATES, Advice, Criteria, Plan
from core.bridge.advice_text import as_document, as_html, described, sentence, shipped_advice, table
from core.bridge.recording_work import advise_clips, seconds_a_frame
from core.bridge.recordings import ENCODERS, FILM_METHODS, Recording, ffmpeg_command
from core.bridge.store import Store, default_folder
from core.face.units.validation import trusted_units
from core.facs import UNITS, unit_label
from core.methods import name_of
from pages.parts.shared import jobs, keeping
from pages.parts.shared.evidence import evidence
from pages.parts.video import source
from pages.parts.video.source import Clip

_OWN = "As it is"
_COLUMNS = {
    "codec": "Codec", "quality": "Quality", "lines": "Lines", "every": "One frame of",
    "megabytes_a_minute": "MB a minute", "passed": "Kept", "least_r": "Least r",
    "largest_change": "Largest change", "lost_share": "Faces lost", "unit": "Tightest unit",
    "ffmpeg": "Command",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the criteria, and the settings that are searched."""

    criteria: Criteria
    plan: Plan


def show_recordings(clip: Clip | None) -> None:
    """The whole view for one clip; without one, the advice that ships."""
    if clip is None:
        _show_shipped_advice()
        return
    question = _ask()
    if question is None:
        return
    advice = _search(clip, question)
    if advice is not None:
        _show_advice(advice, clip)
    elif source.is_sample():
        _show_shipped_advice()


def _ask() -> Question | None:
    trusted = trusted_units()
    units = st.multiselect(
        "Action units that must be kept", list(UNITS), default=list(trusted),
        format_func=lambda unit: unit_label(unit) + ("" if unit in trusted else " (not validated)"),
        key="advice_units", bind="query-params",
        help="At first those whose estimator passed its validation.",
    )  # fmt: skip
    first, second, third = st.columns(3)
    keep = first.number_input(
        "Least correlation r", 0.5, 0.999, 0.9, 0.01, key="advice_keep", bind="query-params",
        help="Between the unit's course in the original and in the stored recording, where it moves.",
    )  # fmt: skip
    change = second.number_input(
        "Most mean change", 0.05, 2.0, 0.25, 0.05, key="advice_change", bind="query-params",
        help="Mean absolute difference in intensities of 0 to 5.",
    )  # fmt: skip
    lost = third.number_input(
        "Most faces lost (%)", 0.0, 50.0, 1.0, 0.5, key="advice_lost", bind="query-params",
        help="Share of the frames with a face in which the stored recording shows none.",
    )  # fmt: skip
    with st.expander("Which settings are tried", icon=":material/tune:"):
        codecs = st.multiselect(
            "Codecs", list(ENCODERS), default=list(FILM_METHODS), format_func=name_of,
            key="advice_codecs", bind="query-params",
            help="As ffmpeg writes them: x264 and x265 at medium, SVT-AV1 at preset 8.",
        )  # fmt: skip
        heights = st.multiselect(
            "Heights (lines)", [_OWN, "1080", "720", "480", "360", "240"],
            default=[_OWN if lines is None else str(lines) for lines in HEIGHTS],
            key="advice_heights", bind="query-params",
            help="A smaller picture takes fewer bytes, and a small face reads otherwise.",
        )  # fmt: skip
        rates = st.multiselect(
            "One frame of", [1, 2, 3, 5], default=list(RATES), key="advice_rates",
            bind="query-params", help="What lies between the frames that are kept is lost: blinks first.",
        )  # fmt: skip
        again = st.selectbox(
            "Recorded by", ["A camera without loss", "A phone (H.264, crf 23)"], key="advice_before",
            bind="query-params",
            help="A phone's film is coded already; storing it again codes it a second time.",
        )  # fmt: skip
    if not (units and codecs and heights and rates):
        st.info("Choose at least one action unit, codec, height and frame rate.")
        return None
    before = Recording("h264", 23) if again.startswith("A phone") else None
    lines = tuple(None if height == _OWN else int(height) for height in heights)
    return Question(
        Criteria(tuple(units), keep, change, lost / 100),
        Plan(tuple(codecs), lines, tuple(rates), before),
    )


def _search(clip: Clip, question: Question) -> Advice | None:
    key = (clip.digest, question)
    earlier: tuple[tuple, jobs.Job] | None = keeping.things().get("advice_job")
    running = earlier is not None and earlier[1].running
    most = question.plan.most_measurements(1)
    frames = clip.facts.expected or 0
    st.caption(
        f"{len(question.plan.searches())} searches, at most {most} times the clip is stored and measured"
        + _time(clip, frames * most)
        + ". What is finished is kept."
    )
    st.button(
        "Find the cheapest setting", type="primary", key="advice_start", icon=":material/search:",
        on_click=_start, args=(key, clip.path, question, _store(clip)), disabled=running,
        help="Runs beside the page; for hours of video and folders of clips use the command below.",
    )  # fmt: skip
    st.caption(
        "For many clips, or on a cluster: `python -m core.bridge advise FOLDER --units "
        f"{' '.join(question.criteria.units)} --html advice.html`"
    )
    if earlier is None:
        return None
    jobs.show_job(earlier[1], "advice_job")
    if running or earlier[1].result is None:
        return None
    if earlier[0] != key:
        st.caption("This is the advice for the question before; search again for the new one.")
    return earlier[1].result


def _time(clip: Clip, frames: int) -> str:
    """How long that takes, by a few frames that are stored and measured now."""
    if not frames:
        return ""
    minutes = frames * _seconds_a_frame(str(clip.path), clip.digest) / 60
    return f", about {minutes:.0f} minutes" if minutes >= 1 else ", less than a minute"


@st.cache_data(
    scope="session", max_entries=16, show_spinner="Estimating how long the search takes …"
)
def _seconds_a_frame(path: str, digest: str) -> float:
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
    best = advice.best
    (st.success if best else st.warning)(sentence(advice))
    if best is not None:
        first, second, third = st.columns(3)
        first.metric("Megabytes a minute", f"{best.megabytes_a_minute:.2f}")
        second.metric(
            "Margin", f"{best.margin:.0%}", help="Of the tightest allowance that is left."
        )
        hours = third.number_input(
            "Hours of recording", 1, 1_000_000, HOURS, key="advice_hours", bind="query-params",
            help="Of all your recordings together.",
        )  # fmt: skip
        third.caption(f"{best.megabytes_a_minute * 60 * hours / 1e6:.3g} terabytes")
        st.markdown(f"{described(best.recording)}:")
        st.code(ffmpeg_command(best.recording), language="bash", wrap_lines=True)
    rows = table(advice.judged)
    _show_rows(rows, advice.criteria)
    noise = advice.noise.loc[list(advice.criteria.units)].reset_index(names="unit")
    evidence(
        "The original measured twice, mirrored, shifted by a pixel and half a frame later: the least r "
        "and the largest mean change. Nobody should ask for more than the meter has.",
        noise,
        "expressrate-noise",
        title="What measuring twice does",
    )
    command = "python -m core.bridge advise " + clip.name
    document = as_document(advice, [clip.path], command)
    left, right = st.columns(2)
    left.download_button(
        "Advice as JSON", json.dumps(document, indent=1, default=float).encode(),
        file_name="recording-advice.json", mime="application/json", icon=":material/download:",
        on_click="ignore", help="Criteria, every setting tried, noise, versions.",
    )  # fmt: skip
    right.download_button(
        "Report as HTML", as_html(advice, [clip.path], command).encode(),
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
    return clips[0]["file"] if len(clips) == 1 else f"{len(clips)} rendered clips"


def _as_criteria(stored: dict) -> dict:
    return {**stored, "units": tuple(stored["units"])}


def _show_rows(rows: pd.DataFrame, criteria: Criteria) -> None:
    st.plotly_chart(
        charts.settings_against_bytes(rows, criteria.keep), key="advice_chart",
        alt="Least correlation of the chosen units against megabytes a minute, by codec and height",
    )  # fmt: skip
    st.caption(
        "Filled: every unit is within the criteria. Open: one is not; the table names it. A setting that "
        "lost every face lies at the bottom."
    )
    shown = rows.assign(codec=rows["codec"].map(name_of), lost_share=100 * rows["lost_share"])
    st.dataframe(
        shown[list(_COLUMNS)].rename(columns=_COLUMNS), hide_index=True, height=320, placeholder="own",
        column_config={
            "MB a minute": st.column_config.NumberColumn(format="%.3f"),
            "Least r": st.column_config.NumberColumn(format="%.3f"),
            "Largest change": st.column_config.NumberColumn(format="%.3f"),
            "Faces lost": st.column_config.NumberColumn(format="%.1f %%"),
            "Lines": st.column_config.NumberColumn(format="%d"),
        },
    )  # fmt: skip
