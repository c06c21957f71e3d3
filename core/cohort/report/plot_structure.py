"""Draws how people lie and cluster: components, the plane of people, trees, silhouettes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.cluster.hierarchy import dendrogram as _tree

from core.cohort.report.plot_style import colours, named
from core.plot_style import ACCENT, GREY, GROUP_COLOURS, dressed, rows_height


def scree(variance: pd.DataFrame, most: int = 12) -> go.Figure:
    """Share of the variance by component, and the cumulative share, of the first ``most``.

    ``variance``: index the component; columns ``share, cumulative`` in 0..1.
    """
    shown = variance.iloc[:most]
    figure = go.Figure()
    figure.add_bar(
        x=shown.index,
        y=shown["share"],
        name="one component",
        marker_color=GROUP_COLOURS[0],
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=shown.index,
        y=shown["cumulative"],
        name="up to here",
        mode="lines+markers",
        line={"color": ACCENT},
        hovertemplate="up to %{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.05])
    return dressed(figure, y="Variance explained")


def loadings(weights: pd.DataFrame, most: int = 20) -> go.Figure:
    """Heat map of what each component is made of: the ``most`` heaviest features.

    ``weights``: index the feature, one column a component, weights in -1..1.
    """
    heaviest = weights.abs().max(axis=1).sort_values(ascending=False).index[:most]
    shown = weights.loc[heaviest].iloc[::-1]
    reach = float(np.nanmax(np.abs(shown.to_numpy()))) if shown.size else 1.0
    figure = go.Figure(
        go.Heatmap(
            z=shown.to_numpy(),
            x=[str(column) for column in shown.columns],
            y=[str(feature) for feature in shown.index],
            colorscale="RdBu_r",
            zmin=-reach,
            zmax=reach,
            colorbar={"title": "weight", "thickness": 12},
            hovertemplate="%{y} in %{x}: %{z:.2f}<extra></extra>",
        )
    )
    figure.update_yaxes(dtick=1)
    return dressed(figure, height=rows_height(len(shown)))


def scatter(points: pd.DataFrame, x: str, y: str, names: dict[str, str] | None = None) -> go.Figure:
    """People in two dimensions: colour is the group, the mark is the cluster, hover the person.

    ``points``: columns ``participant, group`` and those named by ``x`` and ``y``; with a column
    ``cluster`` (integers, -1 for noise) each cluster gets its own mark. ``names`` says what the
    axes are called.
    """
    names = names or {}
    clustered = "cluster" in points
    clusters = points["cluster"] if clustered else pd.Series(0, index=points.index)
    marks = dict(zip(sorted(clusters.unique()), _marks(sorted(clusters.unique())), strict=True))
    figure = go.Figure()
    for group, colour in colours(points["group"]).items():
        own = points["group"].astype(str) == group
        if not own.any():
            continue
        marks_said = [_cluster(c) if clustered else named(group) for c in clusters[own]]
        figure.add_scatter(
            x=points.loc[own, x],
            y=points.loc[own, y],
            mode="markers",
            name=named(group),
            marker={
                "size": 9,
                "color": colour,
                "symbol": [marks[c] for c in clusters[own]],
                "opacity": 0.8,
            },
            text=points.loc[own, "participant"],
            customdata=marks_said,
            hovertemplate="<b>%{text}</b>, %{customdata}<br>%{x:.2f}, %{y:.2f}",
        )
    for cluster, mark in marks.items() if clustered else ():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=_cluster(cluster),
            marker={"size": 9, "color": GREY, "symbol": mark},
            hoverinfo="skip",
        )
    return dressed(figure, x=names.get(x, x), y=names.get(y, y), height=460)


def dendrogram(linkage: np.ndarray, participants: Sequence[str], groups: Sequence) -> go.Figure:
    """The tree of an agglomerative clustering; a dot under each leaf shows the person's group.

    ``linkage``: (people - 1, 4) as scipy's ``linkage`` returns it.
    """
    participants, groups = list(participants), [str(group) for group in groups]
    tree = _tree(linkage, no_plot=True)
    across, up = [], []
    for xs, ys in zip(tree["icoord"], tree["dcoord"], strict=True):
        across += [*xs, None]
        up += [*ys, None]
    figure = go.Figure()
    figure.add_scatter(
        x=across,
        y=up,
        mode="lines",
        line={"width": 1, "color": GREY},
        hoverinfo="skip",
        showlegend=False,
    )
    place = {leaf: 5 + 10 * i for i, leaf in enumerate(tree["leaves"])}
    for group, colour in colours(groups).items():
        members = [leaf for leaf in tree["leaves"] if groups[leaf] == group]
        if members:
            figure.add_scatter(
                x=[place[leaf] for leaf in members],
                y=[0.0] * len(members),
                mode="markers",
                name=named(group),
                marker={"size": 7, "color": colour},
                text=[participants[leaf] for leaf in members],
                hovertemplate="<b>%{text}</b>",
            )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    return dressed(figure, x="People", y="Distance at which they join")


def silhouettes(
    by_count: pd.DataFrame, clusters: int, observed: float, null: np.ndarray
) -> go.Figure:
    """Silhouette by number of clusters, and at the chosen number what chance gives.

    ``by_count``: index the number of clusters, column ``silhouette``; may be empty. ``null``:
    silhouettes of data without structure, (draws,), clustered in the same way; NaN is left out.
    """
    figure = go.Figure()
    chance = null[np.isfinite(null)]
    if len(chance):
        figure.add_box(
            x=[clusters] * len(chance),
            y=chance,
            name="data without structure",
            marker={"color": GREY, "size": 3},
            line={"width": 1},
            boxpoints="all",
            pointpos=0,
            jitter=0.5,
            width=0.5,
            hovertemplate="%{y:.2f} without structure<extra></extra>",
        )
    if len(by_count):
        figure.add_scatter(
            x=by_count.index,
            y=by_count["silhouette"],
            mode="lines+markers",
            name="these people",
            line={"color": GROUP_COLOURS[0]},
            hovertemplate="%{x} clusters: %{y:.2f}<extra></extra>",
        )
    figure.add_scatter(
        x=[clusters],
        y=[observed],
        mode="markers",
        name="chosen",
        marker={"color": ACCENT, "size": 12, "symbol": "diamond"},
        hovertemplate="%{x} clusters: %{y:.2f}<extra>chosen</extra>",
    )
    figure.update_xaxes(dtick=1)
    return dressed(figure, x="Number of clusters", y="Silhouette")


def _cluster(cluster: int) -> str:
    """A cluster as a legend says it."""
    return "in no cluster" if cluster < 0 else f"cluster {cluster}"


def _marks(clusters: Sequence[int]) -> list[str]:
    """A plotly symbol for each cluster; noise is a cross."""
    shapes = ("circle", "diamond", "square", "triangle-up", "star", "hexagon", "pentagon")
    return ["x-thin-open" if c < 0 else shapes[int(c) % len(shapes)] for c in clusters]
