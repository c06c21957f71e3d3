"""A class's curve, live from its store, or from several people's files."""

import streamlit as st

from core.errors import InputError
from core.reading_test import charts
from core.reading_test.curve import pooled
from core.reading_test.session import LARGEST, load_together, to_csv
from core.reading_test.store import Store
from pages.parts.shared import frame, plot
from pages.parts.shared.words import plain

_EVERY = 3  # seconds


def show_class(store: Store) -> None:
    """The pooled curve of everybody who took part, with its table and a way to clear it."""
    st.subheader("Your class", anchor=False)
    _live(store)
    with st.popover("Clear the class's answers", icon=":material/delete:"):
        st.markdown("All answers of everybody are forgotten. This cannot be undone.")
        sure = st.checkbox("Yes, forget them all", key="reading_test_sure")
        if st.button("Clear", disabled=not sure, key="reading_test_clear"):
            store.clear()
            st.rerun()


@st.fragment(run_every=_EVERY)
def _live(store: Store) -> None:
    try:
        sessions = store.sessions()
    except InputError as error:
        st.error(plain(error))
        return
    sessions = [session for session in sessions if session.answers]
    st.caption(
        f"{len(sessions)} {'person has' if len(sessions) == 1 else 'persons have'} answered "
        f"{sum(len(session.answers) for session in sessions)} times. The curve is the mean of persons, "
        "the band its 95% interval over persons, not over answers."
    )
    _curve(sessions, "class")


def show_files() -> None:
    """Several people's files of answers, together."""
    with st.expander("Put several people's files together"), frame.errors_shown():
        files = st.file_uploader(
            "Files of answers (JSON)", type=["json"], accept_multiple_files=True,
            key="reading_test_files", help="Each file is one person; a file given twice counts once.",
        )  # fmt: skip
        if files:
            given = [(f.name, f.getvalue() if f.size <= LARGEST else b"") for f in files]
            sessions = load_together(given)
            st.caption(f"{len(sessions)} persons")
            _curve(sessions, "files")


def _curve(sessions, key: str) -> None:
    table = pooled([session.answers for session in sessions])
    if table.empty:
        st.info("There are no answers yet.")
        return
    plot.draw(
        charts.class_curve(table), key=f"reading_test_{key}_curve",
        alt="Share of faces read against bytes a face, mean of persons with interval",
    )  # fmt: skip
    st.download_button(
        "All answers (CSV)", to_csv(sessions), "readings.csv", "text/csv", key=f"reading_test_{key}_csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
