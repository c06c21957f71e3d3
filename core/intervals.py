"""How sure a figure is: a value with its interval, Wilson's interval of a share, McNemar's exact test."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between its limits (95 % unless said otherwise); NaN where it cannot be said.

    ``n``: how many cases (people, faces) it rests on, 0 where that is not known.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0

    def scaled(self, factor: float) -> "Interval":
        """The same in another unit, such as percent."""
        return Interval(factor * self.value, factor * self.low, factor * self.high, self.n)


def wilson(hits: np.ndarray, confidence: float = 0.95) -> Interval:
    """Share of true ``hits`` (n,) with Wilson's score interval; NaN where there are no cases."""
    from statsmodels.stats.proportion import proportion_confint

    hits = np.asarray(hits, dtype=bool)
    if not len(hits):
        return Interval(math.nan)
    low, high = proportion_confint(int(hits.sum()), len(hits), 1 - confidence, "wilson")
    return Interval(float(hits.mean()), float(low), float(high), len(hits))


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
