"""What a hand did to a chart, kept when the chart is drawn anew: its zoom, and the curves that are hidden.

Streamlit makes a chart anew whenever its content changes, and forgets both.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.parts.shared import plot

_component = st.components.v2.component(
    "expressrate_chart_view",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class ChartView:
    """Ends of both axes in what they measure, None where all is seen, and the names that are hidden."""

    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What was drawn last: the content's hash, what the axes mean, and how it was looked at."""

    content: str
    axes: tuple
    view: ChartView | None


def draw(figure: go.Figure, *, key: str, axes: tuple, alt: str = "") -> None:
    """:func:`pages.parts.shared.plot.draw`, seen as its forerunner was left.

    ``axes``: what the axes mean; a zoom is dropped where that changes.
    """
    content = hashlib.sha256(figure.to_json().encode()).hexdigest()
    state = f"{key}_drawn"
    before: _Drawn | None = st.session_state.get(state)
    if before is None or before.content != content:
        view = told((st.session_state.get(f"{key}_view") or {}).get("view"))
        if view is not None and before is not None and before.axes != axes:
            view = replace(view, x=None, y=None)
        st.session_state[state] = before = _Drawn(content, axes, view)
    # With the same content the chart is sent as it was: the browser then leaves it alone.
    plot.draw(seen(figure, before.view), key=key, alt=alt)
    _component(key=f"{key}_view", data={"chart": key}, on_view_change=lambda: None)


def told(message: Any) -> ChartView | None:
    """What the browser told; None where that is nothing, or nothing of the kind."""
    if not isinstance(message, Mapping):
        return None
    hidden = message.get("hidden")
    names = [name for name in hidden if isinstance(name, str)] if isinstance(hidden, list) else []
    return ChartView(_ends(message.get("x")), _ends(message.get("y")), frozenset(names))


def seen(figure: go.Figure, view: ChartView | None) -> go.Figure:
    """A copy of the figure, looked at in this way; as it is where nobody changed anything."""
    if view is None:
        return figure
    figure = go.Figure(figure)
    for axis, ends in ((figure.layout.xaxis, view.x), (figure.layout.yaxis, view.y)):
        if ends is not None and not (axis.type == "log" and min(ends) <= 0):
            axis.range = [math.log10(end) for end in ends] if axis.type == "log" else ends
            axis.autorange = False
    for trace in figure.data:
        if trace.legendgroup or trace.name:
            shown = (trace.legendgroup or trace.name) not in view.hidden
            trace.visible = True if shown else "legendonly"
    return figure


def _ends(pair: Any) -> tuple[float, float] | None:
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in pair):
        return None
    return float(pair[0]), float(pair[1])
