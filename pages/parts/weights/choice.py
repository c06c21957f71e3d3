"""Which point of the plane (quality, gamma) is looked at: regime, weight, quality."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import checkpoints
from core.codec.quality import LAST_QUALITY_INDEX
from core.errors import InputError
from core.evaluation.results import weights
from core.glossary import explained
from core.methods import METHODS, TUNED, name_of
from pages.parts.shared import restored, results
from pages.parts.shared.regimes import FIRST_QUALITY

NAMES = {name_of(method): method for method in TUNED}
"""Regimes as they are called on the page and in links."""

TRAIN = (
    "python -m core.training joint --gamma 0.1\n"
    "python -m core.training codec --gamma 0.1\n"
    "python -m core.training control\n"
    "python -m core.evaluation run"
)


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The whole plane of measured points, and the regimes that have one."""

    plane: pd.DataFrame
    regimes: tuple[str, ...]

    def of(self, regime: str) -> pd.DataFrame:
        """The points of a regime, from weight 0 up."""
        return weights.of_regime(self.plane, regime)

    def look(self, regime: str, weight: float, quality_index: float) -> pd.Series | None:
        """The point of a regime nearest to a quality index; None where that weight was not measured."""
        return weights.at(self.of(regime), weight, quality_index)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A regime's plane and the point of it that is looked at."""

    regime: str
    plane: pd.DataFrame
    point: pd.Series

    @property
    def name(self) -> str:
        """The regime as it is called on the page."""
        return next(name for name, regime in NAMES.items() if regime == self.regime)


def offered() -> Offer:
    """What was measured on the test faces."""
    plane = results.plane(results.chosen())
    present = set(plane["method"])
    return Offer(plane, tuple(regime for regime in TUNED if regime in present) or ("codec",))


def say_what_is_missing(offer: Offer) -> None:
    """Name the commands where no checkpoint with a weight was measured yet."""
    missing = [regime for regime in TUNED if regime not in set(offer.plane["method"])]
    if len(missing) < len(TUNED):
        return
    st.info(
        "No codec that was trained for recognition has been measured yet, so the plane below has one "
        "line: γ = 0. These commands train and measure some (hours on two cores):",
        icon=":material/model_training:",
    )
    st.code(TRAIN, language="bash")


def weights_of(offer: Offer, regime: str) -> list[str]:
    """The weights of a regime as they are written on the slider."""
    return [f"{weight:g}" for weight in sorted(offer.of(regime)["weight"].unique())]


def measured_at(offer: Offer, regime: str) -> list[int]:
    """Quality indices that every weight of a regime was measured at."""
    indices = [set(part["quality_index"]) for _, part in offer.of(regime).groupby("weight")]
    common = set.intersection(*indices) or set.union(*indices)
    return sorted(int(index) for index in common)


def choose_point(offer: Offer) -> Chosen:
    """Regime, weight and quality, kept in the link."""
    if offer.plane.empty:
        raise InputError(
            "The table of results holds no learned codec: measure one with "
            "python -m core.evaluation run --methods baseline"
        )
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        names = [name for name, regime in NAMES.items() if regime in offer.regimes]
        name = st.segmented_control(
            "What is trained",
            names,
            default=names[0],
            required=True,
            key="trained",
            bind="query-params",
            help=" ".join(f"{name}: {METHODS[id].trained}" for name, id in NAMES.items())
            + " At γ = 0 it is the baseline, or, where the classifier was tuned as well, the control.",
        )
        regime = NAMES[name]
        options = weights_of(offer, regime)
        restored.forget_unless("weight", options)
        weight = options[0]
        if len(options) > 1:
            weight = st.select_slider(
                "γ, the weight of recognition",
                options,
                value=_begin_with(regime, options),
                key="weight",
                bind="query-params",
                width=280,
                help=explained("gamma", "cross-entropy") + " One checkpoint each; the "
                "slider begins at the weight that validation chose, where one is chosen.",
            )
        measured = measured_at(offer, regime)
        restored.forget_unless("at", measured)
        quality_index = st.select_slider(
            "β / α, as the quality",
            measured,
            value=min(measured, key=lambda index: abs(index - FIRST_QUALITY)),
            key="at",
            bind="query-params",
            width=280,
            help=explained("alpha", "beta") + " β / α doubles every 25 steps of the quality "
            f"index (0 to {LAST_QUALITY_INDEX}). One checkpoint holds all of them; those that were "
            "measured at every γ can be chosen.",
        )
    plane = offer.of(regime)
    return Chosen(regime, plane, weights.at(plane, float(weight), quality_index))


def _begin_with(regime: str, options: list[str]) -> str:
    """The weight that validation chose for ``regime``; the largest where none is chosen."""
    cards = checkpoints.cards("codec")
    chosen = {f"{card.gamma:g}" for card in cards if card.method == regime and card.chosen}
    return next((weight for weight in options if weight in chosen), options[-1])
