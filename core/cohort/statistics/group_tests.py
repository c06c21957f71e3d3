"""Do the groups differ?  One value a person, every test over people, corrected over units.

The primary test is Welch's (two groups: t; more: ANOVA), because neither equal variances nor equal
group sizes can be taken for granted; rank tests stand beside it.  p-values are adjusted over units
(and composites) with Benjamini and Hochberg, JRSS B 57 (1995).  All tests are scipy's and
statsmodels'.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.meta_analysis import effectsize_smd
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_generic, anova_oneway, confint_noncentrality

from core.cohort.statistics.frames import (
    effective_frames,
    groups_of_frames,
    person_means,
    person_sums,
)
from core.cohort.tables.columns import pieces
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.progress import Progress, within

COLUMNS = ("unit", "test", "n", "estimate", "effect", "low", "high", "p_value", "p_adjusted")
"""What every table of tests has, in this order, before columns of its own."""
_FEW = 2  # people that a group needs for a variance


@dataclass(frozen=True, slots=True)
class Tests:
    """The answers of `compare_groups`.  Every table has one row a measure and the columns `COLUMNS`.

    ``primary``: Welch.  Two groups: ``estimate`` is the difference of the means (second group minus
    the reference, in the measure's own scale), ``effect`` Hedges' g, ``low`` and ``high`` its
    95 % interval.  More groups: ``estimate`` is the range of the group means, ``effect`` omega
    squared with its interval.  Without labels, but with scores: the same as ``scores``.
    ``ranks``: Mann-Whitney (``estimate`` the difference of medians, ``effect`` the rank-biserial
    correlation) or Kruskal-Wallis (epsilon squared); no interval.
    ``pairs``: for three groups and more, Welch for each pair (``group`` minus ``reference``),
    corrected over all of them.  Otherwise empty.
    ``scores``: Spearman (``estimate`` and ``effect`` are rho, with Fisher's interval).
    ``frames``: the test that must not be believed, columns ``unit, people, frames,
    effective_frames, p_value`` (over people)``, frame_p_value, claimed`` (frame p below 0.05).
    ``people``: index participant, ``label``, ``score`` and the measures: what was tested.
    """

    groups: tuple[str, ...]
    primary: pd.DataFrame
    ranks: pd.DataFrame
    pairs: pd.DataFrame
    scores: pd.DataFrame
    frames: pd.DataFrame
    people: pd.DataFrame
    notes: tuple[str, ...]


def compare_groups(cohort: Cohort, level: float = 0.05, progress: Progress | None = None) -> Tests:
    """Compares the groups of the cohort in every measure, and correlates measures with scores.

    People without a label, or without a value in a measure, take no part in its test; a group with
    fewer than two people in it neither.  A test that cannot be made is NaN.  ``level``: 1 minus the
    confidence of the intervals.  Raises InputError when there is neither a second group nor a score.
    """
    people = cohort.people[["label", "score"]].join(person_means(cohort))
    groups = cohort.groups
    scored = people["score"].nunique() > 1
    if len(groups) < 2 and not scored:
        label_problem = f"only the group {groups[0]!r}" if groups else "no labels"
        raise InputError(
            f"There is nothing to compare: {label_problem} and no scores. Give a label file "
            "(participant,label) with two groups or more, or with a column score."
        )
    measures, empty = cohort.measures, pd.DataFrame(columns=list(COLUMNS))
    primary = ranks = pairs = scores = empty
    steps = 4
    if len(groups) > 1:
        _tell(progress, 0, steps, "comparing people")
        samples = {m: [_of(people, m, group) for group in groups] for m in measures}
        primary = primary_tests(people, measures, groups, level)
        rank_test = _mann_whitney if len(groups) == 2 else _kruskal
        ranks = _table(measures, lambda m: rank_test(samples[m]))
        pairs = _pairs(people, measures, groups, level) if len(groups) > 2 else empty
    if scored:
        _tell(progress, 1, steps, "correlating with scores")
        scores = _table(measures, lambda m: _spearman(people[m], people["score"], level))
        primary = primary if len(groups) > 1 else scores
    _tell(progress, 2, steps, "asking the frames, to show why not to")
    frames = _frame_level(cohort, groups, primary, within(progress, 0.5, 1.0))
    _tell(progress, steps, steps, "compared")
    notes = _notes(people, groups, cohort)
    return Tests(groups, primary, ranks, pairs, scores, frames, people, notes)


def primary_tests(
    people: pd.DataFrame, measures: Sequence[str], groups: Sequence[str], level: float = 0.05
) -> pd.DataFrame:
    """Welch's test of every measure: the table ``Tests.primary`` describes.

    ``people``: one row a person, ``label`` and the measures.
    """
    if len(groups) == 2:
        return _adjusted(_welch(people, measures, *groups, level))
    samples = {m: [_of(people, m, group) for group in groups] for m in measures}
    return _table(measures, lambda m: _welch_anova(samples[m], level))


def adjust(p_values: Sequence[float]) -> np.ndarray:
    """Benjamini-Hochberg over the p-values that there are; NaN stays NaN and counts for nothing."""
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        adjusted[known] = multipletests(p[known], method="fdr_bh")[1]
    return adjusted


def _tell(progress: Progress | None, done: int, total: int, text: str) -> None:
    if progress:
        progress(done, total, text)


def _of(people: pd.DataFrame, measure: str, group: str) -> np.ndarray:
    return people.loc[people["label"] == group, measure].dropna().to_numpy(np.float64)


def _table(measures: Sequence[str], test: Callable[[str], dict]) -> pd.DataFrame:
    """One row a measure."""
    return _adjusted(pd.DataFrame([{"unit": m, **test(m)} for m in measures]))


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``p_adjusted`` over all its rows, the agreed columns first."""
    table["p_adjusted"] = adjust(table["p_value"])
    return table[[*COLUMNS, *(column for column in table if column not in COLUMNS)]]


def _row(test: str, n: int, **known) -> dict:
    """A row with NaN for whatever a test could not say."""
    names = ("estimate", "effect", "low", "high", "p_value", "statistic")
    return {"test": test, "n": n} | dict.fromkeys(names, np.nan) | known


def _testable(samples: Sequence[np.ndarray]) -> bool:
    """At least two people in each group, and any difference between any of them."""
    return min(map(len, samples)) >= _FEW and bool(np.ptp(np.concatenate(samples)) > 0)


def _welch(
    people: pd.DataFrame, measures: Sequence[str], reference: str, group: str, level: float
) -> pd.DataFrame:
    """Welch's t test of all measures at once, with Hedges' g.

    g and its variance are those of statsmodels' ``effectsize_smd`` (Borenstein et al. 2009,
    chapter 4), its interval normal.
    """
    x = people.loc[people["label"] == group, list(measures)].astype(float)
    r = people.loc[people["label"] == reference, list(measures)].astype(float)
    n, n_r = x.count(), r.count()
    varies = (x.max() > x.min()) | (r.max() > r.min()) | (x.mean() != r.mean())
    testable = (n >= _FEW) & (n_r >= _FEW) & (n + n_r > 4) & varies
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of samples too small, which `testable` takes out
        g, variance = effectsize_smd(x.mean(), x.std(), n, r.mean(), r.std(), n_r)
        result = stats.ttest_ind(x, r, equal_var=False, nan_policy="omit")
        interval = result.confidence_interval(1 - level)
        reach = stats.norm.ppf(1 - level / 2) * np.sqrt(variance)
    numbers = {
        "estimate": x.mean() - r.mean(),
        "effect": g,
        "low": g - reach,
        "high": g + reach,
        "p_value": result.pvalue,
        "statistic": result.statistic,
        "df": result.df,
        "estimate_low": interval.low,
        "estimate_high": interval.high,
        "mean_reference": r.mean(),
        "mean_group": x.mean(),
    }
    table = pd.DataFrame({k: np.asarray(v, dtype=float) for k, v in numbers.items()}, measures)
    table.loc[~testable.to_numpy()] = np.nan
    table = table.rename_axis("unit").reset_index()
    table.insert(1, "test", "Welch t")
    table.insert(2, "n", (n + n_r).to_numpy())
    table["n_reference"], table["n_group"] = n_r.to_numpy(), n.to_numpy()
    return table.assign(effect_name="Hedges' g", reference=reference, group=group)


def _welch_anova(samples: Sequence[np.ndarray], level: float) -> dict:
    """Welch's F with omega squared; the limits are those of the share of variance in the population.

    ``low`` and ``high`` put the noncentrality at which F would lie at its quantiles over itself plus
    the number of people.  Welch's second degrees of freedom are no number of people and are not taken
    for one.
    """
    samples = [sample for sample in samples if len(sample) >= _FEW]
    row = _row("Welch ANOVA", sum(map(len, samples)))
    if len(samples) < 2 or any(np.ptp(sample) == 0 for sample in samples):
        return row
    result = anova_oneway(samples, use_var="unequal")
    between, within = result.df
    n = row["n"]
    interval = confint_noncentrality(float(result.statistic), (between, within), alpha=level)
    low, high = (max(float(shift), 0.0) / (max(float(shift), 0.0) + n) for shift in interval)
    excess = max(between * (result.statistic - 1), 0.0)
    means = [sample.mean() for sample in samples]
    return row | {
        "estimate": max(means) - min(means),
        "effect": excess / (excess + n),
        "low": low,
        "high": high,
        "p_value": float(result.pvalue),
        "statistic": float(result.statistic),
        "df": float(within),
        "effect_name": "omega squared",
    }


def _mann_whitney(samples: Sequence[np.ndarray]) -> dict:
    reference, group = samples
    row = _row("Mann-Whitney U", len(reference) + len(group))
    if not _testable(samples):
        return row
    result = stats.mannwhitneyu(group, reference, alternative="two-sided")
    return row | {
        "estimate": np.median(group) - np.median(reference),
        "effect": 2 * result.statistic / (len(group) * len(reference)) - 1,
        "p_value": float(result.pvalue),
        "statistic": float(result.statistic),
        "effect_name": "rank-biserial correlation",
    }


def _kruskal(samples: Sequence[np.ndarray]) -> dict:
    samples = [sample for sample in samples if len(sample) >= _FEW]
    n = sum(map(len, samples))
    row = _row("Kruskal-Wallis", n)
    if len(samples) < 2 or not _testable(samples):
        return row
    result = stats.kruskal(*samples)
    medians = [np.median(sample) for sample in samples]
    return row | {
        "estimate": max(medians) - min(medians),
        "effect": result.statistic / (n - 1),
        "p_value": float(result.pvalue),
        "statistic": float(result.statistic),
        "effect_name": "epsilon squared",
    }


def _spearman(x: pd.Series, score: pd.Series, level: float) -> dict:
    known = x.notna() & score.notna()
    x, score = x[known].to_numpy(), score[known].to_numpy()
    row = _row("Spearman", len(x))
    if len(x) < 4 or not (np.ptp(x) and np.ptp(score)):
        return row
    result = stats.spearmanr(x, score)
    # Fisher's interval of a correlation, here of the ranks
    ranks = stats.pearsonr(stats.rankdata(x), stats.rankdata(score))
    interval = ranks.confidence_interval(1 - level)
    rho = float(result.statistic)
    return row | {
        "estimate": rho,
        "effect": rho,
        "low": float(interval.low),
        "high": float(interval.high),
        "p_value": float(result.pvalue),
        "statistic": rho,
        "effect_name": "Spearman's rho",
    }


def _pairs(
    people: pd.DataFrame, measures: Sequence[str], groups: Sequence[str], level: float
) -> pd.DataFrame:
    tables = [_welch(people, measures, *pair, level) for pair in combinations(groups, 2)]
    return _adjusted(pd.concat(tables, ignore_index=True))


def frame_p_values(cohort: Cohort, groups: Sequence[str]) -> pd.DataFrame:
    """Welch over frames as if each were a person of its own: not to be believed.

    Index measure; ``frames`` that take part, ``frame_p_value``.  Computed from means and variances,
    so that millions of frames cost little.
    """
    measures = list(cohort.measures)
    counts, means, variances = _frame_moments(cohort, groups)
    testable = (counts >= _FEW).all(axis=0) & (variances > 0).all(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if len(groups) == 2:
            spread = np.sqrt(variances)
            first, second = ((means[i], spread[i], counts[i]) for i in (0, 1))
            p = stats.ttest_ind_from_stats(*second, *first, equal_var=False).pvalue
        else:
            columns = zip(means.T, variances.T, counts.T, strict=True)
            p = [anova_generic(*column, use_var="unequal").pvalue for column in columns]
    p = np.where(testable, p, np.nan)
    return pd.DataFrame({"frames": counts.sum(axis=0).astype(int), "frame_p_value": p}, measures)


def _frame_moments(cohort: Cohort, groups: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Number, mean and variance (n - 1) of the frames of each group: each (groups, measures).

    Taken piece by piece and put together as in Chan, Golub and LeVeque (1979).
    """
    codes, group_of = groups_of_frames(cohort, groups)
    columns = [cohort.frames[measure].to_numpy() for measure in cohort.measures]
    n, mean, squares = (np.zeros((len(groups), len(columns))) for _ in range(3))
    for rows in pieces(cohort.frames):
        group = group_of[codes[rows]]
        members = [group == i for i in range(len(groups))]
        for j, column in enumerate(columns):
            x = column[rows].astype(np.float64)
            known = np.isfinite(x)
            for i, member in enumerate(members):
                values = x[member & known]
                if not len(values):
                    continue
                both = n[i, j] + len(values)
                apart = values.mean() - mean[i, j]
                squares[i, j] += values.var() * len(values)
                squares[i, j] += apart**2 * n[i, j] * len(values) / both
                mean[i, j] += apart * len(values) / both
                n[i, j] = both
    return n, mean, squares / np.maximum(n - 1, 1)


def _frame_level(
    cohort: Cohort,
    groups: Sequence[str],
    primary: pd.DataFrame,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The test over frames beside the one over people and beside what the frames are worth."""
    taking_part = cohort.people["label"].isin(groups) | (len(groups) < 2)
    if len(groups) > 1:
        table = frame_p_values(cohort, groups)
    else:
        frames = person_sums(cohort)[1].sum(axis=(0, 2)).astype(int)
        frames = pd.Series(frames, list(cohort.measures))
        table = pd.DataFrame({"frames": frames, "frame_p_value": np.nan})
    by_person = primary.set_index("unit")
    table["people"], table["p_value"] = by_person["n"], by_person["p_value"]
    table["effective_frames"] = effective_frames(cohort, progress)[taking_part].sum()
    table["claimed"] = table["frame_p_value"] < 0.05
    columns = [
        "unit",
        "people",
        "frames",
        "effective_frames",
        "p_value",
        "frame_p_value",
        "claimed",
    ]
    return table.rename_axis("unit").reset_index()[columns]


def _notes(people: pd.DataFrame, groups: Sequence[str], cohort: Cohort) -> tuple[str, ...]:
    """Sentences that belong beside the tables."""
    notes = []
    if len(groups) == 2:
        notes.append(f"Differences and effects are group {groups[1]} minus group {groups[0]}.")
    sizes = people["label"].value_counts()
    for group in groups:
        if sizes[group] < 10:
            notes.append(
                f"Group {group} has {sizes[group]} people; intervals are wide for a reason."
            )
    silent = people.index[people[list(cohort.measures)].isna().all(axis=1)]
    if len(silent):
        notes.append(f"{len(silent)} people have no value and take no part in any test.")
    without = int(people["label"].isna().sum())
    if groups and without:
        notes.append(f"{without} people without a label take no part in comparisons of groups.")
    return tuple(notes)
