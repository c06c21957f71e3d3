"""Whose gain is it: means over trainings, and the control taken off."""

import math

import pandas as pd
import pytest

from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.gain_split import regime_deltas, saving, shares
from tests.core.evaluation.made_up import made_up_rows


def delta(method, gamma, seed, points, chosen=False):
    return {"method": method, "gamma": gamma, "seed": seed, "bd_quality": points,
            "bd_rate": -10 * points, "chosen": chosen, "images": 60}  # fmt: skip


def test_the_codecs_share_is_what_the_control_leaves():
    found = shares(
        pd.DataFrame(
            [
                delta("control", None, 0, 3.0),
                delta("control", None, 1, 4.0),
                delta("joint", 0.1, 0, 5.0, chosen=True),
                delta("joint", 1.0, 0, 9.0),
            ]
        )
    )
    assert found.control == pytest.approx(3.5)
    assert found.codec == pytest.approx(1.5)
    table = found.table.set_index("method")
    assert table.loc["control", "seeds"] == 2
    assert table.loc["control", "points_sd"] == pytest.approx(0.5**0.5)
    assert table.loc["joint", "points_sd"].isna().all()


def test_trainings_are_compared_on_the_faces_that_all_of_them_share(tmp_path):
    parts = [
        made_up_rows("baseline", images=60),
        made_up_rows("joint", images=60, gamma=0.1, scale=0.8),
        made_up_rows("joint", images=40, gamma=0.1, scale=0.5).assign(seed=1),
        made_up_rows("jpeg", images=20),
    ]
    write_results(pd.concat(parts), "t", Provenance("0", 0, {}, {}, ""), tmp_path)
    rows = read_results(tmp_path)
    found = regime_deltas(rows)
    assert list(found["seed"]) == [0, 1] and set(found["images"]) == {40}
    assert found["bd_rate"].to_numpy(float) == pytest.approx([-20, -50], abs=0.1)
    table = shares(found).table
    assert table["rate"].iloc[0] == pytest.approx(-35, abs=0.1) and table["images"].iloc[0] == 40
    assert set(regime_deltas(rows, "jpeg")["images"]) == {20}
    assert regime_deltas(rows, "webp").empty


def test_without_a_choice_among_gammas_or_without_a_control_nothing_is_split():
    several = [delta("joint", 0.1, 0, 5.0), delta("joint", 1.0, 0, 9.0)]
    assert math.isnan(shares(pd.DataFrame([*several, delta("control", None, 0, 3.0)])).codec)
    assert math.isnan(shares(pd.DataFrame([delta("joint", 0.1, 0, 5.0)])).codec)


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
