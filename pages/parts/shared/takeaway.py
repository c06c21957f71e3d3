"""A view to take along: one HTML file of what is shown, and the line that embeds it."""

from collections.abc import Callable

import streamlit as st

from core.site.page import iframe


def offer(make: Callable[[], bytes], file: str, title: str, key: str) -> None:
    """The button "Take this view along"; the page is made when it is pressed."""
    with st.popover("Take this view along", icon=":material/ios_share:"):
        st.markdown(
            "One HTML file that opens anywhere, without a server or the network: put it on a stick, in a "
            "mail, or on any web space."
        )
        st.download_button(
            "Download the page (HTML)", make, file_name=file, mime="text/html",
            icon=":material/download:", key=f"{key}_page", on_click="ignore",
            help="At most 2 MB. It holds what is shown here, at every quality.",
        )  # fmt: skip
        st.markdown("To show it inside another page:")
        st.code(iframe(file, title), language="html", wrap_lines=True)
