"""Cohort: do groups of people differ, and would the answer survive a reviewer?"""

import streamlit as st

from core.cohort.report import RESEARCH_USE
from core.cohort.report import SYNTHETIC as MADE_UP
from pages.parts import (
    cohort_compare,
    cohort_import,
    cohort_source,
    cohort_structure,
    cohort_time,
    frame,
)

TABS = {
    "Compare": cohort_compare.show,
    "Over time": cohort_time.show,
    "Structure": cohort_structure.show,
}

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
    tabs = st.tabs(list(TABS), key="cohort_tab", bind="query-params")
    for tab, show in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab, frame.errors_shown():
                show(key, part)
