"""Limits of quality: which frames count, and what is said of the others."""

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables.limits import read_limit, read_limits
from core.cohort.tables.parsing import TableReading, parse
from core.errors import InputError


def table(**columns):
    count = len(next(iter(columns.values())))
    frames = {"frame": np.arange(1, count + 1), "timestamp": np.arange(count) / 25}
    frames |= {"confidence": 0.9, "success": 1, "AU12_r": 2.0} | columns
    return pd.DataFrame(frames).to_csv(index=False).encode()


def used(raw, *limits):
    return parse("a.csv", raw, TableReading(limits=limits))


def test_a_small_face_counts_as_none():
    parsed = used(table(face_width=[50, 60, 70]), "face_width>=60")
    assert parsed.frames["success"].tolist() == [False, True, True]
    assert np.isnan(parsed.frames["AU12"].iloc[0])
    (problem,) = [p for p in parsed.problems if p.kind == "beyond a limit"]
    assert "1 frames do not keep face_width>=60" in problem.text


def test_angles_are_degrees_to_either_side():
    turned = table(pose_Ry=np.deg2rad([-40, -20, 0, 20, 40]))
    assert used(turned, "yaw<=30").frames["success"].tolist() == [False, True, True, True, False]


def test_several_limits_must_all_be_kept_and_an_unknown_value_does_not_keep_one():
    raw = table(occlusion=[0.1, 0.9, np.nan], sharpness=[0.3, 0.3, 0.3])
    kept = used(raw, "occlusion<=0.5", "sharpness>=0.2").frames["success"]
    assert kept.tolist() == [True, False, False]


def test_a_table_without_the_column_is_read_whole_and_says_so():
    parsed = used(table(face_width=[70, 70]), "occlusion<=0.5")
    assert parsed.frames["success"].all()
    assert any("was not applied" in problem.text for problem in parsed.problems)


def test_limits_are_written_one_way():
    assert read_limits(" face_width>=60.0,yaw<=30;  occlusion <= 0.50".replace(" <= ", "<=")) == (
        "face_width>=60",
        "yaw<=30",
        "occlusion<=0.5",
    )
    assert read_limits("") == ()


@pytest.mark.parametrize("text", ["size>=3", "yaw=3", "yaw<=", "face_width>60", "yaw<=x"])
def test_what_is_no_limit_is_refused_with_what_is_known(text):
    with pytest.raises(InputError, match=r"no limit of quality.*face_width"):
        read_limit(text)
