"""Draws a measured video over time: units as a heat map and as lines, states, emotions, composites.

Figures carry no background and no text colour, so that a page in light or dark sets its own.  Long
videos are drawn as means over pieces of equal length; what was not measured leaves a gap.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.expressions import EXPRESSIONS
from core.face.marks import NO_MARKS, Marks
from core.facs import COMPOSITES, MAX_INTENSITY, UNITS
from core.plot_style import ACCENT, CLEAR, GREY, GRID, GROUP_COLOURS, pale

COLOURS = (*GROUP_COLOURS, "#B8A800")
"""One more than the usual, for as many states."""
EMOTION_COLOURS = {
    "angry": "#D55E00", "disgust": "#009E73", "fear": "#7A5195", "happy": "#E69F00",
    "sad": "#0072B2", "surprise": "#CC79A7", "neutral": GREY,
    "anger": "#D55E00", "happiness": "#E69F00", "sadness": "#0072B2", "contempt": "#B8A800",
}  # fmt: skip
"""An expression and the composite of its units have one colour."""
_PIECES, _CELLS = 1500, 600
_NOW = {"color": ACCENT, "width": 2}
SCALE_ABOVE = {
    "orientation": "h", "thickness": 10, "len": 0.5, "outlinewidth": 0,
    "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom",
}  # fmt: skip
"""A scale of colours above its picture, which keeps its width."""
_NOISE = 2.0
"""Standard deviations of a still face within which a change is no change."""


def heat_map(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    relative: bool = False,
    states: pd.Series | None = None,
    now: float | None = None,
    neutral: tuple[float, float] | None = None,
    marks: Marks = NO_MARKS,
) -> go.Figure:
    """Intensities over time, one row a column of the table, and a band of states under them.

    ``columns``: column -> its name in the figure.  ``relative``: differences about 0 instead of
    intensities 0..5.  ``states``: as in ``States.assignment``.  ``now``: the time that a line marks;
    ``neutral``: the segment that is shaded; ``marks``: stretches that are left out, hatched, and events.
    A click anywhere in it selects the nearest moment.
    """
    values = thinned(table[["time", *columns]], _CELLS)
    rows = 1 if states is None else 2
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.02,
        row_heights=[1.0] if rows == 1 else [0.93, 0.07],
    )
    names = list(columns.values())
    reach = MAX_INTENSITY
    figure.add_heatmap(
        x=values["time"],
        y=names,
        z=values[list(columns)].T.to_numpy(np.float32).round(2),
        colorscale="RdBu_r" if relative else "Cividis",
        zmin=-reach if relative else 0,
        zmax=reach,
        hoverinfo="skip",
        colorbar=SCALE_ABOVE | {"tickvals": [-5, 0, 5] if relative else [0, 5]},
        row=1,
        col=1,
    )
    _add_handles(figure, values, columns, names[len(names) // 2])
    if states is not None:
        _add_band(figure, table["time"], states)
    for row in range(1, rows + 1):
        _mark(figure, now, neutral, row)
    _add_marks(figure, marks, row=1)
    figure.update_xaxes(showgrid=False, zeroline=False, range=_extent(values["time"]))
    figure.update_xaxes(title="Time (s)", row=rows, col=1)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    figure.update_yaxes(
        autorange="reversed",
        tickvals=names,
        ticktext=[_short(name) for name in names],
        row=1,
        col=1,
    )
    return clear(figure, 100 + 21 * len(names) + 40 * (rows - 1)).update_layout(
        hovermode="x", selectdirection="h", clickmode="event+select", showlegend=False,
        margin={"t": 50},
    )  # fmt: skip


def _short(name: str) -> str:
    """``AU12`` or ``AU12 *`` of a unit's whole name, which the hover tells: a narrow screen has no room."""
    first, *rest = name.split()
    return f"{first} *" if rest and rest[-1] == "*" else first


