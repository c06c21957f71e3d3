"""The curves of the Curves page: what is looked at, the chart, what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.evaluation.headline import headline
from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import QUALITIES, RATES, originals
from core.evaluation.results.published import Published, published
from core.glossary import explained
from core.site.view import curves_view
from pages.parts.curves import floor
from pages.parts.shared import chart_view, classifiers, regimes, results, takeaway
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment

_QUALITIES = {"Accuracy": "accuracy", "PSNR": "psnr", "SSIM": "ssim"}
_RATES = {"File": "file", "64 faces a file": "shared", "Payload": "payload"}
"""What is chosen is called in links as it is on the page."""


def choose_curves() -> tuple[str, str]:
    """Data set and rate, kept in the link."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        offered = results.available()
        data = st.segmented_control(
            "Pictures",
            offered,
            default=offered[0],
            required=True,
            key="data",
            bind="query-params",
            help="FER2013: faces with labels, 64 × 64. Studio photographs: 256 × 256. Pictures from "
            "elsewhere: none of their kind was seen in training.",
        )
        rate = st.segmented_control(
            "Rate",
            list(_RATES),
            default="File",
            required=True,
            key="rate",
            bind="query-params",
            help="File: ours writes a file a face, classical codecs lay 64 faces on a sheet. 64 faces "
            "a file: every codec stores 64 faces together and shares its headers. Payload: our own "
            "codecs without any header.",
        )
        if results.DATA[data] == "fer2013":
            classifiers.choose_classifier(st.container(width=280))
    return results.DATA[data], _RATES[rate]


@dataclass(frozen=True, slots=True)
class _Look:
    """What of the curves is drawn, and how: the measure by its name on the page, and three switches."""

    name: str
    logarithmic: bool
    intervals: bool
    floor: bool

    @property
    def quality(self) -> str:
        """The measure as the table calls it."""
        return _QUALITIES[self.name]


@fragment
def show_curves(data: str, rate: str) -> None:
    """One quality against the rate, for the methods that are wanted."""
    whose = results.chosen()
    tables = {
        name: results.points(data, column, rate, whose) for name, column in _QUALITIES.items()
    }
    look = _choose_look(data, tables)
    curves = _wanted(tables[look.name])
    if look.floor:
        curves = floor.with_label(curves, tables[look.name])
    if curves.empty:
        st.info("No curve is chosen: take one above.", icon=":material/show_chart:")
        return
    level, reading = float("nan"), ""
    if look.quality == "accuracy":
        level = originals(results.rows(data, whose), whose.classifier or "base")
        reading = f", read by {whose.said}"
    caption = (
        f"{QUALITIES[look.quality]} against {RATES[rate][0].lower()}{RATES[rate][1:]}; mean over "
        f"{results.count_of(curves)} pictures{reading}."
    )
    others = published(data, look.quality, rate)
    _draw(curves, look, rate, level, others)
    st.caption(
        f"{caption} Names in the legend hide and show their curve."
        + "".join(f" {other.name}: {other.source}." for other in others)
    )
    results.say_unread(data, whose)
    if _has_floor(data, look.name, tables):
        floor.tell(tables[look.name])
    takeaway.offer(
        lambda: curves_view(curves, look.quality, rate, level, caption),
        "expressrate-curves.html", "Curves of ExpressRate", "curves",
    )  # fmt: skip
    evidence(
        "Every point of the curves: mean rate, mean quality with its 95% interval, pictures.",
        curves,
        f"expressrate-{data}-{look.quality}-{rate}",
        title="The points of the curves",
    )


def _choose_look(data: str, tables: dict[str, pd.DataFrame]) -> _Look:
    """The controls of the chart, kept in the link."""
    known = [name for name in _QUALITIES if len(tables[name])]
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        name = st.segmented_control(
            "Measure",
            known,
            default=known[0],
            required=True,
            key="measure",
            bind="query-params",
            help=explained("accuracy", "PSNR", "SSIM"),
        )
        logarithmic = st.toggle(
            "Logarithmic rate",
            value=True,
            key="log",
            bind="query-params",
            help="Equal steps are equal factors; low rates get room.",
        )
        intervals = st.toggle(
            "Intervals",
            value=True,
            key="intervals",
            bind="query-params",
            help=explained("interval") + " Faces that share a file are drawn together.",
        )
        with_floor = _has_floor(data, name, tables) and floor.choose_floor()
    return _Look(name, logarithmic, intervals, with_floor)


def _has_floor(data: str, name: str, tables: dict[str, pd.DataFrame]) -> bool:
    """Whether there is a floor under the curves of a measure."""
    return _QUALITIES[name] == "accuracy" and floor.offered(data, tables[name])


def _draw(
    curves: pd.DataFrame, look: _Look, rate: str, level: float, others: Sequence[Published]
) -> None:
    figure = curve_plots.draw_points(
        curves,
        look.quality,
        rate,
        intervals=look.intervals,
        log_rate=look.logarithmic,
        reference=level,
        others=others,
    )
    if look.floor:
        floor.draw(figure)
    chart_view.draw(
        figure,
        key="curves",
        axes=(look.name, rate),
        alt=f"{QUALITIES[look.quality]} against bits per pixel, by codec",
    )


def _wanted(curves: pd.DataFrame) -> pd.DataFrame:
    """The curves that are chosen, four at first."""
    keys = {curve_plots.curve_name(*key): key for key, _ in curve_plots.in_order(curves)}
    offered = list(keys)
    chosen = st.multiselect(
        "Curves",
        offered,
        default=headline(keys),
        key="curves_shown",
        bind="query-params",
        help="Every training at every γ and seed, and every codec, can be added. " + regimes.HELP,
    )
    return curve_plots.chosen(curves, chosen)
