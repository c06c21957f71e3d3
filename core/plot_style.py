"""How every figure of ExpressRate looks: one set of colours, no background, faint lines.

The figures carry no text colour, so that a page in light or dark, or a printed report, sets its own.
"""

import math
from collections.abc import Iterable

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
