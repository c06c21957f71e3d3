"""The dashboard: page config and navigation.  ``python app.py`` serves it (``--help`` says where)."""

import streamlit as st

from pages.parts.shared import serving, uploads
from pages.parts.shared.frame import ICON


def show_named_page() -> None:
    """The page that the address names, under the navigation."""
    serving.ask_nobody()
    uploads.keep_on_disk()
    st.set_page_config(page_title="ExpressRate", page_icon=ICON, layout="wide")
    pages = [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/compress.py", title="Compress", icon=":material/compress:"),
        st.Page("pages/curves.py", title="Curves", icon=":material/show_chart:"),
        st.Page("pages/loss_weights.py", title="Loss weights", icon=":material/balance:"),
        st.Page("pages/video.py", title="Video", icon=":material/videocam:"),
        st.Page("pages/cohort.py", title="Cohort", icon=":material/groups:"),
        st.Page("pages/bridge.py", title="Bridge", icon=":material/conversion_path:"),
        st.Page(
            "pages/read_it_yourself.py", title="Read it yourself", icon=":material/visibility:"
        ),
        st.Page("pages/verify.py", title="Verify", icon=":material/fact_check:"),
        st.Page("pages/lesson.py", title="Lesson", icon=":material/school:"),
    ]
    st.navigation(pages, position="top").run()


if st.runtime.exists():
    show_named_page()
elif __name__ == "__main__":
    serving.serve(__file__)
