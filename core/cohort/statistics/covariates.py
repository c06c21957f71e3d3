"""Group differences and scores beside what else the label file knows of people: age, sex, site.

Linear models with robust standard errors (HC3, which hold where variances differ), by statsmodels;
the adjusted effect stands beside the raw one, in the same people.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.statistics.group_tests import adjust
from core.cohort.tables.schema import Cohort
from core.errors import InputError

_SPARE = 3  # people beyond the coefficients that a model needs
_MOST_WORDS = 10  # different words of a column that can be a covariate
COLUMNS = (
    "unit", "test", "n", "raw", "estimate", "low", "high", "effect", "p_value", "p_adjusted",
)  # fmt: skip


def candidates(cohort: Cohort) -> tuple[str, ...]:
    """Columns of the label file that could be covariates: known for most people, and varying.

    Words may have ten different values at the most, numbers any number of them.
    """
    people = cohort.people.drop(columns=["label", "score"], errors="ignore")
    fitting = []
    for name in people:
        known = people[name].dropna()
        numeric = pd.to_numeric(known, errors="coerce").notna().all()
        most = len(people) if numeric else _MOST_WORDS
        if len(known) >= len(people) / 2 and 1 < known.nunique() <= most:
            fitting.append(str(name))
    return tuple(fitting)


def design(people: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Covariates as numbers: words as 0 and 1 for each but the first, numbers centred.

    Raises InputError for a column that there is not, or that does not vary.
    """
    wrong = [name for name in names if name not in people or name in ("label", "score")]
    if wrong:
        there = (
            ", ".join(map(str, people.columns.drop(["label", "score"], errors="ignore"))) or "none"
        )
        raise InputError(
            f"The label file has no column {', '.join(map(repr, wrong))} to adjust for; it has {there}."
        )
    parts = []
    for name in names:
        numbers = pd.to_numeric(people[name], errors="coerce")
        if numbers.notna().sum() == people[name].notna().sum():
            parts.append((numbers - numbers.mean()).rename(name).to_frame())
        else:
            words = pd.get_dummies(people[name].astype(str), prefix=name, drop_first=True)
            parts.append(words.astype(float).where(people[name].notna(), np.nan))
    table = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=people.index)
    flat = [name for name in table if not table[name].dropna().nunique() > 1]
    if flat:
        raise InputError(f"{', '.join(flat)} does not vary between these people.")
    return table


def adjusted_tests(
    means: pd.DataFrame,
    people: pd.DataFrame,
    groups: Sequence[str],
    names: Sequence[str],
    level: float = 0.05,
) -> pd.DataFrame:
    """Analysis of covariance of every measure: one row a measure, columns `COLUMNS`.

    ``means``: people x measures.  Two groups: ``estimate`` is the adjusted difference (second minus
    reference) with its interval, ``raw`` the unadjusted one of the same people, ``effect`` the
    adjusted difference over the residual standard deviation.  More groups: ``p_value`` of all group
    coefficients together, ``effect`` their partial omega squared, no estimate.  NaN where people are
    too few.
    """
    covariates = design(people, names)
    rows = []
    for measure in means:
        table = pd.concat([means[measure].rename("y"), people["label"], covariates], axis=1)
        table = table[table["label"].isin(groups)].dropna()
        rows.append({"unit": measure} | _ancova(table, groups, list(covariates), level))
    result = pd.DataFrame(rows)
    result["p_adjusted"] = adjust(result["p_value"])
    return result[list(COLUMNS)]


