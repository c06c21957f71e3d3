"""Can a person's group be told from their face's movement, by a method that never saw them?

Outer folds are of people; scaling, missing values, kernels' biases and every choice of a setting are
made inside a fold, the choices by inner folds of people.  A person with several recordings is judged
by the mean of their scores.  The cross-validation is repeated with other folds; what is reported is
the first, beside the spread over all.  The permutation test belongs to that very figure: it shuffles
labels among the people of each fold (so that every fold keeps its groups' sizes and the test is exact)
and repeats choices and training on the fold's features, which no label touched.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.cohort.classify import cross_validation
from core.cohort.classify.fold_methods import (
    CLASSIFIERS,
    DTW_STEPS,
    FITTERS,
    MANY_REPEATS,
    NETWORK_STEPS,
    PERMUTED,
    REPEATS,
    ClassifierSettings,
    thinned,
)
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
    intervals over people.  ``repeats``: balanced accuracy of each repeat of the cross-validation, the
    first being ``balanced_accuracy``.  ``permuted``: the same figure after shuffling the labels,
    (permutations,), empty for methods without the test; ``p_value``: share of it that is at least as
    good (with the true one counted), NaN without the test.  ``importance`` (forest): index feature;
    ``mean, sd`` over folds.  ``chosen``: index fold; what was chosen inside it.  ``evidence``
    (ROCKET): one row a group, unit and window: ``group, unit, time`` (s from the start, the window's
    middle), ``evidence`` (mean score
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
    repeats: np.ndarray
    permuted: np.ndarray
    p_value: float
    chosen: pd.DataFrame
    evidence: pd.DataFrame | None
    importance: pd.DataFrame | None
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
    settings: ClassifierSettings | None = None,
) -> list[Classification]:
    """Nested cross-validation of ``methods`` over the people who have a label.

    ``progress(done, total, text)`` is called between pieces of work; what it raises ends it.

    Raises:
        InputError: unknown methods, fewer than two groups, a group with fewer people than folds, or
            sequences that are too short.
    """
    settings = settings or ClassifierSettings()
    labels = people_to_classify(cohort, folds, methods)
    work = [
        folds * (repeats_of(m, settings) + bool(m in PERMUTED and settings.permutations))
        for m in methods
    ]
    bar = _Bar(progress, 100 * sum(work))
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


def repeats_of(method: str, settings: ClassifierSettings) -> int:
    """How often the cross-validation of a method is done."""
    return settings.repeats or REPEATS.get(method, MANY_REPEATS)


def people_to_classify(
    cohort: Cohort, folds: int, methods: tuple[str, ...] | list[str] = ()
) -> pd.Series:
    """Participant -> label of those who have one; InputError lists all that stands in the way."""
    problems = [
        f"{m!r} is not one of {', '.join(CLASSIFIERS)}." for m in methods if m not in CLASSIFIERS
    ]
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
    settings: ClassifierSettings,
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
    valid = cross_validate(method, rows, labels, folds, seed, settings, bar)
    people = _people(valid.scores, rows.participants, labels, groups, folds, seed)
    truth, predicted = (
        pd.Categorical(people[c], categories=groups).codes for c in ("label", "predicted")
    )
    own = people[[f"score {g}" for g in groups]].to_numpy()
    figure = cross_validation.balanced_accuracy_estimate(truth, predicted)
    repeats = [figure.value, *_again(method, rows, labels, groups, folds, seed, settings, bar)]
    permuted = np.empty(0)
    if method in PERMUTED and settings.permutations:
        permuted = permutations(
            valid, rows, labels, people["fold"], settings.permutations, seed, bar
        )
    at_least = (permuted >= figure.value - 1e-12).sum()
    importance = None
    if valid.importance is not None:
        importance = pd.DataFrame(
            {"mean": valid.importance.mean(axis=0), "sd": valid.importance.std(axis=0)},
            index=pd.Index(features.columns, name="feature"),
        ).sort_values("mean", ascending=False)
    return Classification(
        method=method,
        groups=groups,
        people=people,
        accuracy=cross_validation.accuracy_estimate(truth, predicted),
        balanced_accuracy=figure,
        auc=cross_validation.auc_estimate(truth, own, seed),
        repeats=np.array(repeats),
        permuted=permuted,
        p_value=float((1 + at_least) / (1 + len(permuted))) if len(permuted) else float("nan"),
        chosen=valid.chosen,
        evidence=None if valid.maps is None else _evidence(valid.maps, sequences, labels, groups),
        importance=importance,
        notes=notes,
        seconds=time.perf_counter() - began,
    )


def _again(method, rows, labels, groups, folds, seed, settings, bar) -> list[float]:
    """Balanced accuracies of the cross-validation with other folds."""
    figures = []
    plain = replace(settings, evidence=False)
    codes = pd.Categorical(labels, categories=groups).codes
    for repeat in range(1, repeats_of(method, settings)):
        valid = cross_validate(method, rows, labels, folds, seed + 1000 * repeat, plain, bar)
        own = cross_validation.by_person(valid.scores, rows.participants, labels.index)
        figures.append(cross_validation.balanced_accuracy(codes, own.argmax(axis=1)))
    return figures


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Held-out ``scores`` (rows, groups; NaN for people without a label), what was ``chosen`` in each
    fold, ROCKET's ``maps``, the forest's ``importance`` (folds, features), and for permutation tests
    each fold's train rows, test rows and training on other labels (``again``).
    """

    scores: np.ndarray
    chosen: pd.DataFrame
    maps: np.ndarray | None
    importance: np.ndarray | None
    again: tuple[tuple[np.ndarray, np.ndarray, Callable | None], ...]


