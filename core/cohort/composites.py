"""Which composites a cohort can be asked for: those of its units, and of our own estimates those that
validation leaves.

A composite of our own estimates sums its validated units alone.  One that collapses so far that it is a
single unit, or the same as another, says nothing of its own (`core.facs.distinct`) and is not offered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core import checkpoints
from core.cohort.tables.dialects import OWN
from core.cohort.tables.schema import Cohort
from core.facs import COMPOSITES, distinct


@dataclass(frozen=True, slots=True)
class Offer:
    """``formulas``: composite -> unit -> weight; ``withheld``: composite -> why it is not offered."""

    formulas: Mapping[str, Mapping[str, float]]
    withheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Why some are not offered, "" where all are."""
        if not self.withheld:
            return ""
        listed = "; ".join(self.withheld.values())
        return f"Only validated units of our own estimates count in composites: {listed}."


def offered(cohort: Cohort) -> Offer:
    """The composites of `core.facs.COMPOSITES` whose units the cohort has."""
    parts = {n: units for n, units in COMPOSITES.items() if set(units) <= set(cohort.units)}
    dialects = {file.dialect for file in cohort.report.files if file.used}
    withheld: dict[str, str] = {}
    if dialects == {OWN}:
        validated = checkpoints.validated_units()
        left = {n: tuple(u for u in units if validated.get(u)) for n, units in parts.items()}
        parts, withheld = distinct(left)
    return Offer({n: dict.fromkeys(units, 1.0) for n, units in parts.items()}, withheld)
