"""Cohort: do groups of people differ, and would the answer survive a reviewer?"""

from functools import partial

import streamlit as st

from core.cohort.report.rendering import RESEARCH_USE
from core.cohort.report.rendering import SYNTHETIC as MADE_UP
from pages.parts.cohort import (
    classification,
    comparison,
    import_report,
    labels_missing,
    over_time,
    report_tab,
    source,
    structure,
    within_persons,
)
from pages.parts.shared import frame, keeping, restored

frame.open_page(
    "Cohort",
    "Do groups of people differ in their action units, and would the answer survive a reviewer?",
)
st.caption(f":material/info: {RESEARCH_USE}")
key, cohort, reading = source.choose_cohort()
if cohort.synthetic:
    st.warning(MADE_UP, icon=":material/science:")
import_report.show_import_report(cohort)
if import_report.nothing_to_compare(cohort):
    labels_missing.show_missing_labels(cohort)
with frame.errors_shown():
    key, part, choice = import_report.choose_part(key, cohort)
    import_report.show_audit(key, part)
    views = {
        "Compare": partial(comparison.show_comparison, key, cohort, part, choice),
        "Within persons": partial(within_persons.show_within_persons, key, cohort, choice),
        "Over time": partial(over_time.show_over_time, key, part),
        "Structure": partial(structure.show_structure, key, part),
        "Classify": partial(classification.show_classification, key, part),
        "Report": partial(report_tab.show_report, key, cohort, part, choice, reading),
    }
    if import_report.nothing_to_compare(cohort):
        del views["Compare"], views["Classify"]
    tabs = st.tabs(list(views), key="cohort_tab", bind="query-params")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, frame.errors_shown():
                draw()
restored.close_link()
keeping.show_address()
keeping.offer_to_forget()
