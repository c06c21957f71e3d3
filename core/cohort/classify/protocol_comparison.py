"""What careless protocols claim on the same data, and whether ours finds anything in shuffled labels.

Three faults of a published analysis (the notebooks of arXiv 2407.13753), repeated on purpose beside our
own protocol, with the true labels and with labels that mean nothing:

1. the scaler is fitted before the split;
2. the best of 20 regularisation strengths is chosen on the same held-out fifth that is reported;
3. groups are compared by testing the time points of their two mean curves, not the people.

With shuffled labels there is nothing to find, so whatever a protocol claims beyond chance there is the
protocol's own doing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.classify import cross_validation
from core.cohort.classify.classification import Classification, people_to_classify
from core.cohort.classify.fold_methods import ClassifierSettings, transformer
from core.cohort.classify.ridge import fit_ridge, standard_kernel
from core.cohort.classify.sequences import Recordings, equal_length
from core.cohort.statistics.frames import person_means
from core.cohort.tables.schema import Cohort, order_groups
from core.errors import InputError
from core.progress import Progress

STRENGTHS = np.logspace(-4, 4, 20)
"""The 20 values of C of the logistic regression, from which the paper's protocol takes the best; they
count for standardised features over the root of their number, so that the range fits any kernels."""

_HELD_OUT = 0.2
_CURVE_STEPS = 1000


@dataclass(frozen=True, slots=True)
class PaperProtocol:
    """The careless protocol beside ours, on the same features.

    ``accuracy``: one row a protocol (``paper``, ``ours``) and kind of labels (``true``, ``shuffled``);
    ``claimed`` (mean accuracy over the repeats), ``low``, ``high`` (2.5 and 97.5 % of the repeats; NaN
    with one), ``repeats``, ``chance`` (always guessing the largest group).
    ``gap``: paper minus ours with shuffled labels, in accuracy: what the protocol adds to nothing.
    ``repeats``: one row a repeat; ``labels, repeat, paper, median, ours``, where ``median`` is the
    accuracy of the typical of the 20 strengths on the held-out fifth.
    ``tests``: one row a measure and kind of labels; ``measure, labels``, ``p_frames`` (Welch over the
    time points of the two mean curves), ``p_people`` (Welch, one value a person), medians over the
    shuffles; ``claims_frames``, ``claims_people``: share of repeats with p < 0.05.
    """

    accuracy: pd.DataFrame
    gap: float
    repeats: pd.DataFrame
    tests: pd.DataFrame


def paper_protocol(
    cohort: Cohort,
    shuffles: int = 20,
    folds: int = 5,
    seed: int = 0,
    kernels: int = 1000,
    progress: Progress | None = None,
) -> PaperProtocol:
    """Run both protocols on ROCKET's features, ``shuffles`` times with shuffled labels.

    Each series is scaled by itself as ROCKET is published, so that both protocols can share kernels:
    they differ in the features' scaler, the split and the choice of the strength alone.

    With the true labels the paper's single split is repeated ``shuffles`` times too, with other
    people held out, because one split of 20 people says little.

    Raises:
        InputError: as `core.cohort.classify.classification.classify`, or more than two groups.
    """
    labels = people_to_classify(cohort, folds)
    groups = order_groups(labels.unique())
    if len(groups) != 2:
        raise InputError(
            f"The paper's protocol compares two groups; these are {', '.join(groups)}. Choose two."
        )
    items = Recordings(cohort, people=set(labels.index))
    total = 2 * shuffles + 1
    say = progress or (lambda *_: None)
    say(0, total, "Paper's protocol: ROCKET features")
    sequences = equal_length(items, cohort.units)
    labels = labels[labels.index.isin(sequences.participants)]
    settings = ClassifierSettings(kernels=kernels)
    x = _each_by_itself(sequences.values)
    features = transformer("rocket", x, seed, settings)(x, lambda *_: None)
    features = cross_validation.by_person(features, sequences.participants, labels.index)
    kernel = standard_kernel(features)  # fault 1: the scaler has seen everyone

    true = pd.Categorical(labels, categories=groups).codes.astype(int)
    rng = np.random.default_rng(seed)
    rows, tests = [], []
    curves = _curves(items, cohort)
    means = person_means(cohort).reindex(labels.index)
    for number in range(2 * shuffles):
        kind = "true" if number < shuffles else "shuffled"
        say(1 + number, total, f"Paper's protocol: {kind} labels, {number % shuffles + 1}")
        group = true if kind == "true" else rng.permutation(true)
        claimed, median = _paper_accuracy(kernel, group, int(rng.integers(2**31)))
        ours = _our_accuracy(features, group, labels.index, folds, seed + number)
        rows.append((kind, number % shuffles, claimed, median, ours))
        if kind == "shuffled" or number == 0:
            tests.append(_tests(curves, means, labels.index, group).assign(labels=kind))
    say(total, total, "Paper's protocol: done")
    repeats = pd.DataFrame(rows, columns=["labels", "repeat", "paper", "median", "ours"])
    accuracy = _summary(repeats, chance=float(np.bincount(true).max() / len(true)))
    mean = accuracy.set_index(["protocol", "labels"])["claimed"]
    gap = float(mean["paper", "shuffled"] - mean["ours", "shuffled"])
    return PaperProtocol(accuracy, gap, repeats, _summarise_tests(pd.concat(tests)))


def shuffled_labels_check(results: list[Classification]) -> pd.DataFrame:
    """Does a classifier that is given shuffled labels stay at chance, as it must?

    One row a method with a permutation test: ``method``, ``shuffles``, ``mean`` balanced accuracy with
    shuffled labels, ``low, high`` (95 % interval of that mean), ``chance``, and ``leaks``: the whole
    interval lies above chance, so that something other than the labels told the groups apart.
    """
    rows = []
    for result in results:
        n = len(result.permuted)
        if n < 2:
            continue
        mean = float(result.permuted.mean())
        half = float(stats.t.ppf(0.975, n - 1) * result.permuted.std(ddof=1) / np.sqrt(n))
        leaks = mean - half > result.chance
        rows.append((result.method, n, mean, mean - half, mean + half, result.chance, leaks))
    columns = ["method", "shuffles", "mean", "low", "high", "chance", "leaks"]
    return pd.DataFrame(rows, columns=columns)


def _paper_accuracy(kernel: np.ndarray, group: np.ndarray, seed: int) -> tuple[float, float]:
    """The best and the median accuracy of 20 strengths on one held-out fifth (faults 1 and 2).

    A logistic regression with an L2 penalty depends on the features through their products only, so
    it is fitted on the people's principal axes: as many columns as people, the same answer.  The split
    keeps the groups' shares, which a plain random split spoils against the protocol's own favour.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from threadpoolctl import threadpool_limits

    values, vectors = np.linalg.eigh(kernel)
    axes = vectors * np.sqrt(np.maximum(values, 0))
    train, test = train_test_split(
        np.arange(len(group)), test_size=_HELD_OUT, stratify=group, random_state=seed
    )
    accuracies = []
    with threadpool_limits(1):  # matrices this small cost more to share among threads than to solve
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, max_iter=200).fit(axes[train], group[train])
            accuracies.append(model.score(axes[test], group[test]))
    return float(max(accuracies)), float(np.median(accuracies))


