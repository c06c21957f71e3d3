"""What every page has in common: its title, the note on use, links that work alone, shown errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.errors import InputError

_STYLE = """
<style>
.block-container, [data-testid="stMainBlockContainer"] { max-width: 1240px; padding-top: 4.5rem; }
h1 { letter-spacing: -0.02em; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
</style>
"""


def open_page(title: str, purpose: str) -> None:
    """Set the page up and write its title and, in one sentence, what it is for."""
    st.set_page_config(
        page_title=f"{title} · ExpressRate", page_icon=":material/compress:", layout="wide"
    )
    st.html(_STYLE)
    st.title(title, anchor=False)
    st.markdown(purpose)


def research_note() -> None:
    """Say what the numbers must not be used for; every page ends with it."""
    st.divider()
    st.caption(
        "ExpressRate is a research tool. A predicted expression is a guess from pixels, not what a "
        "person feels, and never a diagnosis. Pictures stay on this machine and are forgotten when "
        "the page is closed."
    )


def link(page: str, label: str, icon: str | None = None) -> None:
    """A link to another page, or its name in plain text where that page is not being served."""
    try:
        st.page_link(page, label=label, icon=icon)
    except (StreamlitAPIException, KeyError):
        st.markdown(label)


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an InputError word for word and go on with the page."""
    try:
        yield
    except InputError as error:
        st.error(str(error), icon=":material/error:")
