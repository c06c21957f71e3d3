"""Results as Plotly figures: curves with their intervals, curves by class, confusion matrices.

Figures carry no font colour and no background, so that they fit a light and a dark page alike.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core import methods
from core.evaluation.measuring.table import CURVE
from core.evaluation.results.curves import QUALITIES, RATES, originals, points
from core.evaluation.results.limits import Limits
from core.evaluation.results.published import Published
from core.expressions import EXPRESSIONS
from core.formatting import percent
from core.methods import CLASSICAL, colour_of
from core.plot_style import CLEAR, GREY, GRID, dash_of, pale
from core.recognition import strangers

EXPRESSION_COLOURS = dict(
    zip(
        EXPRESSIONS,
        ("#D55E00", "#009E73", "#7A5195", "#E69F00", "#0072B2", "#CC79A7", "#777777"),
        strict=True,
    )
)

_PALE_BLUES = ((0, "#F7FBFF"), (1, "#6BAED6"))
"""Dark numbers can be read on every cell."""
_UNTRAINED = ("original", *CLASSICAL)
_LOWEST_TICKS = (0.0005, 0.001, 0.002, 0.005)
_RATE_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


def curves(
    rows: pd.DataFrame,
    quality: str = "accuracy",
    rate: str = "file",
    *,
    intervals: bool = True,
    log_rate: bool = True,
    classifier: str = "base",
) -> go.Figure:
    """Quality against bits per pixel, one line for every method, gamma, seed and classifier.

    ``rows`` are those of one data set and split; methods without that quality (no labels) are left
    out.  Bands are 95 % bootstrap intervals.  For accuracy a dotted line marks what ``classifier``
    reaches on the originals.
    """
    return draw_points(
        points(rows, quality, rate),
        quality,
        rate,
        intervals=intervals,
        log_rate=log_rate,
        reference=originals(rows, classifier) if quality == "accuracy" else float("nan"),
    )


def draw_points(
    points: pd.DataFrame,
    quality: str = "accuracy",
    rate: str = "file",
    *,
    intervals: bool = True,
    log_rate: bool = True,
    reference: float = float("nan"),
    others: Sequence[Published] = (),
) -> go.Figure:
    """Points as :func:`core.evaluation.results.curves.points` returns them; ``reference`` is a level,
    ``others`` are curves that somebody else published.

    Further seeds of a training wait in the legend until they are asked for.
    """
    figure = go.Figure()
    for key, part in in_order(points):
        dash = "longdashdot" if has_tuned_classifier(key[0], key[3]) else dash_of(key[1])
        repeated = not pd.isna(key[2]) and key[2] > 0
        _add_curve(
            figure,
            part,
            curve_name(*key),
            colour_of(key[0]),
            dash,
            quality,
            intervals,
            not repeated,
        )
    for other in others:
        figure.add_scatter(
            x=other.bpp, y=other.values, name=other.name, uid=other.name, mode="lines+markers",
            line={"color": GREY, "dash": "dot", "width": 2}, marker={"size": 6, "symbol": "x"},
            hovertemplate=f"{other.name}<br>%{{x:.3f}} bpp<br>%{{y:.2f}}<extra></extra>",
        )  # fmt: skip
    if np.isfinite(reference):
        figure.add_hline(
            y=reference, line={"dash": "dot", "color": colour_of("original")},
            annotation_text="originals", annotation_position="bottom right",
        )  # fmt: skip
    return _dressed(figure, QUALITIES[quality], RATES[rate], quality == "accuracy", log_rate)


def add_limits(figure: go.Figure, known: Limits, pixels: int) -> go.Figure:
    """The two limits below every curve, as upright lines at their bits for each of ``pixels``."""
    for name, bits, top, dash in (
        ("the class, named without fail", known.label_bits, known.accuracy, "solid"),
        (
            f"the class, named in {percent(known.agreement, 0)}",
            known.agreement_bits,
            known.agreement * known.accuracy,
            "dash",
        ),
    ):
        title = f"Limit: {name}, {bits:.2f} bits"
        figure.add_scatter(
            x=[bits / pixels] * 2, y=[0, top], name=title, uid=title, mode="lines",
            line={"color": GREY, "dash": dash, "width": 2},
            hovertemplate=f"{title}<br>%{{x:.5f}} bpp<extra></extra>",
        )  # fmt: skip
    if figure.layout.xaxis.type == "log":
        ticks = (*_LOWEST_TICKS, *_RATE_TICKS)
        figure.update_xaxes(tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    return figure


def per_class(rows: pd.DataFrame, rate: str = "file", *, log_rate: bool = True) -> go.Figure:
    """Accuracy of every true class against bits per pixel, for the rows of one curve."""
    figure = go.Figure()
    for label in rows["label"].cat.categories:
        part = rows[rows["label"] == label]
        if part.empty:
            continue
        colour = EXPRESSION_COLOURS.get(label, colour_of("original"))
        _add_curve(figure, points(part, "accuracy", rate), label, colour, "solid", "accuracy", True)
    return _dressed(figure, "Accuracy within the class", RATES[rate], True, log_rate)


def confusion(rows: pd.DataFrame) -> go.Figure:
    """Share of every true class (a row) that was taken for each class; a row sums to 1.

    ``rows`` are those of one operating point.  Cells show the share in percent, the hover the count.
    """
    classes = list(rows["label"].cat.categories)
    labelled = rows[rows["label"].notna()]
    counts = (
        pd.crosstab(labelled["label"].astype(str), labelled["prediction"].astype(str))
        .reindex(index=classes, columns=classes, fill_value=0)
        .to_numpy()
    )
    totals = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=classes,
            y=classes,
            customdata=counts,
            colorscale=_PALE_BLUES,
            zmin=0,
            zmax=1,
            texttemplate="%{z:.0%}",
            textfont={"color": "#1B2430"},
            hovertemplate="%{y} taken for %{x}: %{z:.1%} (%{customdata})<extra></extra>",
            showscale=False,
        )
    )
    figure.update_xaxes(title="Predicted", showgrid=False, autotickangles=[0, 90])
    figure.update_yaxes(title="True", autorange="reversed", showgrid=False)
    return _clear(figure)


def curve_name(
    method: str, gamma: float = np.nan, seed: object = None, classifier: str = ""
) -> str:
    """What a curve is called in a legend."""
    parts = [methods.name_of(method)]
    if not pd.isna(gamma):
        parts.append(f"γ = {gamma:g}")
    if not pd.isna(seed) and seed:
        parts.append(f"seed {seed:g}")
    if has_tuned_classifier(method, classifier):
        tuned = classifier.startswith(f"{method}-tuned")
        parts.append("classifier tuned" if tuned else f"read by {classifier}")
    return ", ".join(parts)


def has_tuned_classifier(method: str, classifier: str) -> bool:
    """Whether what nothing was trained for is read by a classifier that was tuned on something coded.

    A stranger, who reads every method alike, is none of those.
    """
    return method in _UNTRAINED and classifier not in ("", "base", *strangers.ids())


def chosen(points: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The points of the curves that are so called in the legend."""
    parts = [part for key, part in in_order(points) if curve_name(*key) in names]
    return pd.concat(parts) if parts else points.iloc[:0]


