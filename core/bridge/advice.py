"""How may recordings be stored?  The cheapest setting at which every chosen unit still agrees.

For each codec, height and frame rate the constant rate factor is bisected: the coarsest at which all
units of all clips keep within the criteria.  That agreement falls as the rate does is assumed between
the points that are measured; what is advised was itself measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.bridge.meter import Agreement, largest_noise
from core.bridge.recordings import ENCODERS, FILM_METHODS, Recording
from core.errors import InputError
from core.facs import UNITS

HEIGHTS = (None, 480, 360)
RATES = (1, 2, 3)
HOURS = 1000
"""Of the archive for which terabytes are told."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What must be kept.

    ``units`` keep a correlation of at least ``keep`` where they move, change by at most ``change``
    (intensities 0..5) on average, and at most the share ``lost`` of the faces is no longer found.
    """

    units: tuple[str, ...]
    keep: float = 0.9
    change: float = 0.25
    lost: float = 0.01

    def __post_init__(self) -> None:
        wrong = []
        unknown = [unit for unit in self.units if unit not in UNITS]
        if unknown:
            wrong.append(f"{', '.join(unknown)} is no unit that is measured ({', '.join(UNITS)})")
        if not self.units:
            wrong.append("no unit is chosen")
        if not 0 < self.keep < 1:
            wrong.append(f"the correlation to keep is {self.keep:g}, not between 0 and 1")
        if not 0 < self.change <= 5:
            wrong.append(f"the change allowed is {self.change:g}, not between 0 and 5")
        if not 0 <= self.lost < 1:
            wrong.append(f"the share of faces that may be lost is {self.lost:g}, not from 0 to 1")
        if wrong:
            raise InputError(f"Nothing can be advised: {'; '.join(wrong)}.")


@dataclass(frozen=True, slots=True)
class Stored:
    """One clip stored in one way: its file's bytes, its seconds, and how the units agree."""

    file_bytes: int
    seconds: float
    agreement: Agreement

    @property
    def megabytes_a_minute(self) -> float:
        """10^6 bytes for 60 seconds."""
        return self.file_bytes / self.seconds * 60 / 1e6


@dataclass(frozen=True, slots=True)
class Judgement:
    """A setting judged over all clips.

    ``passed``; ``unit`` and ``clip`` where it is tightest; ``reason``: r, change or lost;
    ``value`` there; ``margin``: share of the allowance that is left there, negative where it fails.
    ``megabytes_a_minute``: mean over the clips, by their seconds.
    """

    recording: Recording
    passed: bool
    unit: str
    clip: str
    reason: str
    value: float
    margin: float
    least_r: float
    largest_change: float
    lost_share: float
    megabytes_a_minute: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What came of the search: ``judged`` in the order of measuring; ``best``: the cheapest that
    passed, None where none did; ``noise``: least r and largest change of measuring twice (index: unit).
    """

    criteria: Criteria
    judged: tuple[Judgement, ...]
    noise: pd.DataFrame = field(repr=False)
    original_megabytes_a_minute: float = float("nan")

    @property
    def best(self) -> Judgement | None:
        """The cheapest setting that passed."""
        passed = [each for each in self.judged if each.passed]
        return min(passed, key=lambda each: each.megabytes_a_minute, default=None)

    @property
    def nearest(self) -> Judgement:
        """The setting with the largest margin: where none passed, the one that comes nearest."""
        return max(self.judged, key=lambda each: each.margin)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be searched: a bisection for every codec, height and rate.

    ``heights``: lines, None for the clip's own; ``rates``: each n-th frame.  ``before``: what the
    recordings were stored as first.
    """

    methods: tuple[str, ...] = FILM_METHODS
    heights: tuple[int | None, ...] = HEIGHTS
    rates: tuple[int, ...] = RATES
    before: Recording | None = None

    def __post_init__(self) -> None:
        if not (self.methods and self.heights and self.rates):
            raise InputError("Choose at least one codec, one height and one frame rate.")
        for searched in self.searches():
            searched.recording(ENCODERS[searched.method].fine)  # refuses what cannot be stored

    def searches(self) -> list["Search"]:
        """One for every combination."""
        return [
            Search(method, lines, every, self.before)
            for method in self.methods
            for lines in self.heights
            for every in self.rates
        ]

    def most_measurements(self, clips: int) -> int:
        """Clips stored and measured, at most."""
        return clips * sum(search.most_steps for search in self.searches())


