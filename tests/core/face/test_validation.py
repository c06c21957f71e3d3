"""The validation table, unit by unit: which figures stand for a unit, and what is not known."""

import numpy as np
import pandas as pd
import pytest
from torch import nn

from core import checkpoints
from core.face.__main__ import main
from core.face.units import validation
from core.facs import UNITS


def row(measure, data, estimator, unit, other, value, chosen):
    return (measure, data, estimator, unit, other, value, 10, chosen)


@pytest.fixture
def table():
    rows = [
        row("pearson", "render", "mapped", "AU12", "", 0.9, True),
        row("pearson", "render", "blendshapes", "AU12", "", 0.7, False),
        row("pearson", "warp", "mapped", "AU12", "", 0.8, True),
        row("auc", "fer2013", "mapped", "AU04", "angry", 0.8, True),
        row("auc", "fer2013", "mapped", "AU04", "sad", 0.6, True),
        row("mean change", "render", "mapped", "AU12", "mirror", -0.4, True),
        row("mean change", "render", "mapped", "AU12", "jpeg", 0.1, True),
        row("cross-talk", "render", "mapped", "AU12", "AU06", 0.3, True),
        row("cross-talk", "render", "blendshapes", "AU12", "AU06", 2.0, False),
    ]
    return pd.DataFrame(rows, columns=list(validation.COLUMNS))


def test_a_unit_is_judged_by_its_chosen_estimator_and_its_worst_expression(table):
    found = validation.by_unit(table)
    assert list(found.index) == list(UNITS)
    assert found.loc["AU12", ["r render", "r warp"]].tolist() == [0.9, 0.8]
    assert found.loc["AU04", "auc"] == 0.6 and found.loc["AU04", "expressions"] == "angry, sad"
    assert found.loc["AU12", "shift"] == -0.4 and found.loc["AU12", "disturbance"] == "mirror"
    assert np.isnan(found.loc["AU45", "r render"])


def test_the_summary_tells_blind_units_from_those_that_saw_labels(table):
    more = pd.DataFrame(
        [row("auc", "fer2013", "mapped", "AU12", "happy", 0.9, True)], columns=table.columns
    )
    found = validation.summary(pd.concat([table, more]), {"AU12": True})
    assert found.loc["mean r, renders"].tolist() == [0.9, 0.7]
    assert found.loc["mean AUC of the 18 pairs, real faces", "chosen"] == pytest.approx(2.3 / 3)
    assert found.loc["the same, units that saw no labels", "chosen"] == pytest.approx(0.7)
    assert np.isnan(found.loc["AU04, crying to laughing", "chosen"])


def test_estimators_stand_beside_plain_blendshapes(table):
    found = validation.by_estimator(table, "pearson", "render")
    assert found.loc["AU12"].to_dict() == {"blendshapes": 0.7, "mapped": 0.9}
    auc = validation.by_estimator(table, "auc", "fer2013")
    assert auc.loc["AU04", "mapped"] == 0.6


def test_cross_talk_is_that_of_the_chosen_estimators(table):
    matrix = validation.cross_talk(table)
    assert matrix.shape == (17, 17) and matrix.loc["AU12", "AU06"] == 0.3
    assert matrix.notna().sum().sum() == 1


def test_without_weights_no_unit_is_validated(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    assert validation.validated_units() == {} and validation.trusted_units() == ()
    card = checkpoints.Card(
        id="action-units", kind="action-units", method="", architecture={},
        config={"validated": {"AU12": True, "AU04": False}}, seed=0, data="", command="", version="",
    )  # fmt: skip
    checkpoints.save(nn.Linear(1, 1), card)
    assert validation.validated_units() == {"AU12": True, "AU04": False}
    assert validation.trusted_units() == ("AU12",)


def test_the_shipped_validation_is_printed_unit_by_unit(capsys):
    assert main(["validation"]) == 0
    printed = capsys.readouterr().out
    assert "mean AUC of the 18 pairs" in printed and all(unit in printed for unit in UNITS)
