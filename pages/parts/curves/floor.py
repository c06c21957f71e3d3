"""The floor under every curve: the label alone as a codec, and how few bits an expression takes at all."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formatting
from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import select
from core.evaluation.results.limits import Limits
from core.formatting import percent
from pages.parts.shared import results

METHOD = "label"


def offered(data: str, curves: pd.DataFrame) -> bool:
    """Whether there is a floor to draw: labelled faces that the label codec stored."""
    return data == "fer2013" and METHOD in set(curves["method"].astype(str))


def choose_floor() -> bool:
    """Whether the floor is drawn."""
    return st.toggle(
        "The floor",
        key="floor",
        bind="query-params",
        help="The label alone as a codec, and the two limits: the bits of the class itself, and of naming "
        "it in 95% of the cases.",
    )


def with_label(curves: pd.DataFrame, floor: pd.DataFrame) -> pd.DataFrame:
    """The chosen curves and that of the label."""
    if METHOD in set(curves["method"].astype(str)):
        return curves
    return pd.concat([curves, select(floor, method=METHOD)])


def draw(figure: go.Figure) -> None:
    """The two limits, in the figure of the curves."""
    curve_plots.add_limits(figure, _known(), _pixels())


def tell(floor: pd.DataFrame) -> None:
    """In two sentences what the floor means for accuracy against bits."""
    known, label = _known(), select(floor, method=METHOD).sort_values("bytes")
    cheapest = label.iloc[0]
    st.markdown(
        f"The expression that {results.chosen().judged_by} reads holds "
        f"{known.label_bits:.2f} bits, and {known.agreement_bits:.2f} let a receiver name it in "
        f"{percent(known.agreement, 0)} of the cases: a file that holds nothing else is read rightly in "
        f"{percent(cheapest['quality'])} of {cheapest['images']:,} faces for "
        f"{formatting.number(cheapest['bytes'], 2)} bytes a face, and gives every person the same "
        "face. Accuracy against bits, read by the classifier that a codec was made for, therefore says "
        "nothing of what else of the face was kept; a stranger, a person or PSNR does."
    )


def _known() -> Limits:
    return results.known(results.chosen()).limits()


def _pixels() -> int:
    rows = results.rows("fer2013", results.chosen())
    return int(rows["height"].iloc[0]) * int(rows["width"].iloc[0])
