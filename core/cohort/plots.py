"""Draws what a cohort's tables say: every function takes one data frame and returns one figure.

The figures carry no background and no text colour, so that a page in light or dark, or a
printed report, sets its own. Groups keep one colour each across all figures.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.cluster.hierarchy import dendrogram as _tree

from core.cohort.schema import order_groups

GROUP_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195")
GREY = "#777777"
SIGNIFICANT = "#D55E00"
_FAINT = "rgba(128,128,128,0.25)"
_SMALLEST_P = 1e-30


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


def effects(
    tests: pd.DataFrame, level: float = 0.05, axis: str = "Effect size with interval"
) -> go.Figure:
    """Forest plot: one row a unit, its effect size with interval, coloured where it is significant.

    ``tests``: columns ``unit, n, effect, low, high, p_value, p_adjusted``. Units without an
    effect (NaN: too few people) are left out. Significant means ``p_adjusted < level``.
    """
    known = tests.dropna(subset=["effect"]).iloc[::-1]
    hit = (known["p_adjusted"] < level).to_numpy()
    figure = go.Figure()
    for chosen, colour, name in (
        (hit, SIGNIFICANT, f"adjusted p below {level:g}"),
        (~hit, GREY, f"adjusted p {level:g} or above"),
    ):
        rows = known[chosen]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["effect"],
            y=rows["unit"],
            mode="markers",
            name=name,
            marker={"size": 10, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["effect"],
                "arrayminus": rows["effect"] - rows["low"],
                "thickness": 1.5,
                "width": 4,
            },
            customdata=rows[["n", "low", "high", "p_value", "p_adjusted"]],
            hovertemplate="<b>%{y}</b>: %{x:.2f} [%{customdata[1]:.2f}, %{customdata[2]:.2f}]<br>"
            "p %{customdata[3]:.3g}, adjusted %{customdata[4]:.3g}<br>"
            "%{customdata[0]} people<extra></extra>",
        )
    figure.add_vline(x=0, line_width=1, line_color=GREY)
    figure.update_yaxes(categoryorder="array", categoryarray=known["unit"].tolist(), dtick=1)
    return _dressed(figure, x=axis, height=_rows_height(len(known)))


def against_frames(tests: pd.DataFrame, level: float = 0.05) -> go.Figure:
    """The p-value over people beside the greyed p-value over frames, one row a unit.

    ``tests``: columns ``unit, p_value, frame_p_value`` and, for the reason,
    ``frames, effective_frames``. Values below 1e-30 are drawn at that edge, so that the others can
    be told apart; hovering says what they are.
    """
    known = tests.dropna(subset=["p_value"]).iloc[::-1]
    figure = go.Figure()
    figure.add_scatter(
        x=known["frame_p_value"].clip(lower=_SMALLEST_P),
        y=known["unit"],
        mode="markers",
        name="frames taken for people (do not believe)",
        marker={"size": 10, "color": GREY, "symbol": "x-thin", "line": {"width": 2, "color": GREY}},
        opacity=0.55,
        customdata=known[["frames", "effective_frames", "frame_p_value"]],
        hovertemplate="<b>%{y}</b>: p %{customdata[2]:.3g} over %{customdata[0]:,} frames<br>"
        "worth %{customdata[1]:,.0f} independent ones<extra>not to be believed</extra>",
    )
    figure.add_scatter(
        x=known["p_value"].clip(lower=_SMALLEST_P),
        y=known["unit"],
        mode="markers",
        name="one value a person",
        marker={"size": 10, "color": GROUP_COLOURS[0]},
        hovertemplate="<b>%{y}</b>: p %{x:.3g} over people<extra></extra>",
    )
    figure.add_vline(x=level, line_width=1, line_dash="dot", line_color=GREY)
    figure.update_yaxes(categoryorder="array", categoryarray=known["unit"].tolist(), dtick=1)
    figure.update_xaxes(type="log", exponentformat="power", autorange="reversed", nticks=6)
    return _dressed(
        figure,
        x=f"p-value (log scale; below {_SMALLEST_P:.0e} at the edge)",
        height=_rows_height(len(known)),
    )


def people(values: pd.DataFrame, unit: str) -> go.Figure:
    """One dot a person, by group, with the group's mean: what the test of ``unit`` compared.

    ``values``: columns ``participant, group, value``; NaN values are left out.
    """
    known = values.dropna(subset=["value"])
    figure = go.Figure()
    for group, colour in colours(known["group"]).items():
        rows = known[known["group"].astype(str) == group]
        if rows.empty:
            continue
        figure.add_box(
            x=rows["value"],
            name=named(group),
            boxpoints="all",
            pointpos=0,
            jitter=0.6,
            boxmean=True,
            marker={"color": colour, "size": 6, "opacity": 0.75},
            line={"width": 1},
            fillcolor="rgba(0,0,0,0)",
            text=rows["participant"],
            hovertemplate="<b>%{text}</b>: %{x:.3g}<extra></extra>",
            hoveron="points",
            showlegend=False,
        )
    return _dressed(figure, x=f"{unit}, mean of a person", height=120 + 70 * len(figure.data))


def curves(means: pd.DataFrame, unit: str, time: str = "Time (s)") -> go.Figure:
    """Mean of each group over time with its interval over people.

    ``means``: columns ``group, time, mean, low, high, n``; a gap (NaN) stays a gap.
    """
    figure = go.Figure()
    for group, colour in colours(means["group"]).items():
        rows = means[means["group"].astype(str) == group].sort_values("time")
        if rows.empty:
            continue
        for column in ("low", "high"):
            figure.add_scatter(
                x=rows["time"],
                y=rows[column],
                mode="lines",
                line={"width": 0, "color": colour},
                fill="tonexty" if column == "high" else None,
                fillcolor=_pale(colour),
                hoverinfo="skip",
                showlegend=False,
                legendgroup=group,
            )
        figure.add_scatter(
            x=rows["time"],
            y=rows["mean"],
            mode="lines" if len(rows) > 1 else "markers",
            name=named(group),
            legendgroup=group,
            line={"width": 2, "color": colour},
            customdata=rows[["n", "low", "high"]],
            hovertemplate="%{y:.3f} [%{customdata[1]:.3f}, %{customdata[2]:.3f}], "
            "%{customdata[0]} people",
        )
    figure.update_layout(hovermode="x unified")
    return _dressed(figure, x=time, y=unit)


def phases(means: pd.DataFrame, unit: str) -> go.Figure:
    """Mean of each group in each phase with its interval over people.

    ``means``: columns ``group, phase, mean, low, high, n``; phases in the order of the rows.
    """
    figure = go.Figure()
    for group, colour in colours(means["group"]).items():
        rows = means[means["group"].astype(str) == group]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["phase"],
            y=rows["mean"],
            mode="markers",
            name=named(group),
            marker={"size": 10, "color": colour},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["mean"],
                "arrayminus": rows["mean"] - rows["low"],
            },
            customdata=rows[["n", "low", "high"]],
            hovertemplate="%{y:.3f} [%{customdata[1]:.3f}, %{customdata[2]:.3f}], "
            "%{customdata[0]} people",
            offsetgroup=group,
        )
    figure.update_layout(scattermode="group")
    return _dressed(figure, y=unit)


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
        line={"color": SIGNIFICANT},
        hovertemplate="up to %{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.05])
    return _dressed(figure, y="Variance explained")


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
    return _dressed(figure, height=_rows_height(len(shown)))


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
        told = [_cluster(c) if clustered else named(group) for c in clusters[own]]
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
            customdata=told,
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
    return _dressed(figure, x=names.get(x, x), y=names.get(y, y), height=460)


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
    return _dressed(figure, x="People", y="Distance at which they join")


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
        marker={"color": SIGNIFICANT, "size": 12, "symbol": "diamond"},
        hovertemplate="%{x} clusters: %{y:.2f}<extra>chosen</extra>",
    )
    figure.update_xaxes(dtick=1)
    return _dressed(figure, x="Number of clusters", y="Silhouette")


def classifiers(table: pd.DataFrame, chance: float) -> go.Figure:
    """Balanced accuracy of each classifier with its interval over people, beside chance.

    ``table``: columns ``classifier, balanced_accuracy, low, high`` and, where they were
    measured, ``auc`` and ``p_value``; ``chance`` in 0..1.
    """
    rows = table.iloc[::-1]
    details = pd.DataFrame(
        {
            "low": rows["low"],
            "high": rows["high"],
            "auc": _spoken(rows, "auc", ".2f"),
            "p": _spoken(rows, "p_value", ".3g"),
        }
    )
    figure = go.Figure()
    figure.add_scatter(
        x=rows["balanced_accuracy"],
        y=rows["classifier"],
        mode="markers",
        marker={"size": 11, "color": GROUP_COLOURS[0]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": rows["high"] - rows["balanced_accuracy"],
            "arrayminus": rows["balanced_accuracy"] - rows["low"],
            "width": 4,
        },
        customdata=details,
        hovertemplate="<b>%{y}</b>: %{x:.1%} [%{customdata[0]:.1%}, %{customdata[1]:.1%}]<br>"
        "AUC %{customdata[2]}, permutation p %{customdata[3]}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(
        x=chance, line_width=1, line_dash="dash", line_color=GREY, annotation_text="chance"
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.02])
    return _dressed(figure, x="Balanced accuracy", height=_rows_height(len(rows), each=44))


def protocols(accuracy: pd.DataFrame) -> go.Figure:
    """The accuracy that two protocols claim, with the true labels and with shuffled ones.

    ``accuracy``: columns ``protocol`` (paper, ours)``, labels`` (true, shuffled)``, claimed, low,
    high, chance``.
    """
    figure = go.Figure()
    for protocol, name, colour in (
        ("paper", "the paper's protocol", GREY),
        ("ours", "ours", GROUP_COLOURS[0]),
    ):
        rows = accuracy[accuracy["protocol"] == protocol]
        figure.add_bar(
            x=rows["labels"] + " labels",
            y=rows["claimed"],
            name=name,
            marker_color=colour,
            error_y={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["claimed"],
                "arrayminus": rows["claimed"] - rows["low"],
            },
            hovertemplate="%{x}: %{y:.1%}",
        )
    chance = float(accuracy["chance"].iloc[0])
    figure.add_hline(
        y=chance, line_width=1, line_dash="dash", line_color=GREY, annotation_text="chance"
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return _dressed(figure, y="Accuracy claimed")


def attribution(weights: pd.DataFrame) -> go.Figure:
    """Where ROCKET found its evidence: unit by time, the sign says for which group.

    ``weights``: index the unit, columns the time in seconds; NaN where nothing was looked at.
    """
    values = weights.to_numpy(dtype=float)
    finite = np.abs(values[np.isfinite(values)])
    reach = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    signed = bool((values[np.isfinite(values)] < 0).any())
    figure = go.Figure(
        go.Heatmap(
            z=values[::-1],
            x=[float(time) for time in weights.columns],
            y=[str(unit) for unit in weights.index[::-1]],
            colorscale="RdBu_r" if signed else "Viridis",
            zmin=-reach if signed else 0,
            zmax=reach,
            colorbar={"title": "evidence", "thickness": 12},
            hovertemplate="%{y} at %{x:.1f} s: %{z:.3g}<extra></extra>",
        )
    )
    figure.update_yaxes(dtick=1)
    return _dressed(figure, x="Time (s)", height=_rows_height(len(weights)))


def _spoken(rows: pd.DataFrame, column: str, form: str) -> list[str]:
    """A column as words; what was not measured says so."""
    if column not in rows:
        return ["not measured"] * len(rows)
    return [format(value, form) if pd.notna(value) else "not measured" for value in rows[column]]


def _cluster(cluster: int) -> str:
    """A cluster as a legend says it."""
    return "in no cluster" if cluster < 0 else f"cluster {cluster}"


def _marks(clusters: Sequence[int]) -> list[str]:
    """A plotly symbol for each cluster; noise is a cross."""
    shapes = ("circle", "diamond", "square", "triangle-up", "star", "hexagon", "pentagon")
    return ["x-thin-open" if c < 0 else shapes[int(c) % len(shapes)] for c in clusters]


def _pale(colour: str) -> str:
    """The colour as a band behind a line."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _rows_height(rows: int, each: int = 24) -> int:
    """Pixels for a figure whose rows must all be labelled."""
    return max(240, 130 + each * rows)


def _dressed(figure: go.Figure, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """The dress that all figures share: no background, faint lines, the legend on top."""
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
    )
    figure.update_xaxes(title_text=x, gridcolor=_FAINT, zerolinecolor=_FAINT, automargin=True)
    figure.update_yaxes(title_text=y, gridcolor=_FAINT, zerolinecolor=_FAINT, automargin=True)
    return figure
