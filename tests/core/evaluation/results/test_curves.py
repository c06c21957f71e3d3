"""Curves are plain means; their intervals resample what was coded together."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.measuring.table import Provenance, correct, read_results, write_results
from core.evaluation.results.curves import (
    originals,
    paired_curves,
    points,
    select,
    shared_bytes,
)
from tests.core.evaluation.made_up import made_up_rows


def written(tmp_path, *frames):
    for number, rows in enumerate(frames):
        write_results(rows, f"t{number}", Provenance("0", 0, {}, {}, ""), tmp_path)
    return read_results(tmp_path)


def test_points_are_the_means_of_their_rows(tmp_path):
    rows = written(tmp_path, made_up_rows(), made_up_rows("jpeg", per_sheet=16))
    found = points(rows)
    assert set(found["method"]) == {"baseline", "jpeg"}
    for _, point in found.iterrows():
        part = rows[
            (rows["method"] == point["method"]) & (rows["quality_index"] == point["quality_index"])
        ]
        assert point["quality"] == pytest.approx(correct(part).mean())
        assert point["bpp"] == pytest.approx(part["bpp"].mean(), rel=1e-6)
        assert point["bytes"] == pytest.approx(part["file_bytes"].mean(), rel=1e-6)
        assert point["low"] <= point["quality"] <= point["high"]
        assert point["images"] == 60


def test_the_bootstrap_of_faces_agrees_with_the_binomial_interval(tmp_path):
    rows = written(tmp_path, made_up_rows(images=1000))
    found = points(rows, resamples=2000)
    half = 1.96 * np.sqrt(found["quality"] * (1 - found["quality"]) / 1000)
    np.testing.assert_allclose((found["high"] - found["low"]) / 2, half, rtol=0.15)


def test_faces_of_a_sheet_are_resampled_together(tmp_path):
    rows = made_up_rows("jpeg", images=640, per_sheet=64)
    rows["prediction"] = np.where(rows["sheet"] % 2 == 0, rows["label"], "nothing")
    found = points(written(tmp_path, rows), resamples=1000)
    assert (found["high"] - found["low"]).min() > 0.4


def test_photographs_of_one_person_are_resampled_together(tmp_path):
    rows = made_up_rows(data="photographs", images=10)
    rows["image"] = [f"{int(name[:3]) // 2:03d}_{int(name[:3]) % 2}.jpg" for name in rows["image"]]
    (curve,) = paired_curves(written(tmp_path, rows), quality="psnr")
    assert list(curve.counts) == [2] * 5


def test_a_pair_shares_pictures_and_sheets(tmp_path):
    rows = written(tmp_path, made_up_rows(images=60), made_up_rows("jpeg", images=40, per_sheet=8))
    parts = [rows[rows["method"] == name] for name in ("baseline", "jpeg")]
    learned, sheets = paired_curves(*parts)
    assert list(learned.counts) == list(sheets.counts) == [8] * 5
    expected = correct(parts[0][parts[0]["image"].isin(parts[1]["image"])]).mean()
    assert learned.means()[1].mean() == pytest.approx(expected)


@pytest.mark.parametrize("images", [20, 90])
def test_a_quality_of_other_pictures_does_not_cut_the_curve(tmp_path, images):
    rows, more = made_up_rows(images=60), made_up_rows(images=images)
    more = more[more["quality_index"] == more["quality_index"].min()].assign(quality_index=7.0)
    whole = points(written(tmp_path / "whole", rows))
    with_more = points(written(tmp_path / "more", rows, more))
    pd.testing.assert_frame_equal(with_more, whole)


def test_payload_and_file_are_told_apart(tmp_path):
    rows = written(tmp_path, made_up_rows())
    file, payload = (points(rows, rate=rate)["bpp"] for rate in ("file", "payload"))
    np.testing.assert_allclose(file - payload, 80 / 4096, rtol=1e-5)


def test_curves_without_labels_are_left_out_and_refused_in_pairs(tmp_path):
    rows = written(tmp_path, made_up_rows(labelled=False))
    assert points(rows, "accuracy").empty
    assert len(points(rows, "psnr")) == 5
    with pytest.raises(InputError, match="share no picture"):
        paired_curves(rows, rows)


def test_two_curves_in_one_frame_are_a_mistake(tmp_path):
    rows = written(tmp_path, made_up_rows("joint", gamma=0.1), made_up_rows("joint", gamma=1.0))
    with pytest.raises(ValueError, match="more than one curve"):
        paired_curves(rows)
    assert len(points(rows)) == 10
    assert len(paired_curves(select(rows, gamma=0.1))) == 1


def test_originals_give_the_accuracy_without_compression(tmp_path):
    rows = written(tmp_path, made_up_rows("original"), made_up_rows())
    expected = correct(rows[rows["method"] == "original"]).mean()
    assert originals(rows) == pytest.approx(expected)
    assert np.isnan(originals(rows[rows["method"] != "original"]))


def test_select_finds_missing_values():
    rows = pd.DataFrame({"gamma": [np.nan, 0.1], "seed": pd.array([pd.NA, 0], "Int16")})
    assert list(select(rows, gamma=None).index) == [0]
    assert list(select(rows, gamma=0.1, seed=0).index) == [1]
    assert select(rows, gamma=0.1 + 1e-12).empty  # compared exactly


def test_a_classical_setting_is_found_in_single_precision():
    rows = pd.DataFrame({"quality_index": np.array([3.4, 9.5], np.float32)})
    assert list(select(rows, quality_index=3.4).index) == [0]


def test_a_single_sheet_has_no_interval(tmp_path):
    found = points(written(tmp_path, made_up_rows("jpeg", images=60, per_sheet=64)))
    assert found["quality"].notna().all()
    assert found["low"].isna().all() and found["high"].isna().all()


def test_faces_of_a_learned_codec_may_share_a_file_as_sheets_do(tmp_path):
    rows = written(tmp_path, made_up_rows(images=64), made_up_rows("jpeg", images=64, per_sheet=64))
    costs = shared_bytes(rows)
    learned = rows["method"] == "baseline"
    np.testing.assert_array_equal(costs[~learned], rows.loc[~learned, "file_bytes"])
    overhead = costs[learned] - rows.loc[learned, "payload_bytes"]
    assert overhead.between(0, 2).all(), "of two bytes a face at most"
    shuffled = rows.sample(frac=1, random_state=1)
    assert shared_bytes(shuffled).index.equals(shuffled.index)
