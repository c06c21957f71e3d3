"""What an advice is asked for: the criteria that are to be kept, and the settings that are tried."""

from dataclasses import dataclass

import streamlit as st

from core.bridge.advice import Criteria
from core.bridge.encoders import ENCODERS, FILM_METHODS, PIXEL_FORMATS, PLAIN
from core.bridge.plan import FACES, HEIGHTS, RATES, Plan
from core.bridge.recordings import Recording
from core.face.units.validation import trusted_units
from core.facs import UNITS, unit_label
from core.glossary import explained
from core.methods import name_of

_OWN = "As it is"
_FACES = {f"face {face} px": face for face in FACES}
_HEIGHTS = [_OWN, "1080", "720", "480", "360", "240"]
_USUAL = "usual"
_AS_IT_LIKES = "As the encoder likes"
_GOPS = (_AS_IT_LIKES, "1", "12", "25", "50", "100", "250")
_PHONE = "A phone (H.264, crf 23)"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the criteria, and the settings that are searched."""

    criteria: Criteria
    plan: Plan


def ask() -> Question | None:
    """The widgets; None, with what to choose, while something is missing.

    Raises InputError for settings that an encoder lacks.
    """
    criteria = _ask_criteria()
    with st.expander("Which settings are tried", icon=":material/tune:"):
        plan = _ask_plan()
    if criteria is None or plan is None:
        st.info("Choose at least one action unit, codec, size and frame rate.")
        return None
    return Question(criteria, plan)


def _ask_criteria() -> Criteria | None:
    trusted = trusted_units()
    units = st.multiselect(
        "Action units that must be kept", list(UNITS), default=list(trusted),
        format_func=lambda unit: unit_label(unit) + ("" if unit in trusted else " (not validated)"),
        key="advice_units", bind="query-params",
        help="At first those whose estimator passed its validation.",
    )  # fmt: skip
    first, second, third = st.columns(3)
    keep = first.number_input(
        "Least correlation r", 0.5, 0.999, 0.9, 0.01, key="advice_keep", bind="query-params",
        help="Between the unit's course in the original and in the stored recording, where it moves.",
    )  # fmt: skip
    change = second.number_input(
        "Most mean change", 0.05, 2.0, 0.25, 0.05, key="advice_change", bind="query-params",
        help="Mean absolute difference in intensity. " + explained("intensity"),
    )  # fmt: skip
    lost = third.number_input(
        "Most faces lost (%)", 0.0, 50.0, 1.0, 0.5, key="advice_lost", bind="query-params",
        help="Share of the frames with a face in which the stored recording shows none.",
    )  # fmt: skip
    return Criteria(tuple(units), keep, change, lost / 100) if units else None


def _ask_plan() -> Plan | None:
    codecs = st.multiselect(
        "Codecs", list(ENCODERS), default=list(FILM_METHODS), format_func=name_of,
        key="advice_codecs", bind="query-params", help="As ffmpeg writes them.",
    )  # fmt: skip
    sizes = st.multiselect(
        "Sizes (lines, or width of the face)", [*_HEIGHTS, *_FACES],
        default=[_OWN if lines is None else str(lines) for lines in HEIGHTS],
        key="advice_heights", bind="query-params",
        help="A smaller picture takes fewer bytes, and a small face reads otherwise. By the width of "
        "the face, clips taken from near and from far are treated alike. Nothing is ever enlarged.",
    )  # fmt: skip
    rates = st.multiselect(
        "One frame of", [1, 2, 3, 5], default=list(RATES), key="advice_rates",
        bind="query-params", help="What lies between the frames that are kept is lost: blinks first.",
    )  # fmt: skip
    again = st.selectbox(
        "Recorded by", ["A camera without loss", _PHONE], key="advice_before", bind="query-params",
        help="A phone's film is coded already; storing it again codes it a second time.",
    )  # fmt: skip
    first, second = st.columns(2)
    pixels = first.selectbox(
        "Pixel format", list(PIXEL_FORMATS), format_func=PIXEL_FORMATS.get, key="advice_pixels",
        bind="query-params",
        help="4:2:0 keeps a quarter of the colour, as nearly every film does; not every encoder has "
        "every format.",
    )  # fmt: skip
    gop = second.selectbox(
        "A key frame each … frames", _GOPS, key="advice_gop", bind="query-params",
        help="Key frames can be jumped to, and cost bytes. 1: every frame stands alone.",
    )  # fmt: skip
    presets = _ask_presets(codecs)
    if not (codecs and sizes and rates):
        return None
    return Plan(
        tuple(codecs),
        tuple(None if size == _OWN else int(size) for size in sizes if size in _HEIGHTS),
        tuple(rates),
        Recording("h264", 23) if again == _PHONE else None,
        tuple(_FACES[size] for size in sizes if size in _FACES),
        presets,
        pixels or PLAIN,
        None if gop == _AS_IT_LIKES else int(gop),
    )


def _ask_presets(codecs: list[str]) -> tuple[tuple[str, str], ...]:
    """A choice beside each codec that has presets."""
    able = [codec for codec in codecs if ENCODERS[codec].presets]
    chosen = []
    for codec, column in zip(able, st.columns(max(1, len(able))), strict=False):
        encoder = ENCODERS[codec]
        preset = column.selectbox(
            f"Preset of {name_of(codec)}", [_USUAL, *encoder.presets], key=f"advice_preset_{codec}",
            bind="query-params",
            help=f"Slower presets make smaller files at the same quality. Usual: {encoder.preset}.",
        )  # fmt: skip
        if preset != _USUAL:
            chosen.append((codec, preset))
    return tuple(chosen)
