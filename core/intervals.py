"""How sure a proportion or a difference is: Wilson's interval, McNemar's exact test."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share with its interval."""

    value: float
    low: float
    high: float
    count: int  # of cases


def wilson(hits: np.ndarray, confidence: float = 0.95) -> Proportion:
    """Share of true ``hits`` (n,) with Wilson's score interval; NaN where there are no cases."""
    from statsmodels.stats.proportion import proportion_confint

    hits = np.asarray(hits, dtype=bool)
    if not len(hits):
        return Proportion(np.nan, np.nan, np.nan, 0)
    low, high = proportion_confint(int(hits.sum()), len(hits), 1 - confidence, "wilson")
    return Proportion(float(hits.mean()), float(low), float(high), len(hits))


@dataclass(frozen=True, slots=True)
class Paired:
    """Two classifiers on the same pictures."""

    only_first: int  # pictures that only the first got right
    only_second: int
    p_value: float  # McNemar's exact test, two-sided


def mcnemar(first: np.ndarray, second: np.ndarray) -> Paired:
    """Whether two classifiers err differently, from hits (n,) on the same pictures in order.

    McNemar, "Note on the sampling error of the difference between correlated proportions", 1947;
    exact binomial form.
    """
    from statsmodels.stats.contingency_tables import mcnemar as test

    first, second = (np.asarray(hits, dtype=bool) for hits in (first, second))
    if first.shape != second.shape:
        raise ValueError(f"hits of {len(first)} and {len(second)} pictures cannot be paired")
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    table = [[both, only_first], [only_second, neither]]
    return Paired(only_first, only_second, float(test(table, exact=True).pvalue))
