"""The Report tab: everything of the page in one HTML file."""

from dataclasses import dataclass, replace

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
from pages.parts.shared.words import plain


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the report is asked to hold: its title, the measures over time, and whether single people."""

    title: str
    curves_of: tuple[str, ...]
    with_people: bool


def show_report(key: str, whole: Cohort, cohort: Cohort, choice: Choices, reading: dict) -> None:
    """The tab: what goes in, a button that makes the file, a button that downloads it."""
    wanted = _choose(cohort)
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
    state = (key, wanted, results is not None, protocol is not None)
    if st.button(
        "Make the report",
        type="primary",
        icon=":material/description:",
        key="cohort_make_report",
        help="Takes some seconds.",
    ):
        shown = structure.chosen(cohort) | over_time.chosen() | {"curves_of": wanted.curves_of}
        made = _made(_analysis(key, whole, replace(choice, **shown)), wanted, reading)
        keeping.things()["cohort_report"] = (state, *made)
    earlier = keeping.things().get("cohort_report")
    if earlier is None or earlier[0][0] != key:
        return
    if earlier[0] != state:
        st.caption("The report below is of the choices before; make it again for the new ones.")
    _offer(cohort, wanted.title, *earlier[1:])


def _choose(cohort: Cohort) -> _Wanted:
    """The controls, kept in the link."""
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
    return _Wanted(title, tuple(curves_of), with_people)


def _made(results: Analysis, wanted: _Wanted, reading: dict) -> tuple[bytes, bytes]:
    """The report as HTML, and its numbers as JSON."""
    with st.spinner("Writing the report …"):
        settings = settings_of(results, reading, wanted.with_people)
        report = report_of(results, settings, wanted.title, wanted.with_people)
        numbers = json_text(document(results, settings, wanted.with_people))
        return reports.to_html(report).encode(), numbers.encode()


def _offer(cohort: Cohort, title: str, html: bytes, numbers: bytes) -> None:
    """The two buttons that download what was made."""
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "cohort"
    name = f"{'synthetic-' if cohort.synthetic else ''}{name}"
    left, right = st.columns(2)
    left.download_button(
        f"Download the report ({len(html) / 1e6:.1f} MB)",
        html,
        file_name=f"{name}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="cohort_download_report",
        help="One self-contained HTML file; any browser opens and prints it.",
    )
    right.download_button(
        f"Download the numbers ({len(numbers) / 1e6:.1f} MB)",
        numbers,
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
        bar.progress(min(done / max(total, 1e-9), 1.0), text=plain(text))

    results = analysis.analysed(whole, asked, progress, must_compare=False)
    bar.empty()
    return replace(
        results,
        choices=replace(asked, **classification.choices(key)),
        classifications=tuple(classification.finished("classify", key) or ()),
        protocol=classification.finished("paper", key),
    )
