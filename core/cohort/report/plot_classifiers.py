"""Draws what the sequence classifiers reach, and where they found their evidence."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.cohort.classify.classification import Classification
from core.cohort.report.plot_style import colours, named, spoken
from core.plot_style import ACCENT, GREY, GROUP_COLOURS, dressed, rows_height


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
            "auc": spoken(rows, "auc", ".2f"),
            "p": spoken(rows, "p_value", ".3g"),
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
    return dressed(figure, x="Balanced accuracy", height=rows_height(len(rows), each=44))


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
    return dressed(figure, y="Accuracy claimed")


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
    return dressed(figure, x="Time (s)", height=rows_height(len(weights)))


def roc(curves: pd.DataFrame) -> go.Figure:
    """ROC of held-out scores: columns ``group, false_positive, true_positive`` (0..1)."""
    figure = go.Figure()
    for group, colour in colours(curves["group"]).items():
        rows = curves[curves["group"] == group]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["false_positive"],
            y=rows["true_positive"],
            mode="lines",
            line={"shape": "hv", "color": colour, "width": 2},
            name=named(group),
            hovertemplate="%{y:.0%} of it found where %{x:.0%} of the others are taken for it",
        )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"dash": "dash", "color": GREY, "width": 1},
        name="chance",
        hoverinfo="skip",
    )
    figure.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    figure.update_yaxes(tickformat=".0%", range=[-0.02, 1.02])
    return dressed(figure, x="Others taken for it", y="Found", height=360)


def confusion(table: pd.DataFrame) -> go.Figure:
    """Who was taken for whom: groups in rows, what they were taken for in columns, numbers of people."""
    proportions = table.div(table.sum(axis=1), axis=0)
    figure = go.Figure(
        go.Heatmap(
            z=proportions.to_numpy()[::-1],
            x=[named(str(group)) for group in table.columns],
            y=[named(str(group)) for group in table.index[::-1]],
            text=table.to_numpy()[::-1],
            texttemplate="%{text}",
            colorscale="Blues",
            zmin=0,
            zmax=1,
            colorbar={"title": "share", "tickformat": ".0%", "thickness": 12},
            hovertemplate="%{y} taken for %{x}: %{text} people (%{z:.0%})<extra></extra>",
        )
    )
    return dressed(figure, x="Taken for", height=rows_height(len(table), each=60))


def null(result: Classification) -> go.Figure:
    """The figure of a classifier beside what shuffled labels give, and its repeats with other folds."""
    figure = go.Figure()
    figure.add_histogram(
        x=result.permuted,
        name="shuffled labels",
        marker_color=GREY,
        opacity=0.6,
        nbinsx=25,
        hovertemplate="%{x}: %{y} shuffles<extra></extra>",
    )
    figure.add_scatter(
        x=result.repeats,
        y=[0] * len(result.repeats),
        mode="markers",
        name="repeats with other folds",
        marker={"symbol": "line-ns-open", "size": 16, "color": GROUP_COLOURS[0]},
        hovertemplate="%{x:.1%}<extra></extra>",
    )
    value = result.balanced_accuracy.value
    figure.add_vline(x=value, line_color=ACCENT, annotation_text=f"p {result.p_value:.3g}")
    figure.update_xaxes(tickformat=".0%")
    return dressed(figure, x="Balanced accuracy", y="Shuffles", height=300)


def importance(table: pd.DataFrame, most: int = 20) -> go.Figure:
    """The features a forest used most: index feature, columns ``mean, sd`` over folds."""
    rows = table.head(most).iloc[::-1]
    figure = go.Figure(
        go.Bar(
            x=rows["mean"],
            y=[str(feature) for feature in rows.index],
            orientation="h",
            marker_color=GROUP_COLOURS[0],
            error_x={"type": "data", "array": rows["sd"]},
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    )
    figure.update_yaxes(dtick=1)
    return dressed(
        figure, x="Importance (share of the impurity removed)", height=rows_height(len(rows))
    )
