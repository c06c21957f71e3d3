"""Cohort: do groups of people differ, and would the answer survive a reviewer?"""

from functools import partial

import streamlit as st

from core.cohort.report import RESEARCH_USE
from core.cohort.report import SYNTHETIC as MADE_UP
from pages.parts import (
    cohort_classify,
    cohort_compare,
    cohort_import,
    cohort_report,
    cohort_source,
    cohort_structure,
    cohort_time,
    frame,
    restored,
)

frame.open_page(
    "Cohort",
    "Do groups of people differ in their action units, and would the answer survive a reviewer?",
)
st.caption(f":material/info: {RESEARCH_USE}")
key, cohort = cohort_source.choose()
if cohort.synthetic:
    st.warning(MADE_UP, icon=":material/science:")
cohort_import.show_report(cohort)
with frame.errors_shown():
    key, part, settings = cohort_import.choose_part(key, cohort)
    views = {
        "Compare": partial(cohort_compare.show, key, part),
        "Over time": partial(cohort_time.show, key, part),
        "Structure": partial(cohort_structure.show, key, part),
        "Classify": partial(cohort_classify.show, key, part),
        "Report": partial(cohort_report.show, key, part, settings),
    }
    tabs = st.tabs(list(views), key="cohort_tab", bind="query-params")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, frame.errors_shown():
                show()
restored.close_link()
