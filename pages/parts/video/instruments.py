"""The measured clip beside another program's table of it: agreement of two instruments, not truth."""

import streamlit as st

from core.bridge.instruments import agreement, read_instrument, sentence
from core.errors import InputError
from core.face.openface import to_openface
from pages.parts.shared.words import plain
from pages.parts.video.measuring import Measured


def compare_instruments(measured: Measured) -> None:
    """Takes a table of the same clip and shows, unit by unit, how far the two agree."""
    with st.expander("Compare with another program's table", icon=":material/compare_arrows:"):
        st.markdown(
            "OpenFace, py-feat or any other program's table of **this clip**: frames are matched by "
            "number. What agrees is not thereby true."
        )
        given = st.file_uploader(
            "Table of the same clip",
            type=["csv", "txt", "parquet"],
            key="video_instrument",
            help="Any table that the Cohort page reads; it stays on this machine.",
        )
        if given is None:
            return
        try:
            ours = read_instrument("this clip", to_openface(measured.series.table).encode())
            rows = agreement(ours, read_instrument(given.name, given.getvalue()))
        except InputError as error:
            st.error(plain(error))
            return
        st.markdown(sentence(rows))
        number = st.column_config.NumberColumn
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            placeholder="–",
            column_config={
                "frames": number(help="With a face in both tables."),
                "r": number(format="%.2f", help="Correlation over time, where both move."),
                "bias": number(format="%+.2f", help="Mean of this program minus the other."),
                "slope": number(format="%.2f", help="Points here for a point more there."),
                "mean_first": number("mean here", format="%.2f"),
                "mean_second": number("mean there", format="%.2f"),
            },
        )
