"""The Report tab: everything of the page in one HTML file."""

from dataclasses import replace

import streamlit as st

from core.cli import json_text
from core.cohort import analysis
from core.cohort.analysis import Analysis, Choices
from core.cohort.document import document
from core.cohort.report import rendering as reports
from core.cohort.report.assembly import report_of, settings_of
from core.cohort.tables.schema import Cohort
from pages.parts.cohort import (
    classification,
    over_time,
    structure,
    within_persons,
)
from pages.parts.shared import keeping


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
    ran = (results is not None, protocol is not None)
    state = (key, title, tuple(curves_of), with_people, *ran)
    if st.button(
        "Make the report",
        type="primary",
        icon=":material/description:",
        key="cohort_make_report",
        help="Takes some seconds.",
    ):
        shown = structure.chosen(cohort) | over_time.chosen() | {"curves_of": tuple(curves_of)}
        results = _analysis(key, whole, replace(choice, **shown))
        with st.spinner("Writing the report …"):
            settings = settings_of(results, reading, with_people)
            html = reports.to_html(report_of(results, settings, title, with_people))
            numbers = json_text(document(results, settings, with_people))
            documents = (state, html.encode(), numbers.encode())
            keeping.things()["cohort_report"] = documents
    earlier = keeping.things().get("cohort_report")
    if earlier is None or earlier[0][0] != key:
        return
    if earlier[0] != state:
        st.caption("The report below is of the choices before; make it again for the new ones.")
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "cohort"
    name = f"{'synthetic-' if cohort.synthetic else ''}{name}"
    left, right = st.columns(2)
    left.download_button(
        f"Download the report ({len(earlier[1]) / 1e6:.1f} MB)",
        earlier[1],
        file_name=f"{name}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="cohort_download_report",
        help="One self-contained HTML file; any browser opens and prints it.",
    )
    right.download_button(
        f"Download the numbers ({len(earlier[2]) / 1e6:.1f} MB)",
        earlier[2],
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/data_object:",
        on_click="ignore",
        key="cohort_download_numbers",
        help="Every number of the report as JSON, as python -m core.cohort compare --json writes it; "
        "docs/cohort.schema.json describes it.",
    )


def _analysis(key: str, whole: Cohort, asked: Choices) -> Analysis:
    """What ``python -m core.cohort compare`` computes with the same choices; the classifiers and the
    paper's protocol as they were run in their tab."""
    kind = st.session_state.get("cohort_within_shown", "")
    if kind and len(within_persons.available(whole)[kind]) > 1:
        asked = replace(asked, within=kind)
    bar = st.progress(0.0, text="Comparing …")

    def progress(done: float, total: float, text: str) -> None:
        bar.progress(min(done / max(total, 1e-9), 1.0), text=text)

    results = analysis.analysed(whole, asked, progress, must_compare=False)
    bar.empty()
    return replace(
        results,
        choices=replace(asked, **classification.choices(key)),
        classifications=tuple(classification.finished("classify", key) or ()),
        protocol=classification.finished("paper", key),
    )
