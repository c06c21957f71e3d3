"""Ridge classification with far more features than people, its strength chosen inside, by person.

Everything runs in the space of the people (the kernel trick): one n x n product of the standardised
features, then every strength and every inner fold costs an eigendecomposition of that size.  It is
what ROCKET is published with (Dempster et al. 2020), but for three things: the strength is chosen by
inner folds of people instead of leaving single recordings out, groups weigh the same whatever their
size, and strengths count in units of the mean eigenvalue, so that the grid fits any kernel number.
Ours because scikit-learn would take the product and its eigenvalues anew for each fold and strength.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.cohort.classify.cross_validation import person_folds

STRENGTHS = np.logspace(-3, 3, 13)
_INNER_FOLDS = 4


@dataclass(frozen=True, slots=True)
class Ridge:
    """A linear classifier on raw features: ``scores = x @ weights + intercept``.

    ``weights`` (features, groups), ``intercept`` (groups,), ``strength``: the one chosen.
    """

    weights: np.ndarray
    intercept: np.ndarray
    strength: float

    def scores(self, x: np.ndarray) -> np.ndarray:
        """(rows, groups); the largest wins, they sum to about 2 - groups."""
        return x @ self.weights + self.intercept


def fit_ridge(x: np.ndarray, group: np.ndarray, participants: np.ndarray, seed: int) -> Ridge:
    """Fit on ``x`` (rows, features), ``group`` (rows,) 0.., ``participants`` (rows,)."""
    mean, scale = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    scale[scale < 1e-8 * (1 + np.abs(mean))] = np.inf  # a constant feature gets no weight
    z = ((x - mean) / scale).astype(np.float32)
    kernel = (z @ z.T).astype(np.float64) / x.shape[1]
    strength = choose_strength(kernel, group, participants, seed)
    dual, offset = _solve(kernel, group, strength)
    weights = (z.T @ dual) / x.shape[1] / scale[:, None]
    return Ridge(weights, offset - mean @ weights, strength)


def standard_kernel(x: np.ndarray) -> np.ndarray:
    """Products (rows, rows) of standardised features, over their number.

    Standardising over all rows is what the published protocol does and ours does not
    (`protocol_comparison`); ours standardises inside the fold (`fold_kernels`).
    """
    scale = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(scale > 1e-8, scale, np.inf)
    return (z @ z.T).astype(np.float64) / x.shape[1]


def fold_kernels(x: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products of a fold's rows, standardised by its training rows as `fit_ridge` does: (train, train)
    and (held, train).
    """
    mean, scale = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    scale[scale < 1e-8 * (1 + np.abs(mean))] = np.inf
    z, z_held = (((rows - mean) / scale).astype(np.float32) for rows in (x, held))
    return tuple((rows @ z.T).astype(np.float64) / x.shape[1] for rows in (z, z_held))


def refitted_scores(
    inner: np.ndarray, across: np.ndarray, group: np.ndarray, participants: np.ndarray, seed: int
) -> np.ndarray:
    """Scores (held, groups) of a ridge trained on `fold_kernels`, its strength chosen there."""
    strength = choose_strength(inner, group, participants, seed)
    dual, offset = _solve(inner, group, strength)
    return across @ dual + offset


def choose_strength(
    kernel: np.ndarray, group: np.ndarray, participants: np.ndarray, seed: int
) -> float:
    """The strength with the least group-balanced squared error over inner folds of people."""
    labels = pd.Series(group, index=participants).groupby(level=0).first()
    folds = min(_INNER_FOLDS, int(labels.value_counts().min()))
    if folds < 2:
        return float(np.median(STRENGTHS))
    fold = person_folds(labels, folds, seed).reindex(participants).to_numpy()
    weight, target = _weights(group), _targets(group, group.max() + 1)
    error = np.zeros(len(STRENGTHS))
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        path = _path(kernel[np.ix_(train, train)], group[train], target.shape[1])
        across = kernel[np.ix_(test, train)]
        for i, strength in enumerate(STRENGTHS):
            dual, offset = path(strength)
            residual = across @ dual + offset - target[test]
            error[i] += (weight[test, None] * residual**2).sum()
    return float(STRENGTHS[error.argmin()])


def _solve(kernel: np.ndarray, group: np.ndarray, strength: float):
    return _path(kernel, group, group.max() + 1)(strength)


def _path(kernel: np.ndarray, group: np.ndarray, groups: int):
    """Strength -> (dual (rows, groups), offset (groups,)) with scores = kernel @ dual + offset.

    Weighted ridge with a free intercept: rows are centred at the weighted mean and scaled with the
    root of their weight.
    """
    weight, target = _weights(group), _targets(group, groups)
    share = weight / weight.sum()
    root = np.sqrt(weight)
    centre = np.eye(len(kernel)) - share[None, :]  # x - weighted mean, row by row
    balanced = share @ target
    values, vectors = np.linalg.eigh(root[:, None] * (centre @ kernel @ centre.T) * root[None, :])
    values = np.maximum(values, 0)
    projected = vectors.T @ (root[:, None] * (target - balanced))
    mean_row = share @ kernel

    def solve(strength: float) -> tuple[np.ndarray, np.ndarray]:
        dual = root[:, None] * (vectors @ (projected / (values + strength)[:, None]))
        dual -= share[:, None] * dual.sum(axis=0)  # the centring of the training rows
        return dual, balanced - mean_row @ dual

    return solve


def _weights(group: np.ndarray) -> np.ndarray:
    """Rows weigh so that groups weigh the same; the mean is 1."""
    counts = np.bincount(group)
    return len(group) / ((counts > 0).sum() * counts[group])


def _targets(group: np.ndarray, groups: int) -> np.ndarray:
    return np.where(group[:, None] == np.arange(groups)[None, :], 1.0, -1.0)
