"""Comparisons and headline figures on rows whose answer is known."""

import json

import pandas as pd
import pytest

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.comparison import compare
from core.evaluation.results.equal_accuracy import crossing, fewest_bytes
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.summary import as_markdown, summarise
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture(autouse=True)
def no_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "none"))


@pytest.fixture
def rows(tmp_path):
    frames = [
        made_up_rows("original"),
        made_up_rows("baseline"),
        made_up_rows("joint", gamma=0.1, scale=0.5),
        made_up_rows("joint", gamma=1, scale=0.25),
        made_up_rows("jpeg", per_sheet=8, scale=2),
        made_up_rows("baseline", split="val", quality_indices=3),
        made_up_rows("joint", gamma=1, scale=0.25, split="val", quality_indices=3),
    ]
    for number, frame in enumerate(frames):
        write_results(frame, f"t{number}", Provenance("0", 0, {}, {}, ""), tmp_path)
    return read_results(tmp_path)


def test_a_quarter_of_the_bytes_is_minus_75_percent(rows):
    half, quarter = compare(rows, "baseline", "joint", resamples=50)
    assert half.bd_rate == pytest.approx(-50, abs=0.01)
    assert quarter.bd_rate == pytest.approx(-75, abs=0.01)
    assert quarter.low == pytest.approx(-75, abs=0.01) == quarter.high
    assert [each.gamma for each in (half, quarter)] == pytest.approx([0.1, 1])


def test_gamma_keeps_one_curve(rows):
    (found,) = compare(rows, "baseline", "joint", gamma=0.1, resamples=10)
    assert found.gamma == pytest.approx(0.1)
    with pytest.raises(InputError, match="gamma 5"):
        compare(rows, "baseline", "joint", gamma=5)


def test_the_accuracy_range_comes_from_validation_where_there_is_one(rows):
    half, quarter = compare(rows, "baseline", "joint", resamples=10)
    assert half.quality_range_from == "test"
    assert quarter.quality_range_from == "validation"


def test_sheets_can_be_compared_with_single_files(rows):
    (found,) = compare(rows, "jpeg", "baseline", quality="psnr", resamples=50)
    assert found.bd_rate == pytest.approx(-50, abs=0.01)
    assert found.quality_unit == "dB"


def test_chosen_comes_from_the_cards(rows, monkeypatch):
    made = checkpoints.Card(
        "joint-b", "codec", "joint", {}, {}, 0, "", "", "0", gamma=1.0, chosen=True
    )  # fmt: skip
    monkeypatch.setattr(checkpoints, "cards", lambda kind=None: [made])
    half, quarter = compare(rows, "baseline", "joint", resamples=10)
    assert (half.chosen, quarter.chosen) == (False, True)
    (found,) = compare(rows, "joint", "baseline", resamples=10)
    assert found.bd_rate == pytest.approx(300, abs=0.1)


def test_an_ambiguous_reference_is_refused(rows):
    rows["classifier"] = rows["classifier"].astype(object).where(rows["method"] != "joint", "other")
    with pytest.raises(InputError, match="2 curves"):
        compare(rows, "joint", "baseline")


def test_the_classifier_of_the_reference_can_be_named(rows):
    tuned = made_up_rows("jpeg", scale=4).assign(classifier="jpeg-tuned")
    both = pd.concat([rows, tuned])
    (base,) = compare(both, "jpeg", "baseline", resamples=2)
    (found,) = compare(both, "jpeg", "baseline", classifier="jpeg-tuned", resamples=2)
    assert (base.bd_rate, found.bd_rate) == pytest.approx((-50, -75))
    with pytest.raises(
        InputError, match="no test rows of jpeg read by 'nobody'; it was read by base, jpeg-tuned"
    ):
        compare(both, "jpeg", "baseline", classifier="nobody")


def test_accuracy_without_labels_is_refused(tmp_path):
    folder = tmp_path / "photographs"
    for name in ("baseline", "jpeg"):
        made = made_up_rows(name, data="photographs", labelled=False)
        write_results(made, name, Provenance("0", 0, {}, {}, ""), folder)
    rows = read_results(folder)
    with pytest.raises(InputError, match="share no picture"):
        compare(rows, "jpeg", "baseline", data="photographs")
    (found,) = compare(
        rows, "jpeg", "baseline", data="photographs", quality="psnr", resamples=10
    )  # fmt: skip
    assert found.rate_range == pytest.approx([0.1, 0.625], abs=1e-3)


def test_missing_methods_are_named(rows):
    with pytest.raises(InputError, match=r"no test rows of avif.*baseline, joint, jpeg"):
        compare(rows, "avif", "baseline")


def test_the_crossing_lies_between_the_points_on_a_log_scale():
    sizes, qualities = pd.Series([10.0, 40.0, 80.0]), pd.Series([0.4, 0.6, 0.5])
    assert crossing(sizes, qualities, 0.5) == 20.0
    assert crossing(sizes, qualities, 0.3) == 10.0
    assert crossing(sizes, qualities, 0.7) is None
    assert crossing(sizes, qualities, float("nan")) is None


def test_fewest_bytes_of_a_cheaper_codec_are_fewer(rows):
    found = {(each.method, each.gamma): each.bytes["90%"] for each in fewest_bytes(rows)}
    assert set(found) == {("baseline", None), ("jpeg", None), *(k for k in found if k[1])}
    reached = [value for value in found.values() if value is not None]
    assert found[("jpeg", None)] is None or found[("jpeg", None)] == max(reached)


def test_the_summary_holds_every_pair_that_has_rows(rows):
    made = summarise(Estimates.of(rows))
    pairs = {(each["reference"], each["method"], each["quality"]) for each in made["deltas"]}
    assert ("jpeg", "baseline", "psnr") in pairs and ("baseline", "joint", "accuracy") in pairs
    assert made["classifiers"][0]["faces"] == 60
    assert json.loads(json.dumps(made))["pixels"][0]["data"] == "fer2013"
    printed = as_markdown(made)
    assert "PSNR at equal rate" in printed
    assert "-75.0 %" in printed and printed.count("| --- |") >= 3


def test_an_empty_table_says_how_to_fill_it(tmp_path):
    with pytest.raises(InputError, match=r"core\.evaluation run"):
        summarise(Estimates.of(read_results(tmp_path)))
