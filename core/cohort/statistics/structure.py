"""Do people fall into clusters by themselves, and would data without structure look the same?

Everything is computed on standardised features, one row a person; labels are only compared with the
outcome (ARI, NMI), never used.  A silhouette means nothing alone: every clustering stands beside the
silhouettes of data without clusters, made and clustered in the same way: a t copula keeps each feature's
own values (its skew, its floor at 0) and about the features' rank correlations, components are taken
anew, as many as the same share of the variance asks for, and where the number of clusters was chosen,
it is chosen again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from core.cohort.statistics.features import Features
from core.errors import InputError
from core.progress import Progress

Method = Literal["kmeans", "agglomerative", "mixture", "dbscan", "hdbscan"]
CLUSTERINGS: dict[Method, str] = {
    "kmeans": "K-means",
    "agglomerative": "Agglomerative (Ward)",
    "mixture": "Gaussian mixture",
    "dbscan": "DBSCAN",
    "hdbscan": "HDBSCAN",
}
_VARIANCE, _COMPONENTS = 0.8, 8  # people are clustered on the components that reach this share
_NEIGHBOURS = 5  # what the density methods call a crowd
_FEWEST = 4
NUMBERED = ("kmeans", "agglomerative", "mixture")
"""Methods that are told a number of clusters."""
MOST_CLUSTERS = 8
TAIL = 10
"""Degrees of freedom of the null's copula.  A Gaussian one calls 8 to 11 % of skewed people without
clusters clustered at the level of 5 % (Ward)."""


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of standardised features.

    ``scores``: participant x ``PC1..``.  ``loadings``: feature x component, unit vectors.
    ``variance``: index component; ``eigenvalue``, ``share``, ``cumulative`` (0..1).  ``filled``: how
    many missing values were replaced by their feature's mean; ``dropped``: features that are constant
    or missing for more than half the people.  ``standard``: participant x feature, what they were
    taken of.
    """

    scores: pd.DataFrame
    loadings: pd.DataFrame
    variance: pd.DataFrame
    filled: int
    dropped: tuple[str, ...]
    standard: pd.DataFrame

    def reaching(self, share: float = _VARIANCE, most: int = _COMPONENTS) -> pd.DataFrame:
        """The first scores that together explain ``share`` of the variance, ``most`` at the most."""
        return self.scores.iloc[:, : _enough(self.variance["cumulative"], share, most)]


@dataclass(frozen=True, slots=True)
class Clustering:
    """People in clusters, and what there is to say for and against them.

    ``assignment``: participant -> 0.., -1 = in no cluster (density methods).  ``silhouette`` (-1..1)
    and ``davies_bouldin`` (0 is best) are over the people in clusters, NaN under two clusters.
    ``ari``, ``nmi``: agreement with the labels over people who have one, those in no cluster counted
    as one more; NaN without labels.  ``stability``: ARI with the clusterings of random 80 % of the
    people, (resamples,), NaN where there are no two clusters.  ``null``: silhouettes of data without
    clusters (`structureless`), (draws,), NaN where fewer than two clusters came out.  ``sought``:
    whether the number of clusters was chosen by its silhouette, here and in the null.  ``p_value``:
    share of the null that is at least as good (with the observed one counted), NaN without a
    silhouette.  ``by_count``: index ``clusters``;
    ``silhouette``, for the methods that are told a number.  ``linkage``: Ward's, (people - 1, 4) as in
    scipy, for the agglomerative method.  ``space``: participant x component, what was clustered.
    """

    method: Method
    assignment: pd.Series
    silhouette: float
    davies_bouldin: float
    ari: float
    nmi: float
    stability: np.ndarray
    null: np.ndarray
    p_value: float
    by_count: pd.DataFrame
    linkage: np.ndarray | None
    space: pd.DataFrame
    sought: bool = False

    @property
    def clusters(self) -> int:
        """How many clusters there are; people in none do not count as one."""
        return int(self.assignment[self.assignment >= 0].nunique())


def _enough(cumulative: Sequence[float], share: float = _VARIANCE, most: int = _COMPONENTS) -> int:
    """How many components reach the share of the variance, ``most`` at the most."""
    return min(int((np.asarray(cumulative) < share - 1e-12).sum()) + 1, most)


