"""The classifiers, as what happens inside one fold: prepare, choose, train, score the held-out rows.

A fitter takes ``train`` rows, their ``group`` (0..) and ``participants``, the ``test`` rows, a seed, the
settings and ``say(done, total)``; it sees no label of a test row.  Sequences are (rows, units, steps),
features (rows, features); NaN is missing.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.cohort.classify import cross_validation
from core.cohort.classify.ridge import fit_ridge
from core.cohort.classify.rocket import KERNELS

METHODS: dict[str, str] = {
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
EVIDENCE_WINDOWS = 50
_LEAVES = (1, 3, 8)  # the forest's only choice: people a leaf holds at least
DTW_STEPS, NETWORK_STEPS = 250, 250
_DTW_WINDOW = 0.1


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set beside methods and folds; the defaults suit a hundred people on two cores."""

    permutations: int = PERMUTATIONS
    kernels: int = KERNELS  # of ROCKET
    trees: int = 200
    ensemble: int = 1  # networks of InceptionTime; published: 5
    epochs: int = 40
    threads: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Fold:
    """Scores (test rows, groups) of a fold, what was chosen in it, and ROCKET's evidence if asked."""

    scores: np.ndarray
    chosen: dict[str, float]
    evidence: np.ndarray | None = None


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
    method: str, x: np.ndarray, seed: int, settings: Settings
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
    ridge = fit_ridge(x, group, participants, seed)
    scores = ridge.scores(rocket.transform(test, lambda d, _: say(len(train) + d, size)))
    say(len(train) + len(test), size)
    columns = range(1, 2) if group.max() == 1 else range(group.max() + 1)
    maps = [_windows(rocket.evidence(test, ridge.weights[:, c])) for c in columns]
    return Fold(scores, {"strength": ridge.strength}, np.stack(maps))


def _fit_multirocket_hydra(train, group, participants, test, seed, settings, say) -> Fold:
    train, test = scaled(train, test)
    transform = transformer("multirocket_hydra", train, seed, settings)
    size = len(train) + len(test)
    ridge = fit_ridge(transform(train, lambda d, _: say(d, size)), group, participants, seed)
    scores = ridge.scores(transform(test, lambda d, _: say(len(train) + d, size)))
    return Fold(scores, {"strength": ridge.strength})


def _forest(leaf: int, trees: int, seed: int, threads: int = 1):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        trees,
        min_samples_leaf=leaf,
        class_weight="balanced",
        random_state=seed,
        n_jobs=threads,
    )


def _fit_forest(train, group, participants, test, seed, settings, say) -> Fold:
    """The size of the leaves is the one with the best log-likelihood over three inner folds."""
    usable = np.isfinite(train).any(axis=0)
    train, test = train[:, usable], test[:, usable]
    labels = pd.Series(group, index=participants).groupby(level=0).first()
    inner = min(3, int(labels.value_counts().min()))
    loss = np.zeros(len(_LEAVES))
    if inner > 1:
        for i, leaf in enumerate(_LEAVES):
            say(i, len(_LEAVES) + 1)
            for fit, held in cross_validation.splits(labels, participants, inner, seed):
                forest = _forest(leaf, settings.trees, seed, settings.threads)
                forest.fit(train[fit], group[fit])
                chance = forest.predict_proba(train[held])[np.arange(len(held)), group[held]]
                loss[i] -= np.log(np.maximum(chance, 0.5 / settings.trees)).sum()
    leaf = _LEAVES[int(loss.argmin())]
    forest = _forest(leaf, settings.trees, seed, settings.threads).fit(train, group)
    return Fold(forest.predict_proba(test), {"leaf": leaf})


def forest_votes(x: np.ndarray, group: np.ndarray, settings: Settings) -> np.ndarray:
    """(rows, groups): how the trees that did not draw a row vote on it; nothing is chosen.

    The permutation test's forest: half the trees, leaves of three.  A row is a person, so what is
    out of the bag is a person that the tree never saw, and one forest does the work of all folds.
    """
    forest = _forest(3, max(25, settings.trees // 2), 0, settings.threads).set_params(
        oob_score=True
    )
    with warnings.catch_warnings():  # a row that every tree drew has no vote
        warnings.simplefilter("ignore")
        forest.fit(x[:, np.isfinite(x).any(axis=0)], group)
    return np.nan_to_num(forest.oob_decision_function_, nan=1 / (group.max() + 1))


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
