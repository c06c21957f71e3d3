"""Recompute, on the Verify page: a point of the table done again now, row beside row."""

import math
from functools import partial

import pandas as pd
import streamlit as st

from core import checkpoints
from core.evaluation.claims import recompute
from core.evaluation.measuring.cases import Case
from core.evaluation.plots.curve_plots import curve_name
from core.folders import data_folder, has_data_folder
from core.glossary import explained
from pages.parts.shared import jobs, results
from pages.parts.shared.evidence import evidence

GALLERY, FACES = "Gallery", "FER2013 test faces"
_DATA = {GALLERY: "gallery", FACES: "fer2013"}
_STATES = {
    recompute.SAME: "Same prediction and same bytes.",
    recompute.ROUNDING: "Within a few bytes: another processor's rounding.",
    recompute.DIFFERS: "Another prediction or other bytes: the row is wrong, or this machine is.",
    recompute.OTHER: "The picture on this machine is not the one that was measured; it does not count.",
}


def show_recompute() -> None:
    """Choose a point, do it again, look at what came out."""
    st.subheader("Recompute", anchor=False)
    table = results.all_rows()
    if table.empty:
        results.say_empty()
        return
    data = st.segmented_control(
        "Pictures",
        [GALLERY, FACES] if _faces_here() else [GALLERY],
        default=GALLERY,
        required=True,
        key="verify_data",
        bind="query-params",
        help="The gallery ships with the project and its rows are in the table as well.",
    )
    if not _faces_here():
        st.caption(
            "FER2013's images may not be shipped. To do their rows again, get `fer2013.csv` or "
            "`icml_face_data.csv` from Kaggle, put it into a folder `fer2013`, and start the app "
            "with `EXPRESSRATE_DATA` naming the folder above it."
        )
    points = _points(results.stamps(), data)
    if not points:
        st.info("The table holds no rows of these pictures that the weights here could do again.")
        return
    point = _choose_point(points)
    most = 16 if data == GALLERY else 1024
    count = st.number_input(
        "Pictures to do again", 1, most, min(8, most), key="verify_images", bind="query-params",
        width=220, help="The first ones in the order of the table; faces of FER2013 in sheets "
        "of 64.",
    )  # fmt: skip
    _run(data, point, int(count))


def _choose_point(points: list[recompute.Point]) -> recompute.Point:
    names = {point.case.name: point.case for point in points}
    first, second = st.columns(2)
    name = first.selectbox(
        "Method",
        list(names),
        index=list(names).index(_opening(names)),
        format_func=lambda name: _title(names[name]),
        key="verify_method",
        bind="query-params",
        help="The codec, with the weight γ of recognition where it has one, and who reads it.",
    )
    of_case = {_quality(point): point for point in points if point.case.name == name}
    quality = second.selectbox(
        "Quality",
        list(of_case),
        key="verify_quality",
        bind="query-params",
        help=explained("quality index", "setting"),
    )
    return of_case[quality]


def _opening(cases: dict[str, Case]) -> str:
    """The joint codec whose gamma validation chose; else the first method that codes at all."""
    chosen = {card.id for card in checkpoints.cards("codec") if card.chosen}
    order = sorted(
        cases.values(),
        key=lambda case: (case.codec not in chosen or case.method != "joint", case.codec is None),
    )
    return order[0].name


def _quality(point: recompute.Point) -> str:
    return "uncoded" if math.isnan(point.quality_index) else f"{point.quality_index:g}"


def _title(case: Case) -> str:
    return curve_name(case.method, case.gamma, case.seed, case.classifier)


def _run(data: str, point: recompute.Point, count: int) -> None:
    key = (data, point.case.name, _quality(point), count, results.stamps())
    earlier: tuple[tuple, jobs.Job] | None = st.session_state.get("verify_job")

    work = partial(recompute.recompute_here, point, _DATA[data], count, tolerance=4)

    def start() -> None:
        st.session_state["verify_job"] = (key, jobs.start(work))

    st.button(
        "Recompute",
        type="primary",
        key="verify_start",
        icon=":material/replay:",
        on_click=start,
        disabled=earlier is not None and earlier[1].running,
        help="Codes and classifies the pictures now, with the weights that ship.",
    )
    if earlier is None:
        return
    jobs.show_job(earlier[1], "verify_job")
    if earlier[1].running or earlier[1].result is None:
        return
    if earlier[0] != key:
        st.caption("This is the point of before; run again for the new one.")
    _show_outcome(earlier[1].result)


def _show_outcome(outcome: recompute.Recomputed) -> None:
    judged = len(outcome.rows) - outcome.count(recompute.OTHER)
    same = outcome.count(recompute.SAME)
    if not outcome.passed:
        st.error(
            f"{outcome.count(recompute.DIFFERS)} of {judged} rows differ.",
            icon=":material/gpp_bad:",
        )
    elif judged:
        rounding = outcome.count(recompute.ROUNDING)
        st.success(
            f"{same} of {judged} rows come out the same: same prediction, same bytes."
            + (f" {rounding} differ by another processor's rounding." if rounding else ""),
            icon=":material/verified:",
        )
    if other := outcome.count(recompute.OTHER):
        st.info(f"{other} pictures here have other pixels than those measured; they do not count.")
    states = pd.Series(_STATES)
    present = [f"**{state}**: {states[state]}" for state in _STATES if outcome.count(state)]
    evidence("  \n".join(present), outcome.rows, "expressrate-recomputed", title="Row by row")


def _faces_here() -> bool:
    """Whether the machine has FER2013's images."""
    return has_data_folder() and (data_folder() / "fer2013").exists()


@st.cache_resource(max_entries=4, show_spinner="Looking at the table …")
def _points(stamps: tuple, data: str) -> list[recompute.Point]:
    return recompute.points(results.all_rows(), _DATA[data])