def principal_components(features: Features | pd.DataFrame) -> Components:
    """Components of the standardised features, as many as the data carry.

    Raises:
        InputError: under 4 people, or no feature that varies.
    """
    table = features.values if isinstance(features, Features) else features
    table = table.dropna(how="all")
    if len(table) < _FEWEST:
        raise InputError(f"{len(table)} people have features; structure needs at least {_FEWEST}.")
    values = table.to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    common = known.mean(axis=0) >= 0.5
    means = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    complete = np.where(known, values, means)
    sd = complete.std(axis=0)
    usable = common & (sd > 1e-9 * (1 + np.abs(means)))
    if not usable.any():
        raise InputError("No feature varies between these people: there is no structure to show.")
    z = (complete[:, usable] - means[usable]) / sd[usable]
    left, singular, right = np.linalg.svd(z, full_matrices=False)
    rank = int((singular > 1e-8 * singular[0]).sum())
    left, singular, right = left[:, :rank], singular[:rank], right[:rank]
    sign = np.sign(right[np.arange(rank), np.abs(right).argmax(axis=1)])
    names = pd.Index([f"PC{i}" for i in range(1, rank + 1)], name="component")
    eigenvalue = singular**2 / (len(z) - 1)
    share = singular**2 / (singular**2).sum()
    return Components(
        pd.DataFrame(left * singular * sign, index=table.index, columns=names),
        pd.DataFrame(right.T * sign, index=table.columns[usable], columns=names),
        pd.DataFrame(
            {"eigenvalue": eigenvalue, "share": share, "cumulative": share.cumsum()}, index=names
        ),
        int((~known[:, usable]).sum()),
        tuple(table.columns[~usable]),
        pd.DataFrame(z, index=table.index, columns=table.columns[usable]),
    )


