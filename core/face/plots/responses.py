"""Draws how the estimates answer the truth: response curves unit by unit, reliability of confidence."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.face.plots.timelines import COLOURS, clear
from core.facs import MAX_INTENSITY
from core.plot_style import GREY, GRID

KINDS = {"render": "renders", "warp": "warped photographs"}
_ACROSS = 3


def response_grid(curves: pd.DataFrame, names: Mapping[str, str]) -> go.Figure:
    """Mean estimate against mean truth for every unit, one small chart each; the diagonal is exact.

    ``curves``: of :func:`core.face.units.validation.response_curves`; ``names``: unit -> its title.
    """
    units = list(dict.fromkeys(curves["unit"]))
    down = -(-len(units) // _ACROSS)
    figure = make_subplots(
        down,
        _ACROSS,
        subplot_titles=[names.get(unit, unit).replace(" ", "<br>", 1) for unit in units],
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=0.06,
    )
    for place, unit in enumerate(units):
        at = {"row": place // _ACROSS + 1, "col": place % _ACROSS + 1}
        figure.add_scatter(
            x=[0, MAX_INTENSITY],
            y=[0, MAX_INTENSITY],
            mode="lines",
            line={"color": GREY, "width": 1, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
            **at,
        )
        for (kind, title), colour in zip(KINDS.items(), COLOURS, strict=False):
            part = curves[(curves["unit"] == unit) & (curves["data"] == kind)]
            figure.add_scatter(
                x=part["truth"],
                y=part["estimate"],
                customdata=part["count"],
                name=title,
                legendgroup=kind,
                showlegend=place == 0,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 5},
                hovertemplate="true %{x:.2f}: read %{y:.2f} (%{customdata} faces)",
                **at,
            )
    figure.update_xaxes(range=[0, MAX_INTENSITY], dtick=1, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(range=[0, MAX_INTENSITY], dtick=1, gridcolor=GRID, zeroline=False)
    figure.update_annotations(font_size=12)
    clear(figure, 60 + 190 * down)
    return figure.update_layout(legend={"orientation": "h", "y": -0.04}, margin={"t": 44})


def reliability(rows: pd.DataFrame) -> go.Figure:
    """The share of frames whose units were right against the confidence that was stated."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=rows["stated"],
        y=rows["kept"],
        customdata=rows["count"],
        mode="lines+markers",
        line={"color": COLOURS[0]},
        hovertemplate="stated %{x:.2f}: kept %{y:.2f} (%{customdata} faces)<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title="Confidence", range=[0, 1], gridcolor=GRID)
    figure.update_yaxes(title="Share of frames that kept it", range=[0, 1], gridcolor=GRID)
    return clear(figure, 320)
