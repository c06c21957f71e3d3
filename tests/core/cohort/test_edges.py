"""Decisions of the statistics at their edges: how few people are enough, what counts as at least as far."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.cohort.statistics import confounds, repeated, structure
from core.cohort.statistics.group_tests import compare_groups


@pytest.mark.parametrize(
    "observed, p", [(0.05, 1.0), (0.1, 1.0), (0.15, 0.75), (0.3, 0.5), (0.31, 0.25)], ids=str
)
def test_null_data_that_reach_what_was_observed_count_against_it(observed, p):
    assert structure._null_p(observed, np.array([0.1, 0.2, 0.3])) == pytest.approx(p)


def test_what_is_neither_condition_nor_phase_divides_nobody(make_cohort):
    cohort = make_cohort({name: np.ones((9, 2)) for name in "abc"})
    for word in ("session", "day", ""):
        with pytest.raises(ValueError, match="neither condition nor phase"):
            repeated.conditions_of(cohort, word)


def test_three_people_with_both_conditions_are_enough_and_two_are_not():
    row = repeated._paired(np.array([0.1, 0.3, 0.2]), 0.95)
    assert row["n"] == 3 and 0 < row["p_value"] < 0.1
    assert np.isnan(repeated._paired(np.array([0.1, 0.3]), 0.95)["p_value"])


@pytest.mark.parametrize("people, told", [(9, True), (10, False), (11, False)], ids=str)
def test_a_group_of_fewer_than_ten_people_is_told_of(people, told, make_cohort):
    rng = np.random.default_rng(0)
    label = {f"p{k:02}": "a" if k < people else "b" for k in range(people + 12)}
    cohort = make_cohort({name: rng.random((20, 2)) for name in label}, label)
    notes = " ".join(compare_groups(cohort).notes)
    assert (f"Group a has {people} people" in notes) == told
    assert "Group b" not in notes


@pytest.mark.parametrize("second, differs", [(3, False), (7, True)], ids=["overlapping", "apart"])
def test_groups_that_overlap_in_a_property_do_not_differ_before_the_correction(
    second, differs, monkeypatch
):
    alike = {name: 1.0 for name in confounds.NUMBERS} | {name: "" for name in confounds.WORDS}
    length = [1, 2, 3, 4, 5, 6, *(second + np.arange(1, 7))]
    people = pd.DataFrame(alike, index=range(12)).assign(seconds=np.array(length, float))
    people["label"] = ["a"] * 6 + ["b"] * 6
    for name in ("rate", "valid", "confidence", "face_width"):  # others that say nothing
        people[name] = np.tile([0.9, 1.0, 1.1], 4)
    monkeypatch.setattr(confounds, "recordings_of_people", lambda cohort: people)
    monkeypatch.setattr(confounds, "adjust", lambda p: np.minimum(1, 50 * p))
    table = confounds.audit(SimpleNamespace(groups=("a", "b")), level=0.05)
    row = table[table["property"] == confounds.NUMBERS["seconds"]].iloc[0]
    assert row["p_value"] < 0.05
    assert bool(row["differs"]) == differs
