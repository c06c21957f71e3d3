"""The careless protocol claims what is not there; ours does not; the check notices a leak."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from core.cohort.classify import protocol_comparison
from core.cohort.classify.classification import Classification
from core.cohort.classify.protocol_comparison import paper_protocol, shuffled_labels_check
from core.cohort.classify.ridge import standard_kernel
from core.errors import InputError
from core.intervals import Interval


@pytest.fixture(scope="module")
def noise(make_cohort):
    """40 people without any difference between their groups, each with their own level."""
    rng = np.random.default_rng(0)
    series = {
        f"p{i:02d}": np.abs(rng.normal(1, 0.4, size=2) + 0.3 * rng.normal(size=(150, 2)))
        for i in range(40)
    }
    labels = {name: str(i % 2) for i, name in enumerate(series)}
    return paper_protocol(make_cohort(series, labels), shuffles=20, kernels=60, folds=4)


def test_the_papers_protocol_claims_more_than_there_is(noise):
    claimed = noise.accuracy.set_index(["protocol", "labels"])["claimed"]
    assert claimed["paper", "shuffled"] > 0.57
    assert claimed["ours", "shuffled"] < 0.57
    assert noise.gap == pytest.approx(claimed["paper", "shuffled"] - claimed["ours", "shuffled"])
    assert noise.gap > 0.04
    assert (noise.accuracy["chance"] == 0.5).all()


def test_the_gain_is_the_choice_made_on_the_held_out_people(noise):
    assert (noise.repeats["paper"] >= noise.repeats["median"]).all()
    shuffled = noise.repeats[noise.repeats["labels"] == "shuffled"]
    assert shuffled["median"].mean() < shuffled["paper"].mean() - 0.03


def test_time_points_are_significant_where_people_are_not(noise):
    shuffled = noise.tests[noise.tests["labels"] == "shuffled"]
    assert set(shuffled["measure"]) == {"AU01", "AU06"}
    assert (shuffled["claims_frames"] > 0.8).all()
    assert (shuffled["claims_people"] < 0.4).all()
    assert (shuffled["p_frames"] < 1e-6).all()


def test_fitting_on_principal_axes_is_fitting_on_all_features():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 300)) * rng.gamma(2, 2, size=300)
    group = np.arange(50) % 2
    z = StandardScaler().fit_transform(x) / np.sqrt(300)
    train, test = train_test_split(np.arange(50), test_size=0.2, stratify=group, random_state=7)
    shares = [
        LogisticRegression(C=c, max_iter=5000)
        .fit(z[train], group[train])
        .score(z[test], group[test])
        for c in protocol_comparison.STRENGTHS
    ]
    best, median = protocol_comparison._paper_accuracy(standard_kernel(x), group, seed=7)
    assert best == pytest.approx(max(shares), abs=0.1001)
    assert median == pytest.approx(np.median(shares), abs=0.1001)


def _result(method, permuted):
    nothing = Interval(0.5, 0.3, 0.7)
    return Classification(
        method, ("0", "1"), None, nothing, nothing, nothing, np.array([0.5]), np.asarray(permuted),
        0.4, None, None, None, (), 0.0,
    )  # fmt: skip


def test_a_method_that_beats_chance_with_shuffled_labels_leaks():
    rng = np.random.default_rng(0)
    check = shuffled_labels_check(
        [
            _result("rocket", rng.normal(0.5, 0.08, 200)),
            _result("forest", rng.normal(0.56, 0.08, 200)),
            _result("lstm", []),
        ]
    ).set_index("method")
    assert list(check.index) == ["rocket", "forest"]
    assert not check.loc["rocket", "leaks"]
    assert check.loc["forest", "leaks"]


def test_the_papers_protocol_needs_two_groups(make_cohort):
    series = {f"p{i}": np.ones((40, 1)) + i for i in range(9)}
    labels = {name: str(i % 3) for i, name in enumerate(series)}
    with pytest.raises(InputError, match="compares two groups"):
        paper_protocol(make_cohort(series, labels), folds=3)
