"""Mean curves: one value a person at each moment, intervals over people."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.synthesis import synthesize
from core.cohort.tables.schema import no_events
from core.errors import InputError


@pytest.fixture(scope="module")
def cohort():
    return synthesize(12, 0.5, 0, seconds=8, fps=10)


def test_a_curve_is_the_mean_over_people_with_students_interval(cohort):
    curve = mean_curves(cohort, "AU12", bins=4)
    end = cohort.frames["time"].max()
    assert curve["time"].tolist()[:4] == pytest.approx([end * (i + 0.5) / 4 for i in range(4)])
    piece = (cohort.frames["time"] / end * 4).astype(int).clip(upper=3)
    means = cohort.frames.groupby([cohort.frames["participant"].astype(str), piece])["AU12"].mean()
    for group in ("0", "1"):
        members = cohort.people.index[cohort.people["label"] == group]
        own = means.unstack().loc[members].astype(float)
        rows = curve[curve["group"] == group]
        np.testing.assert_allclose(rows["mean"], own.mean(), rtol=1e-5)
        low, high = stats.t.interval(0.95, 5, own.mean(), own.sem())
        np.testing.assert_allclose(rows["low"], low, rtol=1e-5)
        np.testing.assert_allclose(rows["high"], high, rtol=1e-5)
        assert (rows["n"] == 6).all()


def test_where_one_person_is_left_there_is_no_interval_and_where_nobody_is_a_gap(cohort):
    frames = cohort.frames.copy()
    late = frames["time"] >= 4
    first = cohort.people.index[cohort.people["label"] == "0"][0]
    frames.loc[late & (frames["participant"] != first), "AU12"] = np.nan
    curve = mean_curves(replace(cohort, frames=frames), "AU12", bins=2)
    zero, one = (curve[(curve["group"] == g) & (curve["time"] > 4)].iloc[0] for g in "01")
    assert zero["n"] == 1 and np.isfinite(zero["mean"]) and np.isnan(zero["low"])
    assert one["n"] == 0 and np.isnan(one["mean"])


def test_of_two_people_the_interval_has_one_degree_of_freedom(cohort):
    two = cohort.people.index[cohort.people["label"] == "0"][:2]
    frames = cohort.frames.copy()
    frames.loc[~frames["participant"].isin(two), "AU12"] = np.nan
    curve = mean_curves(replace(cohort, frames=frames), "AU12", bins=1)
    row = curve[curve["group"] == "0"].iloc[0]
    own = (
        frames[frames["participant"].isin(two)].groupby("participant", observed=True)["AU12"].mean()
    )
    low, high = stats.t.interval(0.95, 1, own.mean(), own.sem())
    np.testing.assert_allclose((row["low"], row["high"]), (low, high), rtol=1e-5)


def test_relative_time_lays_recordings_of_unequal_length_over_each_other(cohort):
    frames = cohort.frames.copy()
    frames["time"] = frames["time"] * 7 + 3
    frames.loc[frames["participant"] == cohort.people.index[0], "time"] *= 2
    curve = mean_curves(replace(cohort, frames=frames), "AU12", bins=10, relative=True)
    assert curve["time"].max() == pytest.approx(0.95)
    expected = mean_curves(cohort, "AU12", bins=10, relative=True)
    np.testing.assert_allclose(curve["n"], expected["n"])
    # a frame on the border of two pieces may fall to either side
    np.testing.assert_allclose(curve["mean"], expected["mean"], atol=0.1)


def test_phases_are_means_over_people_too(cohort):
    table = phase_means(cohort, "AU06").set_index(["group", "phase"])
    coping = cohort.frames[cohort.in_phase("coping")]
    own = coping.groupby("participant", observed=True)["AU06"].mean()
    expected = own[(cohort.people["label"] == "1").to_numpy()].mean()
    assert table.loc[("1", "coping"), "mean"] == pytest.approx(expected, rel=1e-5)
    assert len(table) == 8


def test_a_cohort_without_labels_is_one_group_without_a_name(cohort):
    people = cohort.people.assign(label=None)
    curve = mean_curves(replace(cohort, people=people), "AU12", bins=3)
    assert curve["group"].tolist() == [""] * 3
    assert (curve["n"] == 12).all()


def test_what_cannot_be_drawn_is_a_sentence(cohort):
    with pytest.raises(InputError, match="AU99"):
        mean_curves(cohort, "AU99")
    with pytest.raises(InputError, match="no times"):
        mean_curves(replace(cohort, frames=cohort.frames.assign(time=np.nan)), "AU12")
    with pytest.raises(InputError, match="event log"):
        phase_means(replace(cohort, events=no_events()), "AU12")


def test_there_are_no_more_pieces_than_frames(make_cohort):
    """Three seconds at 12 frames a second cut into 60 pieces would be mostly gaps."""
    series = {f"p{i}": np.full((36, 1), 1.0 + i) for i in range(4)}
    cohort = make_cohort(series, dict.fromkeys(series, "0"), rate=12.0)
    for relative in (False, True):
        curve = mean_curves(cohort, "AU01", bins=60, relative=relative)
        assert len(curve) == 36 and (curve["n"] == 4).all()
    one_long = {"q": np.ones((360, 1)), **series}
    cohort = make_cohort(one_long, dict.fromkeys(one_long, "0"), rate=12.0)
    assert len(mean_curves(cohort, "AU01", bins=60)) == 60
