"""What can be taken away: the table in two forms, the ledger, the figures, and the way to a cohort."""

import io
import json
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.face.marks import Marks, apply_marks
from core.face.openface import to_openface
from core.face.smoothing import STATED
from core.facs import UNITS
from core.figure_page import figure_page
from pages.parts.cohort.source import EXTRACTED
from pages.parts.shared import frame, keeping
from pages.parts.video.ledger import ledger_json
from pages.parts.video.measuring import MOST_SERIES, Measured


def offer_files(
    measured: Measured,
    table: pd.DataFrame,
    neutral: tuple[float, float] | None,
    figures: dict,
    sure: dict,
    marks: Marks,
) -> None:
    """Buttons in a row.

    Tables are made once and kept, so that a click while the page is still drawing finds its file; the
    figures, which are large and follow the cursor, are made when asked for.
    """
    st.subheader("Take it away", anchor=False)
    marked = apply_marks(table, marks)
    if marks:
        st.caption(
            f"With the marks: {int(marked['excluded'].sum()):,} frames are left out (columns `excluded`, "
            "no numbers, no success), and every frame names its event (column `event`)."
        )
    row = st.container(horizontal=True)
    for file in _files(measured, marked, neutral, figures, sure, marks):
        row.download_button(
            file.label,
            file.content,
            file_name=file.name,
            mime=file.mime,
            key=f"video_take_{file.label}",
            icon=":material/download:",
            help=file.help,
            on_click="ignore",
        )
    _say_how_many()


class _File(NamedTuple):
    """One button: what it is called, and the file that it gives."""

    label: str
    name: str
    mime: str
    content: bytes | Callable[[], bytes]
    help: str


def _files(
    measured: Measured,
    marked: pd.DataFrame,
    neutral: tuple[float, float] | None,
    figures: dict,
    sure: dict,
    marks: Marks,
) -> tuple[_File, ...]:
    """The files of a measured video, as it was marked."""
    stem = measured.clip.path.stem
    smoothed = marked[STATED].iloc[0] if STATED in marked else 0.0
    key = f"{measured.key}-{smoothed:g}-{json.dumps(marks.as_dict())}"
    starred = [unit for unit in UNITS if not sure.get(unit, False)]
    return (
        _File(
            "OpenFace CSV",
            f"{stem}.csv",
            "text/csv",
            _csv(key, neutral, _table=marked),
            "As OpenFace 2 writes it, with a few columns more; with a neutral segment also the "
            "relative units.",
        ),
        _File(
            "Parquet",
            f"{stem}.parquet",
            "application/vnd.apache.parquet",
            _parquet(key, neutral, _table=marked),
            "Everything, the 52 blendshapes too.",
        ),
        _File(
            "Figures (HTML)",
            f"{stem}.html",
            "text/html",
            lambda: figure_page(
                f"{measured.clip.name}: action units and emotions",
                figures.items(),
                [f"Not validated, marked with a star: {', '.join(starred)}."] if starred else [],
            ).encode(),
            "One file that opens in any browser and asks no network.",
        ),
        _File(
            "Ledger (JSON)",
            f"{stem}-ledger.json",
            "application/json",
            ledger_json(measured, marks),
            "The count of frames, and the marks.",
        ),
    )


def _say_how_many() -> None:
    """The way to comparing people, and which of many videos can be looked at again."""
    count = len(keeping.things().get("video_tables", ()))
    frame.link(
        frame.Way(
            "pages/cohort.py",
            f"Compare people: {count} measured video{'s' * (count != 1)} on the Cohort page",
            ":material/groups:",
            {"cohort_source": EXTRACTED},
        )
    )
    if count > MOST_SERIES:
        st.caption(
            f"Of {count} measured videos the {MOST_SERIES} newest can be looked at again here; the "
            "tables of all of them are kept for the Cohort page."
        )


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _csv(key: str, neutral: tuple[float, float] | None, _table: pd.DataFrame) -> bytes:
    return to_openface(_table).encode()


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _parquet(key: str, neutral: tuple[float, float] | None, _table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    _table.to_parquet(content, index=False)
    return content.getvalue()
