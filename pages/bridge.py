"""Bridge: what compression does to the action units, and how few bits keep them."""

import streamlit as st

from pages.parts.bridge import advice, choice, study, views, work
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
_STORE, _FACE, _STUDY = (
    "How may I store recordings?",
    "What do codecs do to this face?",
    "Does a study's conclusion survive?",
)
question = st.segmented_control(
    "What do you want to know?", [_STORE, _FACE, _STUDY], default=_STORE, required=True,
    key="bridge_question", bind="query-params",
    help="Whole recordings as video files; the face alone through every codec; the groups of a cohort.",
)  # fmt: skip
result = None
with frame.errors_shown():
    if question != _STUDY:
        clip = source.choose_clip()
    if question == _STORE:
        advice.show_recordings(clip)
    elif question == _FACE and clip is not None:
        result = work.run_beside(clip, choice.choose_codecs())
        if result is not None:
            views.show_result(result)
        elif source.is_sample():
            views.show_shipped_drift()
    elif question == _STUDY:
        study.show_study()
if result is None:
    restored.wait_for("bridge_")
for shown, beginning in ((_STORE, "advice_"), (_STUDY, "study_")):
    if question != shown:
        restored.wait_for(beginning)
frame.research_note()
