"""What a clip is sent through on the Bridge page: codecs, settings of each, how much of the clip."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.bridge.methods import ORIGINAL, Method, methods
from core.bridge.passes import DriftSettings
from core.evaluation.plots.curve_plots import curve_name

AS_IT_IS = "As it is"
_SIDES = ("64", "128", "256", AS_IT_IS)
_RATES = {"A face": "bits_per_face", "A second": "bits_per_second"}
_FIRST = ("baseline", "joint", "jpeg", "h264")


@dataclass(frozen=True, slots=True)
class Choice:
    """Codecs, each with its settings, and how the clip is measured."""

    methods: tuple[Method, ...]
    settings: DriftSettings


def title(method: Method) -> str:
    """What a codec is called on the page."""
    return curve_name(method.method, np.nan if method.gamma is None else method.gamma, method.seed)


def choose_codecs() -> Choice:
    """The widgets; InputError where no codec is chosen."""
    known = {each.name: each for each in methods() if each.name != ORIGINAL}
    default = [name for name, each in known.items() if each.method in _FIRST]
    chosen = st.multiselect(
        "Codecs",
        list(known),
        default=default,
        format_func=lambda name: title(known[name]),
        key="bridge_codecs",
        bind="query-params",
        help="Stills are coded frame by frame; H.264, HEVC and AV1 code the frames as a film, which is "
        "what people really use.",
    )
    first, second, third, fourth = st.columns(4)
    steps = first.number_input(
        "Settings of each codec", 2, 10, 4, key="bridge_steps", bind="query-params",
        help="Evenly over its range, from the fewest bits to visually lossless.",
    )  # fmt: skip
    side = second.selectbox(
        "Coded size (pixels)", _SIDES, index=1, key="bridge_side", bind="query-params",
        help="Pixels a side at which the square around the face is coded. The original passes through "
        "the same scaling as a control.",
    )  # fmt: skip
    every = third.number_input(
        "Each n-th frame", 1, 100, 3, key="bridge_every", bind="query-params",
        help="1 looks at every frame. Films then have that many fewer frames, too.",
    )  # fmt: skip
    frames = fourth.number_input(
        "At most frames", 2, 5000, 60, key="bridge_frames", bind="query-params",
        help="The work grows with it: every frame is coded and measured at every setting.",
    )  # fmt: skip
    wanted = methods([ORIGINAL, *chosen], int(steps)) if chosen else []
    settings = DriftSettings(
        side=None if side == AS_IT_IS else int(side), every=int(every), frames=int(frames)
    )
    return Choice(tuple(wanted), settings)


def choose_rate(key: str) -> str:
    """The widget for how bits are counted; the column that is asked for."""
    rate = st.segmented_control(
        "Bits", list(_RATES), default="A face", required=True, key=key, bind="query-params",
        help="Of a face in one frame, or of all faces of a second.",
    )  # fmt: skip
    return _RATES[rate]
