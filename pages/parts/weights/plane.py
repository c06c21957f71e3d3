"""The plane of (quality, gamma): the point, surface and curves, the front, the terms, the calculator."""

import pandas as pd
import streamlit as st

from core import formatting, methods
from core.evaluation.plots import weight_plots
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results import weights
from core.formatting import percent
from core.training.losses import BALANCE
from pages.parts.shared import plot, results
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import Way, errors_shown, fragment, link
from pages.parts.weights.choice import Chosen, Offer

_START = {
    "baseline": "the baseline (γ = 0)",
    "control": "the control (γ = 0: the baseline's codec, only the classifier tuned)",
}
_SHAPES = ("Surface", "Curves")
_QUALITIES = {"Accuracy": "accuracy", "PSNR": "psnr"}


def show_point(chosen: Chosen) -> None:
    """What the chosen point gives, against weight 0 at the same quality."""
    point = chosen.point
    start = weights.at(chosen.plane, 0.0, point["quality_index"])
    same = start is None or start["weight"] == point["weight"]
    with st.container(horizontal=True, gap="large"):
        for label, name, form in (
            ("File", "bytes", formatting.size),
            ("Accuracy", "accuracy", formatting.percent),
            ("PSNR", "psnr", formatting.decibels),
        ):
            st.metric(
                label,
                form(point[name]),
                None if same else _changed(name, point[name] - start[name]),
                delta_color="inverse" if name == "bytes" else "normal",
                width=170,
            )
    st.caption(
        f"{methods.name_of(point['method'])}, measured at quality {point['quality_index']:g}, "
        f"mean over the test faces, read by {results.chosen().said}; accuracy {percent(point['low'])} "
        f"to {percent(point['high'])} with 95% confidence."
        + ("" if same else f" Changes are against {_START[start['method']]} at the same quality.")
    )
    gamma = point["weight"] if point["method"] in methods.TUNED else float("nan")
    query = {
        "right": curve_name(point["method"], gamma),
        "quality": f"{point['quality_index']:.0f}",
    }
    link(Way("pages/compress.py", "This point on a face", ":material/compress:", query))


def _changed(name: str, difference: float) -> str:
    """A change as the metric shows it; its first character tells the arrow's direction."""
    written = {
        "bytes": lambda value: formatting.signed(value, 0, "bytes"),
        "accuracy": formatting.points,
        "psnr": lambda value: formatting.signed(value, 1, "dB"),
    }[name](difference)
    return written.replace("\N{MINUS SIGN}", "-")  # Streamlit reads the sign, and draws its own


@fragment
def show_plane(chosen: Chosen) -> None:
    """Accuracy and PSNR over the plane."""
    st.subheader("The plane", anchor=False)
    lines = chosen.plane["weight"].nunique()
    shape = st.segmented_control(
        "Drawn as",
        _SHAPES,
        default=_SHAPES[0] if lines > 1 else _SHAPES[1],
        required=True,
        key="shape",
        bind="query-params",
        disabled=lines < 2,
        help="A surface over quality and γ, which can be turned, or one curve for each γ.",
    )
    draw = weight_plots.surface if shape == "Surface" and lines > 1 else weight_plots.slices
    for column, (name, quality) in zip(st.columns(2, gap="large"), _QUALITIES.items(), strict=True):
        with column:
            st.markdown(f"**{name}**")
            plot.draw(
                draw(chosen.plane, quality, chosen.point),
                key=f"plane_{quality}",
                alt=f"{name} over quality and the weight of recognition",
            )
    evidence(
        "Every measured point: means over the test faces, accuracy with its 95% interval.",
        chosen.plane,
        f"expressrate-plane-{chosen.regime}",
        title="The points of the plane",
    )


def show_front(chosen: Chosen) -> None:
    """Which points are worth having."""
    st.subheader("What is worth having", anchor=False)
    plot.draw(
        weight_plots.pareto(chosen.plane, chosen.point),
        key="front",
        alt="Accuracy against PSNR for every point; those on the Pareto front are filled with the colour "
        "of their rate",
    )
    st.caption(
        "Filled points form the Pareto front: no other point of this plane is at once as cheap, as "
        "accurate and as true to the pixels. Colour is the rate; the wide ring is the chosen point."
    )