def _ancova(table: pd.DataFrame, groups: Sequence[str], names: list[str], level: float) -> dict:
    import statsmodels.api as sm

    row = {"test": "ANCOVA, robust", "n": len(table)} | dict.fromkeys(COLUMNS[3:9], np.nan)
    sizes = table["label"].value_counts()
    if (
        len(table) < len(groups) + len(names) + _SPARE
        or len(sizes) < len(groups)
        or sizes.min() < 2
    ):
        return row
    dummies = pd.DataFrame({f"g{i}": (table["label"] == g).astype(float)
                            for i, g in enumerate(groups[1:])}, index=table.index)  # fmt: skip
    x = sm.add_constant(pd.concat([dummies, table[names].astype(float)], axis=1))
    if np.linalg.matrix_rank(x.to_numpy()) < x.shape[1] or np.ptp(table["y"]) == 0:
        return row
    plain = sm.OLS(table["y"].astype(float), x).fit()
    fit = plain.get_robustcov_results("HC3", use_t=True)
    if len(groups) == 2:
        low, high = fit.conf_int(level)[1]
        means = table.groupby("label")["y"].mean()
        return row | {
            "raw": float(means[groups[1]] - means[groups[0]]),
            "estimate": float(fit.params[1]),
            "low": float(low),
            "high": float(high),
            "effect": float(fit.params[1] / np.sqrt(plain.scale)),
            "p_value": float(fit.pvalues[1]),
        }
    restriction = np.eye(x.shape[1])[1 : len(groups)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = fit.f_test(restriction)
    f, between, within = float(np.squeeze(test.fvalue)), len(groups) - 1, float(test.df_denom)
    excess = max(between * (f - 1), 0.0)
    return row | {"effect": excess / (excess + between + within + 1), "p_value": float(test.pvalue)}


def score_regressions(
    means: pd.DataFrame, people: pd.DataFrame, names: Sequence[str], level: float = 0.05
) -> pd.DataFrame:
    """Each measure on the score with covariates: ``estimate`` is its slope a point of the score.

    Columns `COLUMNS`; ``raw`` is the slope without covariates, ``effect`` the standardised slope.
    """
    import statsmodels.api as sm

    covariates = design(people, names)
    rows = []
    for measure in means:
        table = pd.concat(
            [means[measure].rename("y"), people["score"], covariates], axis=1
        ).dropna()
        row = {"unit": measure, "test": "regression, robust", "n": len(table)}
        row |= dict.fromkeys(COLUMNS[3:9], np.nan)
        enough = len(table) >= len(covariates.columns) + 2 + _SPARE
        if enough and np.ptp(table["y"]) > 0 and np.ptp(table["score"]) > 0:
            x = sm.add_constant(table.drop(columns="y").astype(float))
            fit = sm.OLS(table["y"].astype(float), x).fit().get_robustcov_results("HC3", use_t=True)
            low, high = fit.conf_int(level)[1]
            row |= {
                "raw": float(stats.linregress(table["score"], table["y"]).slope),
                "estimate": float(fit.params[1]),
                "low": float(low),
                "high": float(high),
                "effect": float(fit.params[1] * table["score"].std() / table["y"].std()),
                "p_value": float(fit.pvalues[1]),
            }
        rows.append(row)
    result = pd.DataFrame(rows)
    result["p_adjusted"] = adjust(result["p_value"])
    return result[list(COLUMNS)]


def matching(people: pd.DataFrame, groups: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """How alike the groups are in what the label file knows: ``property``, one column a group, p.

    Numbers: mean (standard deviation), Welch or Welch's analysis of variance.  Words: counts, Fisher's
    exact test for two by two, otherwise chi squared.
    """
    from statsmodels.stats.oneway import anova_oneway

    rows = []
    for name in names:
        own = people[people["label"].isin(groups) & people[name].notna()]
        numbers = pd.to_numeric(own[name], errors="coerce")
        row: dict[str, object] = {"property": name, "people": len(own)}
        p, test = np.nan, "too few people"
        if numbers.notna().all() and len(own):
            samples = [numbers[own["label"] == g].to_numpy(float) for g in groups]
            row |= {g: f"{s.mean():.4g} ({s.std(ddof=1):.3g})" if len(s) > 1 else "" for g, s in
                    zip(groups, samples, strict=True)}  # fmt: skip
            if min(map(len, samples)) > 1 and all(np.ptp(s) > 0 for s in samples):
                test = "Welch"
                p = float(anova_oneway(samples, use_var="unequal").pvalue)
        elif len(own):
            counts = pd.crosstab(own["label"], own[name]).reindex(groups, fill_value=0)
            row |= {g: ", ".join(f"{w}: {n}" for w, n in counts.loc[g].items()) for g in groups}
            counts = counts.loc[counts.sum(axis=1) > 0]
            if counts.shape == (2, 2):
                test, p = "Fisher", float(stats.fisher_exact(counts.to_numpy()).pvalue)
            elif min(counts.shape) > 1:
                test = "chi squared"
                p = float(stats.chi2_contingency(counts.to_numpy()).pvalue)
        rows.append(row | {"test": test, "p_value": p})
    return pd.DataFrame(rows, columns=["property", "people", *groups, "test", "p_value"])