def _our_accuracy(
    features: np.ndarray, group: np.ndarray, people: pd.Index, folds: int, seed: int
) -> float:
    """Accuracy of the nested cross-validation: scaling and choice without the people it is judged on."""
    labels, names = pd.Series(group, index=people), people.to_numpy()
    predicted = np.empty(len(group), dtype=int)
    for train, test in cross_validation.splits(labels, names, folds, seed):
        ridge = fit_ridge(features[train], group[train], names[train], seed)
        predicted[test] = ridge.scores(features[test]).argmax(axis=1)
    return float((predicted == group).mean())


def _each_by_itself(values: np.ndarray) -> np.ndarray:
    """Every series with mean 0 and spread 1, as ROCKET is published: nothing is fitted to others."""
    centred = values - values.mean(axis=2, keepdims=True)
    spread = centred.std(axis=2, keepdims=True)
    return np.nan_to_num(centred / np.where(spread > 1e-6, spread, 1)).astype(np.float32)


def _curves(items: Recordings, cohort: Cohort) -> pd.DataFrame:
    """Everybody's course of every unit on one time axis: (participant, unit) x step."""
    sequences = equal_length(items, cohort.units, _CURVE_STEPS, "stretch")
    people = pd.Index(sequences.participants, name="participant")
    index = pd.MultiIndex.from_product([range(len(people)), cohort.units])
    table = pd.DataFrame(sequences.values.reshape(len(index), -1), index=index)
    return table.set_axis(
        pd.MultiIndex.from_arrays(
            [people[index.get_level_values(0)], index.get_level_values(1)],
            names=["participant", "unit"],
        )
    )


def _tests(
    curves: pd.DataFrame, means: pd.DataFrame, people: pd.Index, group: np.ndarray
) -> pd.DataFrame:
    """Fault 3 and its remedy for every unit: p over time points, p over people."""
    own = pd.Series(group, index=people)
    inside = own.reindex(curves.index.get_level_values("participant")).to_numpy()
    rows = []
    for unit in curves.index.get_level_values("unit").unique():
        at = curves.index.get_level_values("unit") == unit
        lines = [np.nanmean(curves[at & (inside == g)], axis=0) for g in (0, 1)]
        values = [means[unit][(own == g).to_numpy()].dropna() for g in (0, 1)]
        rows.append((unit, _welch(*lines), _welch(*values)))
    return pd.DataFrame(rows, columns=["measure", "p_frames", "p_people"])


def _welch(a, b) -> float:
    if min(len(a), len(b)) < 2 or not (np.var(a) + np.var(b)) > 0:
        return float("nan")
    return float(stats.ttest_ind(a, b, equal_var=False).pvalue)


def _summary(repeats: pd.DataFrame, chance: float) -> pd.DataFrame:
    rows = []
    for protocol in ("paper", "ours"):
        for kind, some in repeats.groupby("labels", sort=False):
            values = some[protocol].dropna().to_numpy()
            low, high = np.quantile(values, [0.025, 0.975]) if len(values) > 1 else (np.nan, np.nan)
            rows.append((protocol, kind, values.mean(), low, high, len(values), chance))
    columns = ["protocol", "labels", "claimed", "low", "high", "repeats", "chance"]
    return pd.DataFrame(rows, columns=columns)


def _summarise_tests(tests: pd.DataFrame) -> pd.DataFrame:
    """Medians of p and shares under 0.05 for each measure and kind of labels."""
    grouped = tests.groupby(["measure", "labels"], sort=False)[["p_frames", "p_people"]]
    claims = grouped.agg(lambda p: (p.dropna() < 0.05).mean())
    claims.columns = ["claims_frames", "claims_people"]
    return grouped.median().join(claims).reset_index()
