"""Unequal, gappy, long and short recordings become sequences of one length by stated rules."""

import numpy as np
import pytest

from core.cohort.classify.sequences import cohort_sequences
from core.errors import InputError

NAN = np.nan


def test_a_step_is_the_mean_of_its_frames(make_cohort):
    values = np.random.default_rng(0).gamma(1, 1, size=(3000, 2)).astype(np.float32)
    sequences = cohort_sequences(make_cohort({"a": values}), steps=100)
    expected = values.reshape(100, 30, 2).mean(axis=1).T
    np.testing.assert_allclose(sequences.values[0], expected, rtol=1e-5)
    assert sequences.step == pytest.approx(1.0)
    assert sequences.filled[0] == 0


def test_sequences_have_at_most_a_thousand_steps_and_never_more_than_frames(make_cohort):
    assert cohort_sequences(make_cohort({"a": np.ones((5000, 1))})).values.shape == (1, 1, 1000)
    assert cohort_sequences(make_cohort({"a": np.ones((50, 1))})).values.shape == (1, 1, 50)
    with pytest.raises(ValueError, match="1001"):
        cohort_sequences(make_cohort({"a": np.ones((5000, 1))}), steps=1001)


def test_gaps_are_bridged_by_lines_and_counted(make_cohort):
    values = np.arange(100.0)[:, None] / 25
    expected = values[:, 0].copy()
    values[:5], values[40:60] = NAN, NAN
    sequences = cohort_sequences(make_cohort({"a": values}))
    expected[:5] = expected[5]
    np.testing.assert_allclose(sequences.values[0, 0], expected, atol=1e-6)
    assert sequences.filled[0] == pytest.approx(0.25)


def test_a_unit_that_is_missing_throughout_stays_missing(make_cohort):
    values = np.ones((60, 2))
    values[:, 1] = NAN
    sequences = cohort_sequences(make_cohort({"a": values, "b": np.ones((60, 2))}))
    assert np.isnan(sequences.values[0, 1]).all()
    assert np.isfinite(sequences.values[0, 0]).all()


def test_cropping_keeps_seconds_whatever_the_frame_rate(make_cohort):
    times = [np.arange(600) / 60, np.arange(360) / 30]
    series = {n: np.sin(2 * np.pi * t)[:, None] + 1 for n, t in zip("ab", times, strict=True)}
    sequences = cohort_sequences(make_cohort(series, times=times), steps=100)
    assert sequences.step == pytest.approx(0.1)
    np.testing.assert_allclose(sequences.values[0], sequences.values[1], atol=0.11)


def test_a_much_shorter_recording_is_left_out_and_named(make_cohort):
    series = {name: np.ones((300, 1)) for name in "abc"} | {"short": np.ones((40, 1))}
    sequences = cohort_sequences(make_cohort(series))
    assert "short" not in sequences.participants
    assert any("short.csv" in note for note in sequences.notes)
    assert sequences.values.shape[2] == 300


def test_stretching_keeps_whole_recordings_and_hides_their_length(make_cohort):
    series = {"a": np.linspace(0, 5, 200)[:, None], "b": np.linspace(0, 5, 900)[:, None]}
    sequences = cohort_sequences(make_cohort(series), steps=50, align="stretch")
    np.testing.assert_allclose(sequences.values[0], sequences.values[1], atol=0.05)


def test_without_times_frames_are_counted(make_cohort):
    series = {"a": np.ones((90, 1)), "b": np.ones((60, 1))}
    cohort = make_cohort(series, times=[np.full(90, NAN), np.arange(60) / 30])
    sequences = cohort_sequences(cohort)
    assert sequences.values.shape[2] == 60
    assert sequences.step == 1
    assert any("frames" in note for note in sequences.notes)


def test_no_face_anywhere_is_refused(make_cohort):
    with pytest.raises(InputError, match="nothing to classify"):
        cohort_sequences(make_cohort({"a": np.full((60, 2), NAN)}))


def test_recordings_too_short_for_a_kernel_are_refused(make_cohort):
    with pytest.raises(InputError, match="only 8 frames"):
        cohort_sequences(make_cohort({"a": np.ones((8, 1)), "b": np.ones((9, 1))}))
