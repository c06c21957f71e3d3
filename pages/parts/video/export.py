"""What can be taken away: the table in two forms, the ledger, the figures, and the way to a cohort."""

import io

import pandas as pd
import streamlit as st

from core.face.openface import to_openface
from core.facs import UNITS
from core.figure_page import figure_page
from pages.parts.cohort.source import EXTRACTED
from pages.parts.shared import frame
from pages.parts.video.ledger import ledger_json
from pages.parts.video.measuring import Measured


def show(
    measured: Measured,
    table: pd.DataFrame,
    neutral: tuple[float, float] | None,
    figures: dict,
    sure: dict,
) -> None:
    """Buttons in a row.

    Tables are made once and kept, so that a click while the page is still drawing finds its file; the
    figures, which are large and follow the cursor, are made when asked for.
    """
    st.subheader("Take it away", anchor=False)
    stem = measured.clip.path.stem
    starred = [unit for unit in UNITS if not sure.get(unit, False)]
    files = (
        (
            "OpenFace CSV",
            f"{stem}.csv",
            "text/csv",
            _csv(measured.key, neutral, _table=table),
            "As OpenFace 2 writes it, with a few columns more; with a neutral segment also the "
            "relative units.",
        ),
        (
            "Parquet",
            f"{stem}.parquet",
            "application/vnd.apache.parquet",
            _parquet(measured.key, neutral, _table=table),
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
            ledger_json(measured),
            "The count of frames.",
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
    count = len(st.session_state.get("extracted_tables", ()))
    frame.link(
        frame.Way(
            "pages/cohort.py",
            f"Compare people: {count} measured video{'s' * (count != 1)} on the Cohort page",
            ":material/groups:",
            {"cohort_source": EXTRACTED},
        )
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _csv(key: str, neutral: tuple[float, float] | None, _table: pd.DataFrame) -> bytes:
    return to_openface(_table).encode()


@st.cache_data(max_entries=4, show_spinner=False)
def _parquet(key: str, neutral: tuple[float, float] | None, _table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    _table.to_parquet(content, index=False)
    return content.getvalue()
