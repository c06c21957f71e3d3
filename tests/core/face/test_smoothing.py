"""Smoothing over time: what it does to noise and to motion, and what it leaves alone."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import savgol_filter

from core.errors import InputError
from core.face.smoothing import STATED, smooth, window_frames
from core.facs import UNITS


def film(values, rate=25.0, track=None):
    table = pd.DataFrame({"time": np.arange(len(values)) / rate})
    table["track"] = 0.0 if track is None else track
    for unit in UNITS:
        table[unit] = np.asarray(values, np.float32)
    return table


def test_noise_falls_and_a_slow_motion_keeps_its_height():
    time = np.arange(200) / 25
    motion = 2.5 - 2 * np.cos(time)
    noisy = motion + np.random.default_rng(0).normal(0, 0.3, 200)
    found = smooth(film(noisy), 0.5)["AU12"].to_numpy()
    assert np.abs(found - motion)[10:-10].mean() < 0.6 * np.abs(noisy - motion)[10:-10].mean()
    assert abs(found.max() - motion.max()) < 0.3


def test_it_is_the_filter_of_scipy_and_it_is_stated():
    values = 2 + np.sin(np.arange(50))
    found = smooth(film(values), 0.44)
    assert np.allclose(found["AU01"], savgol_filter(values, 11, 2), atol=1e-5)
    assert (found[STATED] == 0.44).all()


def test_a_gap_and_another_person_are_not_smoothed_over():
    values = np.concatenate([np.zeros(40), np.full(40, 4.0)])
    track = np.repeat([0.0, 1.0], 40)
    assert np.allclose(smooth(film(values, track=track), 0.5)["AU12"], values)
    holed = values.copy()
    holed[38:42] = np.nan
    found = smooth(film(holed), 0.5)["AU12"].to_numpy()
    assert np.array_equal(np.isnan(found), np.isnan(holed)) and np.allclose(
        found[~np.isnan(found)], holed[~np.isnan(holed)]
    )


def test_short_stretches_one_frame_and_no_frame_stay_as_they_are():
    for count in (0, 1, 3):
        values = np.linspace(1, 2, count)
        assert np.allclose(smooth(film(values), 1.0)["AU12"], values)


def test_values_stay_within_the_scale():
    values = np.tile([0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 5.0, 0.0], 10)
    found = smooth(film(values), 0.3)["AU12"]
    assert found.min() >= 0 and found.max() <= 5


def test_the_window_is_an_odd_number_of_frames():
    assert [window_frames(np.arange(100) / 25, seconds) for seconds in (0.2, 0.44, 1)] == [
        5,
        11,
        25,
    ]
    assert window_frames(np.zeros(1), 1) == 1


@pytest.mark.parametrize("seconds", [0, -1, 6, float("nan")])
def test_a_window_that_makes_no_sense_is_refused(seconds):
    with pytest.raises(InputError, match="smoothing window"):
        smooth(film(np.zeros(10)), seconds)
