"""Figures of a test of reading: a person's curve beside the machines', a class's, and who mixes up what."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.expressions import EXPRESSIONS
from core.plot_style import ACCENT, GREY, dressed, group_colours, log_axis, pale
from core.reading_test.curve import Fit
from core.reading_test.trials import GUESS


def person_curve(
    levels: pd.DataFrame, fitted: Fit | None, machines: Mapping[str, pd.DataFrame] | None = None
) -> go.Figure:
    """Share of right answers against bytes a face: the person's, and classifiers' on the same faces.

    ``levels`` and each of ``machines`` (name -> frame) as ``curve.levels`` gives them.
    """
    figure = go.Figure()
    machines = machines or {}
    colours = group_colours(machines)
    for name, table in machines.items():
        by = table.groupby("level").agg(bytes=("bytes", "mean"), share=("share", "mean"))
        figure.add_scatter(
            x=by["bytes"], y=by["share"], name=name, mode="lines+markers",
            line={"color": colours[name], "width": 1.5, "dash": "dot"},
        )  # fmt: skip
    if fitted is not None and len(levels):
        bytes = np.geomspace(levels["bytes"].min() / 1.3, levels["bytes"].max() * 1.3, 120)
        figure.add_scatter(
            x=bytes, y=fitted.share(bytes), name="You, fitted", mode="lines",
            line={"color": ACCENT, "width": 3},
        )  # fmt: skip
        figure.add_vrect(x0=fitted.low, x1=fitted.high, fillcolor=pale(ACCENT), line_width=0)
        figure.add_vline(x=fitted.threshold, line={"color": ACCENT, "width": 1, "dash": "dash"})
    figure.add_scatter(
        x=levels["bytes"], y=levels["share"], name="You", mode="markers",
        marker={"color": ACCENT, "size": 6 + 1.5 * np.sqrt(levels["count"])},
        customdata=levels[["right", "count"]],
        hovertemplate="%{x:.0f} bytes: %{customdata[0]} of %{customdata[1]} right<extra></extra>",
    )  # fmt: skip
    return _with_guessing(figure)


def class_curve(pooled: pd.DataFrame) -> go.Figure:
    """A class's mean of persons with its interval, by method; ``pooled`` as ``curve.pooled`` gives it."""
    figure = go.Figure()
    colours = group_colours(pooled["method"].unique())
    for method, part in pooled.groupby("method", sort=False):
        part = part.sort_values("bytes")
        colour = colours[method]
        figure.add_scatter(
            x=[*part["bytes"], *part["bytes"][::-1]], y=[*part["high"], *part["low"][::-1]],
            fill="toself", fillcolor=pale(colour), line={"width": 0}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=part["bytes"], y=part["share"], name=method, mode="lines+markers",
            line={"color": colour, "width": 3}, customdata=part[["persons"]],
            hovertemplate="%{x:.0f} bytes: %{y:.0%} of %{customdata[0]} persons<extra></extra>",
        )  # fmt: skip
    return _with_guessing(figure)


def confusion_map(counts: np.ndarray) -> go.Figure:
    """Counts (7, 7), rows the truth, columns the answer, as shares of each row."""
    total = counts.sum(axis=1, keepdims=True)
    proportions = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    figure = go.Figure(
        go.Heatmap(
            x=list(EXPRESSIONS), y=list(EXPRESSIONS), z=proportions, zmin=0, zmax=1,
            text=counts, texttemplate="%{text}", colorscale="Blues", showscale=False,
            hovertemplate="%{y} answered as %{x}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    dressed(figure, "answered", "shown", 420)
    figure.update_yaxes(autorange="reversed")
    return figure


def _with_guessing(figure: go.Figure) -> go.Figure:
    figure.add_hline(
        y=GUESS, line={"color": GREY, "width": 1, "dash": "dot"}, annotation_text="guessing"
    )
    dressed(figure, "bytes a face", "share read", 420)
    figure.update_xaxes(**log_axis(x for trace in figure.data for x in trace.x))
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%")
    return figure
