"""Two methods at equal rate: their confusion matrices side by side, and who reads what the other
does not.
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.measuring.rate_matching import TOLERANCE
from core.evaluation.measuring.table import correct
from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import select
from core.evaluation.results.equal_rate import EqualRate
from core.formatting import percent, signed, signed_percent
from pages.parts.shared import plot, restored, results
from pages.parts.shared.frame import fragment

_PREFERRED = (("joint", "control"), ("joint", "baseline"), ("codec", "baseline"))


@fragment
def show_pair(data: str) -> None:
    """Confusion matrices of two curves where they spend equally much."""
    whose = results.chosen()
    keys = {curve_plots.curve_name(**key): key for key in results.labelled_curves(data, whose)}
    if len(keys) < 2:
        return
    st.subheader("Two methods at equal bits", anchor=False)
    names = list(keys)
    first_place, second_place = _defaults(keys)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        first = st.selectbox(
            "First", names, index=first_place, key="first", bind="query-params", width=320,
            help="The method on the left.",
        )  # fmt: skip
        second = st.selectbox(
            "Second", names, index=second_place, key="second", bind="query-params", width=320,
            help="The method on the right.",
        )  # fmt: skip
        rows = results.rows(data, whose)
        parts = [select(rows, **keys[name]) for name in (first, second)]
        parts = [part[part["label"].notna()] for part in parts]
        rates = [part.groupby("quality_index")["bpp"].mean().sort_values() for part in parts]
        tested = {
            each.first_index: each
            for each in results.paired(keys[first], keys[second], data, results.chosen())
        }
        partners = _nearest(*rates) | {at: each.second_index for at, each in tested.items()}
        opening = [at for at in partners if at in tested] or list(partners)
        restored.forget_unless("pair_at", partners)
        left = st.select_slider(
            "At (bit/pixel)",
            list(partners),
            value=opening[len(opening) // 2],
            format_func=lambda quality_index: f"{rates[0][quality_index]:.3f}",
            key="pair_at",
            bind="query-params",
            width=320,
            help="Mean rate of the first method's files; the second is taken at its nearest rate.",
        )
    here = [
        part[part["quality_index"] == quality_index]
        for part, quality_index in zip(parts, (left, partners[left]), strict=True)
    ]
    both = set(here[0]["image"]) & set(here[1]["image"])
    here = [part[part["image"].isin(both)] for part in here]
    for column, name, place, part in zip(
        st.columns(2, gap="large"), (first, second), ("first", "second"), here, strict=True
    ):
        with column:
            rate = part["bpp"].mean()
            st.markdown(f"**{name}**: {percent(correct(part).mean())} at {rate:.4f} bit/pixel")
            plot.draw(
                curve_plots.confusion(part),
                key=f"confusion_{place}",
                alt=f"Confusion matrix of {name}",
            )
    _tell(tested.get(left), *here)


def _tell(comparison: EqualRate | None, first: pd.DataFrame, second: pd.DataFrame) -> None:
    """McNemar's test where the rates agree; how far they are apart where they do not."""
    if comparison is None:
        apart = second["bpp"].mean() / first["bpp"].mean() - 1
        st.caption(
            f"The second method spends {signed_percent(apart)} here: more than {percent(TOLERANCE, 0)}, "
            "so the two are "
            "not tested against each other. More points of equal rate: "
            "python -m core.evaluation match"
        )
        return
    st.markdown(
        f"At equal rate (payloads {signed(comparison.rate_difference, 2)} % apart) the first reads "
        f"**{signed(comparison.difference, 2)} points** more "
        f"({signed(comparison.low, 2)} to {signed(comparison.high, 2)}); "
        f"of {comparison.images:,} faces {comparison.only_first:,} are read by the first alone "
        f"and {comparison.only_second:,} by the second alone: "
        f"McNemar's exact p = {comparison.p_value:.2g}."
    )


def _defaults(keys: dict[str, dict]) -> tuple[int, int]:
    """Places of the pair that is of most interest, else of the first two."""
    methods = [key["method"] for key in keys.values()]
    for first, second in _PREFERRED:
        if first in methods and second in methods:
            return methods.index(first), methods.index(second)
    return 0, 1


def _nearest(first: pd.Series, second: pd.Series) -> dict[float, float]:
    """Every quality of the first curve, by rising rate, and the second's of the nearest rate."""
    logs = np.log(second.to_numpy())
    return {
        float(quality_index): float(second.index[np.abs(logs - np.log(rate)).argmin()])
        for quality_index, rate in first.items()
    }
