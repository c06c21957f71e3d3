"""What came of a clip on the Bridge page: the headline, drift against bits, frames in step, the table."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.bridge import charts
from core.bridge.drift import measures
from core.bridge.headline import MOST_LOST, LowestRate, shipped_headline
from core.bridge.methods import ORIGINAL, Method, methods
from core.bridge.passes import DriftSettings, Reference, code_frame
from core.codec.pictures import png
from core.formatting import percent
from pages.parts.bridge.choice import choose_rate, title
from pages.parts.bridge.passes import Result
from pages.parts.shared import keeping, plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import errors_shown, fragment
from pages.parts.shared.words import plain

_HEADLINE = "The lowest rate that keeps the action units"
_QUANTITIES = {"Correlation": "r", "Change": "change"}


def show_result(result: Result) -> None:
    """Everything about one result."""
    for failure in result.drifts.failures:
        st.warning(f"{plain(failure.name)}: {plain(failure.why)}")
    st.subheader(_HEADLINE, anchor=False)
    _show_rates(result.rates)
    _show_drift(result)
    _show_in_step(result)
    _show_table(result)


def show_shipped_drift() -> None:
    """What was found of the sample clip before, until one measures it oneself."""
    rates, command = shipped_headline()
    if not rates:
        return
    st.subheader(_HEADLINE, anchor=False)
    _show_rates(rates)
    st.caption(
        f"Found before, by `{command}`. Code and measure above for the drift of every unit, frames in "
        "step and timelines."
    )


def _show_rates(lowest_rates: Sequence[LowestRate]) -> None:
    titles = {method.name: title(method) for method in methods()}
    rates = [rate for rate in lowest_rates if rate.name != ORIGINAL]
    st.dataframe(
        pd.DataFrame(
            {
                "Codec": [titles.get(rate.name, rate.name) for rate in rates],
                "Bits a face": pd.Series(
                    [rate.bits_per_face for rate in rates], dtype=float
                ).round(),
                "Bits a second": pd.Series(
                    [rate.bits_per_second for rate in rates], dtype=float
                ).round(),
                "Least r": [rate.least_r for rate in rates],
                "Why not less": [rate.why for rate in rates],
            }
        ),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Bits a face": st.column_config.NumberColumn(format="localized"),
            "Bits a second": st.column_config.NumberColumn(format="localized"),
            "Least r": st.column_config.NumberColumn(format="%.3f"),
            "Why not less": st.column_config.TextColumn(width="large"),
        },
    )
    units = next((rate.units for rate in lowest_rates), ())
    st.caption(
        "At that rate and every higher one, each validated unit that moves in this clip "
        f"({', '.join(units) or 'none does'}) keeps r above 0.9 with the uncompressed series, and at "
        "most 5 % of the faces get lost. Bits are those of real files."
    )


@fragment
def _show_drift(result: Result) -> None:
    st.subheader("Drift against bits", anchor=False)
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        measure = _choose_measure(result, "bridge_measure", [charts.WORST])
        quantity = st.segmented_control(
            "Drift as", list(_QUANTITIES), default="Correlation", required=True,
            key="bridge_quantity", bind="query-params",
            help="Correlation: does the unit still move as it did? Change: by how much is its value "
            "off, on average (units 0 to 5, probabilities 0 to 1)?",
        )  # fmt: skip
        rate = choose_rate("bridge_rate")
    figure = charts.drift_against_bits(
        result.drifts.drift,
        measure,
        _QUANTITIES[quantity],
        rate,
        result.validated,
    )
    plot.draw(figure, key="bridge_drift", alt=f"{quantity} of {measure} against bits")
    if "face lost" in (trace.name for trace in figure.data):
        st.caption(
            f"Crosses at the bottom: settings at which more than {percent(MOST_LOST, 0)} of the faces are "
            "no "
            "longer found, so that nothing can be measured on them."
        )
    if quantity == "Correlation" and not any(
        pd.Series(trace.y).notna().any() for trace in figure.data if trace.name != "face lost"
    ):
        st.caption("It hardly moves in this clip, so a correlation would say nothing.")


@fragment
def _show_in_step(result: Result) -> None:
    """Original and coded frame side by side, and the timelines over each other."""
    st.subheader("In step", anchor=False)
    known = {m.name: m for m in result.methods if m.name in result.coded and m.name != ORIGINAL}
    first, second, third = st.columns([2, 1, 2])
    chosen = first.selectbox(
        "Codec", list(known), format_func=lambda name: title(known[name]),
        key="bridge_show", bind="query-params", help="Whose frames are shown.",
    )  # fmt: skip
    if chosen is None:
        return
    method = known[chosen]
    bits = result.drifts.drift.query("name == @chosen").groupby("setting")["bits_per_face"].first()
    options = [f"{setting:g}" for setting in method.settings]
    setting = second.selectbox(
        "Setting",
        options,
        index=len(options) // 2,
        key="bridge_setting",
        bind="query-params",
        help="In the codec's own unit: 0 to 255 for the learned ones, quality for stills, constant "
        "rate factor for films (there, less is better).",
    )
    with third:
        measure = _choose_measure(result, "bridge_unit", [])
    table = result.reference.table
    there = table.index[table["success"]]
    last = int(there[-1])
    place = 0
    if last:
        place = st.slider(
            "Frame", 0, last, int(there[0]), key="bridge_frame", bind="query-params",
            help="Both pictures and the mark in the timeline follow.",
        )  # fmt: skip
    left, right, chart = st.columns([1, 1, 2.4])
    with errors_shown():
        before, after = _frame_pair(
            str(result.path), result.path.stat().st_mtime_ns, method, result.settings,
            float(setting), place, result.reference,
        )  # fmt: skip
        left.image(png(before), caption="Original", width="stretch", alt="The original face")
        right.image(
            png(after),
            caption=f"{title(method)}, {bits[float(setting)]:,.0f} bits a face",
            width="stretch",
            alt="The face that was coded",
        )
    coded = result.coded[chosen]
    part = coded[coded["setting"] == float(setting)].reset_index(drop=True)
    plot.draw_on(chart, 
        charts.timelines(
            measure, table["time"], measures(table)[measure],
            {(method.method, title(method)): measures(part)[measure]}, float(table["time"][place]),
        ),
        key="bridge_timelines",
        alt=f"{measure} over time, original and coded",
    )  # fmt: skip


def _choose_measure(result: Result, key: str, more: list[str]) -> str:
    known = list(dict.fromkeys(result.drifts.drift["measure"]))
    ranked = [*result.validated, *(m for m in known if m not in result.validated)]
    return st.selectbox(
        "Measure", [*more, *ranked],
        format_func=lambda m: m if m in more else charts.label(m)
        + ("" if m in result.validated or not m.startswith("AU") else " (not validated)"),
        key=key, bind="query-params", width=320,
        help="Units whose estimator passed its validation come first; then other units, composites "
        "(sums of units) and the classifier's probabilities.",
    )  # fmt: skip


@st.cache_data(scope="session", max_entries=64, show_spinner="Coding this frame …")
def _frame_pair(
    path: str,
    changed: int,
    method: Method,
    settings: DriftSettings,
    setting: float,
    place: int,
    _reference: Reference,
):
    return keeping.opened(code_frame, Path(path), _reference, method, settings, setting, place)


def _show_table(result: Result) -> None:
    evidence(
        f"Every codec, setting and measure over {len(result.reference.table)} frames; `r` is missing "
        "where the original hardly moves (standard deviation under 0.3), `lost` counts faces that "
        "are no longer found.",
        result.drifts.drift,
        "expressrate-drift",
        title="The table of drift",
    )
    st.download_button(
        "Everything as JSON",
        lambda: json.dumps(result.document(), indent=1).encode(),
        file_name="expressrate-bridge.json",
        mime="application/json",
        icon=":material/data_object:",
        key="bridge_json",
        help="Drift, headline, settings, fingerprints of clip and weights; the same document that "
        "python -m core.bridge drift writes.",
        on_click="ignore",
    )
