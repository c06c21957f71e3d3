"""Draws what the sequence classifiers reach, and where they found their evidence."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.cohort.report.plot_style import spoken
from core.plot_style import GREY, GROUP_COLOURS, dressed, rows_height


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
