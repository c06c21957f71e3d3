"""Class by class: the accuracy of each along one curve, and what is taken for what at one of its points."""

import pandas as pd
import streamlit as st

from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import select
from pages.parts.shared import plot, restored, results
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment


@fragment
def show_classes(data: str, rate: str) -> None:
    """Accuracy of each class along one curve, and what is taken for what at one of its points."""
    whose = results.chosen()
    keys = {curve_plots.curve_name(**key): key for key in results.labelled_curves(data, whose)}
    if not keys:
        return
    st.subheader("Class by class", anchor=False)
    chosen = st.selectbox(
        "Curve",
        list(keys),
        key="classes",
        bind="query-params",
        width=320,
        help="The codec whose files were read.",
    )
    part = select(results.rows(data, whose), **keys[chosen])
    part = part[part["label"].notna()]
    left, right = st.columns(2, gap="large")
    with left:
        plot.draw(
            curve_plots.per_class(part, rate), key="per_class", alt="Accuracy of each class by rate"
        )
        st.caption("Share of each true class that is read rightly, with 95% intervals.")
    with right:
        _show_confusion(part)
    evidence(
        f"Every picture of this codec on this data: {len(part):,} rows.",
        part,
        f"expressrate-rows-{data}-{keys[chosen]['method']}",
        title="The rows",
    )


def _show_confusion(rows: pd.DataFrame) -> None:
    """What is taken for what, at one rate of the curve."""
    bpp = rows.groupby("quality_index")["bpp"].mean().sort_values()
    restored.forget_unless("point", bpp.index)
    quality_index = st.select_slider(
        "At (bit/pixel)",
        list(bpp.index),
        value=bpp.index[len(bpp) // 2],
        format_func=lambda quality_index: f"{bpp[quality_index]:.3f}",
        key="point",
        bind="query-params",
        help="Mean rate of the whole file at one quality of the codec.",
    )
    plot.draw(
        curve_plots.confusion(rows[rows["quality_index"] == quality_index]),
        key="confusion",
        alt="Confusion matrix at the chosen point",
    )
    st.caption(
        f"Rows: true class; columns: what was read, in percent of the row, at {bpp[quality_index]:.3f} "
        "bit/pixel."
    )
