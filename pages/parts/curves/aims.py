"""What strangers see of an encoder that looks at a classifier, by the way it is aimed."""

import pandas as pd
import streamlit as st

from core import formatting
from core.evaluation.measuring.aim_variants import read_variants
from core.recognition import strangers
from core.recognition.known import title
from pages.parts.shared.evidence import evidence


def show_variants() -> None:
    """One row a way to aim; nothing where none was compared."""
    document = read_variants()
    if document is None:
        return
    rows = document["rows"]
    readers = {id: title(id) for id in rows["reader"].unique()}
    st.subheader("An encoder that looks at its reader: what transfers", anchor=False)
    lines = []
    for name, part in rows.groupby("variant", sort=False):
        first = part.iloc[0]
        line = {"Aim": name, "Looked at": _looked_at(first["aimed_at"])}
        line |= {readers[row["reader"]]: _change(row) for row in part.to_dict("records")}
        line["Bytes"] = f"{first['bytes_plain']:.1f} → {first['bytes_aimed']:.1f}"
        line["PSNR"] = formatting.signed(first["psnr_aimed"] - first["psnr_plain"], 2, "dB")
        lines.append(line)
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={"Aim": st.column_config.TextColumn(width=390)},
    )
    st.caption(
        f"Change of accuracy on the same {rows['faces'].iloc[0]} validation faces at quality "
        f"{document['quality_index']}, in points with 95% intervals; * was looked at. What only those see "
        "who were looked at is a reader flattered; what the others see is expression kept."
    )
    evidence(
        f"Made by `{document['command']}`.",
        rows.drop(columns="aim"),
        "expressrate-aims",
        title="All figures of the ways to aim",
    )


def _looked_at(ids: list[str]) -> str:
    """``our classifier``, or ``3 of our classifiers, face-api``."""
    others = [id for id in ids if id in strangers.ids()]
    ours = len(ids) - len(others)
    names = [title(id) for id in ids if id not in others]
    return ", ".join(
        [*([f"{ours} of our classifiers"] if ours > 1 else names), *map(title, others)]
    )


def _change(row: dict) -> str:
    limits = f"{formatting.signed(row['low'], 0)} to {formatting.signed(row['high'], 0)}"
    return f"{formatting.signed(row['points'], 0)} ({limits}){' *' if row['looked_at'] else ''}"
