"""What can be taken away: the table in two forms, the ledger, the figures, and the way to a cohort."""

import io
import json

import pandas as pd
import streamlit as st

from core.face.marks import Marks, apply_marks
from core.face.openface import to_openface
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
    stem = measured.clip.path.stem
    marked = apply_marks(table, marks)
    key = f"{measured.key}-{json.dumps(marks.as_dict())}"
    if marks:
        st.caption(
            f"With the marks: {int(marked['excluded'].sum()):,} frames are left out (columns `excluded`, "
            "no numbers, no success), and every frame names its event (column `event`)."
        )
    starred = [unit for unit in UNITS if not sure.get(unit, False)]
    files = (
        (
            "OpenFace CSV",
            f"{stem}.csv",
            "text/csv",
            _csv(key, neutral, _table=marked),
            "As OpenFace 2 writes it, with a few columns more; with a neutral segment also the "
            "relative units.",
        ),
        (
            "Parquet",
            f"{stem}.parquet",
            "application/vnd.apache.parquet",
            _parquet(key, neutral, _table=marked),
            "Everything, the 52 blendshapes too.",
        ),
        (
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
        (
            "Ledger (JSON)",
            f"{stem}-ledger.json",
            "application/json",
            ledger_json(measured, marks),
            "The count of frames, and the marks.",
        ),
    )
    row = st.container(horizontal=True)
    for label, name, mime, content, help in files:
        row.download_button(
            label,
            content,
            file_name=name,
            mime=mime,
            key=f"video_take_{label}",
            icon=":material/download:",
            help=help,
            on_click="ignore",
        )
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
