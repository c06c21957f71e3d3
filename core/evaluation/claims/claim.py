"""What it takes to judge a claim: a figure of somebody's, ours with its interval, and one rule.

Ours is never typed in: without rows a claim is "not measured yet".  With a figure to compare with it
is *exceeded* if the whole interval is better, *reproduced* if it reaches the figure, else *not
reproduced*, however near.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from core.errors import InputError
from core.evaluation.measuring.table import read_provenance, results_folder

REPRODUCED, EXCEEDED, NOT_REPRODUCED = "reproduced", "exceeded", "not reproduced"
NOT_TESTABLE, NOT_MEASURED = "not testable here", "not measured yet"


@dataclass(frozen=True, slots=True)
class Measured:
    """What our tables say: ``value`` with its 95 % interval, in the claim's unit.

    NaN as interval where there is none.  ``rows``: what it was computed from.  ``note``: what a reader
    must know besides.  ``sources``: what the rows come from, where that is no table of results.
    """

    value: float
    low: float
    high: float
    rows: pd.DataFrame
    note: str = ""
    sources: tuple["Source", ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that somebody says: a paper, or our README.

    ``theirs``: the figure in words.  ``bounds``: the figure as a range, from which on and beyond which
    ours must be; ``sign`` is 1 where more is better.  ``measure``: computes ours from the rows of all
    tables, or raises InputError where they do not hold what is needed; None: ``why`` it cannot be
    tested.  ``strict``: a gain is claimed, so ours must be one beyond chance.  ``methods``: whose
    rows take part.  ``command``: prints our figure in a terminal.
    """

    id: str
    source: str
    where: str
    quote: str
    theirs: str
    unit: str = ""
    bounds: tuple[float, float] = (math.nan, math.nan)
    sign: int = 1
    measure: Callable[[pd.DataFrame], Measured] | None = None
    methods: tuple[str, ...] = ()
    command: str = ""
    why: str = ""
    strict: bool = False


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
        return "" if self.measured is None else _figure(self.measured.value, self.claim.unit)

    @property
    def interval(self) -> str:
        """Its 95 % interval as text."""
        if self.measured is None or not math.isfinite(self.measured.low):
            return ""
        ends = (self.measured.low, self.measured.high)
        return " to ".join(_figure(end, self.claim.unit) for end in ends)


@dataclass(frozen=True, slots=True)
class Source:
    """A file behind a figure: how it was made, with what; ``seed`` is None where chance had no part."""

    table: str
    version: str
    seed: int | None
    command: str
    data: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)


def judge(claim: Claim, rows: pd.DataFrame) -> Finding:
    """One claim against the rows."""
    if claim.measure is None:
        return Finding(claim, NOT_TESTABLE, claim.why)
    try:
        measured = claim.measure(rows)
    except InputError as error:
        return Finding(claim, NOT_MEASURED, str(error))
    if not math.isfinite(measured.value):
        return Finding(claim, NOT_MEASURED, measured.note or "The figure does not exist here.")
    verdict = _verdict(claim, measured)
    told = {
        EXCEEDED: "The whole interval is better.",
        REPRODUCED: "The whole interval is a gain."
        if claim.strict
        else "The interval reaches the figure.",
        NOT_REPRODUCED: "The interval stays short of the figure"
        + (", in the same direction." if _same_way(claim, measured) else "."),
    }[verdict]
    if not math.isfinite(measured.low):
        told = "There is no interval: the figure alone is judged."
    why = " ".join(part for part in (told, measured.note, claim.why) if part)
    return Finding(claim, verdict, why, measured)


def sources(methods: Sequence[str], folder: Path | None = None) -> list[Source]:
    """The sidecars of the tables that hold rows of ``methods``."""
    found = []
    for path in sorted((folder or results_folder()).glob("*.parquet")):
        held = set(pq.read_table(path, columns=["method"])["method"].unique().to_pylist())
        if held & set(methods):
            made = read_provenance(path)
            found.append(
                Source(
                    path.name, made.version, made.seed, made.command, made.data, made.checkpoints
                )
            )
    return found


def _verdict(claim: Claim, measured: Measured) -> str:
    worst, best = claim.bounds
    ends = sorted(claim.sign * end for end in (measured.low, measured.high))
    if not all(map(math.isfinite, ends)):
        ends = [claim.sign * measured.value] * 2
    if claim.strict:
        return REPRODUCED if ends[0] > claim.sign * worst else NOT_REPRODUCED
    if ends[0] > claim.sign * best:
        return EXCEEDED
    return REPRODUCED if ends[1] >= claim.sign * worst else NOT_REPRODUCED


def _same_way(claim: Claim, measured: Measured) -> bool:
    return measured.value * claim.bounds[0] > 0


def _figure(value: float, unit: str) -> str:
    signed = unit in ("points", "% rate")
    text = f"{value:+.2f}" if signed else f"{value:.2f}"
    return f"{text} {unit.removesuffix(' rate')}".strip()
