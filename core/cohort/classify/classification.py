"""Can a person's group be told from their face's movement, by a method that never saw them?

Outer folds are of people; scaling, missing values, kernels' biases and every choice of a setting are
made inside a fold, the choices by inner folds of people.  A person with several recordings is judged
by the mean of their scores.  The permutation test shuffles people's labels and repeats folds, choices
and training on features that no label touched; it is exact for the statistic it repeats, which is
computed on features scaled over everyone and therefore kept apart from the accuracy.
"""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.cohort.classify import cross_validation
from core.cohort.classify.fold_methods import (
    DTW_STEPS,
    FITTERS,
    METHODS,
    NETWORK_STEPS,
    PERMUTED,
    Settings,
    forest_votes,
    scaled,
    thinned,
    transformer,
)
from core.cohort.classify.ridge import kernel_scores, standard_kernel
from core.cohort.classify.sequences import Sequences, cohort_sequences
from core.cohort.statistics.features import person_features
from core.cohort.tables.schema import Cohort, order_groups
from core.errors import InputError
from core.intervals import Interval
from core.progress import Progress


@dataclass(frozen=True, slots=True)
class Classification:
    """What one method makes of people it never saw.

    ``people``: index participant; ``label``, ``predicted``, ``fold``, and one score column a group
    (``"score 1"``; the largest wins).  ``accuracy``, ``balanced_accuracy``, ``auc``: with 95 %
    intervals over people.  ``permuted``: balanced accuracies after shuffling the labels,
    (permutations,), empty for methods without the test; ``permutation_statistic``: the same statistic
    with the true labels; ``p_value``: share of both that is at least as good, NaN without the test.
    ``chosen``: index fold; what was chosen inside it.  ``evidence`` (ROCKET): one row a group, unit
    and window: ``group, unit, time`` (s from the start, the window's middle), ``evidence`` (mean score
    contribution of held-out people in the group minus that of the others; sums over unit and time to
    the difference of their mean scores), ``z`` (over its standard error).  ``notes``: how the data
    were prepared.
    """

    method: str
    groups: tuple[str, ...]
    people: pd.DataFrame
    accuracy: Interval
    balanced_accuracy: Interval
    auc: Interval
    permuted: np.ndarray
    permutation_statistic: float
    p_value: float
    chosen: pd.DataFrame
    evidence: pd.DataFrame | None
    notes: tuple[str, ...]
    seconds: float

    @property
    def chance(self) -> float:
        """The balanced accuracy of guessing."""
        return 1 / len(self.groups)


