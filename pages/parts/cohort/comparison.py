"""The Compare tab: one value a person, every test over people, and why frames must not be asked."""

import pandas as pd
import streamlit as st

from core.cohort.report import plot_groups, sections
from core.cohort.statistics import group_tests
from core.cohort.tables.schema import Cohort
from core.facs import unit_label
from pages.parts.shared.evidence import evidence


def show(key: str, cohort: Cohort) -> None:
    """The tab; InputError where there is nothing to compare."""
    tests = compared(key, _cohort=cohort)
    st.markdown(f"**{sections.outcome(tests)}**")
    for note in tests.notes:
        st.caption(note)
    axis = sections.effect_axis(tests)
    st.plotly_chart(plot_groups.effects(tests.primary, axis=axis), key="cohort_effects")
    _tables(tests)
    if len(tests.groups):
        _people(tests)
    _frames(tests)


@st.cache_data(max_entries=8, show_spinner="Comparing people …")
def compared(key: str, _cohort: Cohort) -> group_tests.Tests:
    """The tests of the cohort that ``key`` names."""
    return group_tests.compare_groups(_cohort)


def _tables(tests: group_tests.Tests) -> None:
    test = ", ".join(tests.primary["test"].unique())
    evidence(
        f"{test} over people, one value each; `p_adjusted` after Benjamini and Hochberg over "
        f"{len(tests.primary)} measures. The effect is {sections.effect_axis(tests)}.",
        tests.primary,
        "tests",
        f"Evidence: {test}",
    )
    for rows, text, name, title in (
        (tests.ranks, "Tests on ranks, which no outlier can carry.", "rank_tests", "Rank tests"),
        (tests.pairs, "Welch's test of each pair of groups, corrected over all.", "pairs", "Pairs"),
        (tests.scores, "Spearman's rho of each measure with the score.", "scores", "Scores"),
    ):
        if len(rows) and rows is not tests.primary:
            evidence(text, rows, name, f"Evidence: {title.lower()}")


def _people(tests: group_tests.Tests) -> None:
    """The people behind one row: a dot each, with their name."""
    st.subheader("The people behind a row", anchor=False)
    measures = list(tests.primary["unit"])
    measure = st.selectbox(
        "Measure",
        measures,
        index=int(tests.primary["p_value"].fillna(1.0).to_numpy().argmin()),
        format_func=unit_label,
        key="cohort_measure",
        bind="query-params",
        persist_state="session",
        help="One dot is one person: the mean over all their valid frames. Hover names them.",
    )
    values = pd.DataFrame(
        {
            "participant": tests.people.index,
            "group": tests.people["label"].fillna("").to_numpy(),
            "value": tests.people[measure].to_numpy(),
        }
    )
    st.plotly_chart(plot_groups.people(values, measure), key="cohort_people_dots")
    row = tests.primary.set_index("unit").loc[measure]
    missing = int(values["value"].isna().sum())
    evidence(
        f"{row['test']}: {row['n']} people with a value and a label, {missing} without a value, "
        f"p {row['p_value']:.3g}, adjusted {row['p_adjusted']:.3g}, effect {row['effect']:.2f} "
        f"[{row['low']:.2f}, {row['high']:.2f}].",
        values,
        f"people_{measure}",
        f"Evidence: {measure}",
    )


def _frames(tests: group_tests.Tests) -> None:
    """The p-value that must not be believed, in grey, with the reason."""
    reason = sections.disbelief(tests)
    if not reason:
        return
    st.subheader("What the frames would have claimed", anchor=False)
    st.markdown(reason)
    st.plotly_chart(plot_groups.against_frames(tests.frames), key="cohort_frames")
    evidence(
        "Welch over frames as if each were a person of its own; `effective_frames` is n divided by "
        "1 + 2 times the sum of the autocorrelations. **Not to be believed.**",
        tests.frames,
        "frame_level",
        "Evidence against the frames",
    )
