"""Figures of who else reads a gain: strangers on trained codecs, and on the encoder that looks at its
classifier.
"""

from collections.abc import Callable

from core import formatting
from core.errors import InputError
from core.evaluation.claims.claim import Measured
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.survival import Survival, as_frame, strangers_survivals, survivals
from core.methods import name_of
from core.recognition.known import title

Measure = Callable[[Estimates], Measured]


def rate_by_own(method: str) -> Measure:
    """BD-rate of a method against the baseline, each read by its own classifier, percent."""

    def measure(estimates: Estimates) -> Measured:
        every = survivals(estimates, None)
        survival = _of(every, method)
        return Measured(
            survival.rate, as_frame(every), f"{_points(survival)}{survival.warning}".strip()
        )

    return measure


def rate_by_strangers(method: str) -> Measure:
    """The same as the stranger reads it who sees least of it; what the others see is in the note."""

    def measure(estimates: Estimates) -> Measured:
        by_stranger = strangers_survivals(estimates)
        measured = [
            survival
            for every in by_stranger.values()
            for survival in every
            if survival.method == method
        ]
        measured = [survival for survival in measured if survival.rate.value == survival.rate.value]
        if not measured:
            raise InputError(
                f"No stranger has read {name_of(method)}: python -m core.evaluation read --write"
            )
        least = max(measured, key=lambda survival: survival.rate.value)
        own = _of(survivals(estimates, None), method)
        parts = [
            f"{title(survival.classifier)} {_rate(survival)} over {survival.faces:,} faces"
            for survival in measured
        ]
        note = (
            f"By its own classifier {_rate(own)}; {formatting.listed(parts)}. The stranger who sees "
            "least is judged. The control's files are the baseline's, so that strangers see nothing of "
            f"its gain. {least.warning}"
        ).strip()
        shown = as_frame([survival for every in by_stranger.values() for survival in every])
        return Measured(least.rate, shown, note)

    return measure


def _of(every: list[Survival], method: str) -> Survival:
    survival = next((each for each in every if each.method == method), None)
    if survival is None:
        raise InputError(f"The tables hold no test rows of {name_of(method)}.")
    return survival


def _rate(survival: Survival) -> str:
    low, high = (formatting.signed(end, 0) for end in (survival.rate.low, survival.rate.high))
    return f"{formatting.signed(survival.rate.value, 0)}% ({low} to {high})"


def _points(survival: Survival) -> str:
    if survival.points.value != survival.points.value:
        return ""
    low, high = (formatting.signed(end) for end in (survival.points.low, survival.points.high))
    return (
        f"At equal rate {formatting.signed(survival.points.value, 1, 'points')} ({low} to {high}). "
    )
