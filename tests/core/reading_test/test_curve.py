"""The psychometric fit on classifiers whose threshold is known; a class's curve by person."""

import math

import numpy as np
import pytest

from core.reading_test.curve import fit, fit_counts, levels, originals, pooled
from core.reading_test.trials import GUESS, Kind
from tests.core.reading_test.answering import BYTES, answer, share_right, simulated


def test_many_answers_find_the_threshold():
    count = np.full(len(BYTES), 400)
    right = np.rint(share_right(BYTES, 70, 0.25, 0.02) * count)
    found = fit_counts(BYTES, right, count)
    assert found.threshold == pytest.approx(70, rel=0.07)
    assert found.low < 70 < found.high < 1.3 * 70
    assert found.answers == 2000
    shares = found.share(np.array(BYTES))
    assert np.abs(shares - share_right(BYTES, 70, 0.25, 0.02)).max() < 0.03
    at_threshold = float(found.share(np.array([found.threshold]))[0])
    assert at_threshold == pytest.approx(0.75 * (1 - found.lapse), abs=0.03)
    assert float(found.share(np.array([1e-3]))[0]) == pytest.approx(GUESS, abs=1e-6)


def test_too_few_answers_or_one_level_give_no_curve():
    rng = np.random.default_rng(0)
    assert fit(simulated(rng, 70, each=3)) is None  # 15 answers
    assert fit([answer(i, level=2) for i in range(40)]) is None
    assert fit(simulated(rng, 70, method="joint"), "baseline") is None


def test_levels_leave_training_and_originals_out():
    answers = [
        answer(0, kind=Kind.TRAINING),
        answer(1, kind=Kind.CATCH),
        answer(2, level=1),
        answer(3, level=1, right=False),
    ]
    table = levels(answers)
    assert len(table) == 1 and table["count"].item() == 2 and table["share"].item() == 0.5
    assert originals(answers) == 1.0 and math.isnan(originals(answers[2:]))


def test_a_class_is_the_mean_of_its_persons_whatever_their_number_of_answers():
    keen = [answer(i, right=True) for i in range(90)]
    brief = [answer(i, right=False) for i in range(3)]
    table = pooled([keen, brief, []])
    assert table["share"].item() == 0.5 and table["persons"].item() == 2
    assert table["low"].item() == 0 and table["high"].item() == 1
    alone = pooled([keen])
    assert math.isnan(alone["low"].item()) and alone["persons"].item() == 1
    assert pooled([]).empty


@pytest.mark.slow
def test_the_interval_covers_the_threshold_of_simulated_classifiers():
    """95 % intervals of 24 classifiers: fewer than 19 hits would be one chance in about 1,000."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(24):
        threshold = float(10 ** rng.uniform(1.6, 2.2))
        found = fit(simulated(rng, threshold, spread=0.2, lapse=0.03))
        hits += found.low <= threshold <= found.high
    assert hits >= 19
