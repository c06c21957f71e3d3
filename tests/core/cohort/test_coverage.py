"""Intervals hold the truth as often as they say: simulations with a known truth.

Every interval that a page, a terminal or a report prints:

| printed | interval |
| --- | --- |
| tests, pairs, groups within conditions | Hedges' g; difference of means; omega squared |
| scores | Spearman's rho; slope of the regression |
| adjusted tests | difference by analysis of covariance |
| within persons | d of the differences; mean difference |
| courses, phases | mean of a group |
| classifiers | accuracy, balanced accuracy, area under the ROC of two and of three groups |
| shuffled labels | mean balanced accuracy |

Limits of the paper's protocol are percentiles of its repeats and are called so; standard deviations
are no intervals.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.cohort.classify import cross_validation
from core.cohort.classify.protocol_comparison import shuffled_labels_check
from core.cohort.statistics.covariates import adjusted_tests, score_regressions
from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.statistics.group_tests import _spearman, _welch_anova, primary_tests
from core.cohort.statistics.repeated import paired_tests

pytestmark = pytest.mark.slow
DRAWS = 400


def covered(truth: float, intervals: list[tuple[float, float]], least=0.92, most=0.985):
    """95 % with the noise of `DRAWS` simulations, and no more slack than that."""
    share = np.mean([low <= truth <= high for low, high in intervals])
    assert least <= share <= most, share


def limits(table, low="low", high="high"):
    return list(zip(table[low], table[high], strict=True))


@pytest.mark.parametrize("sizes", [(20, 20, 20), (12, 25, 40), (60, 60, 60)])
@pytest.mark.parametrize("spread", [(1.0, 1.0, 1.0), (1.0, 1.0, 1.6)])
@pytest.mark.parametrize("apart", [0.3, 0.6])
def test_omega_squared(sizes, spread, apart):
    """The truth is the noncentrality of Welch's F at these very variances over itself plus N."""
    rng = np.random.default_rng(0)
    means = apart * np.array([-1.0, 0.0, 1.0])
    weights = np.array(sizes) / np.square(spread)
    centre = (weights * means).sum() / weights.sum()
    shift = (weights * (means - centre) ** 2).sum()
    truth = shift / (shift + sum(sizes))
    rows = [
        _welch_anova(
            [rng.normal(m, s, n) for m, s, n in zip(means, spread, sizes, strict=True)], 0.05
        )
        for _ in range(DRAWS)
    ]
    covered(truth, [(row["low"], row["high"]) for row in rows])


@pytest.mark.parametrize("d", [0.0, 0.8])
@pytest.mark.parametrize("sizes", [(25, 25), (8, 8), (12, 40)])
def test_hedges_g_and_the_difference_of_means(d, sizes):
    rng = np.random.default_rng(1)
    label = np.repeat(["0", "1"], sizes)
    columns = {
        f"AU{i:02d}": rng.normal(0, 1, len(label)) + d * (label == "1") for i in range(DRAWS)
    }
    people = pd.DataFrame({"label": label, **columns})
    table = primary_tests(people, list(columns), ("0", "1"))
    covered(d, limits(table))
    covered(d, limits(table, "estimate_low", "estimate_high"))


@pytest.mark.parametrize("spreads", [(1.0, 2.5), (2.5, 1.0)])
def test_the_difference_of_means_where_variances_differ(spreads):
    rng = np.random.default_rng(7)
    label = np.repeat(["0", "1"], [12, 40])
    spread = np.where(label == "1", spreads[1], spreads[0])
    columns = {f"AU{i:02d}": rng.normal(label == "1", spread) for i in range(DRAWS)}
    table = primary_tests(pd.DataFrame({"label": label, **columns}), list(columns), ("0", "1"))
    covered(1.0, limits(table, "estimate_low", "estimate_high"))


@pytest.mark.parametrize("sizes", [(15, 15), (20, 45)])
@pytest.mark.parametrize("uneven", [False, True])
def test_the_adjusted_difference(sizes, uneven):
    """Age differs between the groups and moves the measure; with ``uneven`` so do variances."""
    rng = np.random.default_rng(8)
    label = np.repeat(["0", "1"], sizes)
    group = (label == "1").astype(float)
    age = 40 + 8 * group + rng.normal(0, 10, len(label))
    people = pd.DataFrame({"label": label, "age": age, "sex": rng.choice(["f", "m"], len(label))})
    spread = 1 + uneven * group
    means = pd.DataFrame(
        {
            f"AU{i:02d}": 0.6 * group + 0.05 * age + 0.3 * (people["sex"] == "m")
            + rng.normal(0, spread)
            for i in range(DRAWS)
        }
    )  # fmt: skip
    covered(0.6, limits(adjusted_tests(means, people, ("0", "1"), ("age", "sex"))))


