"""How few bytes keep a share of the accuracy, as a table."""

import pandas as pd
import streamlit as st

from core.evaluation.plots import curve_plots
from pages.parts.shared import results
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment

CURVE_COLUMN = st.column_config.TextColumn(
    width=300, help="Trainings that differ in their seed alone are named by it; the first is not."
)

_RATE_TEXTS = {"file": "its whole file", "shared": "64 in a file", "payload": "without headers"}


@fragment
def show_equal_accuracy(data: str, rate: str) -> None:
    """How few bytes keep a share of the accuracy, with intervals."""
    if data != "fer2013":
        return
    sizes = results.fewest_bytes(results.chosen(), rate)
    if sizes.empty:
        return
    st.subheader("The fewest bytes that keep the accuracy", anchor=False)
    lines = []
    for row in sizes.to_dict("records"):
        line = {
            "Curve": curve_plots.curve_name(
                row["method"], row["gamma"], row["seed"], row["classifier"]
            )
        }
        for share, value in row["bytes"].items():
            line[f"{share} kept"] = value
            line[f"interval {share}"] = _interval(value, row["low"][share], row["high"][share])
        lines.append(line)
    shown = pd.DataFrame(lines)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Curve": CURVE_COLUMN,
            **{
                name: st.column_config.NumberColumn(format="%.3g bytes")
                for name in shown.columns
                if name.endswith("kept")
            },
        },
    )
    st.caption(
        f"Mean bytes of a face ({_RATE_TEXTS[rate]}) at which each method still reads 99, 95 and 90% of "
        f"what {results.chosen().judged_by} reads on the originals (interpolated between qualities), "
        "with 95% bootstrap intervals over faces; faces that share a file are drawn together."
    )
    evidence(
        "Bytes as they were interpolated, and their intervals.",
        shown,
        f"expressrate-kept-{data}",
        title="The whole table of bytes",
    )


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "never"
    if low is None:
        return "not known"
    return f"{low:.0f} and more" if high is None else f"{low:.0f} to {high:.0f}"
