"""Loss weights: what alpha, beta and gamma do to bits, pixels and recognition."""

import streamlit as st

from pages.parts.shared import classifiers, frame, results
from pages.parts.weights import choice, face, gain_split, plane

frame.go_on_to_lesson()
frame.open_page(
    "Loss weights",
    "A codec is trained for **α · bits + β · pixel error + γ · recognition error**. Only the ratios "
    "matter: β / α is the quality, γ / α how much the machine's reading counts.",
)
with frame.errors_shown():
    if "FER2013" not in results.available():
        results.say_empty()
    else:
        with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
            results.choose_labels()
            classifiers.choose_classifier(st.container(width=280))
        offer = choice.offered()
        choice.say_what_is_missing(offer)
        results.say_unread("fer2013", results.chosen())
        chosen = choice.choose_point(offer)
        plane.show_point(chosen)
        plane.show_plane(chosen)
        plane.show_front(chosen)
        plane.show_psnr_loss(chosen)
        plane.show_terms(chosen)
        plane.show_calculator(offer, chosen)
        gain_split.show_gain_split()
    with frame.errors_shown():
        face.show_faces()
frame.research_note()
