"""The bar that an action unit must pass, decided from the validation table alone."""

import numpy as np
import pandas as pd
import pytest

from core.face.units import bar, validation
from core.facs import UNITS

GOOD = {"pearson": 0.8, "slope": 0.95, "auc present": 0.9}


def table(changes=None, unit="AU12", simpler=None):
    """A table in which ``unit`` passes, but for ``changes``: (measure, data) -> value."""
    figures = {(measure, data): value for measure, value in GOOD.items() for data in bar.EVIDENCE}
    rows = [
        (measure, data, "stacked", unit, "", value, 100, True)
        for (measure, data), value in (figures | (changes or {})).items()
    ]
    rows += [
        ("pearson", data, "blendshapes", unit, "", value, 100, False)
        for data, value in (simpler or {}).items()
    ]
    return pd.DataFrame(rows, columns=list(validation.COLUMNS))


def test_a_unit_that_keeps_everything_on_both_kinds_is_validated_and_others_are_not():
    found = bar.passing(table())
    assert found["AU12"] and sum(found.values()) == 1 and list(found) == list(UNITS)


@pytest.mark.parametrize("data", bar.EVIDENCE)
@pytest.mark.parametrize(
    ("measure", "value", "word"),
    [
        ("pearson", 0.59, "r 0.59"),
        ("slope", 0.74, "slope 0.74"),
        ("slope", 1.26, "slope 1.26"),
        ("auc present", 0.84, "AUC of present 0.84"),
        ("slope", np.nan, "slope unknown"),
    ],
)
def test_what_falls_on_one_kind_fails_the_unit_and_is_said(measure, value, word, data):
    verdict = bar.verdicts(table({(measure, data): value})).loc["AU12"]
    assert not verdict["validated"] and f"{word} on {data}s" in verdict["why"]


def test_a_unit_that_a_simpler_estimator_reads_better_is_not_validated():
    assert bar.passing(table(simpler={"render": 0.8, "warp": 0.5}))["AU12"]
    verdict = bar.verdicts(table(simpler={"render": 0.5, "warp": 0.9})).loc["AU12"]
    assert not verdict["validated"] and "blendshapes do better on warps (0.90)" in verdict["why"]


def test_a_unit_of_which_nothing_is_known_fails():
    verdict = bar.verdicts(table()).loc["AU45"]
    assert not verdict["validated"] and "unknown on renders" in verdict["why"]


def test_every_true_intensity_lies_in_one_bin():
    for truth in (0.0, 0.04, 0.05, 0.5, 1.0, 1.99, 2.0, 3.0, 5.0):
        assert sum(low <= truth < high for low, high in bar.BINS.values()) == 1
