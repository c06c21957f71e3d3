"""The limits against closed forms."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.results.limits import entropy_bits, limits, rate_at
from core.expressions import EXPRESSIONS


def binary_entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2, 0.4])
def test_a_fair_coin_costs_one_less_the_entropy_of_its_errors(level):
    wrong = 1 - np.eye(2)
    assert rate_at(np.array([0.5, 0.5]), wrong, level) == pytest.approx(
        1 - binary_entropy(level), abs=1e-6
    )


def test_seven_uneven_classes_follow_erokhin_where_all_are_still_told_apart():
    source = np.array([0.2, 0.1, 0.14, 0.25, 0.13, 0.08, 0.1])
    level = 0.05
    closed = entropy_bits(source) - binary_entropy(level) - level * np.log2(6)
    assert rate_at(source, 1 - np.eye(7), level) == pytest.approx(closed, abs=1e-5)


def test_no_error_costs_the_entropy_and_a_guess_costs_nothing():
    source = np.array([0.5, 0.3, 0.2])
    wrong = 1 - np.eye(3)
    assert rate_at(source, wrong, 0.0) == pytest.approx(entropy_bits(source), abs=1e-3)
    assert rate_at(source, wrong, 0.5) == 0.0
    assert rate_at(source, wrong + 0.1, 0.05) == float("inf")


def test_a_class_that_nobody_tells_from_another_costs_nothing_to_confuse():
    source = np.array([0.5, 0.25, 0.25])
    wrong = np.array([[0, 1, 1], [1, 0.5, 0.5], [1, 0.5, 0.5]])
    assert rate_at(source, wrong, 0.25) == pytest.approx(1.0, abs=1e-3)


def test_the_limits_of_a_perfect_classifier_are_those_of_the_labels():
    labels = np.array(EXPRESSIONS)[np.arange(700) % 7]
    rows = pd.DataFrame({"label": labels, "prediction": labels})
    found = limits(rows)
    assert found.label_bits == pytest.approx(np.log2(7))
    assert found.accuracy == 1 and found.faces == 700
    assert found.agreement_bits == pytest.approx(found.accuracy_bits, abs=1e-4)
    assert found.agreement_bits == pytest.approx(
        np.log2(7) - binary_entropy(0.05) - 0.05 * np.log2(6), abs=1e-4
    )


def test_being_right_as_often_costs_less_where_the_classifier_errs():
    rng = np.random.default_rng(0)
    labels = np.array(EXPRESSIONS)[rng.integers(0, 7, 7000)]
    said = np.where(rng.random(7000) < 0.7, labels, np.array(EXPRESSIONS)[rng.integers(0, 7, 7000)])
    found = limits(pd.DataFrame({"label": labels, "prediction": said}))
    assert 0 < found.accuracy_bits < found.label_bits
    assert found.accuracy == pytest.approx(0.7 + 0.3 / 7, abs=0.02)
