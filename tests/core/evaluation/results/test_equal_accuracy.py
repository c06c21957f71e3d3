"""What is kept of the accuracy, and what coding adds, on rows whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.measuring.table import Provenance, correct, read_results, write_results
from core.evaluation.results.curves import points
from core.evaluation.results.equal_accuracy import fewest_bytes, gains, least_point
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture(autouse=True)
def no_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "none"))


def table(folder, *frames) -> pd.DataFrame:
    for number, frame in enumerate(frames):
        write_results(frame, f"t{number}", Provenance("0", 0, {}, {}, ""), folder)
    return read_results(folder)


def test_the_interval_holds_the_figure_and_narrows_with_more_faces(tmp_path):
    widths = []
    for images in (100, 1000):
        original = made_up_rows("original", images=images)
        missed = np.arange(images) % 4 == 0
        original["prediction"] = original["prediction"].where(~missed, "nothing")
        rows = table(tmp_path / str(images), original, made_up_rows(images=images))
        (found,) = fewest_bytes(rows, resamples=400)
        value, low, high = (getattr(found, name)["90%"] for name in ("bytes", "low", "high"))
        assert low <= value <= high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_a_codec_that_loses_nothing_keeps_all_in_its_smallest_file(tmp_path):
    rows = table(tmp_path, made_up_rows("original"), made_up_rows())
    (found,) = fewest_bytes(rows.assign(prediction=rows["label"]), resamples=50)
    for figure in ("bytes", "low", "high"):
        assert getattr(found, figure)["99%"] == pytest.approx(20)


def test_a_curve_that_never_gets_there_has_no_bytes(tmp_path):
    rows = table(tmp_path, made_up_rows("original"), made_up_rows())
    (found,) = fewest_bytes(rows, resamples=50)
    assert found.bytes["99%"] is None and found.high["99%"] is None
    assert found.shipped and not found.chosen


def test_the_gain_is_taken_at_the_quality_that_validation_chose(tmp_path):
    val = made_up_rows(split="val")
    # on validation stop 1 is perfect, on the test it is as good as its rows say
    val["prediction"] = val["label"].where(val["quality_index"] == 1, "nothing")
    rows = table(tmp_path, made_up_rows("original"), made_up_rows(), val)
    (found,) = gains(rows, resamples=200)
    test = rows[(rows["split"] == "test") & (rows["quality_index"] == 1)]
    originals = rows[rows["method"] == "original"]
    expected = 100 * (correct(test).mean() - correct(originals).mean())
    assert found.quality_index == 1 and found.bytes == 40
    assert found.over_own.points == pytest.approx(expected, abs=1e-3)
    assert found.over_own.low <= found.over_own.points <= found.over_own.high
    assert found.over_base == found.over_own


def test_without_validation_rows_no_gain_is_claimed(tmp_path):
    assert gains(table(tmp_path, made_up_rows("original"), made_up_rows())) == []


def test_the_least_point_reaches_what_is_wanted_with_the_fewest_bytes(tmp_path):
    curve = points(table(tmp_path, made_up_rows()), "accuracy", resamples=10)
    wanted = curve["quality"].iloc[2]
    assert least_point(curve, wanted)["bytes"] == curve["bytes"].iloc[2]
    with pytest.raises(InputError, match="the best is"):
        least_point(curve, 1.01)
