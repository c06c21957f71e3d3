"""Intervals hold the truth as often as they say: simulations with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.cohort.classify import cross_validation
from core.cohort.statistics.curves import mean_curves
from core.cohort.statistics.group_tests import _spearman, _welch_anova, primary_tests
from core.cohort.statistics.repeated import paired_tests

pytestmark = pytest.mark.slow
DRAWS = 400


def covered(truth: float, intervals: list[tuple[float, float]], least=0.92, most=0.985):
    """95 % with the noise of `DRAWS` simulations, and no more slack than that."""
    share = np.mean([low <= truth <= high for low, high in intervals])
    assert least <= share <= most, share


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
def test_hedges_g_and_the_difference_of_means(d):
    rng = np.random.default_rng(1)
    label = np.array(["0"] * 25 + ["1"] * 25)
    columns = {f"AU{i:02d}": rng.normal(0, 1, 50) + d * (label == "1") for i in range(DRAWS)}
    people = pd.DataFrame({"label": label, **columns})
    table = primary_tests(people, list(columns), ("0", "1"))
    covered(d, list(zip(table["low"], table["high"], strict=True)))
    covered(d, list(zip(table["estimate_low"], table["estimate_high"], strict=True)))


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


def test_the_effect_within_persons():
    rng = np.random.default_rng(3)
    names = [f"AU{i:02d}" for i in range(DRAWS)]
    tables = []
    for condition, level in (("pre", 0.0), ("post", 0.5)):
        table = pd.DataFrame(rng.normal(level, 1 / np.sqrt(2), (30, DRAWS)), columns=names)
        table.insert(0, "participant", [f"p{i}" for i in range(30)])
        table.insert(1, "condition", condition)
        tables.append(table)
    table = paired_tests(pd.concat(tables), names, ("pre", "post"))
    covered(0.5, list(zip(table["low"], table["high"], strict=True)))


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


def test_the_mean_curve(make_cohort):
    rng = np.random.default_rng(6)
    series = {f"p{i:02d}": rng.normal(1 + rng.normal(0, 0.3), 0.1, (DRAWS, 1)) for i in range(1)}
    series |= {f"p{i:02d}": np.clip(rng.normal(2, 0.5, (DRAWS, 1)), 0, 5) for i in range(12)}
    table = mean_curves(make_cohort(series, dict.fromkeys(series, "0")), "AU01", bins=DRAWS)
    covered(2.0, list(zip(table["low"], table["high"], strict=True)))
