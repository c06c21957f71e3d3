"""What stands behind a number: how it was made, how many people it rests on, its rows."""

import pandas as pd
import streamlit as st

from core.csv_cells import csv

_SHOWN = 1000
"""Rows that are sent to the browser."""


def evidence(meaning: str, rows: pd.DataFrame, name: str, title: str = "Evidence") -> None:
    """A folded box: ``meaning`` (Markdown) says test and n, then the rows and a button that downloads them.

    ``name`` is the file name without ``.csv``; it must be unique on the page.
    """
    with st.expander(title, icon=":material/fact_check:"):
        st.markdown(meaning)
        height = "content" if len(rows) < 8 else 320
        st.dataframe(rows.head(_SHOWN), hide_index=True, height=height, placeholder="–")
        if len(rows) > _SHOWN:
            st.caption(f"The first {_SHOWN:,} rows; the file below has all.")
        st.download_button(
            f"{len(rows):,} rows as CSV",
            lambda: csv(rows).encode(),  # written when it is asked for
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"evidence_{name}",
            icon=":material/download:",
            help="The rows that this number and figure were computed from.",
            on_click="ignore",
        )
