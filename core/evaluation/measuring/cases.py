"""Who is measured: every codec and the classifier that reads its pictures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core import checkpoints
from core.errors import InputError
from core.methods import CLASSICAL

BASE_CLASSIFIER = "base"
BASE_CODEC = "baseline"


@dataclass(frozen=True, slots=True)
class Case:
    """One table's worth of measuring; ``codec`` and ``classifier`` are ids of checkpoints."""

    name: str  # of the table
    method: str
    classifier: str
    codec: str | None = None  # None: originals and classical codecs
    gamma: float = math.nan
    seed: int | None = None

    @property
    def fingerprints(self) -> dict[str, str]:
        """Id -> SHA-256 of the weights that take part."""
        ids = [self.classifier] if self.codec is None else [self.codec, self.classifier]
        return {id: checkpoints.card(id).fingerprint for id in ids}


def cases(methods: Sequence[str] | None = None) -> list[Case]:
    """The cases that ``methods`` name: methods (baseline, joint, jpeg, ...) or checkpoint ids.

    By default everything that the checkpoints allow.  Originals are read by every classifier,
    classical codecs by the base classifier and by those fine-tuned on them, a codec by the
    classifier on its card, the baseline codec also by the classifiers fine-tuned on its output
    (method control).  Raises InputError for a name that is neither.
    """
    known = _all()
    if not methods:
        return known
    chosen, problems = [], []
    for name in methods:
        matches = [s for s in known if name == s.method] or [
            s for s in known if name in (s.codec, s.name)
        ]
        chosen += [s for s in matches if s not in chosen]
        if not matches:
            problems.append(repr(name))
    if problems:
        names = sorted({s.method for s in known} | {s.name for s in known})
        raise InputError(f"Not known: {', '.join(problems)}. Known: {', '.join(names)}.")
    return chosen


def _all() -> list[Case]:
    classifiers = checkpoints.cards("classifier")
    if not any(card.id == BASE_CLASSIFIER for card in classifiers):
        raise InputError(
            f"There is no checkpoint {BASE_CLASSIFIER!r}: train the classifier first "
            "(python -m core.training classifier)."
        )
    all_cases = [
        Case(_table("original", card.id), "original", card.id) for card in classifiers
    ]  # fmt: skip
    for card in checkpoints.cards("codec"):
        reading_classifier = card.classifier or BASE_CLASSIFIER
        gamma = math.nan if card.gamma is None else card.gamma
        all_cases.append(Case(card.id, card.method, reading_classifier, card.id, gamma, card.seed))
    for card in classifiers:
        if card.method == "control":
            all_cases.append(Case(card.id, "control", card.id, BASE_CODEC, math.nan, card.seed))
    for method in CLASSICAL:
        tuned_on = [
            card.id for card in classifiers if card.id == BASE_CLASSIFIER or card.method == method
        ]
        all_cases += [
            Case(_table(method, reading_classifier), method, reading_classifier)
            for reading_classifier in tuned_on
        ]
    return all_cases


def _table(method: str, classifier: str) -> str:
    return method if classifier == BASE_CLASSIFIER else f"{method}-{classifier}"