@pytest.mark.parametrize("people", [20, 60])
def test_the_slope_on_the_score(people):
    rng = np.random.default_rng(9)
    age = rng.normal(40, 10, people)
    score = 10 + 0.1 * age + rng.normal(0, 5, people)
    table = pd.DataFrame({"label": None, "score": score, "age": age})
    means = pd.DataFrame(
        {
            f"AU{i:02d}": 0.04 * score + 0.02 * age + rng.normal(0, 0.5 + 0.02 * score)
            for i in range(DRAWS)
        }
    )
    covered(0.04, limits(score_regressions(means, table, ("age",))))


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_spearman(rho):
    rng = np.random.default_rng(2)
    truth = 6 / np.pi * np.arcsin(rho / 2)  # of a Gaussian with Pearson's rho
    rows = []
    for _ in range(DRAWS):
        x = rng.normal(size=40)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=40)
        rows.append(_spearman(pd.Series(x), pd.Series(y), 0.05))
    covered(truth, [(row["low"], row["high"]) for row in rows], least=0.91)


@pytest.mark.parametrize("people", [8, 30])
def test_the_effect_and_the_difference_within_persons(people):
    rng = np.random.default_rng(3)
    names = [f"AU{i:02d}" for i in range(DRAWS)]
    tables = []
    for condition, level in (("pre", 0.0), ("post", 0.5)):
        table = pd.DataFrame(rng.normal(level, 1 / np.sqrt(2), (people, DRAWS)), columns=names)
        table.insert(0, "participant", [f"p{i}" for i in range(people)])
        table.insert(1, "condition", condition)
        tables.append(table)
    table = paired_tests(pd.concat(tables), names, ("pre", "post"))
    covered(0.5, limits(table))
    covered(0.5, limits(table, "estimate_low", "estimate_high"))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_accuracy(share):
    rng = np.random.default_rng(10)
    truth = np.repeat([0, 1], 30)
    found = [
        cross_validation.accuracy_estimate(truth, np.where(rng.random(60) < share, truth, 2))
        for _ in range(DRAWS)
    ]
    covered(share, [(f.low, f.high) for f in found], least=0.91, most=0.99)


@pytest.mark.parametrize("shares", [(0.7, 0.7), (0.9, 0.6)])
def test_balanced_accuracy(shares):
    rng = np.random.default_rng(4)
    truth = np.repeat([0, 1], [30, 45])
    intervals = []
    for _ in range(DRAWS):
        right = rng.random(75) < np.array(shares)[truth]
        found = cross_validation.balanced_accuracy_estimate(
            truth, np.where(right, truth, 1 - truth)
        )
        intervals.append((found.low, found.high))
    covered(np.mean(shares), intervals)


@pytest.mark.parametrize("d", [0.0, 1.0, 2.0])
def test_the_area_under_the_roc(d):
    rng = np.random.default_rng(5)
    truth = np.repeat([0, 1], [25, 35])
    intervals = []
    for _ in range(DRAWS):
        score = rng.normal(d * truth, 1)
        found = cross_validation.auc_estimate(truth, np.stack([-score, score], axis=1))
        intervals.append((found.low, found.high))
    covered(stats.norm.cdf(d / np.sqrt(2)), intervals)


@pytest.mark.parametrize("d", [0.0, 1.0])
def test_the_area_under_the_roc_of_three_groups(d):
    """One against the rest; the truth is a large sample's."""
    rng = np.random.default_rng(11)

    def people(size):
        truth = np.repeat([0, 1, 2], size)
        return truth, rng.normal(d * (truth[:, None] == np.arange(3)), 1)

    truth, scores = people(2000)
    areas = []
    for group in range(3):
        own, rest = scores[truth == group, group], scores[truth != group, group]
        areas.append(stats.mannwhitneyu(own, rest).statistic / (len(own) * len(rest)))
    found = [cross_validation.auc_estimate(*people(25)) for _ in range(DRAWS // 2)]
    covered(np.mean(areas), [(f.low, f.high) for f in found], least=0.9)


def test_shuffled_labels():
    """The mean of the shuffles' balanced accuracies, which are multiples of 1 / 20."""
    rng = np.random.default_rng(12)
    results = [
        SimpleNamespace(method="forest", permuted=rng.binomial(20, 0.5, 50) / 20, chance=0.5)
        for _ in range(DRAWS)
    ]
    covered(0.5, limits(shuffled_labels_check(results)))


def test_the_mean_curve_and_the_mean_in_a_phase(make_cohort):
    """A moment is a draw: one value a person at each."""
    rng = np.random.default_rng(6)
    series = {f"p{i:02d}": np.clip(rng.normal(2, 0.5, (DRAWS, 1)), 0, 5) for i in range(12)}
    cohort = make_cohort(series, dict.fromkeys(series, "0"), rate=1.0)
    covered(2.0, limits(mean_curves(cohort, "AU01", bins=DRAWS)))
    moments = pd.DataFrame({"start": np.arange(DRAWS) - 0.5, "end": np.arange(DRAWS) + 0.5})
    events = moments.assign(label=[f"m{i}" for i in range(DRAWS)], participant=None)
    covered(2.0, limits(phase_means(replace(cohort, events=events), "AU01")))
