"""Folds by person, and what held-out scores are worth: accuracies, AUC, intervals over people.

Whoever is tested was never trained on, in none of their recordings; intervals count people, not
recordings or frames.  DeLong's variance is our own: scikit-learn and statsmodels give an area under the
ROC curve no interval.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import norm

from core.intervals import Interval, wilson

_Z = float(norm.ppf(0.975))


def person_folds(labels: pd.Series, folds: int, seed: int) -> pd.Series:
    """Participant -> fold 0.., each fold with each group's share; one person is in one fold.

    Raises:
        ValueError: a group has fewer people than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    counts = labels.value_counts()
    if folds < 2 or counts.min() < folds:
        raise ValueError(f"{folds} folds of groups with {counts.min()} people at the least")
    dealt = StratifiedKFold(folds, shuffle=True, random_state=seed)
    fold = pd.Series(-1, index=labels.index, dtype=int)
    for number, (_, test) in enumerate(dealt.split(np.zeros(len(labels)), labels.astype(str))):
        fold.iloc[test] = number
    return fold


def splits(
    labels: pd.Series, participants: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Row indices (train, test) of recordings; ``participants`` (rows,) names each row's person.

    ``labels``: participant -> group; rows of people without a label are in neither.
    """
    fold = person_folds(labels, folds, seed).reindex(participants).to_numpy()
    for number in range(folds):
        yield (
            np.flatnonzero((fold >= 0) & (fold != number)),
            np.flatnonzero(fold == number),
        )


def by_person(scores: np.ndarray, participants: np.ndarray, people: pd.Index) -> np.ndarray:
    """Mean score of each person's recordings: (rows, groups) -> (people, groups)."""
    table = pd.DataFrame(scores).groupby(participants).mean()
    return table.reindex(people).to_numpy()


def balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean over groups of the share that was recognised; chance is 1 / groups."""
    from sklearn.metrics import recall_score

    return float(
        recall_score(truth, predicted, labels=np.unique(truth), average="macro", zero_division=0)
    )


def accuracy_estimate(truth: np.ndarray, predicted: np.ndarray) -> Interval:
    """Share of people recognised, with Wilson's interval (1927)."""
    return wilson(truth == predicted)


def balanced_accuracy_estimate(truth: np.ndarray, predicted: np.ndarray) -> Interval:
    """Balanced accuracy with an interval that survives 0 and 1.

    Each group's share has Wilson's interval; the interval of their mean recovers the variances from
    those limits (MOVER; Zou and Donner 2008, eq. 3).
    """
    groups = [wilson(predicted[truth == group] == group) for group in np.unique(truth)]
    share, low, high = (
        np.array([getattr(g, side) for g in groups]) for side in ("value", "low", "high")
    )
    value = float(share.mean())
    down = float(np.sqrt(np.square(share - low).sum())) / len(share)
    up = float(np.sqrt(np.square(high - share).sum())) / len(share)
    return Interval(value, max(0.0, value - down), min(1.0, value + up), len(truth))


def auc_estimate(truth: np.ndarray, scores: np.ndarray, seed: int = 0) -> Interval:
    """Area under the ROC curve of scores (people, groups); ``truth`` (people,) 0.. names the column.

    Two groups: DeLong's variance (1988) on the logit scale; where every pair is in order the variance
    vanishes and Hanley and McNeil's (1982), solved for the limit (Newcombe 2006), takes its place.
    More: the mean over groups of one against the rest, with a bootstrap over people within groups
    (1,000 draws, percentile).
    """
    groups = np.unique(truth)
    if len(groups) == 2:
        margin = scores[:, 1] - scores[:, 0]
        return _delong(margin[truth == groups[1]], margin[truth == groups[0]])
    members = [np.flatnonzero(truth == g) for g in groups]
    rng = np.random.default_rng(seed)

    def area(rows: list[np.ndarray]) -> float:
        areas = []
        for column, own in enumerate(rows):
            rest = np.concatenate([r for i, r in enumerate(rows) if i != column])
            areas.append(_pairs(scores[own, column], scores[rest, column]).mean())
        return float(np.mean(areas))

    draws = [area([rng.choice(m, len(m)) for m in members]) for _ in range(1000)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(area(members), float(low), float(high))


def _pairs(higher: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """1 where a pair is in order, 0.5 for ties, (higher, lower)."""
    difference = higher[:, None] - lower[None, :]
    return (difference > 0) + 0.5 * (difference == 0)


def _delong(higher: np.ndarray, lower: np.ndarray) -> Interval:
    pairs = _pairs(higher, lower)
    area, m, n = float(pairs.mean()), len(higher), len(lower)
    if min(m, n) < 2:
        return Interval(area, float("nan"), float("nan"))
    variance = pairs.mean(axis=1).var(ddof=1) / m + pairs.mean(axis=0).var(ddof=1) / n
    if 0 < area < 1 and variance > 0:
        half = _Z * np.sqrt(variance) / (area * (1 - area))
        limits = 1 / (1 + np.exp(-(np.log(area / (1 - area)) + np.array([-half, half]))))
        return Interval(area, float(limits[0]), float(limits[1]))
    return Interval(area, *_newcombe(area, m, n))


def _newcombe(area: float, m: int, n: int) -> tuple[float, float]:
    """Limits where the area is as far away as its own standard error allows."""
    from scipy.optimize import brentq

    def excess(theta: float) -> float:
        half = (m + n) / 2 - 1
        spread = 1 + half * (1 - theta) / (2 - theta) + half * theta / (1 + theta)
        return (area - theta) ** 2 - _Z**2 * theta * (1 - theta) * spread / (m * n)

    tiny = 1e-12
    low = 0.0 if area <= 0 else brentq(excess, tiny, area - tiny)
    high = 1.0 if area >= 1 else brentq(excess, area + tiny, 1 - tiny)
    return float(low), float(high)