def lines(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    relative: Mapping[str, str] | None = None,
    known: pd.DataFrame | None = None,
    noise: Mapping[str, float] | None = None,
    now: float | None = None,
    neutral: tuple[float, float] | None = None,
    marks: Marks = NO_MARKS,
) -> go.Figure:
    """Each of ``columns`` (column -> name) as a line of intensities.

    ``relative``: column -> the column of its difference from neutral, drawn dashed.  ``known``: the
    true intensities with ``time``, drawn dotted.  ``noise``: column -> its standard deviation on a
    still face; two of them are drawn as a band about the line.
    """
    more = [] if relative is None else [relative[column] for column in columns]
    values = thinned(table[["time", *columns, *more]], _PIECES)
    figure = go.Figure()
    for place, (column, name) in enumerate(columns.items()):
        colour = COLOURS[place % len(COLOURS)]
        if noise is not None and np.isfinite(noise.get(column, np.nan)):
            _add_noise(figure, values, column, _NOISE * noise[column], colour)
        _add_line(figure, values, column, name, colour)
        if relative is not None:
            _add_line(figure, values, relative[column], f"{name}, relative", colour, "dash")
        if known is not None and column in known:
            _add_line(figure, known, column, f"{name}, truth", colour, "dot", 1.5)
    _mark(figure, now, neutral)
    _add_marks(figure, marks)
    title = "Intensity" if relative is None else "Intensity, and difference from neutral"
    return _dressed(figure, title, [None if relative else 0, None])


def composites(
    table: pd.DataFrame,
    sums: pd.DataFrame,
    missing: Mapping[str, Sequence[str]],
    *,
    now: float | None = None,
    marks: Marks = NO_MARKS,
) -> go.Figure:
    """Sums of units, one line an emotion; the legend says which units a sum lacks (``missing``)."""
    values = thinned(sums.assign(time=table["time"]), _PIECES)
    figure = go.Figure()
    for name in sums:
        lacking = f" without {', '.join(missing[name])}" if missing.get(name) else ""
        said = (
            f"{name} ({' + '.join(u for u in COMPOSITES[name] if u not in missing.get(name, ()))})"
        )
        _add_line(figure, values, name, said + lacking, EMOTION_COLOURS[name])
    _mark(figure, now)
    _add_marks(figure, marks)
    return _dressed(figure, "Sum of intensities")


def emotions(
    table: pd.DataFrame, *, now: float | None = None, marks: Marks = NO_MARKS
) -> go.Figure:
    """The probabilities of the seven expressions over time (``emotion_*``)."""
    columns = {f"emotion_{name}": name for name in EXPRESSIONS}
    values = thinned(table[["time", *columns]], _PIECES)
    figure = go.Figure()
    for column, name in columns.items():
        _add_line(figure, values, column, name, EMOTION_COLOURS[name])
    _mark(figure, now)
    _add_marks(figure, marks)
    return _dressed(figure, "Probability", [0, 1]).update_yaxes(tickformat=".0%")


def thinned(values: pd.DataFrame, most: int) -> pd.DataFrame:
    """Rows in order of ``time``, at most ``most``: means over pieces with equally many frames.

    A piece is NaN where none of its frames was measured.
    """
    values = values.sort_values("time", kind="stable")
    if len(values) <= most:
        return values
    pieces = np.arange(len(values)) * most // len(values)
    return values.groupby(pieces).mean()


def _extent(times: pd.Series) -> list[float]:
    """From the first to the last moment, with half a step at both ends, as cells are drawn."""
    steps = np.diff(times.to_numpy())
    half = float(np.median(steps)) / 2 if len(steps) else 0.5
    return [float(times.iloc[0]) - half, float(times.iloc[-1]) + half]


def _add_handles(
    figure: go.Figure, values: pd.DataFrame, columns: Mapping[str, str], row: str
) -> None:
    """Invisible points that can be clicked, which a heat map cannot; hovering names what is strong."""
    known = values[list(columns)].to_numpy(np.float64)
    names = np.array(list(columns.values()))
    said = []
    for cells in known:
        order = np.argsort(-np.nan_to_num(np.abs(cells), nan=-1))[:4]
        there = [f"{names[i]}: {cells[i]:.1f}" for i in order if np.isfinite(cells[i])]
        said.append("<br>".join(there) or "not measured")
    invisible = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=values["time"],
        y=[row] * len(values),
        mode="markers",
        marker={"size": 12, "opacity": 0},
        selected=invisible,
        unselected=invisible,
        text=said,
        hovertemplate="%{x:.2f} s<br>%{text}<extra></extra>",
        row=1,
        col=1,
    )


