"""How every figure of a cohort looks: a colour for each group, no background, faint lines.

The figures carry no text colour, so that a page in light or dark, or a printed report, sets its own.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.cohort.tables.schema import order_groups

GROUP_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195")
GREY = "#777777"
SIGNIFICANT = "#D55E00"
FAINT = "rgba(128,128,128,0.25)"


def colours(groups: Sequence) -> dict[str, str]:
    """A colour for each group, the reference group first; people without a group ("") are grey."""
    names = order_groups(group for group in groups if group != "")
    chosen = {name: GROUP_COLOURS[i % len(GROUP_COLOURS)] for i, name in enumerate(names)}
    return {**chosen, "": GREY}


def named(group: str) -> str:
    """A group as a legend says it: a bare number would not explain itself."""
    if not group:
        return "no label"
    return f"group {group}" if group.replace(".", "", 1).isdigit() else group


def spoken(rows: pd.DataFrame, column: str, form: str) -> list[str]:
    """A column as words; what was not measured says so."""
    if column not in rows:
        return ["not measured"] * len(rows)
    return [format(value, form) if pd.notna(value) else "not measured" for value in rows[column]]


def pale(colour: str) -> str:
    """The colour as a band behind a line."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def rows_height(rows: int, each: int = 24) -> int:
    """Pixels for a figure whose rows must all be labelled."""
    return max(240, 130 + each * rows)


def dressed(figure: go.Figure, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """The dress that all figures share: no background, faint lines, the legend on top."""
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
    )
    figure.update_xaxes(title_text=x, gridcolor=FAINT, zerolinecolor=FAINT, automargin=True)
    figure.update_yaxes(title_text=y, gridcolor=FAINT, zerolinecolor=FAINT, automargin=True)
    return figure
