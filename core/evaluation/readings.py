"""Which codec and which classifier: every training whose weights are here."""

import math
from dataclasses import dataclass

from core import checkpoints
from core.checkpoints import Card
from core.errors import InputError
from core.evaluation.plots.curve_plots import curve_name
from core.methods import REGIMES, TUNED


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
        gamma = self.weight if self.method in TUNED else math.nan
        return curve_name(self.method, gamma)


def codec_cards() -> list[Card]:
    """Cards of the codecs whose weights are here; InputError if there are none."""
    codecs = checkpoints.cards("codec")
    if not codecs:
        raise InputError(
            f"No codec was found in {checkpoints.folder()}. Restore the folder from the repository "
            "or train one: python -m core.training baseline"
        )
    return codecs


def readings() -> list[Reading]:
    """Everything that the checkpoints allow, of several seeds the first; InputError without a codec."""
    cards = codec_cards()
    regimes = [Reading(card.method, card, card.classifier or "base") for card in cards]
    base = [card for card in cards if card.method == "baseline"]
    tuned = [card for card in checkpoints.cards("classifier") if card.method == "control"]
    regimes += [Reading("control", base[0], card.id) for card in tuned[:1] if base]
    first: dict[tuple[str, float], Reading] = {}
    for reading in regimes:
        known = first.get((reading.method, reading.weight))
        if known is None or reading.codec.seed < known.codec.seed:
            first[reading.method, reading.weight] = reading
    order = list(REGIMES)
    known = [reading for reading in first.values() if reading.method in order]
    return sorted(known or first.values(), key=lambda r: (order.index(r.method), r.weight))


def companions(reading: Reading | None = None) -> list[Reading]:
    """One reading of each training, to stand side by side: baseline, codec, joint, control.

    Of several weights that of ``reading``, else the chosen one, else the largest.
    """
    offered = readings()
    partners = []
    for method in REGIMES:
        of_method = [each for each in offered if each.method == method]
        if not of_method:
            continue
        same = [each for each in of_method if reading and each.weight == reading.weight]
        chosen = [each for each in of_method if each.codec.chosen]
        partners.append((same or chosen or of_method)[-1])
    return partners
