"""Bridge: what compression does to the action units, and how few bits keep them."""

import streamlit as st

from pages.parts import (
    bridge_choice,
    bridge_study,
    bridge_views,
    bridge_work,
    frame,
    restored,
    video_source,
)

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
    clip = video_source.choose()
    if clip is not None:
        result = bridge_work.run_beside(clip, bridge_choice.choose())
        if result is not None:
            bridge_views.show(result)
        elif video_source.is_sample():
            bridge_views.show_shipped()
if result is None:
    restored.wait_for("bridge_")
with frame.errors_shown():
    bridge_study.show()
frame.research_note()
