"""Gamma is chosen on validation alone, and the card says so."""

import numpy as np
import pandas as pd
import pytest
import torch

from core import checkpoints
from core.checkpoints import Card
from core.errors import InputError
from core.evaluation.__main__ import main
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.gamma_choice import choose_gamma
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two gammas; on validation the second costs half as much, on the test four times as much."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    frames = {"baseline": [made_up_rows(split=split) for split in ("val", "test")]}
    for split, scales in (("val", (0.8, 0.4)), ("test", (0.4, 1.6))):
        for gamma, scale in zip((0.1, 1.0), scales, strict=True):
            made = made_up_rows("joint", gamma=gamma, scale=scale, split=split)
            made["classifier"] = f"joint-g{gamma:g}-classifier"
            frames.setdefault(f"joint-g{gamma:g}", []).append(made)
    for classifier in ("base", "joint-g0.1-classifier", "joint-g1-classifier"):
        made = made_up_rows("original", split="val").assign(classifier=classifier)
        frames[f"original-{classifier}"] = [made]
    for name, parts in frames.items():
        made = Provenance("0", 0, {}, {}, "")
        write_results(pd.concat(parts, ignore_index=True), name, made, tmp_path / "results")
    for gamma in (0.1, 1.0):
        card = Card(
            f"joint-g{gamma:g}", "codec", "joint", {}, {}, 0, "", "", "0", gamma=gamma,
            chosen=gamma == 0.1, metrics={"bpp@0": 0.05},
        )  # fmt: skip
        checkpoints.save(torch.nn.Linear(1, 1), card)
    return tmp_path


def test_the_best_on_validation_is_chosen_whatever_the_test_says(folder):
    first, second = choose_gamma(read_results(folder / "results"), "joint")
    assert (first.gamma, second.gamma) == pytest.approx((0.1, 1))
    assert second.chosen and not first.chosen
    assert second.bd_rate == pytest.approx(-60, abs=0.1)
    assert second.bd_accuracy > first.bd_accuracy > 0


def test_a_classifier_that_loses_on_originals_is_not_chosen(folder):
    rows = read_results(folder / "results")
    lost = (rows["method"] == "original") & (rows["classifier"] == "joint-g1-classifier")
    rows.loc[lost & (np.arange(len(rows)) % 2 == 0), "prediction"] = "fear"
    first, second = choose_gamma(rows, "joint")
    assert first.chosen and not second.allowed
    only = (rows["method"] != "joint") | (rows["gamma"] > 0.5)
    with pytest.raises(InputError, match="No gamma of joint"):
        choose_gamma(rows[only], "joint")


def test_the_command_marks_the_cards_with_the_evidence(folder, capsys):
    where = ["--results", str(folder / "results")]
    assert main(["choose-gamma", "--dry-run", *where]) == 0
    assert checkpoints.card("joint-g0.1").chosen
    assert main(["choose-gamma", *where]) == 0
    assert "<- chosen" in capsys.readouterr().out
    assert not checkpoints.card("joint-g0.1").chosen
    card = checkpoints.card("joint-g1")
    assert card.chosen and card.metrics["bpp@0"] == 0.05
    assert card.metrics["val_bd_rate"] == pytest.approx(-60, abs=0.1)


def test_missing_validation_rows_are_told_with_the_command(folder):
    rows = read_results(folder / "results")
    with pytest.raises(InputError, match="no validation rows of codec"):
        choose_gamma(rows, "codec")


def test_a_classifier_that_read_no_originals_is_not_judged(folder):
    rows = read_results(folder / "results")
    rows = rows[(rows["method"] != "original") | (rows["classifier"] == "base")]
    with pytest.raises(InputError, match="run --methods original"):
        choose_gamma(rows, "joint")
