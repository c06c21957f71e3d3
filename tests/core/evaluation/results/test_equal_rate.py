"""McNemar's test on points of equal rate, and their choice."""

import numpy as np
import pytest
from scipy.stats import binomtest

from core.errors import InputError
from core.evaluation.measuring.rate_matching import TOLERANCE, common_indices
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.equal_rate import compare_at_equal_rate
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture(autouse=True)
def no_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "none"))


@pytest.fixture
def rows(tmp_path):
    """A joint method that costs 0.5 % more than the control and reads ten more faces."""
    joint, control = made_up_rows("joint", gamma=0.1), made_up_rows("control")
    joint["payload_bytes"] *= 1.005
    names = sorted(set(control["image"]))
    control.loc[control["image"].isin(names[:20]), "prediction"] = "nothing"
    joint.loc[joint["image"].isin(names[:10]), "prediction"] = "nothing"
    joint.loc[joint["image"].isin(names[10:20]), "prediction"] = joint["label"]
    for name, frame in (("joint", joint), ("control", control)):
        write_results(frame, name, Provenance("0", 0, {}, {}, ""), tmp_path)
    return read_results(tmp_path)


def test_faces_are_paired_at_every_quality_of_equal_rate(rows):
    found = compare_at_equal_rate(rows, "joint", "control", resamples=200)
    assert [each.first_index for each in found] == [0, 1, 2, 3, 4]
    for each in found:
        assert each.second_index == each.first_index
        assert each.rate_difference == pytest.approx(100 * (1 / 1.005 - 1), abs=1e-2)
        assert (each.only_first, each.only_second) == (10, 0)
        assert each.p_value == pytest.approx(binomtest(0, 10).pvalue)
        assert each.difference == pytest.approx(100 * 10 / 60, abs=1e-3)
        assert 0 < each.low < each.difference < each.high


def test_a_quality_of_fewer_faces_does_not_cut_the_other_pairs(rows):
    few = set(sorted(set(rows["image"]))[:15])
    rows = rows[
        (rows["quality_index"] != 2) | (rows["method"] != "joint") | rows["image"].isin(few)
    ]
    found = compare_at_equal_rate(rows, "joint", "control", resamples=50)
    assert [each.images for each in found] == [60, 60, 15, 60, 60]
    assert found[2].only_first == 5 and found[3].only_first == 10
    assert found[2].rate_difference == pytest.approx(100 * (1 / 1.005 - 1), abs=1e-2)


def test_one_pair_is_found_by_rate_or_quality(rows):
    (by_index,) = compare_at_equal_rate(rows, "joint", "control", quality_index=2, resamples=10)
    (by_rate,) = compare_at_equal_rate(
        rows, "joint", "control", bpp=by_index.first_bpp * 1.1, resamples=10
    )
    assert by_rate == by_index
    assert compare_at_equal_rate(
        rows, "joint", "control", gamma=0.1, quality_index=2, resamples=10
    ) == [by_index]


def test_more_than_one_percent_is_not_equal(rows):
    dear = rows.copy()
    dear.loc[dear["method"] == "joint", "payload_bytes"] *= 1.01
    with pytest.raises(InputError, match=r"core\.evaluation match --methods joint control"):
        compare_at_equal_rate(dear, "joint", "control")


def test_the_anchor_is_moved_until_all_partners_agree():
    steps = np.arange(11)
    first = {int(s): 0.1 * 1.016**s for s in steps}
    second = {int(s): 0.1007 * 1.017 ** (s - 5) for s in steps}
    third = {int(s): 0.0991 * 1.015 ** (s - 5) for s in steps}
    quality_indices = common_indices([first, second, third], 0.1)
    rates = [
        codec[quality_index]
        for codec, quality_index in zip((first, second, third), quality_indices, strict=True)
    ]
    assert max(rates) / min(rates) - 1 < TOLERANCE
    assert abs(np.log(rates[0] / 0.1)) < 0.1


def test_near_the_wanted_rate_good_agreement_is_enough():
    same = {index: 0.1 * 1.015**index for index in range(-5, 6)}
    assert common_indices([same, same], 0.1) == [0, 0]
