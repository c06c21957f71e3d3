"""The classifiers, as what happens inside one fold: prepare, choose, train, score the held-out rows.

A fitter takes ``train`` rows, their ``group`` (0..) and ``participants``, the ``test`` rows, a seed, the
settings and ``say(done, total)``; it sees no label of a test row.  Sequences are (rows, units, steps),
features (rows, features); NaN is missing.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.cohort.classify.ridge import Ridge, fit_ridge, fold_kernels, refitted_scores
from core.cohort.classify.rocket import KERNELS

CLASSIFIERS: dict[str, str] = {
    "rocket": "ROCKET",
    "multirocket_hydra": "MultiRocket-Hydra",
    "forest": "Random forest on window features",
    "dtw": "DTW, nearest neighbour",
    "inception": "InceptionTime",
    "lstm": "LSTM",
}
PERMUTED = ("rocket", "multirocket_hydra", "forest")
"""Methods with a permutation test: their features need no labels, so a shuffle costs a refit only."""

PERMUTATIONS = 200
REPEATS = {"inception": 1, "lstm": 1}
"""Repeats of the cross-validation unless set: networks are too slow for more than one."""
MANY_REPEATS = 10
"""The others'."""
EVIDENCE_WINDOWS = 50
_LEAF = 3  # people that a leaf of the forest holds at least
DTW_STEPS, NETWORK_STEPS = 250, 250
_DTW_WINDOW = 0.1


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """What can be set beside methods and folds; the defaults suit a hundred people on two cores."""

    permutations: int = PERMUTATIONS
    kernels: int = KERNELS  # of ROCKET
    trees: int = 150
    repeats: int | None = None  # of the cross-validation, each with other folds; None: REPEATS
    ensemble: int = 1  # networks of InceptionTime; published: 5
    epochs: int = 40
    evidence: bool = True  # where and when ROCKET found it: costs about three transforms
    threads: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Fold:
    """What came of a fold.

    ``scores`` (test rows, groups); ``chosen``: what was chosen in it.  ``evidence``: ROCKET's.
    ``again``: scores after training anew, on the same features, on other groups (train rows,), for
    permutation tests; None where that would cost a whole training.  ``importance`` (features,): the
    forest's.
    """

    scores: np.ndarray
    chosen: dict[str, float]
    evidence: np.ndarray | None = None
    again: Callable[[np.ndarray], np.ndarray] | None = None
    importance: np.ndarray | None = None


Say = Callable[[int, int], None]


