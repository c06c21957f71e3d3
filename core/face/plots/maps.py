"""Draws a measured video without time: states, the path through its components, cross-talk."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.face.components import Components
from core.face.plots.timelines import COLOURS, SCALE_ABOVE, clear, thinned
from core.face.states import States
from core.facs import MAX_INTENSITY
from core.formatting import percent
from core.plot_style import ACCENT, GREY, GRID

_PIECES = 2000


def path(
    components: Components,
    times: pd.Series,
    states: pd.Series | None = None,
    now: float | None = None,
) -> go.Figure:
    """Frames on the first two components, joined in order of time and coloured by it.

    With ``states`` the points have the states' colours instead.  A cross marks the time ``now``.
    """
    names = list(components.scores.columns[:2])
    across, up = names if len(names) == 2 else (names[0], None)
    points = components.scores[names].assign(time=times)
    points["state"] = GREY if states is None else states
    points = points.dropna(subset=names)
    if len(points) > _PIECES:
        points = points.iloc[np.unique(np.linspace(0, len(points) - 1, _PIECES).astype(int))]
    y = points[up] if up else np.zeros(len(points))
    if states is None:
        colour = {"color": points["time"], "colorscale": "Cividis", "showscale": True}
        colour["colorbar"] = {"title": "s", "thickness": 12, "outlinewidth": 0}
    else:
        colour = {"color": [COLOURS[int(s) % len(COLOURS)] for s in points["state"]]}
    figure = go.Figure()
    figure.add_scatter(
        x=points[across],
        y=y,
        mode="lines+markers",
        line={"color": "rgba(128,128,128,0.4)", "width": 1},
        marker={"size": 6, **colour},
        customdata=points["time"],
        hovertemplate="%{customdata:.2f} s<extra></extra>",
        showlegend=False,
    )
    if now is not None and len(points):
        here = int(np.abs(points["time"].to_numpy() - now).argmin())
        figure.add_scatter(
            x=[points[across].iloc[here]],
            y=[np.asarray(y)[here]],
            mode="markers",
            marker={"symbol": "x-thin", "size": 16, "line": {"width": 3, "color": ACCENT}},
            hoverinfo="skip",
            showlegend=False,
        )
    named = {
        name: f"{name} ({percent(components.share[name], 0)} of the variance)" for name in names
    }
    figure.update_xaxes(title=named[across], gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title=named.get(up, ""), gridcolor=GRID, zeroline=False)
    return clear(figure, 420)


def through_time(components: Components, times: pd.Series, now: float | None = None) -> go.Figure:
    """The first three components as lines over time."""
    names = list(components.scores.columns[:3])
    values = thinned(components.scores[names].assign(time=times), _PIECES)
    figure = go.Figure()
    for name, colour in zip(names, COLOURS, strict=False):
        figure.add_scatter(
            x=values["time"], y=values[name], name=name, mode="lines", line={"color": colour}
        )
    if now is not None:
        figure.add_vline(x=now, line={"color": ACCENT, "width": 2})
    figure.update_xaxes(title="Time (s)", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="Score", gridcolor=GRID, zeroline=False)
    return clear(figure, 300).update_layout(hovermode="x unified")


def loadings(components: Components, names: Mapping[str, str]) -> go.Figure:
    """How much of each column is in the first three components; ``names``: column -> its name."""
    weights = components.loadings.iloc[::-1, :3]
    figure = go.Figure()
    for component, colour in zip(weights, COLOURS, strict=False):
        figure.add_bar(
            x=weights[component],
            y=[names.get(column, column) for column in weights.index],
            name=component,
            orientation="h",
            marker={"color": colour},
            hovertemplate="%{y}: %{x:.2f}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title="Loading", gridcolor=GRID)
    figure.update_yaxes(dtick=1)
    height = 90 + 22 * len(weights)
    return clear(figure, height).update_layout(legend={"y": 1.02, "yanchor": "bottom"}, bargap=0.25)


def state_means(states: States, names: Mapping[str, str]) -> go.Figure:
    """The mean of each column in each state; ``names``: column -> its name."""
    means = states.means
    top = MAX_INTENSITY if means.to_numpy().max() > 1 else 1.0
    figure = go.Figure(
        go.Heatmap(
            z=means.T.to_numpy(),
            x=[f"state {state + 1}" for state in means.index],
            y=[names.get(column, column) for column in means],
            colorscale="Cividis",
            zmin=0,
            zmax=top,
            texttemplate="%{z:.1f}",
            showscale=False,
            hovertemplate="%{y}, %{x}: %{z:.2f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", dtick=1, showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    return clear(figure, 60 + 22 * means.shape[1])


def silhouettes(states: States) -> go.Figure:
    """The silhouette of each number of states; the one that was taken is marked."""
    scores = states.silhouettes
    figure = go.Figure(
        go.Bar(
            x=scores.index,
            y=scores,
            marker={"color": [COLOURS[0] if n == states.count else GREY for n in scores.index]},
            hovertemplate="%{x} states: %{y:.2f}<extra></extra>",
        )
    )
    figure.update_xaxes(title="States", dtick=1)
    figure.update_yaxes(title="Silhouette", gridcolor=GRID)
    return clear(figure, 260)


def cross_talk(matrix: pd.DataFrame) -> go.Figure:
    """What each unit (row) did when another (column) was moved; the diagonal should stand alone."""
    reach = float(np.nanmax(np.abs(matrix.to_numpy()))) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=matrix.to_numpy(),
            x=list(matrix.columns),
            y=list(matrix.index),
            colorscale="RdBu_r",
            zmin=-reach,
            zmax=reach,
            colorbar=SCALE_ABOVE,
            hovertemplate="%{x} moved by 4: %{y} changed by %{z:.2f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", dtick=1, title="what was read", showgrid=False)
    figure.update_xaxes(dtick=1, title="what was moved", showgrid=False)
    return clear(figure, 500).update_layout(margin={"t": 50})
