"""What every page has in common: its title, the note on use, links that work alone, shown errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.pages_manager import PagesManager

from core import checkpoints
from core.errors import InputError
from core.glossary import SECTIONS
from pages.parts.shared import keeping, restored
from pages.parts.shared.words import plain

ICON = str(Path(__file__).with_name("icon.svg"))
"""Ours, because Streamlit fetches named icons of the browser's tab from the network."""

_STYLE = """
<style>
:root { --our-style: here; } /* Streamlit loads it after the page: tests wait for it */
.block-container, [data-testid="stMainBlockContainer"] { max-width: 1240px; padding-top: 4.5rem; }
h1 { letter-spacing: -0.02em; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
/* Streamlit's own colours of captions, chosen buttons and slider values are too faint to read. */
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; opacity: 1; }
[data-testid="stCaptionContainer"] { opacity: 0.82; }
[data-testid="stButtonGroup"] :is([aria-checked="true"], [aria-pressed="true"]),
[data-testid="stButtonGroup"] :is([aria-checked="true"], [aria-pressed="true"]) p,
[data-testid="stSliderThumbValue"] { color: inherit !important; }
/* So are its colours of what stands at the axes of a chart. */
[data-testid="stPlotlyChart"] :is(.xtick, .ytick, .xtitle, .ytitle, .annotation-text, .cbaxis) text,
[data-testid="stPlotlyChart"] text:is(.xtitle, .ytitle, .annotation-text, .legendtext),
[data-testid="stPlotlyChart"] text[class^=cb][class$=title] { fill: currentColor !important; }
[data-testid="stButtonGroup"] > div { flex-wrap: wrap; }
@media (max-width: 640px) {
  .block-container, [data-testid="stMainBlockContainer"] { padding-left: 0.4rem; padding-right: 0.4rem; }
  [data-testid="stHorizontalBlock"] { gap: 1rem; }
  [data-testid="stDataFrame"] { overflow-x: clip; } /* a table's handle stands out of the page */
  [data-testid="stExpanderDetails"] { padding-left: 0.25rem; padding-right: 0.25rem; }
}
</style>
"""


def open_page(title: str, purpose: str, tab: str = "") -> None:
    """Set the page up and write its title and, in one sentence, what it is for.

    ``tab``: the page's name in the browser's tab and in files of settings, where it is not its title.
    """
    _hand_over_to_app()
    st.set_page_config(page_title=tab or f"{title} · ExpressRate", page_icon=ICON, layout="wide")
    st.html(_STYLE)
    st.title(title, anchor=False)
    st.markdown(purpose)
    keeping.arrive()
    restored.open_link(tab or title)
    for sentence in checkpoints.damaged():
        st.warning(plain(sentence), icon=":material/broken_image:")


def _hand_over_to_app() -> None:
    """Let ``app.py`` serve this page, with its navigation, where a link opened it before that ran.

    Until the first ``st.navigation`` of a server, Streamlit takes the folder ``pages`` for the old
    kind of multipage app and runs the page without ``app.py``.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def research_note() -> None:
    """The words that are used, and what the numbers must not be used for; every page ends with it."""
    restored.close_link()
    keeping.show_address()
    st.divider()
    _show_words()
    keeping.offer_to_forget()
    st.caption(
        "ExpressRate is a research tool. A predicted expression is a guess from pixels, not what a "
        "person feels, and never a diagnosis. What you bring stays on this machine and is forgotten "
        "two minutes after the page is closed."
    )


def _show_words() -> None:
    with st.expander("What the words mean", icon=":material/menu_book:"):
        for about, terms in SECTIONS.items():
            lines = [f"**{about}**", *(f"- **{term}**: {said}" for term, said in terms.items())]
            st.markdown("\n".join([lines[0], "", *lines[1:]]))


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another page of the app, with the settings that it opens with."""

    page: str
    label: str
    icon: str | None = None
    query: dict[str, str] | None = None


def link(way: Way) -> None:
    """The link, or its name in plain text where that page is not being served."""
    try:
        st.page_link(way.page, label=way.label, icon=way.icon, query_params=way.query)
    except (StreamlitAPIException, KeyError):
        st.markdown(way.label)


def go_on_to_lesson() -> None:
    """Follow a link to the guided path that this page once had: the lesson took its place."""
    if "guided" in st.query_params:
        with suppress(StreamlitAPIException, KeyError):  # the lesson is not being served
            st.switch_page("pages/lesson.py", query_params={"step": "4"})


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an InputError word for word and go on with the page."""
    try:
        yield
    except InputError as error:
        st.error(plain(error), icon=":material/error:")


def fragment(draw: Callable) -> Callable:
    """``st.fragment`` that shows an InputError word for word, whoever asked it to run again."""

    @st.fragment
    @wraps(draw)
    def shown(*arguments, **options):
        with errors_shown():
            return draw(*arguments, **options)

    return shown