def structureless(standard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Data like ``standard`` (people, features) without clusters: a t copula, (people, features).

    Every column keeps exactly its values, in another order: that of a draw whose columns have about
    the rank correlations of these, and `TAIL` degrees of freedom, so that one person's extremes come
    together a little more often than a Gaussian has it.  Nothing else is left of the people.
    """
    from scipy.stats import norm, rankdata

    people = len(standard)
    scores = norm.ppf((rankdata(standard, axis=0) - 0.5) / people)
    scores -= scores.mean(axis=0)
    # rows of a Gaussian with the scores' correlations, also where features outnumber people
    drawn = rng.normal(size=(people, people)) @ (scores / np.linalg.norm(scores, axis=0))
    drawn /= np.sqrt(rng.chisquare(TAIL, size=(people, 1)) / TAIL)
    ranks = drawn.argsort(axis=0).argsort(axis=0)
    return np.take_along_axis(np.sort(standard, axis=0), ranks, axis=0)


# a cohort is so small that threads wait for each other ten times longer than they work
@threadpool_limits.wrap(limits=1)
def cluster_people(
    features: Features | Components | pd.DataFrame,
    labels: pd.Series | None = None,
    method: Method = "kmeans",
    clusters: int | None = None,
    draws: int = 30,
    seed: int = 0,
    progress: Progress | None = None,
) -> Clustering:
    """Cluster people on the components that reach 80 % of the variance (8 at the most).

    ``labels``: participant -> label, NaN or None for people without one.  ``clusters``: how many, for
    the methods that are told a number; None takes the number with the best silhouette.  ``draws``:
    resamples for the stability and data sets for the null.

    Raises:
        InputError: as `principal_components`, or more clusters asked for than there are people.
    """
    components = features if isinstance(features, Components) else principal_components(features)
    space = components.reaching()
    x = space.to_numpy()
    known = None if labels is None else labels.reindex(space.index).dropna()
    if clusters is not None and not 2 <= clusters < len(x):
        raise InputError(f"{clusters} clusters of {len(x)} people: choose 2 to {len(x) - 1}.")
    assignment, by_count = _clustered(method, x, clusters, seed)
    observed = silhouette(x, assignment)
    stability, null = _resampled(
        components.standard.to_numpy(), x, assignment, method, clusters, draws, seed, progress
    )
    ari = nmi = float("nan")
    if known is not None and known.nunique() > 1:
        ari, nmi = _agreement(known.to_numpy(), assignment[space.index.isin(known.index)])
    return Clustering(
        method,
        pd.Series(assignment, index=space.index, name="cluster"),
        observed,
        _davies_bouldin(x, assignment),
        ari,
        nmi,
        stability,
        null,
        _null_p(observed, null),
        by_count,
        _ward(x) if method == "agglomerative" else None,
        space,
        clusters is None and method in NUMBERED,
    )


def _resampled(
    standard: np.ndarray,
    x: np.ndarray,
    assignment: np.ndarray,
    method: Method,
    clusters: int | None,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Agreement with the clusters of 80 % of the people, and silhouettes without clusters: (draws,)."""
    rng = np.random.default_rng(seed)
    number = len(np.unique(assignment[assignment >= 0]))
    stability, null = np.full(draws, np.nan), np.full(draws, np.nan)
    for draw in range(draws):
        if progress is not None:
            progress(draw, draws, f"{CLUSTERINGS[method]}: null and stability")
        some = rng.choice(len(x), size=max(number + 1, round(0.8 * len(x))), replace=False)
        if number > 1:
            again = _fit(method, x[some], number, draw)
            stability[draw] = _agreement(assignment[some], again)[0]
        blank = _places(structureless(standard, rng))
        null[draw] = silhouette(blank, _clustered(method, blank, clusters, draw)[0])
    if progress is not None:
        progress(draws, draws, f"{CLUSTERINGS[method]}: done")
    return stability, null


def _places(standard: np.ndarray) -> np.ndarray:
    """Scores (people, components) of data on its own first components, as `Components.reaching`."""
    centred = standard - standard.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    count = _enough(np.cumsum(singular**2) / np.sum(singular**2))
    return left[:, :count] * singular[:count]


def _clustered(
    method: Method, x: np.ndarray, clusters: int | None, seed: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """The clusters of ``x``, as many as asked for or as have the best silhouette, and those tried."""
    if method not in NUMBERED:
        return _fit(method, x, 0, seed), _silhouettes([], [])
    counts = list(range(2, min(MOST_CLUSTERS + 1, len(x))))
    tree = _ward(x) if method == "agglomerative" else None
    fits = {count: _fit(method, x, count, seed, tree) for count in counts}
    values = [silhouette(x, fit) for fit in fits.values()]
    if clusters is None:
        clusters = counts[int(np.nanargmax(values)) if np.isfinite(values).any() else 0]
    assignment = fits[clusters] if clusters in fits else _fit(method, x, clusters, seed, tree)
    return assignment, _silhouettes(values, counts)


def _silhouettes(values: list[float], counts: list[int]) -> pd.DataFrame:
    index = pd.Index(counts, name="clusters")
    return pd.DataFrame({"silhouette": values}, index=index, dtype=float)


def silhouette(x: np.ndarray, assignment: np.ndarray) -> float:
    """Mean silhouette of the people in clusters; NaN under two clusters or without a spare person."""
    from sklearn.metrics import silhouette_score

    inside = assignment >= 0
    count = len(np.unique(assignment[inside]))
    if not 2 <= count < inside.sum():
        return float("nan")
    return float(silhouette_score(x[inside], assignment[inside]))


def _davies_bouldin(x: np.ndarray, assignment: np.ndarray) -> float:
    from sklearn.metrics import davies_bouldin_score

    inside = assignment >= 0
    count = len(np.unique(assignment[inside]))
    if not 2 <= count < inside.sum():
        return float("nan")
    return float(davies_bouldin_score(x[inside], assignment[inside]))


def _agreement(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    first = np.unique(first.astype(str), return_inverse=True)[1]
    return float(adjusted_rand_score(first, second)), float(
        normalized_mutual_info_score(first, second)
    )


def _null_p(observed: float, null: np.ndarray) -> float:
    """Null data in which no two clusters were found count as worse than what was observed."""
    if not np.isfinite(observed) or not len(null):
        return float("nan")
    return float((1 + (null >= observed).sum()) / (1 + len(null)))


def _ward(x: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage

    return linkage(x, method="ward")


def _fit(
    method: Method, x: np.ndarray, clusters: int, seed: int, tree: np.ndarray | None = None
) -> np.ndarray:
    """Cluster of each row of ``x``, -1 for none; ``tree``: Ward's, where it is known already."""
    if method == "kmeans":
        from sklearn.cluster import KMeans

        return KMeans(clusters, n_init=3, random_state=seed).fit_predict(x)
    if method == "agglomerative":
        from scipy.cluster.hierarchy import fcluster

        return fcluster(_ward(x) if tree is None else tree, clusters, criterion="maxclust") - 1
    if method == "mixture":
        from sklearn.mixture import GaussianMixture

        ridge = 1e-3 * float(x.var(axis=0).mean())
        return GaussianMixture(clusters, reg_covar=ridge, random_state=seed).fit_predict(x)
    if method == "dbscan":
        from sklearn.cluster import DBSCAN

        return DBSCAN(eps=_reach(x), min_samples=_NEIGHBOURS).fit_predict(x)
    if method == "hdbscan":
        from sklearn.cluster import HDBSCAN

        return HDBSCAN(min_cluster_size=min(_NEIGHBOURS, len(x)), copy=True).fit_predict(x)
    raise ValueError(f"{method!r} is not one of {', '.join(CLUSTERINGS)}")


def _reach(x: np.ndarray) -> float:
    """DBSCAN's radius: within it nine of ten people have the neighbours that make a crowd."""
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(x))).fit(x)
    return float(np.quantile(nearest.kneighbors(x)[0][:, -1], 0.9))