def thinned(values: np.ndarray, steps: int) -> np.ndarray:
    """Means of neighbouring steps until at most ``steps`` are left (a remainder is cut off)."""
    width = -(-values.shape[2] // steps)
    whole = values.shape[2] // width * width
    return values[:, :, :whole].reshape(*values.shape[:2], -1, width).mean(axis=3)


def scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units scaled by the training rows' mean and spread; a unit that is missing becomes their mean."""
    known = np.isfinite(train)
    count = np.maximum(known.sum(axis=(0, 2), keepdims=True), 1)
    mean = np.where(known, train, 0).sum(axis=(0, 2), keepdims=True, dtype=np.float64) / count
    square = np.where(known, train - mean, 0) ** 2
    sd = np.sqrt(square.sum(axis=(0, 2), keepdims=True) / count)
    sd[sd < 1e-6] = 1.0
    return tuple(np.nan_to_num((x - mean) / sd, nan=0.0).astype(np.float32) for x in (train, test))


def transformer(
    method: str, x: np.ndarray, seed: int, settings: ClassifierSettings
) -> Callable[[np.ndarray, Say], np.ndarray]:
    """Sequences -> features, fitted to ``x`` without labels (ROCKET: to its shape alone)."""
    if method == "rocket":
        from core.cohort.classify.rocket import Rocket

        return Rocket(x.shape[1:], settings.kernels, seed, settings.threads).transform
    from core.cohort.classify.multirocket import MultiRocketHydra

    return MultiRocketHydra(x, seed, settings.threads).transform


def _fit_rocket(train, group, participants, test, seed, settings, say) -> Fold:
    from core.cohort.classify.rocket import Rocket

    train, test = scaled(train, test)
    rocket = Rocket(train.shape[1:], settings.kernels, seed, settings.threads)
    size = len(train) + 4 * len(test)  # the evidence costs about three transforms
    x = rocket.transform(train, lambda d, _: say(d, size))
    held = rocket.transform(test, lambda d, _: say(len(train) + d, size))
    ridge, again = _ridge(x, held, group, participants, seed)
    maps = None
    if settings.evidence:
        say(len(train) + len(test), size)
        columns = range(1, 2) if group.max() == 1 else range(group.max() + 1)
        maps = [_windows(rocket.evidence(test, ridge.weights[:, c])) for c in columns]
        maps = np.stack(maps)
    return Fold(ridge.scores(held), {"strength": ridge.strength}, maps, again)


def _ridge(x, held, group, participants, seed) -> tuple[Ridge, Callable[[np.ndarray], np.ndarray]]:
    """The ridge of a fold, and its scores of the held-out rows after training on other groups."""
    ridge = fit_ridge(x, group, participants, seed)
    inner, across = fold_kernels(x, held)
    return ridge, lambda other: refitted_scores(inner, across, other, participants, seed)


def _fit_multirocket_hydra(train, group, participants, test, seed, settings, say) -> Fold:
    train, test = scaled(train, test)
    transform = transformer("multirocket_hydra", train, seed, settings)
    size = len(train) + len(test)
    x = transform(train, lambda d, _: say(d, size))
    held = transform(test, lambda d, _: say(len(train) + d, size))
    ridge, again = _ridge(x, held, group, participants, seed)
    return Fold(ridge.scores(held), {"strength": ridge.strength}, again=again)


def _fit_forest(train, group, participants, test, seed, settings, say) -> Fold:
    """A random forest with leaves of at least three people; nothing is chosen."""
    usable = np.isfinite(train).any(axis=0)

    def fitted(group: np.ndarray):
        forest = RandomForestClassifier(
            settings.trees,
            min_samples_leaf=min(_LEAF, max(1, len(train) // 4)),
            class_weight="balanced",
            random_state=seed,
            n_jobs=settings.threads,
        )
        return forest.fit(train[:, usable], group)

    from sklearn.ensemble import RandomForestClassifier

    forest = fitted(group)
    importance = np.zeros(train.shape[1])
    importance[usable] = forest.feature_importances_
    return Fold(
        forest.predict_proba(test[:, usable]),
        {"leaf": _LEAF},
        again=lambda other: fitted(other).predict_proba(test[:, usable]),
        importance=importance,
    )


def _fit_dtw(train, group, participants, test, seed, settings, say) -> Fold:
    """Nearest neighbour within a warping window of 10 %; nothing is chosen.

    A group's score is the share of the other groups in the sum of the distances to the nearest.
    """
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    from core.cohort.classify.rocket import COMPILED

    train, test = scaled(train, test)
    nearest = KNeighborsTimeSeriesClassifier(
        distance="dtw", distance_params={"window": _DTW_WINDOW}, n_neighbors=len(train), n_jobs=1
    ).fit(train, group)
    scores = np.empty((len(test), group.max() + 1))
    for row in range(len(test)):
        say(row, len(test))
        with COMPILED:
            distance, index = nearest.kneighbors(test[row : row + 1])
        for column in range(scores.shape[1]):
            scores[row, column] = distance[0][group[index[0]] == column].min()
    total = scores.sum(axis=1, keepdims=True)
    return Fold(1 - scores / np.where(total > 0, total, 1), {"window": _DTW_WINDOW})


def _fit_network(architecture: str):
    def fit(train, group, participants, test, seed, settings, say) -> Fold:
        from core.cohort.classify.networks import SequenceNetwork

        train, test = scaled(train, test)
        ensemble = settings.ensemble if architecture == "inception" else 1
        network = SequenceNetwork(architecture, ensemble, settings.epochs, seed=seed)
        network.fit(train, group, progress=say)
        return Fold(network.predict_proba(test), {"epochs": settings.epochs})

    return fit


FITTERS = {
    "rocket": _fit_rocket,
    "multirocket_hydra": _fit_multirocket_hydra,
    "forest": _fit_forest,
    "dtw": _fit_dtw,
    "inception": _fit_network("inception"),
    "lstm": _fit_network("lstm"),
}


def _windows(maps: np.ndarray) -> np.ndarray:
    """Evidence (recordings, units, steps) summed into at most 50 windows of equal steps."""
    edges = np.linspace(0, maps.shape[2], min(EVIDENCE_WINDOWS, maps.shape[2]) + 1).astype(int)
    return np.add.reduceat(maps, edges[:-1], axis=2)
