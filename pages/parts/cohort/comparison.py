"""The Compare tab: one value a person, every test over people, and why frames must not be asked."""

import pandas as pd
import streamlit as st

from core.cohort import analysis
from core.cohort.analysis import Adjusted, Analysis, Choices, Robustness
from core.cohort.report import findings, plot_groups, sections
from core.cohort.statistics import group_tests
from core.cohort.tables.schema import Cohort
from core.facs import unit_label
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain

_TITLES = {
    "attrition": "who took part",
    "over_shares": "other least shares of frames with a face",
    "over_cutoffs": "other cut-offs of confidence",
    "matching": "how the groups match",
    "adjusted": "adjusted tests",
    "score_regressions": "regressions on the score",
}
"""Table of a section -> the title of its box."""


def show_comparison(key: str, whole: Cohort, cohort: Cohort, choice: Choices) -> None:
    """The tab; InputError where there is nothing to compare."""
    tests = compared(key, _cohort=cohort)
    st.markdown(f"**{plain(findings.outcome(tests))}**")
    for note in tests.notes:
        st.caption(plain(note))
    if tests.primary["effect"].notna().any():
        figure = plot_groups.effects(tests.primary, axis=findings.effect_axis(tests))
        plot.draw(figure, key="cohort_effects")
    _tables(tests)
    _adjusted(adjusted(key, _cohort=cohort, _tests=tests, _choice=choice))
    if len(tests.groups):
        _people(tests)
        _robustness(robust(key, _whole=whole, _cohort=cohort, _tests=tests, _choice=choice), cohort)
    _frames(tests)


@st.cache_data(scope="session", max_entries=8, show_spinner="Comparing people …")
def compared(key: str, _cohort: Cohort) -> group_tests.Tests:
    """The tests of the cohort that ``key`` names."""
    return group_tests.compare_groups(_cohort)


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def adjusted(key: str, _cohort: Cohort, _tests, _choice: Choices) -> Adjusted | None:
    """The tests adjusted for covariates, and how the groups match."""
    return analysis.adjusted_of(_cohort, _tests, _choice)


@st.cache_data(scope="session", max_entries=8, show_spinner="Asking what could have been found …")
def robust(key: str, _whole: Cohort, _cohort: Cohort, _tests, _choice: Choices) -> Robustness:
    """What the cohort could have found, and what its cut-offs decide."""
    return analysis.robustness_of(
        _whole, Analysis(_whole, _cohort, _choice, pd.DataFrame(), _tests)
    )


def _tables(tests: group_tests.Tests) -> None:
    test = ", ".join(tests.primary["test"].unique())
    evidence(
        f"{test} over people, one value each; `p_adjusted` after Benjamini and Hochberg over "
        f"{len(tests.primary)} measures. The effect is {plain(findings.effect_axis(tests))}.",
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


def _adjusted(results: Adjusted | None) -> None:
    """Covariates: how the groups match, and the adjusted effects."""
    if results is None:
        return
    section = sections.adjusted(results)
    if results.groups is not None or results.scores is not None:
        st.subheader("Adjusted", anchor=False)
        st.markdown(plain(" ".join(section.text[1:]), longest=5000))
        if results.groups is not None and results.groups["effect"].notna().any():
            title = f"Adjusted effect ({', '.join(results.names)})"
            table = results.groups.rename(columns={"effect": "standardised", "estimate": "effect"})
            plot.draw(plot_groups.effects(table, axis=title), key="cohort_adjusted")
    for part in section.parts:
        evidence(plain(part.caption), part.rows, part.name, f"Evidence: {_TITLES[part.name]}")


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
    plot.draw(plot_groups.people(values, measure), key="cohort_people_dots")
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


def _robustness(results: Robustness, cohort: Cohort) -> None:
    """What could have been found, who is missing, and what the cut-offs decide."""
    section = sections.robustness(results, len(cohort.groups))
    st.subheader(section.title, anchor=False)
    st.markdown(plain(section.text[0]))
    for part in section.parts:
        evidence(plain(part.caption), part.rows, part.name, f"Evidence: {_TITLES[part.name]}")


def _frames(tests: group_tests.Tests) -> None:
    """The p-value that must not be believed, in grey, with the reason."""
    reason = findings.disbelief(tests)
    if not reason:
        return
    st.subheader("What the frames would have claimed", anchor=False)
    st.markdown(plain(reason))
    plot.draw(plot_groups.against_frames(tests.frames), key="cohort_frames")
    evidence(
        "Welch over frames as if each were a person of its own; `effective_frames` is n divided by "
        "1 + 2 times the sum of the autocorrelations. **Not to be believed.**",
        tests.frames,
        "frame_level",
        "Evidence against the frames",
    )
