"""Cohort: do groups of people differ, and would the answer survive a reviewer?"""

from functools import partial

import streamlit as st

from core.cohort.report.rendering import RESEARCH_USE
from core.cohort.report.rendering import SYNTHETIC as MADE_UP
from pages.parts.cohort import (
    classification,
    comparison,
    import_report,
    over_time,
    report_tab,
    source,
    structure,
)
from pages.parts.shared import frame, restored

frame.open_page(
    "Cohort",
    "Do groups of people differ in their action units, and would the answer survive a reviewer?",
)
st.caption(f":material/info: {RESEARCH_USE}")
key, cohort = source.choose()
if cohort.synthetic:
    st.warning(MADE_UP, icon=":material/science:")
import_report.show_report(cohort)
with frame.errors_shown():
    key, part, settings = import_report.choose_part(key, cohort)
    views = {
        "Compare": partial(comparison.show, key, part),
        "Over time": partial(over_time.show, key, part),
        "Structure": partial(structure.show, key, part),
        "Classify": partial(classification.show, key, part),
        "Report": partial(report_tab.show, key, part, settings),
    }
    tabs = st.tabs(list(views), key="cohort_tab", bind="query-params")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, frame.errors_shown():
                show()
restored.close_link()
