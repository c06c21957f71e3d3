"""Which codec and which reader: the regime and the weight of recognition, as pages let them be chosen."""

import math
from dataclasses import dataclass

import streamlit as st

from core import checkpoints
from core.checkpoints import Card
from core.evaluation.plots.curve_plots import curve_name
from pages.parts.shared import models, restored

NAMES = {
    "baseline": "Baseline",
    "codec": "Codec tuned",
    "joint": "Both tuned",
    "control": "Reader tuned",
}
"""Regimes as they are called on the page and in links."""

HELP = (
    "What was trained for recognition. Baseline: nothing. Codec tuned: the codec, through the fixed "
    "classifier. Both tuned: codec and classifier together. Reader tuned: only the classifier, on "
    "what the baseline codec gives back; it tells which share of the gain is the codec's."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A codec and the classifier that reads its pictures."""

    method: str
    codec: Card
    classifier: str  # id

    @property
    def weight(self) -> float:
        """gamma, 0 where it plays no part."""
        return self.codec.gamma or 0.0

    @property
    def name(self) -> str:
        """As in the figures' legends."""
        gamma = self.weight if self.method in ("codec", "joint") else math.nan
        return curve_name(self.method, gamma)


def readings() -> list[Reading]:
    """Everything that the checkpoints allow, of several seeds the first; InputError without a codec."""
    cards = models.codec_cards()
    found = [Reading(card.method, card, card.classifier or "base") for card in cards]
    base = [card for card in cards if card.method == "baseline"]
    tuned = [card for card in checkpoints.cards("classifier") if card.method == "control"]
    found += [Reading("control", base[0], card.id) for card in tuned[:1] if base]
    first: dict[tuple[str, float], Reading] = {}
    for one in found:
        known = first.get((one.method, one.weight))
        if known is None or one.codec.seed < known.codec.seed:
            first[one.method, one.weight] = one
    order = list(NAMES)
    known = [one for one in first.values() if one.method in order]
    return sorted(known or first.values(), key=lambda r: (order.index(r.method), r.weight))


def choose_reading() -> Reading:
    """The regime and, where there are several, the weight; both kept in the link."""
    offered = readings()
    methods = list(dict.fromkeys(one.method for one in offered))
    if len(offered) == 1:
        return offered[0]
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        name = st.segmented_control(
            "Trained for recognition",
            [NAMES[method] for method in methods],
            default=NAMES[methods[0]],
            required=True,
            key="regime",
            bind="query-params",
            help=HELP,
        )
        of_method = [one for one in offered if NAMES[one.method] == name]
        if len(of_method) == 1:
            return of_method[0]
        return _choose_weight(of_method)


def _choose_weight(offered: list[Reading]) -> Reading:
    by_weight = {f"{one.weight:g}": one for one in offered}
    chosen = next((w for w, one in by_weight.items() if one.codec.chosen), list(by_weight)[-1])
    restored.forget_unless("gamma", by_weight)
    weight = st.select_slider(
        "Weight of recognition, γ",
        list(by_weight),
        value=chosen,
        key="gamma",
        bind="query-params",
        width=320,
        help="How much a nat of cross-entropy counts beside a bit per pixel. The slider begins at "
        "the weight that validation chose, where one is chosen.",
    )
    return by_weight[weight]


def companions(reading: Reading) -> list[Reading]:
    """For the four-way view: baseline, codec, and joint (the control beside the control), in order.

    Of several weights that of ``reading``, else the chosen one, else the largest.
    """
    offered = readings()
    last = "control" if reading.method == "control" else "joint"
    found = []
    for method in ("baseline", "codec", last):
        of_method = [one for one in offered if one.method == method]
        if not of_method:
            continue
        same = [one for one in of_method if math.isclose(one.weight, reading.weight, rel_tol=1e-3)]
        chosen = [one for one in of_method if one.codec.chosen]
        found.append((same or chosen or of_method)[-1])
    return found
