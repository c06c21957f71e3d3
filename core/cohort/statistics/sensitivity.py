"""What this cohort could have found, who is missing from it, and what its cut-offs decide."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.cohort.statistics.frames import means_of, person_means, person_sums, valid_shares
from core.cohort.statistics.group_tests import primary_tests
from core.cohort.tables.columns import pieces
from core.cohort.tables.schema import Cohort
from core.formatting import percent

POWER = 0.8
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)
"""Least shares of frames with a face that `over_shares` goes through."""
CUTOFFS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
"""Least confidences that `over_cutoffs` goes through."""


def least_detectable(
    sizes: Sequence[int], tests: int = 1, level: float = 0.05, power: float = POWER
) -> dict[str, float]:
    """The effect found with ``power`` at these group sizes: alone, and as the first of ``tests``.

    Two groups: Cohen's d of the two-sided t test.  More: Cohen's f of the analysis of variance.
    ``corrected`` is at level / tests, the least that Benjamini and Hochberg ask of a lone effect.
    NaN where a group has fewer than two people.
    """
    from statsmodels.stats.power import FTestAnovaPower, TTestIndPower

    if len(sizes) < 2 or min(sizes) < 2:
        return {"alone": float("nan"), "corrected": float("nan")}
    answers = {}
    for name, alpha in (("alone", level), ("corrected", level / max(tests, 1))):
        if len(sizes) == 2:
            effect = TTestIndPower().solve_power(
                None, sizes[0], alpha, power, ratio=sizes[1] / sizes[0]
            )
        else:
            effect = FTestAnovaPower().solve_power(
                None, int(sum(sizes)), alpha, power, k_groups=len(sizes)
            )
        answers[name] = float(np.squeeze(effect))
    return answers


def attrition(cohort: Cohort, tested: pd.DataFrame, least_valid: float) -> pd.DataFrame:
    """By group: ``labelled`` people, ``with a table``, ``tested``, ``left out``, median valid share.

    ``tested``: the people with the values that were compared.  People whom the label file names and
    who have no table are counted where the import report knows them.
    """
    missing = [p.where for p in cohort.report.problems if p.kind == "label without file"]
    valid_share = valid_shares(cohort)
    rows = []
    for group in (*cohort.groups, None):
        own = cohort.people["label"].isna() if group is None else cohort.people["label"] == group
        people = cohort.people.index[own]
        if not len(people):
            continue
        values = tested.reindex(people)[list(cohort.measures)]
        count = int(values.notna().any(axis=1).sum())
        rows.append(
            {
                "group": group or "no label",
                "with a table": len(people),
                "tested": count if group else 0,
                f"face in under {percent(least_valid, 0)} of frames": int(
                    (valid_share[people] < least_valid).sum()
                ),
                "median share with a face": float(valid_share[people].median()),
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["without a table"] = len(missing)
    return table


def over_shares(cohort: Cohort, shares: Sequence[float] = SHARES) -> pd.DataFrame:
    """The primary tests at several least shares of frames with a face: ``least share, people, unit,
    effect, p_value, p_adjusted``.
    """
    means, valid = person_means(cohort), valid_shares(cohort)
    tables = ((share, means.where(valid >= share)) for share in shares)
    return _repeated(cohort, "least share", tables)


def over_cutoffs(cohort: Cohort, cutoffs: Sequence[float] = CUTOFFS) -> pd.DataFrame:
    """The primary tests at several least confidences, as `over_shares`; empty without confidences."""
    if not cohort.frames["confidence"].notna().any():
        return pd.DataFrame(
            columns=["cut-off", "people", "unit", "effect", "p_value", "p_adjusted"]
        )
    level = _levels(cohort, cutoffs)
    sums, counts = person_sums(cohort, level, len(cutoffs) + 1)
    tables = (
        (cutoff, means_of(cohort, sums[..., i + 1 :].sum(-1), counts[..., i + 1 :].sum(-1)))
        for i, cutoff in enumerate(cutoffs)
    )
    return _repeated(cohort, "cut-off", tables)


def _levels(cohort: Cohort, cutoffs: Sequence[float]) -> np.ndarray:
    """How many of the cut-offs each frame's confidence reaches; all where it is not known."""
    confidence = cohort.frames["confidence"].to_numpy()
    level = np.empty(len(confidence), np.uint8)
    steps = np.asarray(cutoffs, dtype=confidence.dtype)
    for rows in pieces(cohort.frames):
        level[rows] = np.searchsorted(steps, confidence[rows], side="right")
    return level


def _repeated(
    cohort: Cohort, name: str, tables_at: Iterable[tuple[float, pd.DataFrame]]
) -> pd.DataFrame:
    """The primary tests of each level's person means."""
    groups, tables = cohort.groups, []
    if len(groups) < 2:
        return pd.DataFrame(columns=[name, "people", "unit", "effect", "p_value", "p_adjusted"])
    for level, means in tables_at:
        values = cohort.people[["label"]].join(means)
        known = values["label"].notna() & means.notna().any(axis=1)
        table = primary_tests(values, cohort.measures, groups)
        table = table[["unit", "effect", "p_value", "p_adjusted"]].copy()
        table.insert(0, name, level)
        table.insert(1, "people", int(known.sum()))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
