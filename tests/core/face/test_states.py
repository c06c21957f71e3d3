"""States, components and composites of frames, on tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.face.components import frame_components
from core.face.composition import compose, marked, missing_parts, supported
from core.face.states import STATE_FINDERS, find_states, visits
from core.facs import COMPOSITES, UNITS
from core.synthetic.sample import agreement

COLUMNS = ("AU04", "AU12")


def acted(plan, noise=0.1, each=20):
    """A table at 10 frames a second; ``plan``: one (AU04, AU12) for every ``each`` frames."""
    rng = np.random.default_rng(0)
    values = np.repeat(np.array(plan, float), each, axis=0)
    values = np.clip(values + noise * rng.normal(size=values.shape), 0, 5)
    table = pd.DataFrame(values, columns=COLUMNS)
    return table.assign(time=np.arange(len(table)) / 10)


@pytest.fixture
def rest_cry_laugh():
    return acted([(0.5, 0.5), (4, 0.5), (0.5, 4), (0.5, 0.5)])


@pytest.mark.parametrize("method", STATE_FINDERS)
def test_three_acted_states_are_found_by_silhouette_in_the_order_they_come(rest_cry_laugh, method):
    states = find_states(rest_cry_laugh, COLUMNS, method)
    assert states.count == 3
    assert states.assignment.tolist() == [0] * 20 + [1] * 20 + [2] * 20 + [0] * 20
    assert states.silhouettes.idxmax() == 3 and states.silhouettes[3] > 0.8
    np.testing.assert_allclose(states.means.loc[1], [4, 0.5], atol=0.1)


def test_the_typical_frame_of_a_state_is_the_nearest_to_its_mean(rest_cry_laugh):
    states = find_states(rest_cry_laugh, COLUMNS)
    for state, row in states.typical.items():
        inside = rest_cry_laugh[states.assignment == state][list(COLUMNS)]
        distance = np.linalg.norm(inside - states.means.loc[state], axis=1)
        assert row == inside.index[distance.argmin()]


def test_visits_count_how_often_and_how_long(rest_cry_laugh):
    found = visits(find_states(rest_cry_laugh, COLUMNS), rest_cry_laugh["time"])
    assert found["visits"].tolist() == [2, 1, 1]
    assert found["frames"].tolist() == [40, 20, 20]
    np.testing.assert_allclose(found["share"], [0.5, 0.25, 0.25])
    np.testing.assert_allclose(found["seconds"], [2, 2, 2])


def test_a_frame_without_a_face_is_in_no_state(rest_cry_laugh):
    rest_cry_laugh.loc[30:34, "AU12"] = np.nan
    states = find_states(rest_cry_laugh, COLUMNS)
    assert (states.assignment[30:35] == -1).all()
    assert (states.assignment.drop(range(30, 35)) >= 0).all()
    assert visits(states, rest_cry_laugh["time"])["visits"].tolist() == [2, 2, 1]


def test_the_number_can_be_set_by_hand(rest_cry_laugh):
    assert find_states(rest_cry_laugh, COLUMNS, count=5).count == 5


def test_a_long_video_is_clustered_on_some_frames_and_every_frame_has_a_state():
    table = acted([(0.5, 0.5), (4, 0.5)], each=1500)
    states = find_states(table, COLUMNS, "agglomerative", count=2)
    assert states.assignment.tolist() == [0] * 1500 + [1] * 1500


@pytest.mark.parametrize(
    ("table", "count", "said"),
    [
        (acted([(1, 1)], each=5), None, "at least 6 measured frames; this video has 5"),
        (acted([(1, 1)], noise=0, each=50), None, "does not move"),
        (acted([(1, 1)], each=10), 12, "12 states of 10 different frames"),
    ],
)
def test_too_little_to_cluster_is_said(table, count, said):
    with pytest.raises(InputError, match=said):
        find_states(table, COLUMNS, count=count)


def test_components_follow_the_direction_of_the_motion(rest_cry_laugh):
    components = frame_components(rest_cry_laugh, COLUMNS)
    whole = np.cov(rest_cry_laugh[list(COLUMNS)].T)
    expected = np.sort(np.linalg.eigvalsh(whole))[::-1]
    np.testing.assert_allclose(components.share, expected / expected.sum())
    np.testing.assert_allclose(components.scores.var(), expected)
    assert components.loadings["PC1"].abs().max() == components.loadings["PC1"].max()


def test_components_leave_a_gap_where_nothing_was_measured(rest_cry_laugh):
    rest_cry_laugh.loc[3, "AU04"] = np.nan
    scores = frame_components(rest_cry_laugh, COLUMNS).scores
    assert scores.loc[3].isna().all() and scores.drop(3).notna().all(axis=None)


def test_a_still_face_has_no_direction():
    with pytest.raises(InputError, match="does not move"):
        frame_components(acted([(1, 2)], noise=0), COLUMNS)


def test_default_composites_sum_validated_units_alone():
    parts, withheld = supported({"AU01": True, "AU02": True, "AU05": False, "AU12": True})
    assert parts == {}, "surprise and fear are both AU01 + AU02"
    assert "the same as" in withheld["fear"] and "AU12 alone" in withheld["happiness"]
    parts, withheld = supported({"AU01": True, "AU02": True, "AU05": False, "AU20": True})
    assert parts["fear"] == ("AU01", "AU02", "AU20")
    assert missing_parts(parts)["fear"] == ("AU04", "AU05", "AU07", "AU26")
    assert "no unit left" in withheld["disgust"]
    assert missing_parts(COMPOSITES)["happiness"] == ()


def test_a_composite_of_a_missing_unit_is_nan():
    table = pd.DataFrame({"AU06": [1.0, np.nan], "AU12": [2.0, 3.0]})
    sums = compose(table, {"happiness": ("AU06", "AU12")})["happiness"]
    assert sums[0] == 3 and np.isnan(sums[1])


def test_a_unit_that_is_not_validated_carries_a_star():
    assert marked("AU04", {"AU04": True}) == "AU04"
    assert marked("AU04", {}) == "AU04 *"
    assert marked("emotion_sad", {}) == "emotion_sad"


def test_the_agreement_with_the_truth_is_a_correlation_and_an_error():
    time = np.arange(50) / 25
    known = pd.DataFrame(0.0, index=range(50), columns=list(UNITS)).assign(
        time=time, AU12=5 * np.sin(time) ** 2
    )
    table = known.assign(AU12=known["AU12"] / 2, time=time + 0.001)
    found = agreement(table, known).set_index("unit")
    assert list(found.index) == ["AU12"]
    assert found.loc["AU12", "r"] == pytest.approx(1)
    assert found.loc["AU12", "error"] == pytest.approx((known["AU12"] / 2).mean())
