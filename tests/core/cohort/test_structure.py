"""Components and clusters, against scikit-learn and scipy, with and without structure."""

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.stats import binom, spearmanr
from sklearn import metrics
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from core.cohort.statistics.structure import (
    CLUSTERINGS,
    cluster_people,
    principal_components,
    structureless,
)
from core.errors import InputError
from tests.benchmarks.cohort_calibration import called_clustered


def _table(people=40, features=6, apart=0.0, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(people, features))
    values[: people // 2] += apart
    names = [f"p{i:02d}" for i in range(people)]
    labels = pd.Series(["0"] * (people // 2) + ["1"] * (people - people // 2), index=names)
    return pd.DataFrame(values, index=names, columns=[f"f{i}" for i in range(features)]), labels


def test_components_are_those_of_scikit_learn():
    table, _ = _table()
    ours = principal_components(table)
    theirs = PCA().fit(StandardScaler().fit_transform(table))
    np.testing.assert_allclose(ours.variance["share"], theirs.explained_variance_ratio_)
    np.testing.assert_allclose(ours.variance["eigenvalue"], theirs.explained_variance_)
    np.testing.assert_allclose(np.abs(ours.loadings.T), np.abs(theirs.components_), atol=1e-9)
    assert ours.variance["cumulative"].iloc[-1] == pytest.approx(1)


def test_features_that_say_nothing_are_dropped_and_gaps_are_counted():
    table, _ = _table()
    table["same"], table["rare"] = 3.0, np.nan
    table.iloc[0, table.columns.get_loc("rare")] = 1.0
    table.iloc[3, 0] = np.nan
    components = principal_components(table)
    assert components.dropped == ("same", "rare")
    assert components.filled == 1
    assert np.isfinite(components.scores.to_numpy()).all()


def test_too_few_people_or_nothing_that_varies_is_refused():
    with pytest.raises(InputError, match="at least 4"):
        principal_components(_table(people=3)[0])
    with pytest.raises(InputError, match="No feature varies"):
        principal_components(pd.DataFrame(np.ones((9, 3))))


@pytest.mark.parametrize("method", CLUSTERINGS)
def test_people_in_two_crowds_are_found_by_every_method(method):
    table, labels = _table(apart=8.0)
    result = cluster_people(table, labels, method, draws=19)
    assert result.clusters == 2
    assert result.ari > 0.9
    assert result.p_value == pytest.approx(0.05)
    assert np.nanmean(result.stability) > 0.9


@pytest.mark.parametrize("method", ["kmeans", "agglomerative", "mixture"])
def test_data_without_structure_do_not_beat_their_null(method):
    table, labels = _table(people=60, seed=3)
    result = cluster_people(table, labels, method, draws=19)
    assert result.p_value > 0.1
    assert abs(result.ari) < 0.2
    assert result.null.min() - 0.05 < result.silhouette < result.null.max() + 0.05


def test_indices_are_those_of_scikit_learn():
    table, labels = _table(apart=1.5)
    result = cluster_people(table, labels, "kmeans", draws=2)
    x, own = result.space.to_numpy(), result.assignment.to_numpy()
    assert result.silhouette == pytest.approx(metrics.silhouette_score(x, own))
    assert result.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(x, own))
    assert result.ari == pytest.approx(metrics.adjusted_rand_score(labels, own))
    assert result.nmi == pytest.approx(metrics.normalized_mutual_info_score(labels, own))


def test_the_dendrogram_is_that_of_scipy():
    table, _ = _table()
    result = cluster_people(table, method="agglomerative", draws=2)
    np.testing.assert_allclose(result.linkage, linkage(result.space, method="ward"))
    assert np.isnan(result.ari)


def test_one_dense_crowd_has_no_silhouette():
    table, labels = _table(people=60, features=2)
    result = cluster_people(table, labels, "dbscan", draws=3)
    assert result.clusters == 1
    assert np.isnan(result.stability).all(), "one cluster is not stable, it is none"
    assert np.isnan(result.silhouette)
    assert np.isnan(result.p_value)


def test_people_without_a_label_are_clustered_and_not_compared():
    table, labels = _table(apart=8.0)
    labels.iloc[:5] = None
    result = cluster_people(table, labels, draws=2)
    assert len(result.assignment) == 40
    assert result.ari == pytest.approx(1)


def test_more_clusters_than_people_is_refused():
    with pytest.raises(InputError, match="50 clusters of 40 people"):
        cluster_people(_table()[0], clusters=50)


def test_clustering_can_be_cancelled():
    def stop(done, total, text):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster_people(_table()[0], progress=stop)


def test_the_null_keeps_each_features_distribution_and_the_rank_correlations():
    rng = np.random.default_rng(2)
    x = np.exp(rng.normal(size=(300, 1)) + 0.7 * rng.normal(size=(300, 3)))
    blank = structureless(x, rng)
    np.testing.assert_array_equal(np.sort(blank, axis=0), np.sort(x, axis=0))
    assert (blank != x).mean() > 0.9
    own, drawn = (spearmanr(v).statistic for v in (x, blank))
    np.testing.assert_allclose(drawn, own, atol=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(
    "method, cohorts", [("agglomerative", 60), ("kmeans", 20), ("mixture", 20)]
)
@pytest.mark.parametrize("kind", ["log-normal", "floored"])
def test_skewed_people_without_clusters_are_seldom_called_clustered(method, cohorts, kind):
    """Nominal 5 %; at most 8 % and what chance adds to so few cohorts (binomial, 99 %).

    ``python -m tests.benchmarks.cohort --clusters 400`` counts more of them.
    """
    assert called_clustered(method, kind, cohorts) <= binom.ppf(0.99, cohorts, 0.08)


def test_the_number_of_clusters_is_chosen_again_in_the_null():
    table, _ = _table(people=30)
    sought = cluster_people(table, method="kmeans", draws=15)
    told = cluster_people(table, method="kmeans", clusters=2, draws=15)
    assert sought.sought and not told.sought
    assert sought.null.mean() > told.null.mean(), "the best of seven is better than the first"
