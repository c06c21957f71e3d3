"""The Within persons tab: two conditions of the same person, their pairs and their models."""

from dataclasses import replace

import streamlit as st

from core.cohort import analysis
from core.cohort.analysis import Choices, Within
from core.cohort.report import plot_groups, sections
from core.cohort.tables.schema import Cohort
from core.facs import unit_label
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain

_TITLES = {
    "within_pairs": "paired tests",
    "within_models": "mixed models",
    "within_groups": "groups within each condition",
    "within_values": "one value a person and condition",
}
KINDS = {"phase": "phases of the recordings", "condition": "conditions of the files"}


def show_within_persons(key: str, whole: Cohort, choice: Choices) -> None:
    """The tab: which conditions, their outcome in a sentence, one measure drawn, every table."""
    kinds = [kind for kind, parts in available(whole).items() if len(parts) > 1]
    if not kinds:
        st.info(
            "There is nothing to compare within persons: no event log cuts phases (timestamp,label), "
            "and no person has files of several conditions. A column file or session in the label file, "
            "or a group (?P<condition>...) of the pattern for file names, tells conditions apart.",
            icon=":material/person:",
        )
        return
    first, second = st.columns(2)
    kind = first.segmented_control(
        "Compare within persons",
        kinds,
        default=kinds[0],
        required=True,
        format_func=KINDS.get,
        key="cohort_within",
        bind="query-params",
        help="One value a person and phase or condition; every test is within persons.",
    )
    results = within(key, kind, _whole=whole, _choice=choice)
    section = sections.within_persons(results, with_people=True)
    st.markdown(f"**{plain(section.text[0])}**")
    measures = list(dict.fromkeys(results.pairs["unit"]))
    measure = second.selectbox(
        "Measure drawn",
        measures,
        format_func=unit_label,
        key="cohort_within_measure",
        bind="query-params",
        help="One line is one person.",
    )
    plot.draw(plot_groups.persons(results.values, measure), key="cohort_within_lines")
    for part in section.parts:
        evidence(plain(part.caption), part.rows, part.name, f"Evidence: {_TITLES[part.name]}")
    st.session_state["cohort_within_shown"] = kind


def available(whole: Cohort) -> dict[str, tuple[str, ...]]:
    """Kind -> the conditions that there are."""
    return {"phase": whole.phases, "condition": whole.conditions}


@st.cache_data(scope="session", max_entries=8, show_spinner="Comparing within persons …")
def within(key: str, kind: str, _whole: Cohort, _choice: Choices) -> Within:
    """The tests within persons of the cohort that ``key`` names."""
    return analysis.within_of(_whole, replace(_choice, within=kind))
