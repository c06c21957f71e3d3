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
        one = _of(every, method)
        return Measured(one.rate, as_frame(every), f"{_points(one)}{one.warning}".strip())

    return measure


def rate_by_strangers(method: str) -> Measure:
    """The same as the stranger reads it who sees least of it; what the others see is in the note."""

    def measure(estimates: Estimates) -> Measured:
        by_stranger = strangers_survivals(estimates)
        seen = [one for every in by_stranger.values() for one in every if one.method == method]
        seen = [one for one in seen if one.rate.value == one.rate.value]
        if not seen:
            raise InputError(
                f"No stranger has read {name_of(method)}: python -m core.evaluation read --write"
            )
        least = max(seen, key=lambda one: one.rate.value)
        own = _of(survivals(estimates, None), method)
        parts = [f"{title(one.classifier)} {_rate(one)} over {one.faces:,} faces" for one in seen]
        note = (
            f"By its own classifier {_rate(own)}; {formatting.listed(parts)}. The stranger who sees "
            "least is judged. The control's files are the baseline's, so that strangers see nothing of "
            f"its gain. {least.warning}"
        ).strip()
        shown = as_frame([one for every in by_stranger.values() for one in every])
        return Measured(least.rate, shown, note)

    return measure


def _of(every: list[Survival], method: str) -> Survival:
    one = next((each for each in every if each.method == method), None)
    if one is None:
        raise InputError(f"The tables hold no test rows of {name_of(method)}.")
    return one


def _rate(one: Survival) -> str:
    low, high = (formatting.signed(end, 0) for end in (one.rate.low, one.rate.high))
    return f"{formatting.signed(one.rate.value, 0)}% ({low} to {high})"


def _points(one: Survival) -> str:
    if one.points.value != one.points.value:
        return ""
    low, high = (formatting.signed(end) for end in (one.points.low, one.points.high))
    return f"At equal rate {formatting.signed(one.points.value, 1, 'points')} ({low} to {high}). "
