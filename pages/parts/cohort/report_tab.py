"""The Report tab: everything of the page in one HTML file."""

from dataclasses import replace

import streamlit as st

from core.cohort.analysis import Analysis, Choices
from core.cohort.report import rendering as reports
from core.cohort.report import sections
from core.cohort.tables.schema import Cohort
from pages.parts.cohort import classification, comparison, over_time, structure


def show(key: str, cohort: Cohort, settings: dict[str, object]) -> None:
    """The tab: what goes in, a button that makes the file, a button that downloads it."""
    title = st.text_input(
        "Title",
        "Action units of a cohort",
        max_chars=120,
        key="cohort_title",
        bind="query-params",
        persist_state="session",
        help="The heading of the report and the name of its file.",
    )
    curves_of = st.multiselect(
        "Curves of",
        cohort.measures,
        default=list(cohort.composites) or list(cohort.measures[:2]),
        key="cohort_report_curves",
        bind="query-params",
        persist_state="session",
        help="The measures whose course over time goes into the report.",
    )
    results = classification.finished("classify", key)
    protocol = classification.finished("paper", key)
    st.caption(
        "One HTML file with figures, tables as CSV, methods, settings and versions; it needs no "
        "network. "
        + (
            "The classifiers' results go in."
            if results
            else "Classifiers go in once they were run in the tab Classify."
        )
    )
    state = (key, title, tuple(curves_of), results is not None, protocol is not None)
    if st.button(
        "Make the report",
        type="primary",
        icon=":material/description:",
        key="cohort_make_report",
        help="Takes some seconds.",
    ):
        with st.spinner("Writing the report …"):
            made = _report(key, cohort, title, curves_of, results, protocol, settings)
            st.session_state["cohort_report"] = (state, reports.to_html(made).encode())
    kept = st.session_state.get("cohort_report")
    if kept is None or kept[0][0] != key:
        return
    if kept[0] != state:
        st.caption("The report below is of the choices before; make it again for the new ones.")
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "cohort"
    st.download_button(
        f"Download the report ({len(kept[1]) / 1e6:.1f} MB)",
        kept[1],
        file_name=f"{'synthetic-' if cohort.synthetic else ''}{name}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="cohort_download_report",
        help="One self-contained HTML file; any browser opens it.",
    )


def _report(key, cohort, title, curves_of, results, protocol, settings) -> reports.Report:
    """The report from the same cached results that the other tabs show."""
    analysis = Analysis(
        cohort,
        Choices(curves_of=tuple(curves_of), phase=settings.get("phase") or ""),
        comparison.compared(key, _cohort=cohort),
    )
    with_times = bool(cohort.frames["time"].notna().any())
    by_phase = {
        m: over_time.phases(key, m, _cohort=cohort) for m in curves_of if len(cohort.phases) > 1
    }
    curves = {
        m: over_time.curve(key, m, 60, False, _cohort=cohort) for m in curves_of if with_times
    }
    analysis = replace(
        analysis,
        curves=curves,
        by_phase=by_phase,
        classifications=tuple(results or ()),
        protocol=protocol,
        **structure.for_report(key, cohort),
    )
    return sections.report_of(analysis, settings, title)
