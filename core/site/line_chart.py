"""Curves as a small SVG: direct labels at their ends, bands of intervals, a level, a text alternative.

The same drawing stands on Home, in the lesson and in pages that are handed round: a page of its own
carries no library of charts.  Colours of text and grid are the page's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from core.chart_text import Series, of_curves
from core.formatting import percent as as_percent

_DASHES = {"solid": "", "dot": "2 4", "dash": "7 4", "dashdot": "7 4 2 4", "longdash": "11 5"}
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve: points from left to right, its interval (empty where none), and a note a point."""

    name: str
    colour: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    dash: str = "solid"
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """Titles of the axes; ``share``: y is a share in 0..1, written in percent."""

    x: str
    y: str
    share: bool = False
    logarithmic: bool = True  # x


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of one drawing: that for wide pages, or that for narrow ones."""

    width: int
    height: int
    labels: int  # room at the right; names of curves stand there, or below where there is none
    letters: int  # of a label before it breaks
    kind: str


_LAYOUTS = (Layout(860, 380, 210, 26, "wide"), Layout(360, 320, 6, 46, "narrow"))
_STEP = 18  # pixels of a name below the drawing


def line_chart(lines: Sequence[Line], axes: Axes, *, level: tuple[str, float] | None = None) -> str:
    """Both drawings in a ``figure``; ``level`` is a named horizontal line.  Needs :data:`CSS`."""
    text = finding(lines, axes)
    drawings = "".join(_drawing(lines, axes, level, each) for each in _LAYOUTS)
    return f'<div class="line-chart" role="img" aria-label="{escape(text, quote=True)}">{drawings}</div>'


def finding(lines: Sequence[Line], axes: Axes) -> str:
    """The text alternative: what is drawn, and what it says."""
    curves = of_curves(
        [Series(line.name, line.x, line.y) for line in lines],
        lambda value: f"{value:.3g} {_unit(axes.x)}",
        as_percent if axes.share else (lambda value: f"{value:.3g}"),
    )
    return f"{axes.y} against {axes.x.lower()}. {curves}"


CSS = """
.line-chart { container-type: inline-size; color: inherit; }
.line-chart svg { width: 100%; max-width: 1000px; height: auto; display: block; font: 13px var(--st-font); }
.line-chart text { fill: currentColor; }
.line-chart .grid { stroke: currentColor; opacity: 0.15; }
.line-chart .level { stroke: currentColor; stroke-dasharray: 3 4; opacity: 0.7; }
.line-chart .quiet { opacity: 0.78; }
.line-chart svg.narrow { display: none; }
@container (max-width: 560px) {
  .line-chart svg.wide { display: none; }
  .line-chart svg.narrow { display: block; }
}
"""


def _drawing(lines, axes: Axes, level, layout: Layout) -> str:
    below = layout.kind == "narrow"
    left, top, bottom = 34 if below else 48, 14, 44
    right, floor = layout.width - layout.labels, layout.height - bottom
    named = len(lines) + (level is not None)
    tall = layout.height + (_STEP * named if below else 0)
    lowest, highest = _span(lines, level)
    scale = math.log10 if axes.logarithmic else float
    xs = [scale(x) for line in lines for x in line.x]
    first, last = min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1

    def across(x: float) -> float:
        return left + (right - left) * (scale(x) - first) / (last - first)

    def up(y: float) -> float:
        return floor - (floor - top) * (y - lowest) / (highest - lowest)

    parts = [f'<svg class="{layout.kind}" viewBox="0 0 {layout.width} {tall}" aria-hidden="true">']
    for tick in _TICKS if axes.logarithmic else _levels(first, last):
        if first <= scale(tick) <= last:
            at = across(tick)
            parts.append(
                f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{floor}"/>'
            )
            parts.append(
                f'<text x="{at:.1f}" y="{floor + 16}" text-anchor="middle">{tick:g}</text>'
            )
    for value in _levels(lowest, highest):
        at = up(value)
        written = as_percent(value, 0) if axes.share else f"{value:g}"
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{written}</text>')
    if level is not None:
        at = up(level[1])
        parts.append(f'<line class="level" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
    parts.append(
        f'<text class="quiet" x="{(left + right) / 2:.0f}" y="{layout.height - 8}" '
        f'text-anchor="middle">{escape(axes.x)}</text>'
    )
    for line in lines:
        parts += _curve(line, across, up)
    ends = [(line.name, line.colour, up(line.y[-1]), across(line.x[-1])) for line in lines]
    if level is not None:
        ends.append((level[0], "currentColor", up(level[1]), right))
    if below:
        dashes = {line.name: _DASHES.get(line.dash, "") for line in lines}
        parts += _names_below(ends, dashes, left, layout.height + 8)
    else:
        parts += _labels(ends, right, top, floor, layout)
    return "".join([*parts, "</svg>"])


def _names_below(ends, dashes: dict[str, str], left: int, top: int) -> list[str]:
    """Names under the drawing, the highest curve first, each with a piece of its line."""
    parts = []
    for row, (name, colour, *_) in enumerate(sorted(ends, key=lambda end: end[2])):
        at = top + _STEP * row
        parts.append(
            f'<line x1="{left}" x2="{left + 26}" y1="{at}" y2="{at}" stroke="{colour}" '
            f'stroke-width="2.2" stroke-dasharray="{dashes.get(name, "3 4")}"/>'
            f'<text x="{left + 34}" y="{at + 4}">{escape(name)}</text>'
        )
    return parts


def _curve(line: Line, across, up) -> list[str]:
    parts = []
    if len(line.low) and len(line.high):
        there = [f"{across(x):.1f},{up(y):.1f}" for x, y in zip(line.x, line.high, strict=True)]
        back = [f"{across(x):.1f},{up(y):.1f}" for x, y in zip(line.x, line.low, strict=True)]
        points = " ".join([*there, *reversed(back)])
        parts.append(f'<polygon points="{points}" fill="{line.colour}" opacity="0.16"/>')
    path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(line.x, line.y, strict=True))
    dash = _DASHES.get(line.dash, "")
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    parts.append(
        f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2.2"{dashes}/>'
    )
    for place, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
        note = f"<title>{escape(line.notes[place])}</title>" if len(line.notes) else ""
        parts.append(
            f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.2" fill="{line.colour}">{note}</circle>'
        )
    return parts


def _labels(ends, right: int, top: int, floor: int, layout: Layout) -> list[str]:
    """Names beside the ends of their curves, pushed apart where they would overlap."""
    step = 15
    blocks = []
    for name, colour, at, tip in sorted(ends, key=lambda end: end[2]):
        words = wrapped(name, layout.letters)
        height = step * len(words) + 4
        begin = at - height / 2
        if blocks:
            begin = max(begin, blocks[-1][3] + blocks[-1][4])
        blocks.append([words, colour, (at, tip), begin, height])
    over = blocks[-1][3] + blocks[-1][4] - (floor + 30) if blocks else 0
    if over > 0:
        for block in reversed(blocks):
            block[3] -= over
        for before, block in pairwise(blocks):
            block[3] = max(block[3], before[3] + before[4])
    parts = []
    for words, colour, (at, tip), begin, height in blocks:
        middle = begin + height / 2
        parts.append(
            f'<path d="M{tip + 5:.1f} {at:.1f} L{right + 14} {middle:.1f} H{right + 24}" fill="none" '
            f'stroke="{colour}" stroke-width="1.4"/>'
        )
        for row, text in enumerate(words):
            y = begin + step * (row + 1) - 2
            parts.append(f'<text x="{right + 28}" y="{y:.1f}">{escape(text)}</text>')
    return parts


def wrapped(name: str, letters: int) -> list[str]:
    """The words of a name in lines of at most so many letters, where words are not longer."""
    rows = [""]
    for word in name.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > letters:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def _span(lines: Sequence[Line], level) -> tuple[float, float]:
    values = [v for line in lines for v in (*line.y, *line.low, *line.high) if v == v]
    values += [level[1]] if level is not None else []
    low, high = min(values), max(values)
    margin = 0.04 * (high - low or 1)
    return low - margin, high + margin


def _levels(low: float, high: float) -> list[float]:
    """Four to eight round values in between."""
    rough = (high - low) / 5
    size = 10 ** math.floor(math.log10(rough))
    step = min((size * m for m in (1, 2, 5, 10)), key=lambda each: abs(each - rough))
    first = math.ceil(low / step)
    return [step * n for n in range(first, math.floor(high / step) + 1)]


def _unit(title: str) -> str:
    return "bit/pixel" if title.lower().startswith("bits per pixel") else ""
