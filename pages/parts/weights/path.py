"""A guided path for teaching: five steps that set the controls, each with a question for the next."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import formatting
from pages.parts.shared import results
from pages.parts.weights.choice import NAMES, Offer, measured_at, weights_of

LOW = 48
"""The quality index of the path: few bits, where reading has become hard."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step is called, where it puts the controls, what it tells and what it asks."""

    title: str
    regime: str
    weight: Callable[[list[str]], str]
    tell: Callable[[Offer], str]


def show_gamma_path(offer: Offer) -> None:
    """The step that is open, with buttons to the others; nothing where there is no weight to move."""
    steps = [step for step in STEPS if step.regime in offer.regimes]
    several = any(len(weights_of(offer, regime)) > 1 for regime in offer.regimes)
    if not several or offer.look("codec", 0, LOW) is None:
        return
    open_now = st.toggle(
        "Guided path",
        key="guided",
        bind="query-params",
        help="Five steps that set the controls below; each ends with a question that the next one "
        "answers.",
    )
    if not open_now:
        _close()
        return
    number = _open_step(offer, steps)
    with st.container(border=True):
        st.markdown(f"**{number + 1} of {len(steps)}: {steps[number].title}**")
        st.markdown(steps[number].tell(offer))
        with st.container(horizontal=True):
            st.button(
                "Back",
                on_click=_go,
                args=(offer, steps, number - 1),
                disabled=number == 0,
                icon=":material/arrow_back:",
            )
            st.button(
                "Next",
                on_click=_go,
                args=(offer, steps, number + 1),
                disabled=number == len(steps) - 1,
                icon=":material/arrow_forward:",
                type="primary",
            )


def _open_step(offer: Offer, steps: list[Step]) -> int:
    """The open step, counted from 0: the session's, else the link's; kept in the link."""
    if "step" not in st.session_state:
        linked = st.query_params.get("step", "")
        if linked.isdecimal() and 1 <= int(linked) <= len(steps):
            st.session_state["step"] = int(linked)  # the link holds its controls as well
        else:
            _go(offer, steps, 0)
    number = min(st.session_state["step"], len(steps))
    st.session_state["step"] = number
    st.query_params["step"] = str(number)
    return number - 1


def _close() -> None:
    """Take the step out of the address with the path."""
    st.session_state.pop("step", None)
    if "step" in st.query_params:
        del st.query_params["step"]


def _go(offer: Offer, steps: list[Step], number: int) -> None:
    step = steps[number]
    names = {regime: name for name, regime in NAMES.items()}
    st.session_state["step"] = number + 1
    st.session_state["trained"] = names[step.regime]
    measured = measured_at(offer, step.regime)
    st.session_state["at"] = min(measured, key=lambda index: abs(index - LOW))
    options = weights_of(offer, step.regime)
    if len(options) > 1:
        st.session_state["weight"] = step.weight(options)


# -- what the steps say, in the table's numbers ---------------------------------------------------


def _few_bits(offer: Offer) -> str:
    first = offer.look("codec", 0, LOW)
    full = results.originals(results.chosen())
    seen = "" if full != full else f" instead of {full:.1%} on the originals"
    return (
        f"γ = 0: the codec knows bits and pixels only. At this quality a face takes "
        f"{first['bytes']:.0f} bytes at {first['psnr']:.1f} dB, and the classifier reads "
        f"{first['accuracy']:.1%} of the test faces{seen}.\n\n"
        "*Which of the three weights could win some of that back without raising the quality?*"
    )


def _recognition(offer: Offer) -> str:
    weight = _middle(weights_of(offer, "codec"))
    before, after = offer.look("codec", 0, LOW), offer.look("codec", float(weight), LOW)
    return (
        f"γ. With γ = {weight} the codec was trained through the classifier, which stayed as it was: "
        f"{_change(before, after)}.\n\n*Nothing is free. What did the codec give up for that?*"
    )


def _price(offer: Offer) -> str:
    weight = weights_of(offer, "codec")[-1]
    before, after = offer.look("codec", 0, LOW), offer.look("codec", float(weight), LOW)
    return (
        f"Pixels and bits. At γ = {weight}, the largest, PSNR goes from {before['psnr']:.1f} to "
        f"{after['psnr']:.1f} dB, and {_change(before, after)}. The front below shows which points "
        "no other beats.\n\n*So far the classifier was fixed. What if it may learn as well?*"
    )


def _together(offer: Offer) -> str:
    weight = _middle(weights_of(offer, "joint"))
    before, after = offer.look("codec", 0, LOW), offer.look("joint", float(weight), LOW)
    sentence = (
        f"Codec and classifier trained together at γ = {weight}. Against the baseline, "
        f"{_change(before, after)}."
    )
    control = offer.look("joint", 0, LOW)
    if control["method"] == "control":
        sentence += (
            f" Against the control, which the numbers below compare with, it is "
            f"{formatting.points(after['accuracy'] - control['accuracy'])}."
        )
    return sentence + "\n\n*Whose merit is it, the codec's or the classifier's?*"


def _share(offer: Offer) -> str:
    weight = _middle(weights_of(offer, "joint"))
    both = offer.look("joint", float(weight), LOW)
    if not (offer.plane["method"] == "control").any():
        return (
            "That takes a control: the baseline's codec, only the classifier trained on its output. "
            "It was not measured yet (python -m core.training control).\n\n"
            "*What would you expect of it?*"
        )
    alone, before = offer.look("joint", 0, LOW), offer.look("codec", 0, LOW)
    return (
        f"γ = 0 on this side is the control: the baseline's codec, only the classifier tuned. It "
        f"reads {alone['accuracy']:.1%} at {alone['bytes']:.0f} bytes where the baseline reads "
        f"{before['accuracy']:.1%}; both tuned read {both['accuracy']:.1%} at {both['bytes']:.0f} "
        "bytes. What is left between the two at equal bytes is the codec's share; Curves tests it "
        "face by face.\n\n*Where would you stop if a clinician reads the face, and not a machine?*"
    )


def _change(before: pd.Series, after: pd.Series) -> str:
    gained = formatting.points(after["accuracy"] - before["accuracy"])
    return (
        f"accuracy goes from {before['accuracy']:.1%} to {after['accuracy']:.1%} ({gained}), "
        f"the file from {before['bytes']:.0f} to {after['bytes']:.0f} bytes"
    )


def _middle(options: list[str]) -> str:
    """The middle of the weights above 0."""
    above = options[1:] or options
    return above[(len(above) - 1) // 2]


STEPS = (
    Step("Few bits, and nobody asked to be read", "codec", lambda w: w[0], _few_bits),
    Step("Recognition enters the loss", "codec", _middle, _recognition),
    Step("The price", "codec", lambda w: w[-1], _price),
    Step("Both learn", "joint", _middle, _together),
    Step("Whose merit?", "joint", lambda w: w[0], _share),
)