def show_psnr_loss(chosen: Chosen) -> None:
    """What recognition costs in pixels, at every quality."""
    changes = {}
    for name in ("FER2013", "Photographs"):
        named = results.psnr_changes(results.DATA[name])
        if (named["method"] == chosen.regime).any():
            changes[name] = named[named["method"] == chosen.regime]
    if not changes:
        return
    st.subheader("The price in pixels", anchor=False)
    for column, (name, part) in zip(
        st.columns(len(changes), gap="large"), changes.items(), strict=True
    ):
        with column:
            st.markdown(f"**{name}**")
            first = part.groupby("gamma")["seed"].transform("min")
            plot.draw(
                weight_plots.psnr_losses(part[part["seed"] == first]),
                key=f"pixels_{name}",
                alt=f"PSNR lost against the baseline at equal rate on {name}, by quality and weight",
            )
    st.caption(
        "PSNR of the tuned codec minus the baseline's in files of the same size, at every measured "
        "quality. Photographs were in every batch, without a recognition error."
    )
    evidence(
        "Means over the test pictures with paired 95% bootstrap intervals. The baseline is read between "
        "its qualities over the logarithm of the rate; where it has no such rate (beyond), along the "
        "straight line through its two nearest qualities.",
        pd.concat([part.assign(pictures=name) for name, part in changes.items()]),
        f"expressrate-pixels-{chosen.regime}",
        title="The price at every quality",
    )


def show_terms(chosen: Chosen) -> None:
    """What the loss is made of at the chosen point."""
    st.subheader("The three terms at the chosen point", anchor=False)
    point = chosen.point
    shown = {"chosen point": point}
    start = weights.at(chosen.plane, 0.0, point["quality_index"])
    if start is not None and start["weight"] != point["weight"]:
        shown = {"γ = 0, same quality": start, **shown}
    plot.draw(
        weight_plots.loss_terms(shown),
        key="terms",
        alt="Rate, weighted distortion and weighted cross-entropy at the chosen point",
    )
    st.caption(
        f"α = 1, β = {weights.lmbda(point['quality_index']):.3g} (λ of quality "
        f"{point['quality_index']:g}), γ = {point['weight']:g}. Rate: payload, in bits per pixel. "
        "Distortion: mean squared error on the 0 to 255 scale. Recognition: cross-entropy in "
        "nats. In training each picture counts "
        f"(λ of quality 255 / λ)^{BALANCE:g} times, all three terms alike."
    )


@fragment
def show_calculator(offer: Offer, chosen: Chosen) -> None:
    """From the paper's three numbers to a checkpoint and a quality."""
    st.subheader("Calculator", anchor=False)
    st.markdown(
        "Enter the weights of a loss α · rate + β · 255² MSE + γ · cross-entropy, rate in bits per "
        "pixel. The nearest that was trained is found."
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        alpha = _number("α", "alpha", 1.0, "Weight of the rate.")
        beta = _number("β", "beta", 0.002, "Weight of the squared error on the 0 to 255 scale.")
        gamma = _number("γ", "gamma_asked", 0.1, "Weight of the cross-entropy in nats.")
    with errors_shown():
        _tell_nearest(offer, chosen, weights.place(alpha, beta, gamma))


def _tell_nearest(offer: Offer, chosen: Chosen, where: weights.Place) -> None:
    point = weights.nearest(chosen.plane, where)
    outside = "" if where.inside else " That is outside the scale of qualities; its end is taken."
    st.markdown(
        f"β / α is **quality {where.quality_index}**, γ / α is {where.gamma:.3g}; for "
        f"{chosen.name}, the nearest measured point has γ = {point['weight']:g} and "
        f"quality {point['quality_index']:g}.{outside}"
    )
    shown = pd.DataFrame(
        [
            {
                "Training": methods.name_of(point["method"]),
                "γ": point["weight"],
                "Quality": point["quality_index"],
                "Bytes a face": point["bytes"],
                "Accuracy": 100 * point["accuracy"],
                "from": 100 * point["low"],
                "to": 100 * point["high"],
                "PSNR": point["psnr"],
            }
            for point in [weights.nearest(offer.of(regime), where) for regime in offer.regimes]
        ]
    )
    percent = st.column_config.NumberColumn(format="%.1f%%")
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Accuracy": percent,
            "from": percent,
            "to": percent,
            "Quality": st.column_config.NumberColumn(format="%d"),
            "Bytes a face": st.column_config.NumberColumn(format="%.0f"),
            "PSNR": st.column_config.NumberColumn(format="%.1f dB"),
        },
    )
    if where.gamma and not 0.5 <= (point["weight"] or 1e-9) / where.gamma <= 2:
        st.caption(
            f"The nearest γ that was measured is {point['weight']:g}: more than a factor of 2 away."
        )


def _number(label: str, key: str, value: float, text: str) -> float:
    return st.number_input(
        label,
        min_value=0.0,
        value=value,
        step=None,
        format="%.6g",
        key=key,
        bind="query-params",
        width=150,
        help=text,
    )
