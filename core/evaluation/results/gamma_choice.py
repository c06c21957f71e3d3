"""Which gamma stands for a method: chosen on validation, written on the card."""

import math
from dataclasses import dataclass, replace

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.evaluation.results.bjontegaard import delta
from core.evaluation.results.comparison import curves_of, only_curve
from core.evaluation.results.curves import originals, paired_curves
from core.formatting import percent

ALLOWED_LOSS = 0.01
"""What a classifier may lose on the originals against the base classifier: one point."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A gamma on validation rows, against the baseline; figures that do not exist are None.

    ``bd_accuracy`` in points, ``bd_rate`` in percent.  ``originals`` and ``originals_of_base``: what
    its classifier and the base classifier read on uncoded faces.  ``allowed``: whether it loses at
    most :data:`ALLOWED_LOSS` there; ``chosen``: whether it stands for its method.
    """

    method: str
    gamma: float
    seed: int | None
    bd_accuracy: float | None
    bd_rate: float | None
    overlap: float
    originals: float | None
    originals_of_base: float | None
    allowed: bool
    chosen: bool = False


def choose_gamma(rows: pd.DataFrame, method: str, data: str = "fer2013") -> list[Candidate]:
    """Every gamma of ``method`` on validation rows, the best one marked ``chosen``.

    The best has the largest BD-accuracy (mean gain at equal file rate) against the baseline among
    those whose classifier keeps its accuracy on the originals within a point of the base
    classifier's.  Only rows of the validation split are looked at, and of every gamma the first
    seed.  Raises InputError where validation rows are missing or no gamma is allowed.
    """
    val = rows[(rows["data"] == data) & (rows["split"] == "val")]
    _, reference = only_curve(val, "baseline")
    base = _on_originals(val, "base")
    candidates: dict[float, Candidate] = {}
    for key, part in curves_of(val, method):
        first, second = paired_curves(reference, part)
        change = delta(first.means(), second.means())
        accuracy = _on_originals(val, key["classifier"])
        candidate = Candidate(
            method=method,
            gamma=key["gamma"],
            seed=None if pd.isna(key["seed"]) else int(key["seed"]),
            bd_accuracy=_known(100 * change.quality),
            bd_rate=_known(change.rate),
            overlap=round(change.overlap, 4),
            originals=_known(accuracy),
            originals_of_base=_known(base),
            allowed=bool(accuracy >= base - ALLOWED_LOSS),
        )
        known = candidates.get(key["gamma"])
        if known is None or (candidate.seed or 0) < (known.seed or 0):
            candidates[key["gamma"]] = candidate
    if not candidates:
        raise InputError(
            f"The table holds no validation rows of {method}: write them with "
            "python -m core.evaluation run (it measures validation faces unless --val is 0)."
        )
    allowed = [
        each for each in candidates.values() if each.allowed and each.bd_accuracy is not None
    ]
    if not allowed:
        raise InputError(
            f"No gamma of {method} can be chosen: none keeps the accuracy on originals within "
            f"{percent(ALLOWED_LOSS, 0)} of the base classifier's {percent(base, 2)} and shares rates "
            "with the "
            "baseline."
        )
    best = max(allowed, key=lambda each: each.bd_accuracy)
    candidates[best.gamma] = replace(best, chosen=True)
    return sorted(candidates.values(), key=lambda each: each.gamma)


def mark(candidates: list[Candidate]) -> list[checkpoints.Card]:
    """Write ``chosen``, and the evidence, on the codecs' cards; return the changed cards."""
    changed = []
    for card in checkpoints.cards("codec"):
        for candidate in candidates:
            if card.gamma is None or (card.method, card.gamma) != (
                candidate.method,
                candidate.gamma,
            ):
                continue
            evidence = {
                f"val_{name}": getattr(candidate, name)
                for name in ("bd_accuracy", "bd_rate", "originals")
            }
            metrics = card.metrics if card.seed != candidate.seed else card.metrics | evidence
            card = replace(card, chosen=candidate.chosen, metrics=metrics)
            checkpoints.write_card(card)
            changed.append(card)
    return changed


def _on_originals(val: pd.DataFrame, classifier: str) -> float:
    accuracy = originals(val, classifier)
    if math.isnan(accuracy):
        raise InputError(
            f"The table does not say what {classifier} reads on uncoded validation faces: "
            "python -m core.evaluation run --methods original"
        )
    return accuracy


def _known(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None
