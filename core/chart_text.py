"""What a chart says, in words: the text alternative of every figure, computed from what it shows.

One owner, so that a chart on any page says its finding in the same way: where each curve goes, and who
is highest; the longest bar; the fullest cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core import formatting

MOST_NAMED = 6
"""Curves or bars that a text names; of more it names the outermost."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve: its name and its points, x ascending."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def of_curves(
    curves: Sequence[Series],
    x: Callable[[float], str] = lambda value: f"{value:.3g}",
    y: Callable[[float], str] = lambda value: f"{value:.3g}",
) -> str:
    """Where each curve begins and ends, and which is highest and lowest midway.

    ``x`` and ``y`` write a value with its unit.  Points that are not numbers are left out; empty where
    nothing is left.
    """
    known = [clean for clean in map(_numbers_of, curves) if len(clean.x)]
    if not known:
        return ""
    sentences = [
        f"{each.name} goes from {y(each.y[0])} at {x(each.x[0])} to {y(each.y[-1])} at {x(each.x[-1])}"
        for each in known[:MOST_NAMED]
    ]
    text = "; ".join(sentences) + "."
    if len(known) > MOST_NAMED:
        text += f" {len(known) - MOST_NAMED} more curves."
    return text + _midway(known, x, y)


def of_amounts(
    names: Sequence[object],
    values: Sequence[float],
    written: Callable[[float], str] = lambda value: f"{value:.3g}",
) -> str:
    """All of a few amounts; of many the largest and the smallest.  Empty without a number."""
    known = [(str(name), float(v)) for name, v in zip(names, values, strict=True) if v == v]
    if not known:
        return ""
    if len(known) <= MOST_NAMED:
        return "; ".join(f"{name}: {written(value)}" for name, value in known) + "."
    largest = max(known, key=lambda pair: pair[1])
    smallest = min(known, key=lambda pair: pair[1])
    return (
        f"Of {len(known)}, the largest is {largest[0]} with {written(largest[1])}, the smallest "
        f"{smallest[0]} with {written(smallest[1])}."
    )


def of_figure(title: str, figure: go.Figure) -> str:
    """``title`` and what the figure shows, from its traces and the formats of its axes.

    Without a title the figure's own, or its axes', stands there.
    """
    y_percent = "%" in (figure.layout.yaxis.tickformat or "")
    x_percent = "%" in (figure.layout.xaxis.tickformat or "")
    x, y = _writer(x_percent), _writer(y_percent)
    parts = [(title or _title_of(figure)).rstrip(".") + "."]
    lines = [
        Series(trace.name or "the curve", _floats(trace.x), _floats(trace.y))
        for trace in figure.data
        if trace.type in ("scatter", "scattergl") and _is_curve(trace)
    ]
    if lines:
        parts.append(of_curves(lines, x, y))
    for trace in figure.data:
        if trace.type == "bar":
            flat = trace.orientation == "h"
            names, values = (trace.y, trace.x) if flat else (trace.x, trace.y)
            named = f"{trace.name}: " if trace.name else ""
            parts.append(named + of_amounts(names, _floats(values), x if flat else y))
        elif trace.type in ("heatmap", "surface"):
            parts.append(_of_cells(trace))
        elif trace.type in ("box", "violin"):
            parts.append(_of_spread(trace, y))
    return " ".join(part for part in parts if part)


def _title_of(figure: go.Figure) -> str:
    if figure.layout.title.text:
        return str(figure.layout.title.text)
    x, y = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    return f"{y} against {x}" if x and y else str(x or y or "A chart")


def _numbers_of(curve: Series) -> Series:
    x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
    known = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[known], kind="stable")
    return Series(curve.name, x[known][order], y[known][order])


def _midway(known: list[Series], x: Callable, y: Callable) -> str:
    """Who is highest and lowest where all curves have points."""
    left, right = max(each.x[0] for each in known), min(each.x[-1] for each in known)
    if len(known) < 2 or not left < right:
        return ""
    middle = float(np.sqrt(left * right)) if left > 0 else (left + right) / 2
    levels = {each.name: float(np.interp(middle, each.x, each.y)) for each in known}
    highest, lowest = max(levels, key=levels.get), min(levels, key=levels.get)
    return (
        f" At {x(middle)} the highest is {highest} with {y(levels[highest])}, the lowest {lowest} "
        f"with {y(levels[lowest])}."
    )


def _of_cells(trace) -> str:
    cells = np.asarray(trace.z, float)
    if not np.isfinite(cells).any():
        return ""
    said = []
    for word, place in (("highest", np.nanargmax(cells)), ("lowest", np.nanargmin(cells))):
        row, column = np.unravel_index(place, cells.shape)
        where = [
            str(names[at]) if names is not None and np.ndim(names) == 1 else str(at + 1)
            for names, at in ((trace.y, row), (trace.x, column))
        ]
        said.append(
            f"the {word} of its values is {cells.flat[place]:.3g}, at {' and '.join(where)}"
        )
    return formatting.listed(said).capitalize() + "."


def _of_spread(trace, y: Callable) -> str:
    values = np.asarray(_floats(trace.y), float)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    low, middle, high = np.percentile(values, (25, 50, 75))
    name = f"{trace.name}: " if trace.name else ""
    return f"{name}median {y(middle)}, half of the values from {y(low)} to {y(high)}."


def _is_curve(trace) -> bool:
    """Whether a trace is a curve of its own: bands and marks of a chosen point are not."""
    if trace.fill in ("toself", "tonext", "tonexty") or trace.visible == "legendonly":
        return False
    if trace.x is None or trace.y is None or len(trace.x) < 2 or trace.showlegend is False:
        return False
    return "lines" in (trace.mode or "lines")


def _floats(values) -> list[float]:
    if values is None:
        return []
    numbers = []
    for value in values:
        try:
            numbers.append(float(value))
        except (TypeError, ValueError):
            numbers.append(float("nan"))
    return numbers


def _writer(percent: bool) -> Callable[[float], str]:
    return (lambda v: formatting.percent(v, 1)) if percent else (lambda v: f"{v:.3g}")
