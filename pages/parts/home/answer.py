"""The answer to the question, as the table of results has it: one sentence."""

import streamlit as st

from core import formatting
from core.evaluation.plots.curve_plots import curve_name
from pages.parts.shared import results

_SHARE = "95%"


def show_answer(whose: results.Whose = results.EVERYDAY) -> None:
    """The sentence, large enough to be read first; nothing where too little was measured."""
    answer = sentence(whose)
    if answer:
        st.markdown(answer)


def sentence(whose: results.Whose = results.EVERYDAY) -> str:
    """Bytes a face at which each of the headline's curves still keeps most of the accuracy."""
    sizes = results.fewest_bytes(whose)
    if sizes.empty:
        return ""
    lines = {
        curve_name(row["method"], row["gamma"], row["seed"], row["classifier"]): row
        for row in sizes.to_dict("records")
    }
    keys = {
        name: (row["method"], row["gamma"], row["seed"], row["classifier"])
        for name, row in lines.items()
    }
    parts = []
    for name in results.headline(keys):
        row = lines[name]
        needed = row["bytes"].get(_SHARE)
        if formatting.missing(needed):
            continue
        interval = ""
        low, high = row["low"].get(_SHARE), row["high"].get(_SHARE)
        if not (formatting.missing(low) or formatting.missing(high)):
            interval = f" ({formatting.number(low)} to {formatting.number(high)})"
        parts.append(f"**{name}** in {formatting.size(needed)}{interval}")
    if not parts:
        return ""
    return (
        f"{_SHARE} of the accuracy on uncompressed faces is kept by {formatting.listed(parts)} a "
        "face, 64 faces in a file, with 95% intervals."
    )
