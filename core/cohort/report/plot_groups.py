"""Draws what the groups differ in: every function takes one data frame and returns one figure."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.cohort.report.plot_style import colours, named
from core.plot_style import ACCENT, CLEAR, GREY, GROUP_COLOURS, dressed, pale, rows_height

_SMALLEST_P = 1e-30


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
        (hit, ACCENT, f"adjusted p below {level:g}"),
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
    # in two lines, so that a telephone cuts nothing
    return dressed(figure, x=axis.replace(" (", "<br>("), height=rows_height(len(known)) + 16)


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
    return dressed(
        figure,
        x=f"p-value (log scale; below {_SMALLEST_P:.0e} at the edge)",
        height=rows_height(len(known)),
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
            fillcolor=CLEAR,
            text=rows["participant"],
            hovertemplate="<b>%{text}</b>: %{x:.3g}<extra></extra>",
            hoveron="points",
            showlegend=False,
        )
    return dressed(figure, x=f"{unit}, mean of a person", height=120 + 70 * len(figure.data))


def curves(
    means: pd.DataFrame, unit: str, time: str = "Time (s)", spread: bool = False
) -> go.Figure:
    """Mean of each group over time with its interval over people, and the mean over everybody.

    ``means``: columns ``group, time, mean, low, high, n`` and, with ``spread`` (bands of one standard
    deviation over people), ``sd``; ``overall`` is drawn where there is one; a gap (NaN) stays a gap.
    """
    figure = go.Figure()
    if spread:
        means = means.assign(low=means["mean"] - means["sd"], high=means["mean"] + means["sd"])
    for group, colour in colours(means["group"]).items():
        rows = means[means["group"].astype(str) == group].sort_values("time")
        if rows.empty:
            continue
        x, y = _band(rows)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"width": 0, "color": colour},
            fill="toself",
            fillcolor=pale(colour),
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
    if "overall" in means and means["group"].nunique() > 1:
        rows = means.drop_duplicates("time").sort_values("time")
        figure.add_scatter(
            x=rows["time"],
            y=rows["overall"],
            mode="lines",
            name="everybody",
            line={"width": 1.5, "color": GREY, "dash": "dash"},
            hovertemplate="%{y:.3f}",
        )
    figure.update_layout(hovermode="x unified")
    return dressed(figure, x=time, y=unit)


def _band(rows: pd.DataFrame) -> tuple[list[float | None], list[float | None]]:
    """Outlines of the band from ``low`` to ``high``, one for each stretch without a gap."""
    known = rows[["low", "high"]].notna().all(axis=1).to_numpy()
    stretch = np.cumsum(~known)
    x: list[float | None] = []
    y: list[float | None] = []
    for _, part in rows[known].groupby(stretch[known]):
        x += [*part["time"], *part["time"][::-1], None]
        y += [*part["high"], *part["low"][::-1], None]
    return x, y


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
    return dressed(figure, y=unit)


def persons(values: pd.DataFrame, unit: str) -> go.Figure:
    """One line a person from condition to condition, and the mean of each group.

    ``values``: columns ``participant, condition, label`` and ``unit``; conditions in their order.
    """
    conditions = list(dict.fromkeys(values["condition"]))
    figure = go.Figure()
    groups = values["label"].fillna("").astype(str)
    for group, colour in colours(groups).items():
        own = values[groups == group]
        if own.empty:
            continue
        across, up, names = [], [], []
        for person, rows in own.groupby("participant"):
            course = rows.set_index("condition")[unit].reindex(conditions)
            across += [*conditions, None]
            up += [*course, None]
            names += [*[person] * len(conditions), None]
        figure.add_scatter(
            x=across,
            y=up,
            mode="lines+markers",
            line={"width": 1, "color": pale(colour, 0.5)},
            marker={"size": 5, "color": pale(colour, 0.5)},
            text=names,
            hovertemplate="<b>%{text}</b>: %{y:.3g}<extra></extra>",
            legendgroup=group,
            showlegend=False,
        )
        means = own.groupby("condition", sort=False)[unit].mean().reindex(conditions)
        figure.add_scatter(
            x=conditions,
            y=means,
            mode="lines+markers",
            line={"width": 3, "color": colour},
            marker={"size": 9, "color": colour},
            name=f"{named(group)}, mean" if group else "mean",
            legendgroup=group,
            hovertemplate="%{y:.3g}",
        )
    return dressed(figure, y=f"{unit}, mean of a person")
