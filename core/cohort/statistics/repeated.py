"""Two conditions of the same person: before and after, sessions, phases, happy and sad.

Conditions are either the files' (`Cohort.conditions`) or the phases of an event log.  Each person
gives one value a condition; two conditions are compared by paired tests, all of them by a mixed model
with a random person, and, where there are groups, by the interaction of group and condition.
p-values are adjusted over everything in a table: measures, and pairs of conditions too.
"""

import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.statistics.frames import person_means, select_condition, select_phase
from core.cohort.statistics.group_tests import adjust, primary_tests
from core.cohort.tables.schema import Cohort
from core.errors import InputError

PAIR_COLUMNS = (
    "unit", "condition", "reference", "test", "n", "estimate", "effect", "low", "high", "p_value",
    "p_adjusted", "wilcoxon_p", "estimate_low", "estimate_high",
)  # fmt: skip
MODEL_COLUMNS = ("unit", "term", "test", "n", "values", "statistic", "df", "p_value", "p_adjusted")
_FEWEST = 3  # people with both conditions


def conditions_of(cohort: Cohort, within: str) -> dict[str, Cohort]:
    """Condition -> the cohort's frames in it; ``within`` is ``condition`` or ``phase``.

    Raises InputError where there are fewer than two.
    """
    if within == "phase":
        parts = {name: select_phase(cohort, name) for name in cohort.phases}
    elif within == "condition":
        parts = {name: select_condition(cohort, name) for name in cohort.conditions}
    else:
        raise ValueError(f"{within!r} is neither condition nor phase")
    if len(parts) < 2:
        how = (
            "An event log (timestamp,label) cuts phases."
            if within == "phase"
            else "Labels that change within a person, by a column file or session, or a group "
            "(?P<condition>...) of the pattern for file names, give conditions."
        )
        raise InputError(f"There are {len(parts)} of {within} to compare within persons. {how}")
    return parts


def person_values(parts: dict[str, Cohort]) -> pd.DataFrame:
    """One row a person and condition: ``participant, condition, label`` and the measures."""
    tables = []
    for name, part in parts.items():
        means = person_means(part)
        table = part.people[["label"]].join(means)
        table.insert(0, "condition", name)
        tables.append(table.rename_axis("participant").reset_index())
    return pd.concat(tables, ignore_index=True)


def paired_tests(
    values: pd.DataFrame, measures: Sequence[str], conditions: Sequence[str], level: float = 0.05
) -> pd.DataFrame:
    """Every pair of conditions in every measure, within persons: columns `PAIR_COLUMNS`.

    Paired t (``estimate``: mean of condition minus reference, with its interval), ``effect``: Cohen's
    d of the differences (d_z) with an interval from the noncentral t, Wilcoxon's p beside it.  People
    who lack one of the two take no part.  ``p_adjusted`` is over all measures and pairs.
    """
    wide = values.pivot(index="participant", columns="condition", values=list(measures))
    rows = []
    for reference, condition in combinations(conditions, 2):
        for measure in measures:
            x = (wide[measure][condition] - wide[measure][reference]).dropna().to_numpy(float)
            rows.append(
                {"unit": measure, "condition": condition, "reference": reference}
                | _paired(x, level)
            )
    table = pd.DataFrame(rows)
    table["p_adjusted"] = adjust(table["p_value"])
    return table[list(PAIR_COLUMNS)]


