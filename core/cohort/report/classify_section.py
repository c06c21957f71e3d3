"""What stands in a report of classifiers, and of the careless protocol beside ours."""

from collections.abc import Iterable

import pandas as pd

from core.cohort.classify import fold_methods as classifiers
from core.cohort.classify import judgement
from core.cohort.classify.classification import Classification
from core.cohort.classify.protocol_comparison import PaperProtocol, shuffled_labels_check
from core.cohort.report import plot_classifiers, plot_style
from core.cohort.report.rendering import Figure, Section, Table
from core.formatting import percent, signed


def classified(results: Iterable[Classification], with_people: bool = False) -> Section:
    """What classifiers make of people they never saw, with chance, intervals and permutations."""
    results = list(results)
    if not results:
        return Section("Classification", ("No classifier was run.",))
    table = classifier_table(results)
    people = len(results[0].people)
    text = (
        f"Nested cross-validation over {people} people: folds are of people, and scaling, missing "
        "values and every choice of a setting are made inside a fold. Balanced accuracy with a "
        f"95 % interval over people; guessing gives {percent(results[0].chance, 0)}. The p-value "
        "belongs to "
        "that very figure: choices and training are repeated after shuffling the labels of people. "
        "Repeats of the cross-validation with other folds say how much the folds decide."
    )
    notes = shown_notes(results, with_people)
    parts: list[Figure | Table] = [
        Figure(
            plot_classifiers.classifiers(table, results[0].chance),
            "People told apart, never seen before.",
        ),
        Table(
            table,
            "Each classifier.",
            "classifiers",
            (
                "classifier",
                "people",
                "balanced_accuracy",
                "low",
                "high",
                "p_value",
                "permutations",
                "repeats",
                "repeats_mean",
                "repeats_least",
                "repeats_most",
                "auc",
            ),
        ),
    ]
    check = shuffled_labels_check(results)
    if len(check):
        parts.append(Table(check, "Given shuffled labels, it must stay at chance.", "shuffled"))
    for result in results:
        name = classifiers.CLASSIFIERS[result.method]
        for group, weights in attributions(result).items():
            caption = f"{name}: where and when it found evidence for {plot_style.named(group)}."
            parts.append(Figure(plot_classifiers.attribution(weights), caption))
        table = judgement.confusion(result).reset_index()
        parts.append(Table(table, f"{name}: who was taken for whom.", f"confusion_{name}"))
        parts.append(Figure(plot_classifiers.roc(judgement.roc(result)), f"{name}: ROC."))
        parts.append(Table(judgement.report(result), f"{name}: by group.", f"report_{name}"))
        if len(result.permuted):
            caption = f"{name}: the figure beside its null (shuffled labels) and its repeats."
            parts.append(Figure(plot_classifiers.null(result), caption))
        if result.importance is not None:
            figure = plot_classifiers.importance(result.importance)
            parts.append(Figure(figure, f"{name}: the features it used most (mean over folds)."))
        if with_people:
            rows = result.people.reset_index(names="participant")
            parts.append(Table(rows, f"{name}: each person's held-out score.", f"held_out_{name}"))
    return Section("Classification", (text, *notes), tuple(parts))


def shown_notes(results: Iterable[Classification], with_people: bool) -> tuple[str, ...]:
    """How the data were prepared; without people, what names a recording is counted alone."""
    notes = dict.fromkeys(note for result in results for note in result.notes)
    if with_people:
        return tuple(notes)
    general = [note for note in notes if not note.names_file]
    single = len(notes) - len(general)
    if single:
        general.append(f"{single} recordings were left out or decide the common length.")
    return tuple(general)


def careless(protocol: PaperProtocol) -> Section:
    """The paper's protocol beside ours on the same people."""
    return Section(
        "The careless protocol beside ours",
        (carelessness(protocol),),
        (
            Figure(
                plot_classifiers.protocols(protocol.accuracy), "Accuracy that each protocol claims."
            ),
            Table(protocol.accuracy, "Accuracy that each protocol claims.", "protocols"),
            Table(protocol.repeats, "Every repeat.", "protocol_repeats"),
            Table(protocol.tests, "Time points tested, and people tested.", "protocol_tests"),
        ),
    )


def carelessness(protocol: PaperProtocol) -> str:
    """What the careless protocol claims where there is nothing to find, in words."""
    claimed = protocol.accuracy.set_index(["protocol", "labels"])["claimed"]
    nothing = protocol.tests[protocol.tests["labels"] == "shuffled"]
    return (
        "With shuffled labels there is nothing to find. There the paper's protocol (scaler fitted "
        "before the split, the best of 20 strengths chosen on the people it is reported on) claims "
        f"{percent(claimed['paper', 'shuffled'], 0)} of people recognised, ours "
        ""
        f"{percent(claimed['ours', 'shuffled'], 0)}: {signed(100 * protocol.gap, 0)} points for the "
        "paper's, made of "
        "nothing. Testing the time points of two mean curves claims a difference in "
        f"{percent(nothing['claims_frames'].mean(), 0)} of the measures, testing people in "
        f"{percent(nothing['claims_people'].mean(), 0)}; 5 % would be right. With the true labels the "
        f"paper's protocol claims {percent(claimed['paper', 'true'], 0)}, ours "
        f"{percent(claimed['ours', 'true'], 0)}."
    )


def classifier_table(results: Iterable[Classification]) -> pd.DataFrame:
    """One row a classifier: balanced accuracy, AUC and accuracy with intervals, permutation p."""
    return pd.DataFrame(
        [
            {
                "classifier": classifiers.CLASSIFIERS[result.method],
                "people": len(result.people),
                "balanced_accuracy": result.balanced_accuracy.value,
                "low": result.balanced_accuracy.low,
                "high": result.balanced_accuracy.high,
                "auc": result.auc.value,
                "auc_low": result.auc.low,
                "auc_high": result.auc.high,
                "accuracy": result.accuracy.value,
                "accuracy_low": result.accuracy.low,
                "accuracy_high": result.accuracy.high,
                "p_value": result.p_value,
                "permutations": len(result.permuted),
                "repeats": len(result.repeats),
                "repeats_mean": float(result.repeats.mean()),
                "repeats_least": float(result.repeats.min()),
                "repeats_most": float(result.repeats.max()),
                "seconds": result.seconds,
            }
            for result in results
        ]
    )


def attributions(result: Classification) -> dict[str, pd.DataFrame]:
    """Group -> unit x time of the evidence for it; empty for a method that has none."""
    if result.evidence is None:
        return {}
    return {
        group: rows.pivot(index="unit", columns="time", values="evidence")
        for group, rows in result.evidence.groupby("group", sort=False)
    }
