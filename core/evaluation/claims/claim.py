"""What it takes to judge a claim: a figure of somebody's, ours with its interval, and one rule.

Ours is never typed in: without rows a claim is "not measured yet".  A paper's figure is *reproduced* if
our interval reaches it, *reproduced, but not for the reason claimed* if a control that lacks what the
paper credits reaches it as well, else *not reproduced*, however near.  An aim of our own is *met* or
*not yet met*.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from core import formatting
from core.errors import InputError
from core.evaluation.measuring.table import read_provenance, table_paths
from core.evaluation.results.estimates import Estimates
from core.intervals import Interval

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
OTHER_REASON = "reproduced, but not for the reason claimed"
MET, NOT_YET = "met", "not yet met"
NOT_TESTABLE, NOT_MEASURED = "not testable here", "not measured yet"
VERDICTS = (REPRODUCED, OTHER_REASON, NOT_REPRODUCED, MET, NOT_YET, NOT_TESTABLE, NOT_MEASURED)
"""All verdicts, in the order of a tally."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says it: a paper with its title and link, or ourselves (``own``)."""

    name: str
    title: str
    link: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A file behind a figure: how it was made, with what; ``seed`` is None where chance had no part."""

    table: str
    version: str
    seed: int | None
    command: str
    data: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """What our tables say: a figure with its 95 % interval, in the claim's unit; its ``n`` are faces.

    ``rows``: what it was computed from.  ``note``: what a reader must know besides.  ``control``: what
    is reached without that to which the claim credits the figure, and ``control_note`` in words.
    ``sources``: what the rows come from, where that is no table of results.
    """

    figure: Interval
    rows: pd.DataFrame
    note: str = ""
    control: Interval | None = None
    control_note: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that somebody says: a paper, or we.

    ``quote`` is word for word unless ``in_our_words``.  ``theirs``: the figure in words.
    ``at_least``: the figure that ours must reach, in ``unit``; ``sign`` is 1 where more is better.
    ``measure``: computes ours, or raises InputError where the tables do not hold what is needed;
    None: ``why`` it cannot be tested.  ``beyond_chance``: a gain is claimed, so all of our interval
    must lie beyond ``at_least``.  ``methods``: whose tables take part.  ``command``: prints our figure
    in a terminal.
    """

    id: str
    origin: Origin
    where: str
    quote: str
    theirs: str
    in_our_words: bool = False
    unit: str = ""
    at_least: float = math.nan
    sign: int = 1
    beyond_chance: bool = False
    measure: Callable[[Estimates], Measured] | None = None
    methods: tuple[str, ...] = ()
    command: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim with its verdict; ``measured`` is None where there is nothing of ours."""

    claim: Claim
    verdict: str
    why: str
    measured: Measured | None = None

    @property
    def ours(self) -> str:
        """Our figure as text; empty without one."""
        if self.measured is None:
            return ""
        figure = self.measured.figure
        return _written(figure.value, self.claim.unit, _digits(figure))

    @property
    def interval(self) -> str:
        """Its 95 % interval as text; empty without one."""
        if self.measured is None or not math.isfinite(self.measured.figure.low):
            return ""
        figure, unit = self.measured.figure, self.claim.unit
        digits = _digits(figure)
        low = _written(figure.low, unit, digits, bare=True)
        return f"{low} to {_written(figure.high, unit, digits)}"


def judge_claim(claim: Claim, estimates: Estimates) -> Finding:
    """One claim against the tables."""
    if claim.measure is None:
        return Finding(claim, NOT_TESTABLE, claim.why)
    try:
        measured = claim.measure(estimates)
    except InputError as error:
        return Finding(claim, NOT_MEASURED, str(error))
    if not math.isfinite(measured.figure.value):
        return Finding(claim, NOT_MEASURED, measured.note or "The figure does not exist here.")
    reached = _reaches(claim, measured.figure)
    if claim.origin.own:
        verdict = MET if reached else NOT_YET
    elif not reached:
        verdict = NOT_REPRODUCED
    elif measured.control is not None and _reaches(claim, measured.control):
        verdict = OTHER_REASON
    else:
        verdict = REPRODUCED
    parts = (_reason(claim, measured, reached), measured.control_note, measured.note, claim.why)
    return Finding(claim, verdict, " ".join(part for part in parts if part), measured)


def tally(findings: Sequence[Finding]) -> dict[str, int]:
    """Verdict -> how many claims have it, those that occur, in the order of ``VERDICTS``."""
    counts = Counter(finding.verdict for finding in findings)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def sources(methods: Sequence[str], folder: Path | None = None) -> list[Source]:
    """The sidecars of the tables that hold rows of ``methods``."""
    named = []
    for path in table_paths(folder):
        held = set(pq.read_table(path, columns=["method"])["method"].unique().to_pylist())
        if held & set(methods):
            provenance = read_provenance(path)
            named.append(
                Source(
                    path.name,
                    provenance.version,
                    provenance.seed,
                    provenance.command,
                    provenance.data,
                    provenance.checkpoints,
                )
            )
    return named


def _reaches(claim: Claim, figure: Interval) -> bool:
    """Whether the better end of an interval reaches the claim; where beyond chance, the worse end."""
    ends = [claim.sign * end for end in (figure.low, figure.high)]
    if not all(map(math.isfinite, ends)):
        ends = [claim.sign * figure.value] * 2
    wanted = claim.sign * claim.at_least
    return min(ends) > wanted if claim.beyond_chance else max(ends) >= wanted


def _reason(claim: Claim, measured: Measured, reached: bool) -> str:
    if not math.isfinite(measured.figure.low):
        return "There is no interval: the figure alone is judged."
    if claim.beyond_chance:
        return f"The {'whole interval is' if reached else 'interval is not all'} a gain."
    if reached:
        return "The interval reaches the figure."
    same_way = measured.figure.value * claim.at_least > 0
    return "The interval stays short of the figure" + (
        ", in the same direction." if same_way else "."
    )


def _digits(figure: Interval) -> int:
    """As many digits as the interval's width bears: two of the width, at most two behind the point."""
    width = figure.high - figure.low
    if not (math.isfinite(width) and width > 0):
        return 1
    return min(2, max(0, 1 - math.floor(math.log10(width))))


def _written(value: float, unit: str, digits: int, *, bare: bool = False) -> str:
    write = formatting.signed if unit in ("points", "% rate") else formatting.number
    if unit.startswith("%"):
        return write(value, digits) + ("" if bare else "%")
    return write(value, digits, "" if bare else unit)