def _paired(x: np.ndarray, level: float) -> dict:
    row = {"test": "paired t", "n": len(x)} | dict.fromkeys(PAIR_COLUMNS[5:], np.nan)
    if len(x) < _FEWEST or not x.std(ddof=1) > 1e-12:
        return row
    result = stats.ttest_1samp(x, 0.0)
    limits = result.confidence_interval(1 - level)
    low, high = _dz_interval(float(result.statistic), len(x), level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ties, for which scipy falls back by itself
        wilcoxon = float(stats.wilcoxon(x).pvalue)
    return row | {
        "estimate": float(x.mean()),
        "effect": float(x.mean() / x.std(ddof=1)),
        "low": low,
        "high": high,
        "p_value": float(result.pvalue),
        "wilcoxon_p": wilcoxon,
        "estimate_low": float(limits.low),
        "estimate_high": float(limits.high),
    }


def _dz_interval(t: float, n: int, level: float) -> tuple[float, float]:
    """The effects at which t would lie at its quantiles (noncentral t)."""
    from scipy.special import nctdtrinc

    low, high = (float(nctdtrinc(n - 1, q, t)) for q in (1 - level / 2, level / 2))
    return low / np.sqrt(n), high / np.sqrt(n)


def mixed_models(
    values: pd.DataFrame, measures: Sequence[str], groups: Sequence[str]
) -> pd.DataFrame:
    """Likelihood-ratio tests of a mixed model with a random person: columns `MODEL_COLUMNS`.

    Terms: ``condition`` and, with two groups or more, ``group x condition``.  Every value that there
    is counts, also of people who lack a condition.  ``p_adjusted`` is over measures, for each term.
    """
    rows = []
    for measure in measures:
        table = values[["participant", "condition", "label", measure]].rename(
            columns={measure: "y"}
        )
        table = table.dropna(subset=["y"])
        rows.append({"unit": measure} | _model(table, "condition", "1", "C(condition)"))
        if len(groups) > 1:
            own = table[table["label"].isin(groups)]
            both = "C(label) + C(condition)"
            term = "group x condition"
            rows.append({"unit": measure} | _model(own, term, both, "C(label) * C(condition)"))
    table = pd.DataFrame(rows)
    table["p_adjusted"] = table.groupby("term")["p_value"].transform(adjust)
    return table[list(MODEL_COLUMNS)]


def _model(table: pd.DataFrame, term: str, smaller: str, larger: str) -> dict:
    """The likelihood ratio of two models with a random intercept for the person (formulas, patsy's)."""
    from patsy import dmatrix

    row = {"term": term, "test": "mixed model, likelihood ratio"}
    row |= {"n": int(table["participant"].nunique()), "values": len(table)}
    row |= {"statistic": np.nan, "df": np.nan, "p_value": np.nan}
    cells = table.groupby(["label", "condition"] if "label" in larger else ["condition"]).size()
    if row["n"] < 2 * _FEWEST or cells.min() < 2 or not np.ptp(table["y"]) > 0:
        return row
    y = table["y"].to_numpy(np.float64)
    y = (y - y.mean()) / y.std()
    person = pd.factorize(table["participant"])[0]
    designs = [np.asarray(dmatrix(formula, table)) for formula in (smaller, larger)]
    if np.linalg.matrix_rank(designs[1]) < designs[1].shape[1]:
        return row
    likelihoods = [log_likelihood(x, y, person) for x in designs]
    ratio = max(2 * (likelihoods[1] - likelihoods[0]), 0.0)
    df = designs[1].shape[1] - designs[0].shape[1]
    return row | {"statistic": ratio, "df": df, "p_value": float(stats.chi2.sf(ratio, df))}


def log_likelihood(x: np.ndarray, y: np.ndarray, person: np.ndarray) -> float:
    """The largest log-likelihood of ``y`` (n,) = ``x`` (n, p) b + an intercept a person + noise.

    With one random intercept the likelihood has a closed form given the ratio of the two variances,
    so one search along a line finds what statsmodels' MixedLM takes a hundred times longer for.
    """
    from scipy.optimize import minimize_scalar

    n = np.bincount(person).astype(np.float64)
    sums = np.stack([np.bincount(person, column) for column in x.T], axis=1)
    own = np.bincount(person, y)

    def deviance(log_ratio: float) -> float:
        ratio = np.exp(log_ratio)
        weight = ratio / (1 + n * ratio)
        products = x.T @ x - (sums * weight[:, None]).T @ sums
        right = x.T @ y - sums.T @ (weight * own)
        rest = y @ y - (weight * own) @ own - right @ np.linalg.solve(products, right)
        variance = max(rest, 1e-12) / len(y)
        return len(y) * (np.log(2 * np.pi * variance) + 1) + np.log1p(n * ratio).sum()

    best = minimize_scalar(deviance, bounds=(-12, 12), method="bounded", options={"xatol": 1e-6})
    return -0.5 * min(float(best.fun), deviance(-30.0))


def groups_by_condition(
    values: pd.DataFrame, measures: Sequence[str], groups: Sequence[str], conditions: Sequence[str]
) -> pd.DataFrame:
    """The groups compared within each condition, adjusted over measures and conditions together."""
    tables = []
    for condition in conditions:
        own = values[values["condition"] == condition].set_index("participant")
        table = primary_tests(own, measures, groups)
        table.insert(1, "condition", condition)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    table["p_adjusted"] = adjust(table["p_value"])
    return table
