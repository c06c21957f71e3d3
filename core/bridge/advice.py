"""How may recordings be stored?  The cheapest setting at which every chosen unit still agrees.

For each codec, size and frame rate the constant rate factor is bisected: the coarsest at which all
units of all clips keep within the criteria.  That agreement falls as the rate does is assumed between
the points that are measured; what is advised was itself measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.bridge.meter import Agreement, largest_noise
from core.bridge.plan import Plan, Size
from core.bridge.recordings import Recording
from core.errors import InputError
from core.facs import UNITS

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
    passed, None where none did; ``noise``: least r and largest change of measuring twice (index: unit);
    ``sizes`` of the clips, by name; ``plan``: what was searched.
    """

    criteria: Criteria
    judged: tuple[Judgement, ...]
    noise: pd.DataFrame = field(repr=False)
    original_megabytes_a_minute: float = float("nan")
    sizes: Mapping[str, Size] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)

    @property
    def best(self) -> Judgement | None:
        """The cheapest setting that passed."""
        passed = [each for each in self.judged if each.passed]
        return min(passed, key=lambda each: each.megabytes_a_minute, default=None)

    @property
    def beyond_the_meter(self) -> tuple[str, ...]:
        """Chosen units of which more is asked than measuring the original twice gives."""
        noise = self.noise.loc[list(self.criteria.units)]
        more = (noise["r"] < self.criteria.keep) | (noise["change"] > self.criteria.change)
        return tuple(noise.index[more])

    @property
    def nearest(self) -> Judgement:
        """The setting with the largest margin: where none passed, the one that comes nearest."""
        return max(self.judged, key=lambda each: each.margin)


Attempt = Callable[[list[tuple[str, Recording]]], Mapping[tuple[str, Recording], Stored]]
"""Store and measure clips (by name) in the ways that are asked for, all at once."""


def advise(
    clips: Sequence[str],
    plan: Plan,
    criteria: Criteria,
    attempt: Attempt,
    noise: Iterable[pd.DataFrame],
    original_megabytes_a_minute: float = float("nan"),
    sizes: Mapping[str, Size] | None = None,
) -> Advice:
    """Search all of ``plan`` over ``clips``; ``attempt`` does a round of work at a time.

    Where the ``sizes`` of the clips are given, settings that enlarge all of them are left out.
    """
    plan = plan.within(sizes) if sizes else plan
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
    worst = largest_noise(list(noise))
    return Advice(criteria, tuple(judged), worst, original_megabytes_a_minute, sizes or {}, plan)


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
