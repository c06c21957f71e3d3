"""How every figure of ExpressRate looks: one set of colours, no background, faint lines.

The figures carry no text colour, so that a page in light or dark, or a printed report, sets its own.
"""

import math
from collections.abc import Iterable, Mapping

import plotly.graph_objects as go

from core.formatting import missing

GROUP_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195")
"""Colours that people with any colour vision tell apart (Okabe and Ito 2008), and a seventh."""
GREY = "#777777"
ACCENT = "#D55E00"
"""What a figure points at."""
GRID = "rgba(128,128,128,0.25)"
"""Lines of the grid: faint on white and on black."""
CLEAR = "rgba(0,0,0,0)"
"""No colour: the page shows through."""


_DASHES = ((0.15, "dot"), (1.5, "dash"), (15.0, "dashdot"), (float("inf"), "longdash"))
"""Largest gamma of each dash."""


def group_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, in their order; an empty name ("no group") is grey."""
    named = [name for name in names if name != ""]
    chosen = {name: GROUP_COLOURS[i % len(GROUP_COLOURS)] for i, name in enumerate(named)}
    return {**chosen, "": GREY}


def dash_of(gamma: float | None) -> str:
    """The line of a gamma, the same in every figure: solid without one, longer dashes as it grows."""
    if missing(gamma) or gamma == 0:
        return "solid"
    return next(dash for most, dash in _DASHES if gamma <= most)


def pale(colour: str, opacity: float = 0.18) -> str:
    """The colour ``#rrggbb`` as a band behind a line."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def rows_height(rows: int, each: int = 24) -> int:
    """Pixels for a figure whose rows must all be labelled."""
    return max(240, 130 + each * rows)


def log_axis(values: Iterable[float]) -> dict:
    """A logarithmic axis over ``values`` with whole labels at 1, 2 and 5, as large as all others.

    Plotly's own ticks are tiny single digits between the powers of ten.
    """
    there = [float(value) for value in values if not missing(value) and value > 0]
    if not there:
        return {"type": "log"}
    low, high = math.floor(math.log10(min(there))), math.ceil(math.log10(max(there)))
    steps = (1, 2, 5) if high - low <= 3 else (1,)
    ticks = [step * 10.0**power for power in range(low, high + 1) for step in steps]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:,.10g}" for tick in ticks]}


def dressed(figure: go.Figure, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """The dress that all figures share: no background, faint lines, the legend on top."""
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
    )
    figure.update_xaxes(title_text=x, gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    figure.update_yaxes(title_text=y, gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    return figure


def titles_above(figure: go.Figure) -> go.Figure:
    """A copy for screens, narrow ones too: what an axis upwards means stands above its drawing, so that
    the room at its side is left to the drawing; names of curves that stood there go below.
    """
    figure = go.Figure(figure)
    titled = False
    for axis in figure.select_yaxes():
        text, top = axis.title.text, (axis.domain or (0, 1))[1]
        if not text:
            axis.title.text = None  # an empty title takes room as well
        elif top > 0.99 and not axis.overlaying and axis.side != "right":
            axis.title.text, titled = None, True
            _write_above(figure, text, _left_of(figure, axis), top)
    figure.update_layout(margin={"pad": 2})
    if titled:
        figure.update_layout(margin={"t": max(figure.layout.margin.t or 0, 40)})
        _legend_below(figure)
    return figure


def names_above(figure: go.Figure, names: Mapping[str, str], shift: int = 16) -> go.Figure:
    """The rows of a figure named above themselves instead of at their side.

    ``names``: row of the axis upwards -> what is written; ``shift``: pixels above the row's middle.
    """
    figure.update_yaxes(showticklabels=False)
    for row, text in names.items():
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=row, yref="y", yanchor="bottom", yshift=shift,
            text=text, align="left", showarrow=False,
        )  # fmt: skip
    return figure


def _write_above(figure: go.Figure, text: str, left: float, top: float) -> None:
    figure.add_annotation(
        text=text, showarrow=False, font={"size": 13}, align="left",
        x=left, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom", yshift=8,
    )  # fmt: skip


def _left_of(figure: go.Figure, axis) -> float:
    """Where the drawing of an axis upwards begins, as a share of all drawings."""
    across = figure.layout[(axis.anchor or "x").replace("x", "xaxis")]
    return (across.domain or (0, 1))[0]


def _legend_below(figure: go.Figure) -> None:
    """A legend that stands on top goes to the bottom, which gets as many pixels."""
    if (figure.layout.legend.y or 0) < 1:
        return
    named = sum(trace.showlegend is not False for trace in figure.data)
    figure.update_layout(
        legend={"y": 0, "yref": "container", "yanchor": "bottom"},
        height=(figure.layout.height or 380) + 20 * min(named, 8),
    )
