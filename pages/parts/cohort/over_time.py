"""The Over time tab: the mean over people at each moment and in each phase."""

import pandas as pd
import streamlit as st

from core.cohort.report import plot_groups, plot_style
from core.cohort.statistics import curves
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import unit_label
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain

_SECONDS, _SHARE = "seconds", "share"
_INTERVAL, _SPREAD = "interval", "spread"


def show_over_time(key: str, cohort: Cohort) -> None:
    """The tab: the measures chosen, each as a curve, and by phase where there are phases."""
    first, second, third, fourth = st.columns([3, 2, 2, 2])
    default = list(cohort.composites[:2]) or list(cohort.measures[:2])
    measures = first.multiselect(
        "Measures",
        cohort.measures,
        default=default,
        key="cohort_curves_of",
        bind="query-params",
        persist_state="session",
        help="One figure for each.",
    )
    clock = second.segmented_control(
        "Clock",
        [_SECONDS, _SHARE],
        default=_SECONDS,
        required=True,
        key="cohort_clock",
        bind="query-params",
        help="Seconds, or the share of each recording where recordings differ in length.",
    )
    bins = third.slider(
        "Pieces",
        10,
        240,
        60,
        10,
        key="cohort_bins",
        bind="query-params",
        help="Into how many pieces the time is cut; a person counts once in each.",
    )
    spread = (
        fourth.segmented_control(
            "Bands",
            [_INTERVAL, _SPREAD],
            default=_INTERVAL,
            required=True,
            key="cohort_bands",
            bind="query-params",
            help="Interval: 95%, how sure the mean is. Spread: one standard deviation, how much "
            "people differ.",
        )
        == _SPREAD
    )
    # widgets of a closed tab are not there, so the report asks here what was chosen
    st.session_state["cohort_time_choice"] = (bins, clock == _SHARE)
    what = "one standard deviation over people" if spread else "95% intervals over people"
    st.caption(
        f"Time counts from each recording's first frame; the bands are {what}, the dashes everybody. "
        "Neighbouring moments are not independent: where two bands part is no test."
    )
    for measure in measures:
        st.subheader(unit_label(measure), anchor=False)
        try:
            means = curve(key, measure, bins, clock == _SHARE, _cohort=cohort)
        except InputError as error:
            st.error(plain(error), icon=":material/error:")
            return
        title = "Share of the recording" if clock == _SHARE else "Time (s)"
        plot.draw(plot_groups.curves(means, measure, title, spread), key=f"cohort_curve_{measure}")
        _evidence(means, measure, "curve")
        if len(cohort.phases) > 1:
            by_phase = phases(key, measure, _cohort=cohort)
            plot.draw(plot_groups.phases(by_phase, measure), key=f"cohort_phases_{measure}")
            _evidence(by_phase, measure, "phases")


def chosen() -> dict[str, object]:
    """The pieces and the clock chosen in the tab (60 pieces of the seconds at first)."""
    bins, relative = st.session_state.get("cohort_time_choice", (60, False))
    return {"bins": bins, "relative": relative}


@st.cache_data(scope="session", max_entries=64, show_spinner=False)
def curve(key: str, measure: str, bins: int, relative: bool, _cohort: Cohort) -> pd.DataFrame:
    """The mean curve of one measure."""
    return curves.mean_curves(_cohort, measure, bins, relative)


@st.cache_data(scope="session", max_entries=64, show_spinner=False)
def phases(key: str, measure: str, _cohort: Cohort) -> pd.DataFrame:
    """The means of one measure by phase."""
    return curves.phase_means(_cohort, measure)


def _evidence(means: pd.DataFrame, measure: str, name: str) -> None:
    most = means.groupby("group")["n"].max()
    people = ", ".join(f"{plain(plot_style.named(group))}: {n}" for group, n in most.items())
    evidence(
        f"Mean over people and Student's 95% interval, one value a person; people at most: {people}.",
        means,
        f"{name}_{measure}",
        f"Evidence: {measure}, {'by phase' if name == 'phases' else 'over time'}",
    )
