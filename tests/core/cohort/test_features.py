"""One row a person, label-free, with missing frames left out."""

import numpy as np
import pytest

from core.cohort.statistics.features import person_features

NAN = np.nan


def test_level_spread_and_quantiles_are_those_of_the_valid_frames(make_cohort):
    rng = np.random.default_rng(0)
    values = rng.gamma(1, 1, size=(301, 2))
    values[40:80] = NAN
    row = person_features(make_cohort({"a": values}), windows=0).values.loc["a"]
    valid = values[np.isfinite(values[:, 0]), 0].astype(np.float32).astype(float)
    assert row["AU01 mean"] == pytest.approx(valid.mean(), rel=1e-6)
    assert row["AU01 sd"] == pytest.approx(valid.std(ddof=1), rel=1e-6)
    for q in (5, 25, 50, 75, 95):
        assert row[f"AU01 q{q:02d}"] == pytest.approx(np.percentile(valid, q), rel=1e-6)


def test_windows_are_equal_parts_of_the_recording(make_cohort):
    values = np.repeat([1.0, 2.0, 4.0], 50)[:, None]
    row = person_features(make_cohort({"a": values}), windows=3).values.loc["a"]
    assert [row[f"AU01 w0{w} mean"] for w in (1, 2, 3)] == [1, 2, 4]
    assert [row[f"AU01 w0{w} sd"] for w in (1, 2, 3)] == [0, 0, 0]


def test_tremble_at_the_threshold_is_one_onset(make_cohort):
    values = np.zeros((1800, 1))
    values[100:200] = np.tile([1.1, 0.9], 50)[:, None]  # never under 0.5 again: one onset
    values[600:700] = 2.0
    row = person_features(make_cohort({"a": values}), windows=0).values.loc["a"]
    assert row["AU01 onsets"] == pytest.approx(2.0)  # in one minute


def test_a_face_that_comes_back_active_is_no_onset(make_cohort):
    values = np.zeros((1800, 1))
    values[300:900], values[900:1000] = NAN, 2.0
    row = person_features(make_cohort({"a": values}), windows=0).values.loc["a"]
    assert row["AU01 onsets"] == 0


def test_onsets_count_minutes_of_valid_frames_only(make_cohort):
    values = np.zeros((1800, 1))
    values[100:120] = 3.0
    values[900:] = NAN
    row = person_features(make_cohort({"a": values}), windows=0).values.loc["a"]
    assert row["AU01 onsets"] == pytest.approx(2.0)  # one in half a minute


def test_onsets_of_probabilities_use_their_own_range(make_cohort):
    values = np.zeros((1800, 1))
    values[100:120] = 0.5
    as_probability = person_features(make_cohort({"a": values}, kind="probability"), windows=0)
    as_intensity = person_features(make_cohort({"a": values}), windows=0)
    assert as_probability.values.loc["a", "AU01 onsets"] == pytest.approx(1.0)
    assert as_intensity.values.loc["a", "AU01 onsets"] == 0


def test_recordings_of_one_person_are_taken_together(make_cohort):
    cohort = make_cohort(
        {
            ("a", "1"): np.ones((30, 1)),
            ("b", "x"): np.ones((9, 1)) * 5,
            ("a", "2"): np.ones((60, 1)) * 4,
        }
    )
    values = person_features(cohort, windows=0).values
    assert list(values.index) == ["a", "b"]
    assert values.loc["a", "AU01 mean"] == pytest.approx(3.0)


def test_a_person_without_a_face_is_missing_and_not_zero(make_cohort):
    cohort = make_cohort({"a": np.full((90, 2), NAN), "b": np.ones((90, 2))})
    values = person_features(cohort).values
    assert values.loc["a"].isna().all()
    assert values.loc["b", "AU01 mean"] == 1


def test_one_frame_has_a_level_and_no_spread(make_cohort):
    row = person_features(make_cohort({"a": np.array([[2.0]])}), windows=4).values.loc["a"]
    assert row["AU01 mean"] == 2
    assert np.isnan(row["AU01 sd"])
    assert np.isnan(row["AU01 onsets"])


def test_columns_say_what_they_are(make_cohort):
    features = person_features(make_cohort({"a": np.ones((90, 3))}), windows=2)
    assert list(features.columns.index) == list(features.values.columns)
    chosen = features.select(statistics=("mean",), units=("AU06",))
    assert list(chosen.values.columns) == ["AU06 mean", "AU06 w01 mean", "AU06 w02 mean"]
