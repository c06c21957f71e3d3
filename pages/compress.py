"""Compress: a face on two sides, their quality and bytes, and what is still read."""

import streamlit as st

from pages.parts.compress import aimed, drop, many, pictures, square, stored, two, workbench
from pages.parts.shared import classifiers, frame

frame.open_page(
    "Compress",
    "Drag a quality down: the picture, its bytes and what is read follow at once. Paste or drop a "
    "picture of your own anywhere.",
)
st.html(workbench.CLOSE_TOGETHER)
with frame.errors_shown():
    have = pictures.at_hand()
    row = st.columns([0.7, 1, 1, 0.9], vertical_alignment="bottom") if have else None
    place = (
        row[0].popover("Picture", icon=":material/face:", width="stretch")
        if have
        else st.container()
    )
    with place:
        source = pictures.choose_source()
        apart = source in (pictures.STORED, pictures.TWO)
        picture = None if apart else pictures.bring(source)
    if source == pictures.TWO:
        two.show_two()
    elif source == pictures.STORED:
        stored.show_stored(pictures.bring_stored())
    elif picture is not None:
        left, right = workbench.choose_sides(row[1:3] if row else st.columns(2))
        classifier = classifiers.choose_classifier(row[3] if row else st.container())
        face = square.choose_square(picture, place)
        workbench.show_workbench(face, left, right, classifier)
        aimed.offer(face)
        many.offer(right)
drop.listen()
frame.research_note()
