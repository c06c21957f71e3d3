"""Bridge: what compression does to the action units, and how few bits keep them."""

import streamlit as st

from pages.parts.bridge import choice, study, views, work
from pages.parts.shared import frame, restored
from pages.parts.video import source

frame.open_page(
    "Bridge",
    "What does compression do to the action units? The face of a clip is coded, decoded, pasted back "
    "and measured again, at every rate.",
)
st.caption(
    ":material/info: For research only: nothing here is a diagnosis. Action units are estimates; "
    "the headline counts only those whose estimator passed its validation."
)
result = None
with frame.errors_shown():
    clip = source.choose()
    if clip is not None:
        result = work.run_beside(clip, choice.choose())
        if result is not None:
            views.show(result)
        elif source.is_sample():
            views.show_shipped()
if result is None:
    restored.wait_for("bridge_")
with frame.errors_shown():
    study.show()
frame.research_note()