class Search:
    """The bisection of one codec's rate factor at one height and rate."""

    def __init__(
        self, method: str, lines: int | None, every: int, before: Recording | None = None
    ) -> None:
        if method not in ENCODERS:
            raise InputError(f"{method!r} is no codec for films: {', '.join(ENCODERS)}.")
        self.method, self.lines, self.every, self.before = method, lines, every, before
        encoder = ENCODERS[method]
        self._fine, self._coarse = encoder.fine, encoder.coarse + 1  # passed, failed
        self._begun = False

    @property
    def most_steps(self) -> int:
        """Settings that are tried at most: the finest, then halves."""
        encoder = ENCODERS[self.method]
        return 1 + int(np.ceil(np.log2(encoder.coarse + 1 - encoder.fine)))

    def recording(self, quality: int) -> Recording:
        """At one rate factor."""
        return Recording(self.method, quality, self.lines, self.every, self.before)

    @property
    def next(self) -> Recording | None:
        """What to try next; None when the search is over."""
        if not self._begun:
            return self.recording(self._fine)
        if self._coarse - self._fine <= 1:
            return None
        return self.recording((self._fine + self._coarse) // 2)

    def tell(self, passed: bool) -> None:
        """What came of :attr:`next`."""
        tried = self.next
        if tried is None:
            raise ValueError("the search is over")
        if not self._begun:
            self._begun = True
            if not passed:
                self._coarse = self._fine  # even the finest fails
            return
        if passed:
            self._fine = tried.quality
        else:
            self._coarse = tried.quality


Attempt = Callable[[list[tuple[str, Recording]]], Mapping[tuple[str, Recording], Stored]]
"""Store and measure clips (by name) in the ways that are asked for, all at once."""


def advise(
    clips: Sequence[str],
    plan: Plan,
    criteria: Criteria,
    attempt: Attempt,
    noise: Iterable[pd.DataFrame],
    original_megabytes_a_minute: float = float("nan"),
) -> Advice:
    """Search all of ``plan`` over ``clips``; ``attempt`` does a round of work at a time."""
    searches = plan.searches()
    judged: list[Judgement] = []
    while running := [search for search in searches if search.next is not None]:
        wanted = [(clip, search.next) for search in running for clip in clips]
        stored = attempt(wanted)
        for search in running:
            tried = search.next
            judgement = judge_recording(
                tried, {clip: stored[clip, tried] for clip in clips}, criteria
            )
            judged.append(judgement)
            search.tell(judgement.passed)
    return Advice(criteria, tuple(judged), largest_noise(list(noise)), original_megabytes_a_minute)


def judge_recording(
    recording: Recording, stored: Mapping[str, Stored], criteria: Criteria
) -> Judgement:
    """One setting by the criteria, over all clips."""
    limits = []
    for clip, each in stored.items():
        units = each.agreement.units.loc[list(criteria.units)]
        lost = each.agreement.lost_share
        limits.append((_room(lost, criteria.lost), "", clip, "lost", lost))
        for unit, row in units.iterrows():
            if np.isfinite(row["r"]):
                room = (row["r"] - criteria.keep) / (1 - criteria.keep)
                limits.append((room, unit, clip, "r", row["r"]))
            changed = row["change"]
            limits.append((_room(changed, criteria.change), unit, clip, "change", changed))
    margin, unit, clip, reason, value = min(limits, key=lambda limit: limit[0])
    tables = [each.agreement.units.loc[list(criteria.units)] for each in stored.values()]
    together = pd.concat(tables)
    seconds = sum(each.seconds for each in stored.values())
    return Judgement(
        recording=recording,
        passed=bool(margin >= 0),
        unit=str(unit),
        clip=clip,
        reason=reason,
        value=float(value),
        margin=float(margin),
        least_r=float(together["r"].min()),
        largest_change=float(together["change"].max()),
        lost_share=max(each.agreement.lost_share for each in stored.values()),
        megabytes_a_minute=sum(each.file_bytes for each in stored.values()) / seconds * 60 / 1e6,
    )


def _room(value: float, limit: float) -> float:
    """Share of an allowance that is left; below zero where it is exceeded or nothing was measured."""
    if not np.isfinite(value):
        return -np.inf
    if limit == 0:
        return 0.0 if value == 0 else -value
    return (limit - value) / limit


def terabytes(judgement: Judgement, hours: float = HOURS) -> float:
    """10^12 bytes that so many hours take."""
    return judgement.megabytes_a_minute * 60 * hours / 1e6
