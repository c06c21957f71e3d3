"""Does a gain survive a stranger?  Every method's rate at equal accuracy, as each classifier reads it.

A codec that was trained through a classifier can please that classifier without keeping the expression.
What a classifier gains who took no part in the training, is in the picture.
"""

import math
from dataclasses import asdict, dataclass

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.table import CURVE
from core.evaluation.results.comparison import only_curve
from core.evaluation.results.estimates import Estimates
from core.intervals import Interval
from core.recognition import strangers

REFERENCE = "baseline"
METHODS_TOLD = ("joint", "codec", "control", "aimed", "jpeg", "webp", "avif", "jxl")
"""Whose survival the headline tells, in this order."""


@dataclass(frozen=True, slots=True)
class Survival:
    """One method read by one classifier against the baseline read by the same.

    ``classifier`` None: by its own classifier, the baseline by the base classifier.  ``rate``: BD-rate in
    percent, ``points``: change of accuracy at equal rate; both with their 95 % interval, NaN where the
    curves share nothing.  ``overlap``: share of the range that both curves reach.
    """

    classifier: str | None
    method: str
    gamma: float | None
    rate: Interval
    points: Interval
    overlap: float
    warning: str

    @property
    def faces(self) -> int:
        """Test faces that were read."""
        return self.rate.n


def survivals(estimates: Estimates, classifier: str | None) -> list[Survival]:
    """What ``classifier`` makes of every method of the headline, in its order.

    Methods that it never read are left out.
    Of several gammas that which validation chose, of several seeds the first.  Raises InputError where
    the classifier did not read the baseline.
    """
    plain = estimates.cache.plain(
        f"survivals {classifier} {estimates.labels}",
        lambda: [asdict(each) for each in _computed(estimates.read_by(classifier))],
    )
    return [
        Survival(**{**each, **{name: Interval(**each[name]) for name in ("rate", "points")}})
        for each in plain
    ]


def _computed(seen: Estimates) -> list[Survival]:
    present = set(seen.shown("fer2013")["method"].astype(str))
    if REFERENCE not in present:
        raise InputError(
            f"The baseline was not read by {seen.classifier!r}: python -m core.evaluation read "
            f"{seen.classifier} --methods {REFERENCE} --write"
        )
    every = [_survival(seen, method) for method in METHODS_TOLD if method in present]
    return [each for each in every if each is not None]


def strangers_survivals(estimates: Estimates) -> dict[str, list[Survival]]:
    """Stranger -> its :func:`survivals`, of those that read something here."""
    by_stranger = {}
    for id in strangers.ids():
        try:
            by_stranger[id] = survivals(estimates, id)
        except InputError:
            continue
    return by_stranger


def as_frame(survivals: list[Survival]) -> pd.DataFrame:
    """One row each, plain columns."""
    return pd.DataFrame(
        [
            {
                "classifier": each.classifier,
                "method": each.method,
                "gamma": each.gamma,
                "bd_rate": each.rate.value,
                "low": each.rate.low,
                "high": each.rate.high,
                "points": each.points.value,
                "points_low": each.points.low,
                "points_high": each.points.high,
                "overlap": each.overlap,
                "faces": each.faces,
                "warning": each.warning,
            }
            for each in survivals
        ]
    )


def _survival(seen: Estimates, method: str) -> Survival | None:
    key = only_curve(seen.shown("fer2013"), method)[0]
    every = seen.comparisons(REFERENCE, method)
    compared = next(
        (each for each in every if all(_same(getattr(each, n), key[n]) for n in CURVE)), None
    )
    if compared is None:
        return None
    rate = Interval(
        _number(compared.bd_rate), _number(compared.low), _number(compared.high), compared.images
    )
    points = Interval(
        _number(compared.bd_quality),
        _number(compared.quality_low),
        _number(compared.quality_high),
        compared.images,
    )
    gamma = None if pd.isna(key["gamma"]) else float(key["gamma"])
    return Survival(
        seen.classifier, method, gamma, rate, points, compared.overlap, compared.warning
    )


def _same(first: object, second: object) -> bool:
    return first == second or (pd.isna(first) and pd.isna(second))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
