"""The views of the Curves page: curves, equal accuracy, classes, confusion at a point."""

import pandas as pd
import streamlit as st

from core.evaluation.headline import headline
from core.evaluation.plots import curve_plots
from core.evaluation.results.comparison import curves_of
from core.evaluation.results.curves import QUALITIES, RATES, originals, select
from core.evaluation.results.published import published
from core.glossary import explained
from core.methods import METHODS
from core.site.view import curves_view
from pages.parts.curves import floor
from pages.parts.shared import classifiers, plot, regimes, restored, results, takeaway
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment

_QUALITIES = {"Accuracy": "accuracy", "PSNR": "psnr", "SSIM": "ssim"}
_RATES = {"File": "file", "64 faces a file": "shared", "Payload": "payload"}
"""What is chosen is called in links as it is on the page."""

_RATE_TEXTS = {"file": "its whole file", "shared": "64 in a file", "payload": "without headers"}

CURVE_COLUMN = st.column_config.TextColumn(width=300, pinned=True)
_SEED = st.column_config.NumberColumn(format="%d", help="Of the training, where there was one.")


def choose_curves() -> tuple[str, str]:
    """Data set and rate, kept in the link."""
    with st.container(horizontal=True, gap="large"):
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


@fragment
def show_curves(data: str, rate: str) -> None:
    """One quality against the rate, for the methods that are wanted."""
    rows = results.rows(data, results.chosen())
    whose = results.chosen()
    tables = {
        name: results.points(data, column, rate, whose) for name, column in _QUALITIES.items()
    }
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
        has_floor = _QUALITIES[name] == "accuracy" and floor.offered(data, tables[name])
        with_floor = has_floor and floor.choose_floor()
    quality = _QUALITIES[name]
    curves = _wanted(tables[name])
    if with_floor:
        curves = floor.with_label(curves, tables[name])
    if curves.empty:
        st.info("No curve is chosen: take one above.", icon=":material/show_chart:")
        return
    others = published(data, quality, rate)
    level, reading = float("nan"), ""
    if quality == "accuracy":
        level = originals(rows, whose.classifier or "base")
        reading = f", read by {whose.said}"
    caption = (
        f"{QUALITIES[quality]} against {RATES[rate][0].lower()}{RATES[rate][1:]}; mean over "
        f"{results.count_of(curves)} pictures{reading}."
    )
    figure = curve_plots.draw_points(
        curves,
        quality,
        rate,
        intervals=intervals,
        log_rate=logarithmic,
        reference=level,
        others=others,
    )
    if with_floor:
        floor.draw(figure)
    plot.draw(
        figure,
        key="curves",
        alt=f"{QUALITIES[quality]} against bits per pixel, by codec",
    )
    st.caption(
        f"{caption} Names in the legend hide and show their curve."
        + "".join(f" {other.name}: {other.source}." for other in others)
    )
    results.say_unread(data, whose)
    if has_floor:
        floor.tell(tables[name])
    takeaway.offer(
        lambda: curves_view(curves, quality, rate, level, caption),
        "expressrate-curves.html", "Curves of ExpressRate", "curves",
    )  # fmt: skip
    evidence(
        "Every point of the curves: mean rate, mean quality with its 95% interval, pictures.",
        curves,
        f"expressrate-{data}-{quality}-{rate}",
        title="The points of the curves",
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


@fragment
def show_equal_accuracy(data: str, rate: str) -> None:
    """How few bytes keep a share of the accuracy, with intervals."""
    if data != "fer2013":
        return
    sizes = results.fewest_bytes(results.chosen(), rate)
    if sizes.empty:
        return
    st.subheader("The fewest bytes that keep the accuracy", anchor=False)
    lines = []
    for row in sizes.to_dict("records"):
        line = {
            "Curve": curve_plots.curve_name(
                row["method"], row["gamma"], classifier=row["classifier"]
            ),
            "Seed": row["seed"],
        }
        for share, value in row["bytes"].items():
            line[f"{share} kept"] = value
            line[f"interval {share}"] = _interval(value, row["low"][share], row["high"][share])
        lines.append(line)
    shown = pd.DataFrame(lines)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Curve": CURVE_COLUMN,
            "Seed": _SEED,
            **{
                name: st.column_config.NumberColumn(format="%.0f bytes")
                for name in shown.columns
                if name.endswith("kept")
            },
        },
    )
    st.caption(
        f"Mean bytes of a face ({_RATE_TEXTS[rate]}) at which each method still reads 99, 95 and 90% of "
        f"what {results.chosen().judged_by} reads on the originals (interpolated between qualities), "
        "with 95% bootstrap intervals over faces; faces that share a file are drawn together."
    )
    evidence(
        "Bytes as they were interpolated, and their intervals.",
        shown,
        f"expressrate-kept-{data}",
        title="The whole table of bytes",
    )


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "never"
    if low is None:
        return "not known"
    return f"{low:.0f} and more" if high is None else f"{low:.0f} to {high:.0f}"


@fragment
def show_classes(data: str, rate: str) -> None:
    """Accuracy of each class along one curve, and what is taken for what at one of its points."""
    rows = results.rows(data, results.chosen())
    rows = rows[rows["label"].notna() & (rows["method"] != "original")]
    if rows.empty:
        return
    st.subheader("Class by class", anchor=False)
    keys = {
        curve_plots.curve_name(**key): key
        for method in METHODS
        for key, _ in curves_of(rows, method)
    }
    chosen = st.selectbox(
        "Curve",
        list(keys),
        key="classes",
        bind="query-params",
        width=320,
        help="The codec whose files were read.",
    )
    part = select(rows, **keys[chosen])
    left, right = st.columns(2, gap="large")
    with left:
        plot.draw(
            curve_plots.per_class(part, rate), key="per_class", alt="Accuracy of each class by rate"
        )
        st.caption("Share of each true class that is read rightly, with 95% intervals.")
    with right:
        bpp = part.groupby("quality_index")["bpp"].mean().sort_values()
        restored.forget_unless("point", bpp.index)
        quality_index = st.select_slider(
            "At (bit/pixel)",
            list(bpp.index),
            value=bpp.index[len(bpp) // 2],
            format_func=lambda quality_index: f"{bpp[quality_index]:.3f}",
            key="point",
            bind="query-params",
            help="Mean rate of the whole file at one quality of the codec.",
        )
        plot.draw(
            curve_plots.confusion(part[part["quality_index"] == quality_index]),
            key="confusion",
            alt="Confusion matrix at the chosen point",
        )
        st.caption(
            f"Rows: true class; columns: what was read, in percent of the row, at {bpp[quality_index]:.3f} "
            "bit/pixel."
        )
    evidence(
        f"Every picture of this codec on this data: {len(part):,} rows.",
        part,
        f"expressrate-rows-{data}-{keys[chosen]['method']}",
        title="The rows",
    )
