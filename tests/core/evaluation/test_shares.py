"""Whose gain is it: means over trainings, and the control taken off."""

import math

import pandas as pd
import pytest

from core.evaluation.shares import saving, shares


def delta(method, gamma, seed, points, chosen=False):
    return {"method": method, "gamma": gamma, "seed": seed, "bd_quality": points,
            "bd_rate": -10 * points, "chosen": chosen}  # fmt: skip


def test_the_codecs_share_is_what_the_control_leaves():
    found = shares(
        pd.DataFrame(
            [
                delta("control", None, 0, 3.0),
                delta("control", None, 1, 4.0),
                delta("joint", 0.1, 0, 5.0, chosen=True),
                delta("joint", 1.0, 0, 9.0),
                delta("jpeg", None, None, -2.0),
            ]
        )
    )
    assert found.control == pytest.approx(3.5)
    assert found.codec == pytest.approx(1.5)
    table = found.table.set_index("method")
    assert table.loc["control", "seeds"] == 2
    assert table.loc["control", "points_sd"] == pytest.approx(0.5**0.5)
    assert table.loc["joint", "points_sd"].isna().all()
    assert "jpeg" not in set(found.table["method"])


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
