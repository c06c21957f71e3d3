"""Bjontegaard deltas of every method against one: how many bits at equal quality."""

import pandas as pd
import streamlit as st

from core import formatting
from core.evaluation.plots import curve_plots
from core.glossary import explained
from core.methods import METHODS
from pages.parts.curves.equal_accuracy import CURVE_COLUMN
from pages.parts.shared import results
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment
from pages.parts.shared.words import plain


@fragment
def show_deltas(data: str, rate: str) -> None:
    """The Bjontegaard table, with its warnings beside the numbers."""
    st.subheader("How many bits at equal quality", anchor=False)
    reference, quality = _choose_comparison(results.rows(data, results.chosen()))
    deltas = results.deltas(data, reference, quality.lower(), rate, results.chosen())
    if deltas.empty:
        st.caption("There is no second method to compare with.")
        return
    remarks = list(dict.fromkeys(text for text in deltas["warning"] if text))
    _show_table(deltas, quality, remarks)
    for number_of, text in enumerate(remarks, 1):
        st.caption(f"**Remark {number_of}:** {plain(text)}")
    st.caption(
        f"Mean difference against {curve_plots.curve_name(reference)} at equal {quality} "
        "(Bjontegaard). An accuracy may fall while the rate rises: the running maximum is compared, "
        "and that is said."
    )
    evidence(
        "All columns, with the range of quality that was compared and where it was fixed.",
        deltas,
        f"expressrate-bd-{data}-{quality.lower()}-{rate}",
        title="The whole table",
    )


def _choose_comparison(rows: pd.DataFrame) -> tuple[str, str]:
    """The method whose rate counts as 100 %, and the quality that is held equal."""
    present = set(rows["method"].unique())
    methods = [name for name in METHODS if name in present]
    labelled = rows["label"].notna().any()
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        reference = st.selectbox(
            "Against",
            [name for name in methods if name != "original"],
            format_func=curve_plots.curve_name,
            key="reference",
            bind="query-params",
            width=320,
            help="The codec whose rate counts as 100%.",
        )
        quality = st.segmented_control(
            "Equal",
            ["Accuracy", "PSNR"] if labelled else ["PSNR"],
            default="Accuracy" if labelled else "PSNR",
            required=True,
            key="equal",
            bind="query-params",
            help="Which quality is held equal while rates are compared.",
        )
    return reference, quality


def _show_table(deltas: pd.DataFrame, quality: str, remarks: list[str]) -> None:
    """One row a curve; remarks by their number."""
    gained = f"{quality} ({deltas['quality_unit'].iloc[0]})"
    shown = pd.DataFrame(
        {
            "Curve": [
                curve_plots.curve_name(row["method"], row["gamma"], row["seed"], row["classifier"])
                for row in deltas.to_dict("records")
            ],
            "Rate": deltas["bd_rate"],
            "from": deltas["low"],
            "to": deltas["high"],
            gained: deltas["bd_quality"],
            "Akima": deltas["bd_rate_akima"],
            "Overlap": deltas["overlap"],
            "Remark": [remarks.index(text) + 1 if text else None for text in deltas["warning"]],
        }
    )
    st.dataframe(
        shown.style.format(
            {
                **dict.fromkeys(
                    ("Rate", "from", "to", "Akima"), lambda v: formatting.signed(v) + "%"
                ),
                gained: lambda value: formatting.signed(value, 2),
                "Overlap": lambda value: formatting.percent(value, 0),
                "Remark": lambda value: formatting.number(value),
            }
        ),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config=_columns(gained),
    )


def _columns(gained: str) -> dict:
    """What stands over each column, and its help."""
    number = st.column_config.NumberColumn
    return {
        "Curve": CURVE_COLUMN,
        "Rate": number(help=explained("BD-rate") + " By pchip."),
        "from": number(help="95% interval, pictures drawn in pairs."),
        gained: number(help="At equal rate."),
        "Akima": number("Rate, akima", help="Another interpolation."),
        "Overlap": number(
            help="Share of the range that both curves reach; under half, the difference says little."
        ),
        "Remark": number(help="Read with care: see below the table."),
    }