def _add_band(figure: go.Figure, time: pd.Series, states: pd.Series) -> None:
    """States as coloured stretches of one line."""
    order = time.to_numpy().argsort(kind="stable")
    at, state = time.to_numpy()[order], states.to_numpy()[order]
    count = int(state.max()) + 1
    if len(at) > 4 * _PIECES:
        keep = np.unique(np.linspace(0, len(at) - 1, 4 * _PIECES).astype(int))
        at, state = at[keep], state[keep]
    for number in range(count):
        figure.add_heatmap(
            x=at,
            y=["state"],
            z=np.where(state == number, 1.0, np.nan)[None],
            colorscale=[[0, COLOURS[number % len(COLOURS)]], [1, COLOURS[number % len(COLOURS)]]],
            showscale=False,
            hoverinfo="skip",
            row=2,
            col=1,
        )
    figure.add_scatter(
        x=at,
        y=["state"] * len(at),
        mode="markers",
        marker={"size": 10, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        text=["not measured" if value < 0 else f"state {value + 1}" for value in state],
        hovertemplate="%{text}<extra></extra>",
        row=2,
        col=1,
    )


def _add_line(figure, values, column, name, colour, dash="solid", width=2.0) -> None:
    figure.add_scatter(
        x=values["time"],
        y=values[column],
        mode="lines",
        name=name,
        line={"color": colour, "dash": dash, "width": width},
        hovertemplate=f"{name}: %{{y:.2f}}<extra></extra>",
        connectgaps=False,
    )


def _mark(figure: go.Figure, now=None, neutral=None, row=None) -> None:
    place = {} if row is None else {"row": row, "col": 1}
    if neutral is not None:
        figure.add_vrect(
            x0=neutral[0], x1=neutral[1], fillcolor=GREY, opacity=0.3, line_width=0, **place
        )
    if now is not None:
        figure.add_vline(x=now, line=_NOW, **place)


def _add_marks(figure: go.Figure, marks: Marks, row: int | None = None) -> None:
    """Stretches that are left out and events, over everything else."""
    place = {} if row is None else {"row": row, "col": 1}
    for each in marks.exclusions:
        figure.add_vrect(
            x0=each.start,
            x1=each.end,
            fillcolor=GREY,
            opacity=0.55,
            line_width=0,
            annotation_text=each.reason or "left out",
            annotation_position="top left",
            annotation_font_size=11,
            **place,
        )
    for each in marks.events:
        figure.add_vline(
            x=each.time,
            line={"color": GREY, "width": 2, "dash": "dot"},
            annotation_text=each.name,
            annotation_position="top",
            annotation_font_size=11,
            **place,
        )


def _add_noise(figure, values: pd.DataFrame, column: str, reach: float, colour: str) -> None:
    """A band about a line within which it would waver on a still face."""
    for sign, fill in ((-1, None), (1, "tonexty")):
        figure.add_scatter(
            x=values["time"],
            y=values[column] + sign * reach,
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor=pale(colour),
            hoverinfo="skip",
            showlegend=False,
            connectgaps=False,
        )


def _dressed(figure: go.Figure, title: str, y_range: list | None = None) -> go.Figure:
    figure.update_xaxes(title="Time (s)", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title=title, gridcolor=GRID, zeroline=False, range=y_range)
    return clear(figure, 340).update_layout(hovermode="x unified", clickmode="event+select")


def clear(figure: go.Figure, height: int) -> go.Figure:
    """The figure without a background, ``height`` pixels high, its legend below."""
    return figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        legend={"title": None, "orientation": "h", "y": -0.22},
        height=height,
    )


def unit_names(validated: Mapping[str, bool], *, starred: str = " *") -> dict[str, str]:
    """Unit -> what a heat map calls it: number and name, starred where it is not validated.

    Those that are validated come first.
    """
    order = sorted(UNITS, key=lambda unit: not validated.get(unit, False))
    return {
        unit: f"{unit} {UNITS[unit]}{'' if validated.get(unit, False) else starred}"
        for unit in order
    }