@dataclass(slots=True)
class _Bar:
    """Progress in one count over methods, folds and permutations."""

    report: Progress | None
    total: int
    done: float = 0.0

    def step(self, text: str, amount: float = 1.0) -> None:
        self.done += amount
        self.say(text)

    def say(self, text: str, within: float = 0.0) -> None:
        if self.report is not None:
            self.report(min(self.total, int(100 * (self.done + within))), self.total, text)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a method is trained on: ``x`` rows, whose people ``participants`` (rows,) are."""

    x: np.ndarray
    participants: np.ndarray


def classify(
    cohort: Cohort,
    methods: tuple[str, ...] | list[str] = ("rocket", "forest"),
    folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> list[Classification]:
    """Nested cross-validation of ``methods`` over the people who have a label.

    ``progress(done, total, text)`` is called between pieces of work; what it raises ends it.

    Raises:
        InputError: unknown methods, fewer than two groups, a group with fewer people than folds, or
            sequences that are too short.
    """
    settings = settings or Settings()
    labels = people_to_classify(cohort, folds, methods)
    units = {m: folds + (folds if m in PERMUTED and settings.permutations else 0) for m in methods}
    bar = _Bar(progress, 100 * sum(units.values()))
    bar.say("Preparing sequences and features")
    sequences, features, notes = None, None, ()
    if set(methods) - {"forest"}:
        sequences = cohort_sequences(cohort)
        sequences = sequences.take(np.isin(sequences.participants, labels.index))
        notes = sequences.notes
        labels = _still(labels, sequences.participants, folds)
    if "forest" in methods:
        features = person_features(cohort).values.dropna(how="all")
        labels = _still(labels, features.index.to_numpy(), folds)
    results = []
    for method in methods:
        results.append(_one(method, sequences, features, labels, folds, seed, bar, settings, notes))
    return results


def people_to_classify(
    cohort: Cohort, folds: int, methods: tuple[str, ...] | list[str] = ()
) -> pd.Series:
    """Participant -> label of those who have one; InputError lists all that stands in the way."""
    problems = [f"{m!r} is not one of {', '.join(METHODS)}." for m in methods if m not in METHODS]
    labels = cohort.people["label"].dropna().astype(str)
    counts = labels.value_counts()
    if len(counts) < 2:
        problems.append(f"There are {len(counts)} groups with a label; two are needed.")
    if folds < 2:
        problems.append(f"{folds} folds: choose 2 or more.")
    problems += [
        f"Group {group!r} has {count} people, fewer than the {folds} folds: choose fewer folds or "
        "leave the group out."
        for group, count in counts.items()
        if count < max(2, folds)
    ]
    if problems:
        raise InputError(" ".join(problems))
    return labels


def _still(labels: pd.Series, participants: np.ndarray, folds: int) -> pd.Series:
    """The labels of people who have data; InputError if a group is now too small."""
    left = labels[labels.index.isin(participants)]
    short = [
        f"{group!r} has usable recordings of {(left == group).sum()} people only"
        for group in sorted(labels.unique())
        if (left == group).sum() < folds
    ]
    if short:
        raise InputError(f"{'; '.join(short)}: {folds} folds need at least that many people each.")
    return left


def _one(
    method: str,
    sequences: Sequences | None,
    features: pd.DataFrame | None,
    labels: pd.Series,
    folds: int,
    seed: int,
    bar: _Bar,
    settings: Settings,
    notes: tuple[str, ...],
) -> Classification:
    began = time.perf_counter()
    if method == "forest":
        rows = Rows(features.to_numpy(), features.index.to_numpy())
    elif method == "rocket" or method == "multirocket_hydra":
        rows = Rows(sequences.values, sequences.participants)
    else:
        steps = DTW_STEPS if method == "dtw" else NETWORK_STEPS
        rows = Rows(thinned(sequences.values, steps), sequences.participants)
    groups = order_groups(labels.unique())
    scores, chosen, maps = cross_validate(method, rows, labels, folds, seed, settings, bar)
    people = _people(scores, rows.participants, labels, groups, folds, seed)
    truth, predicted = (
        pd.Categorical(people[c], categories=groups).codes for c in ("label", "predicted")
    )
    own = people[[f"score {g}" for g in groups]].to_numpy()

    permuted, statistic = np.empty(0), float("nan")
    if method in PERMUTED and settings.permutations:
        statistic, permuted = permutations(method, rows, labels, folds, seed, settings, bar)
    at_least = (permuted >= statistic - 1e-12).sum()
    return Classification(
        method,
        groups,
        people,
        cross_validation.accuracy_estimate(truth, predicted),
        cross_validation.balanced_accuracy_estimate(truth, predicted),
        cross_validation.auc_estimate(truth, own, seed),
        permuted,
        statistic,
        float((1 + at_least) / (1 + len(permuted))) if len(permuted) else float("nan"),
        chosen,
        None if maps is None else _evidence(maps, sequences, labels, groups),
        notes,
        time.perf_counter() - began,
    )


def cross_validate(
    method: str,
    rows: Rows,
    labels: pd.Series,
    folds: int,
    seed: int,
    settings: Settings,
    bar: _Bar | None = None,
) -> tuple[np.ndarray, pd.DataFrame, np.ndarray | None]:
    """Held-out scores (rows, groups; NaN for people without a label), choices by fold, evidence.

    ``labels``: participant -> group.  A row is a recording or a person; ``rows.participants`` says
    whose, and all rows of a person are in one fold.
    """
    bar = bar or _Bar(None, 1)
    groups = order_groups(labels.unique())
    codes = pd.Categorical(labels, categories=groups).codes
    group = pd.Series(codes, index=labels.index).reindex(rows.participants).to_numpy()
    scores = np.full((len(rows.x), len(groups)), np.nan)
    chosen, maps = [], None
    for number, (train, test) in enumerate(
        cross_validation.splits(labels, rows.participants, folds, seed)
    ):
        text = f"{METHODS[method]}: fold {number + 1} of {folds}"
        bar.say(text)
        fold = FITTERS[method](
            rows.x[train],
            group[train].astype(int),
            rows.participants[train],
            rows.x[test],
            seed,
            settings,
            lambda done, total, text=text: bar.say(text, done / total),
        )
        scores[test] = fold.scores
        chosen.append(fold.chosen)
        if fold.evidence is not None:
            if maps is None:
                maps = np.full(
                    (fold.evidence.shape[0], *rows.x.shape[:2], fold.evidence.shape[3]), np.nan
                )
            maps[:, test] = fold.evidence
        bar.step(text)
    return scores, pd.DataFrame(chosen, index=pd.RangeIndex(len(chosen), name="fold")), maps


def permutations(
    method: str,
    rows: Rows,
    labels: pd.Series,
    folds: int,
    seed: int,
    settings: Settings,
    bar: _Bar | None = None,
) -> tuple[float, np.ndarray]:
    """Balanced accuracy with the true labels, and with people's labels shuffled (permutations,).

    Features are computed once, over everyone, without labels; each shuffle draws its own
    folds, except for the forest, which is judged out of the bag.
    """
    from threadpoolctl import threadpool_limits

    bar = bar or _Bar(None, 1)
    known = np.isin(rows.participants, labels.index)
    rows = Rows(rows.x[known], rows.participants[known])
    text = f"{METHODS[method]}: permutation test"
    bar.say(text)
    if method == "forest":

        def held_out(group: np.ndarray, shuffled: pd.Series) -> np.ndarray:
            return forest_votes(rows.x, group, settings)
    else:
        x = scaled(rows.x, rows.x)[0]
        transform = transformer(method, x, seed, settings)
        kernel = standard_kernel(transform(x, lambda d, t: bar.say(text, folds * d / t / 2)))

        def held_out(group: np.ndarray, shuffled: pd.Series) -> np.ndarray:
            out = np.full((len(rows.x), group.max() + 1), np.nan)
            for train, test in cross_validation.splits(shuffled, rows.participants, folds, seed):
                out[test] = kernel_scores(kernel, group, rows.participants, train, test, seed)
            return out

    def statistic(shuffled: pd.Series) -> float:
        codes = np.unique(shuffled, return_inverse=True)[1]
        group = pd.Series(codes, index=shuffled.index).reindex(rows.participants).to_numpy()
        with threadpool_limits(1):  # small matrices: sharing them among threads costs more
            out = held_out(group, shuffled)
        own = cross_validation.by_person(out, rows.participants, shuffled.index)
        return cross_validation.balanced_accuracy(codes, own.argmax(axis=1))

    observed = statistic(labels)
    rng = np.random.default_rng(seed)
    values = np.empty(settings.permutations)
    for i in range(len(values)):
        values[i] = statistic(pd.Series(rng.permutation(labels.to_numpy()), index=labels.index))
        bar.say(f"{text}, {i + 1} of {len(values)}", folds * (0.5 + 0.5 * i / len(values)))
    bar.step(text, folds)
    return observed, values


def _people(scores, participants, labels, groups, folds, seed) -> pd.DataFrame:
    own = cross_validation.by_person(scores, participants, labels.index)
    people = pd.DataFrame({"label": labels})
    people["predicted"] = np.array(groups, dtype=object)[own.argmax(axis=1)]
    people["fold"] = cross_validation.person_folds(labels, folds, seed)
    for column, group in enumerate(groups):
        people[f"score {group}"] = own[:, column]
    return people


def _evidence(
    maps: np.ndarray, sequences: Sequences, labels: pd.Series, groups: tuple[str, ...]
) -> pd.DataFrame:
    """The table of `Classification.evidence` from maps (groups, recordings, units, windows)."""
    shape = maps.shape[2:]
    steps = sequences.values.shape[2]
    edges = np.linspace(0, steps, shape[1] + 1).astype(int)
    step = sequences.step if np.isfinite(sequences.step) else 1 / steps
    middle = (edges[:-1] + edges[1:]) / 2 * step
    shown = groups[1:] if len(groups) == 2 else groups
    tables = []
    for group, own_map in zip(shown, maps, strict=True):
        flat = own_map.reshape(len(own_map), -1)
        own = cross_validation.by_person(flat, sequences.participants, labels.index)
        inside = (labels == group).to_numpy()
        a, b = own[inside], own[~inside]
        difference = a.mean(axis=0) - b.mean(axis=0)
        error = np.sqrt(a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b))
        tables.append(
            pd.DataFrame(
                {
                    "group": group,
                    "unit": np.repeat(sequences.units, shape[1]),
                    "time": np.tile(middle, shape[0]),
                    "evidence": difference,
                    "z": np.divide(difference, error, where=error > 0, out=np.zeros_like(error)),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
