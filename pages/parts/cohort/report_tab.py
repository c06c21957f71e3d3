"""The Report tab: everything of the page in one HTML file."""

from dataclasses import dataclass, replace

import streamlit as st

from core.cohort.analysis import Analysis, Choices
from core.cohort.report import rendering as reports
from core.cohort.report.assembly import report_of, settings_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from pages.parts.cohort import (
    classification,
    comparison,
    import_report,
    over_time,
    structure,
    within_persons,
)
from pages.parts.shared import keeping


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What goes into a report beside what the other tabs show."""

    title: str
    curves_of: tuple[str, ...]
    with_people: bool
    classified: object
    protocol: object


def show_report(key: str, whole: Cohort, cohort: Cohort, choice: Choices, reading: dict) -> None:
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
    with_people = st.toggle(
        "With single people",
        key="cohort_with_people",
        bind="query-params",
        help="Off: nothing in the report belongs to a single person, so that it can be published. On: "
        "ids, file names, labels, scores and values of people go in.",
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
    chosen = _Chosen(title, tuple(curves_of), with_people, results, protocol)
    state = (key, title, chosen.curves_of, with_people, results is not None, protocol is not None)
    if st.button(
        "Make the report",
        type="primary",
        icon=":material/description:",
        key="cohort_make_report",
        help="Takes some seconds.",
    ):
        with st.spinner("Writing the report …"):
            report = _report(key, whole, cohort, choice, reading, chosen)
            keeping.things()["cohort_report"] = (state, reports.to_html(report).encode())
    earlier = keeping.things().get("cohort_report")
    if earlier is None or earlier[0][0] != key:
        return
    if earlier[0] != state:
        st.caption("The report below is of the choices before; make it again for the new ones.")
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "cohort"
    st.download_button(
        f"Download the report ({len(earlier[1]) / 1e6:.1f} MB)",
        earlier[1],
        file_name=f"{'synthetic-' if cohort.synthetic else ''}{name}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="cohort_download_report",
        help="One self-contained HTML file; any browser opens it.",
    )


def _report(key, whole, cohort, choice, reading, chosen: _Chosen) -> reports.Report:
    """The report from the same cached results that the other tabs show."""
    curves_of = chosen.curves_of
    with_times = bool(cohort.frames["time"].notna().any())
    shown = replace(choice, curves_of=curves_of, **structure.chosen(cohort))
    try:
        tests = comparison.compared(key, _cohort=cohort)
    except InputError:
        tests = None
    results = Analysis(whole, cohort, shown, import_report.audited(key, _cohort=cohort), tests)
    more: dict[str, object] = {}
    if tests is not None:
        more["adjusted"] = comparison.adjusted(key, _cohort=cohort, _tests=tests, _choice=choice)
        if len(tests.groups) > 1:
            more["robustness"] = comparison.robust(
                key, _whole=whole, _cohort=cohort, _tests=tests, _choice=choice
            )
    kind = st.session_state.get("cohort_within_shown")
    if kind and len(within_persons.available(whole)[kind]) > 1:
        more["within"] = within_persons.within(key, kind, _whole=whole, _choice=choice)
        shown = replace(shown, within=kind)
    phases = curves_of if len(cohort.phases) > 1 else ()
    more["by_phase"] = {m: over_time.phases(key, m, _cohort=cohort) for m in phases}
    timed = curves_of if with_times else ()
    more["curves"] = {m: over_time.curve(key, m, 60, False, _cohort=cohort) for m in timed}
    results = replace(
        results,
        choices=shown,
        classifications=tuple(chosen.classified or ()),
        protocol=chosen.protocol,
        **more,
        **structure.for_report(key, cohort),
    )
    settings = settings_of(results, reading, chosen.with_people)
    return report_of(results, settings, chosen.title, chosen.with_people)
