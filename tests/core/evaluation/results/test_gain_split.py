"""Whose gain is it: means over trainings, and the control taken off."""

import json
import math
from dataclasses import asdict

import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.gain_split import (
    regime_deltas,
    regimes,
    repeat_deltas,
    saving,
    split_from,
    split_gain,
)
from tests.core.evaluation.made_up import made_up_rows


def written(folder, *parts):
    write_results(pd.concat(parts), "t", Provenance("0", 0, {}, {}, ""), folder)
    return read_results(folder)


def chain(generic=4.0, control=0.5, joint=0.25):
    """Curves of one shape whose bytes differ by these factors from the baseline's."""
    parts = [made_up_rows("baseline"), made_up_rows("control", scale=control)]
    parts += [made_up_rows("joint", gamma=0.1, scale=joint)]
    return parts + ([made_up_rows("generic", scale=generic)] if generic else [])


def test_the_whole_way_is_split_into_three_shares_that_sum_to_all(tmp_path):
    split = split_gain(written(tmp_path, *chain()))
    assert [step.end for step in split.steps] == ["baseline", "control", "joint"]
    assert [step.rate.value for step in split.steps] == pytest.approx([-75, -50, -50], abs=0.01)
    assert [step.share.value for step in split.steps] == pytest.approx([50, 25, 25], abs=0.01)
    assert split.rate.value == pytest.approx(100 * (1 / 16 - 1), abs=0.01)
    assert split.images == 60 and math.isnan(split.points.value)  # no rate is shared by all four
    for step in split.steps:
        assert (
            step.share.low <= step.share.value + 1e-9 and step.share.value <= step.share.high + 1e-9
        )


def test_without_a_codec_that_saw_no_face_two_shares_are_left(tmp_path):
    split = split_gain(written(tmp_path, *chain(generic=None)))
    assert [step.start for step in split.steps] == ["baseline", "control"]
    assert [step.share.value for step in split.steps] == pytest.approx([50, 50], abs=0.01)
    assert split.codec.what == "both learned together"


def test_a_split_survives_its_plain_form(tmp_path):
    split = split_gain(written(tmp_path, *chain(generic=2.0)), resamples=20)
    assert sum(step.points.value for step in split.steps) == pytest.approx(split.points.value)
    assert split_from(json.loads(json.dumps(asdict(split)))) == split


def test_without_the_control_or_a_choice_nothing_is_split(tmp_path):
    baseline, control, joint = chain(generic=None)
    with pytest.raises(InputError, match="control"):
        split_gain(written(tmp_path, baseline, joint))
    other = made_up_rows("joint", gamma=1.0)
    with pytest.raises(InputError, match="2 curves"):
        split_gain(written(tmp_path, baseline, control, joint, other))


def test_a_regime_is_its_first_training_and_the_spread_is_of_shared_faces(tmp_path):
    rows = written(
        tmp_path,
        made_up_rows("baseline", images=60),
        made_up_rows("joint", images=60, gamma=0.1, scale=0.8),
        made_up_rows("joint", images=40, gamma=0.1, scale=0.5).assign(seed=1),
        made_up_rows("jpeg", images=20),
    )
    deltas, repeats = regime_deltas(rows), repeat_deltas(rows)
    assert list(deltas["images"]) == [60, 40] and set(repeats["images"]) == {40}
    (row,) = regimes(deltas, repeats).to_dict("records")
    assert row["rate"] == pytest.approx(-20, abs=0.1) and row["images"] == 60
    assert row["rate_low"] <= row["rate"] <= row["rate_high"]
    assert (row["seeds"], row["shared_images"]) == (2, 40)
    assert row["rate_sd"] == pytest.approx(30 / 2**0.5, abs=0.1)
    assert list(regime_deltas(rows, "jpeg")["images"]) == [20, 20]
    assert regime_deltas(rows, "webp").empty


def test_a_saving_is_told_in_bytes_and_in_what_is_read_there():
    reference = pd.DataFrame({"bytes": [50.0, 100.0, 200.0], "quality": [0.4, 0.5, 0.6]})
    other = pd.DataFrame({"bytes": [40.0, 80.0], "quality": [0.5, 0.6]})
    half = saving(reference, other, -50, 0.6)
    assert (half.before, half.after, half.least) == pytest.approx((200, 100, 40))
    assert math.isnan(half.accuracy)  # more than its largest file
    more = saving(reference, other, -75, 0.6)
    assert more.after == pytest.approx(50)
    assert more.accuracy == pytest.approx(0.5 + 0.1 * math.log2(50 / 40))
    assert math.isnan(saving(reference, other, -90, 0.6).accuracy)  # less than its smallest
    assert saving(reference, other, -50, 0.7) is None
    assert saving(reference, other.iloc[:0], -50, 0.6) is None
