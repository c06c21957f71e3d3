"""What a test shows: balanced, in random order, no face twice where another has not come."""

from collections import Counter

import numpy as np
import pytest

from core.reading_test.trials import FEWEST, Face, Kind, confusion, missing, plan
from tests.core.reading_test.answering import answer

FACES = [Face(f"{person}-{place}", person, place) for person in "ab" for place in range(7)]
FACES += [Face(f"{person}-{place}", person, place) for person in "cdef" for place in (3, 6)]


def test_every_class_comes_once_at_every_level():
    trials = plan(FACES, ["baseline", "joint"], 5, seed=1)
    tests = [trial for trial in trials if trial.kind is Kind.TEST]
    counts = Counter((trial.level, trial.face.truth) for trial in tests)
    assert len(counts) == 35 and set(counts.values()) == {1}
    methods = Counter(trial.method for trial in tests)
    assert abs(methods["baseline"] - methods["joint"]) <= 1
    for level in range(5):  # both methods at every level
        assert {trial.method for trial in tests if trial.level == level} == {"baseline", "joint"}


def test_no_face_comes_twice_at_one_level_before_all_of_its_class_have_come():
    trials = [t for t in plan(FACES, ["baseline"], 3, rounds=2) if t.kind is Kind.TEST]
    counts = Counter((trial.level, trial.face.name) for trial in trials)
    assert set(counts.values()) == {1}
    third = [t for t in plan(FACES, ["baseline"], 1, rounds=3) if t.kind is Kind.TEST]
    names = Counter(t.face.name for t in third if t.face.truth == 3)
    assert set(names.values()) == {1}  # six faces are happy, three are asked


def test_each_person_comes_once_at_each_rate_where_the_faces_allow_it():
    many = [Face(f"{person}-{place}", person, place) for person in "abcdefg" for place in range(7)]
    for faces, expected in ((many, 7), (FACES, 4)):
        trials = [t for t in plan(faces, ["baseline"], 5, seed=3) if t.kind is Kind.TEST]
        for level in range(5):
            persons = Counter(trial.face.person for trial in trials if trial.level == level)
            assert len(persons) == expected  # a and b alone have all seven expressions in FACES


def test_training_comes_first_and_originals_are_spread():
    trials = plan(FACES, ["baseline"], 5, catches=4, training=3)
    assert [trial.kind for trial in trials[:3]] == [Kind.TRAINING] * 3
    places = [i for i, trial in enumerate(trials) if trial.kind is Kind.CATCH]
    assert len(places) == 4 and min(np.diff(places)) > 3
    assert all(trials[i].level == -1 and trials[i].method == "original" for i in places)


def test_the_order_is_drawn_and_can_be_drawn_again():
    assert plan(FACES, ["baseline"], 5, seed=1) == plan(FACES, ["baseline"], 5, seed=1)
    assert plan(FACES, ["baseline"], 5, seed=1) != plan(FACES, ["baseline"], 5, seed=2)


def test_a_test_without_faces_is_a_mistake():
    with pytest.raises(ValueError):
        plan([], ["baseline"], 5)
    with pytest.raises(ValueError):
        plan(FACES, [], 5)


def test_the_confusion_counts_tests_and_originals_but_no_training():
    answers = [
        answer(0, kind=Kind.TRAINING),
        answer(1),
        answer(2, right=False),
        answer(3, kind=Kind.CATCH),
    ]
    counts = confusion(answers)
    assert counts[3, 3] == 2 and counts[3, 4] == 1 and counts.sum() == 3


def test_too_few_answers_says_how_many_more():
    answers = [answer(i) for i in range(5)] + [answer(9, kind=Kind.CATCH)]
    assert missing(answers) == FEWEST - 5
    assert missing([answer(i) for i in range(40)]) == 0