def in_order(points: pd.DataFrame) -> list[tuple[tuple, pd.DataFrame]]:
    """Curves in the order of the methods, those of one method by gamma, seed and classifier.

    A classical codec read by the base classifier comes before those read by a tuned one.
    """

    def place(group: tuple[tuple, pd.DataFrame]) -> tuple[int, bool]:
        method, _, _, classifier = group[0]
        return methods.order_of(method), has_tuned_classifier(method, classifier)

    return sorted(points.groupby(CURVE, observed=True, dropna=False), key=place)


def _add_curve(
    figure: go.Figure,
    part: pd.DataFrame,
    name: str,
    colour: str,
    dash: str,
    quality: str,
    interval: bool,
    shown: bool = True,
) -> None:
    visible = True if shown else "legendonly"
    if interval and part["low"].notna().all():
        figure.add_scatter(
            x=pd.concat([part["bpp"], part["bpp"][::-1]]),
            y=pd.concat([part["high"], part["low"][::-1]]),
            fill="toself",
            fillcolor=pale(colour),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            legendgroup=name,
            showlegend=False,
            visible=visible,
            uid=f"{name} interval",
        )
    form = ".1%" if quality == "accuracy" else ".3f" if quality in ("ssim", "p_true") else ".2f"
    figure.add_scatter(
        x=part["bpp"],
        y=part["quality"],
        name=name,
        legendgroup=name,
        visible=visible,
        uid=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 6},
        customdata=part[["bytes", "low", "high", "quality_index", "images"]],
        hovertemplate=(
            f"{name}<br>%{{x:.3f}} bpp, %{{customdata[0]:.1f}} bytes, quality %{{customdata[3]:g}}<br>"
            f"%{{y:{form}}} (%{{customdata[1]:{form}}} to %{{customdata[2]:{form}}}), "
            "%{customdata[4]} pictures<extra></extra>"
        ),
    )


def _dressed(
    figure: go.Figure, quality_title: str, rate_title: str, percent: bool, log_rate: bool
) -> go.Figure:
    figure.update_xaxes(title=rate_title, gridcolor=GRID, zeroline=False)
    if log_rate:
        figure.update_xaxes(
            type="log", tickvals=_RATE_TICKS, ticktext=[f"{t:g}" for t in _RATE_TICKS]
        )
    figure.update_yaxes(title=quality_title, gridcolor=GRID, zeroline=False)
    if percent:
        figure.update_yaxes(tickformat=".0%")
    # On a narrow screen every name of the legend takes a line of its own.
    named = sum(trace.showlegend is not False for trace in figure.data)
    return _clear(figure).update_layout(height=430 + 20 * min(named, 8))


def _clear(figure: go.Figure) -> go.Figure:
    """Without a background; zoom and hidden curves stay when the same figure is drawn again."""
    return figure.update_layout(
        uirevision="kept",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={
            "l": 10,
            "r": 10,
            "t": 40,
            "b": 10,
        },  # on top, where the tool bar is, nothing stands
        legend={"title": None, "orientation": "h", "x": 0, "y": 0, "yref": "container"},
        hovermode="closest",
    )
