"""Read it yourself: can a person read the face at this rate?"""

import streamlit as st

from pages.parts.reading_test import asking, outcome, running, setup, together
from pages.parts.shared import frame

frame.open_page(
    "Read it yourself",
    "How few bytes can a face be stored in before *you* can no longer read its expression? Your curve, or "
    "a class's, beside the classifiers' on the same faces.",
)
store = None
with frame.errors_shown():
    store = running.class_store()
with frame.errors_shown():
    test = running.current()
    if test is None:
        setup.offer(store)
    elif test.over:
        outcome.show_outcome(test)
    else:
        asking.ask(test)
if test is None or test.over:
    if store is not None:
        with frame.errors_shown():
            together.show_class(store)
    together.show_files()
    st.caption(
        "What is known of people: recognition falls only below 20 × 30 pixels a face; happiness, "
        "surprise, disgust and neutral hold down to 10 × 15, while fear, sadness and anger want 40 × 60 "
        "(Du and Martinez 2011, Journal of Vision 11(13):24). Answers stay in this browser session unless "
        "a class keeps them."
    )
frame.research_note()