def cross_validate(
    method: str,
    rows: Rows,
    labels: pd.Series,
    folds: int,
    seed: int,
    settings: ClassifierSettings,
    bar: _Bar | None = None,
) -> CrossValidation:
    """One cross-validation of a method.

    ``labels``: participant -> group.  A row is a recording or a person; ``rows.participants`` says
    whose, and all rows of a person are in one fold.
    """
    bar = bar or _Bar(None, 1)
    groups = order_groups(labels.unique())
    codes = pd.Categorical(labels, categories=groups).codes
    group = pd.Series(codes, index=labels.index).reindex(rows.participants).to_numpy()
    scores = np.full((len(rows.x), len(groups)), np.nan)
    chosen, importance, again, maps = [], [], [], None
    for number, (train, test) in enumerate(
        cross_validation.splits(labels, rows.participants, folds, seed)
    ):
        text = f"{CLASSIFIERS[method]}: fold {number + 1} of {folds}"
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
        again.append((train, test, fold.again))
        if fold.importance is not None:
            importance.append(fold.importance)
        if fold.evidence is not None:
            if maps is None:
                maps = np.full(
                    (fold.evidence.shape[0], *rows.x.shape[:2], fold.evidence.shape[3]), np.nan
                )
            maps[:, test] = fold.evidence
        bar.step(text)
    table = pd.DataFrame(chosen, index=pd.RangeIndex(len(chosen), name="fold"))
    return CrossValidation(
        scores, table, maps, np.stack(importance) if importance else None, tuple(again)
    )


def permutations(
    valid: CrossValidation,
    rows: Rows,
    labels: pd.Series,
    fold: pd.Series,
    count: int,
    seed: int,
    bar: _Bar | None = None,
) -> np.ndarray:
    """Balanced accuracies (count,) after shuffling labels among the people of each fold.

    ``fold``: participant -> fold of ``valid``.  Every training is done again on the fold's features.
    """
    from threadpoolctl import threadpool_limits

    bar = bar or _Bar(None, 1)
    codes = pd.Series(np.unique(labels, return_inverse=True)[1], index=labels.index)
    members = [np.flatnonzero(fold.reindex(labels.index) == f) for f in sorted(fold.unique())]
    rng, values, text = np.random.default_rng(seed), np.empty(count), "permutation test"
    folds = len(valid.again)
    for i in range(count):
        bar.say(f"{text}, {i + 1} of {count}", folds * i / count)
        shuffled = codes.to_numpy().copy()
        for people in members:
            shuffled[people] = rng.permutation(shuffled[people])
        person = pd.Series(shuffled, index=labels.index)
        group = person.reindex(rows.participants).to_numpy()
        out = np.full_like(valid.scores, np.nan)
        with threadpool_limits(1):  # small matrices: sharing them among threads costs more
            for train, test, again in valid.again:
                out[test] = again(group[train].astype(int))
        own = cross_validation.by_person(out, rows.participants, labels.index)
        values[i] = cross_validation.balanced_accuracy(shuffled, own.argmax(axis=1))
    bar.step(text, folds)
    return values


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
