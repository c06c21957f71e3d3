"""The few curves that say most, labelled at their ends."""

import streamlit as st

from core.site import component
from core.site.measured import headline_chart, headline_points
from pages.parts.shared import results

_made = component.figure()
_component = st.components.v2.component(
    f"expressrate_{_made.name}", html=_made.html, css=_made.css, js=_made.js
)


def show_chart(whose: results.Whose = results.EVERYDAY) -> None:
    """The drawing, which says its finding to who cannot see it, and what it shows in words."""
    known = results.known(whose)
    _component(key="headline", data=headline_chart(known))
    st.caption(
        f"Read by {whose.said}: accuracy on {results.count_of(headline_points(known))} test faces against "
        "bits per pixel of the whole file (64 × 64 pixels). Bands are 95% bootstrap intervals; "
        "the dotted line is the accuracy on the uncompressed faces. JPEG stores 64 faces in one file, so "
        "that its header is shared. Curves shows every other training and codec."
    )
