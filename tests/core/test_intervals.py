"""Intervals and tests against closed forms."""

import numpy as np
import pytest
from scipy.stats import binomtest

from core.intervals import mcnemar, wilson


@pytest.mark.parametrize("hits,count", [(14, 20), (0, 10), (2600, 3589)])
def test_wilsons_interval_agrees_with_scipy(hits, count):
    found = wilson(np.arange(count) < hits)
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert found.value == pytest.approx(hits / count) and found.n == count
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_cases_give_nan_not_zero():
    assert np.isnan(wilson(np.array([])).value)


def test_mcnemar_is_the_binomial_test_of_the_disagreements():
    first = np.repeat([True, True, False, False], (50, 18, 6, 26))
    second = np.repeat([True, False, True, False], (50, 18, 6, 26))
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (18, 6)
    assert found.p_value == pytest.approx(binomtest(6, 24).pvalue)


def test_classifiers_that_agree_do_not_differ():
    hits = np.array([True, False, True])
    assert mcnemar(hits, hits).p_value == 1


def test_other_pictures_cannot_be_paired():
    with pytest.raises(ValueError, match="cannot be paired"):
        mcnemar(np.ones(3), np.ones(4))
