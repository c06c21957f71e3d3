"""The Classify tab: can a person's group be told by a method that never saw them?"""

from functools import partial

import streamlit as st

from core.cohort.classify import classification, fold_methods, judgement, protocol_comparison
from core.cohort.report import classify_section, plot_classifiers, plot_style
from core.cohort.tables.schema import Cohort
from core.formatting import percent
from pages.parts.shared import jobs, keeping, plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain


def show_classification(key: str, cohort: Cohort) -> None:
    """The tab: choose, run beside the page, look at what came out; then the checks of the protocol."""
    first, second, third, fourth = st.columns([3, 1, 1, 1])
    chosen = first.multiselect(
        "Classifiers",
        list(fold_methods.CLASSIFIERS),
        default=["forest"],
        format_func=fold_methods.CLASSIFIERS.get,
        key="cohort_classifiers",
        bind="query-params",
        help="The forest looks at means and spreads of ten windows, the others at the movement "
        "itself. On two cores and a hundred people the forest and ROCKET take minutes, "
        "InceptionTime much longer.",
    )
    folds = second.number_input(
        "Folds",
        2,
        10,
        5,
        key="cohort_folds",
        bind="query-params",
        help="People are dealt into so many parts; each part is judged by a method trained on "
        "the others.",
    )
    repeats = fourth.number_input(
        "Repeats",
        1,
        50,
        10,
        key="cohort_repeats",
        bind="query-params",
        help="How often the cross-validation is done with other folds; the figure is the first, the "
        "others show how much the folds decide. Networks take long: 1 is honest there.",
    )
    shuffles = third.number_input(
        "Permutations",
        0,
        1000,
        200,
        10,
        key="cohort_permutations",
        bind="query-params",
        help="How often the labels are shuffled for the p-value, which cannot be smaller than "
        "1 / (permutations + 1); 0 leaves the test out.",
    )
    settings = fold_methods.ClassifierSettings(permutations=int(shuffles), repeats=int(repeats))
    choice = (key, tuple(chosen), int(folds), int(shuffles), int(repeats))

    work = partial(classification.classify, cohort, tuple(chosen), int(folds), 0, settings=settings)
    results = _beside("classify", choice, work, "Classify", disabled=not chosen)
    if results:
        _show_results(results)
    _show_careless(key, cohort, int(folds))


def finished(name: str, key: str):
    """The result that the session keeps of a job on the cohort that ``key`` names, or None."""
    earlier = keeping.things().get(f"cohort_job_{name}")
    if earlier is None or earlier[0][0] != key or earlier[1].running:
        return None
    return earlier[1].result


def choices(key: str) -> dict[str, object]:
    """What the finished jobs on the cohort that ``key`` names were asked."""
    asked: dict[str, object] = {}
    if finished("paper", key) is not None:
        asked = {"paper": True, "folds": keeping.things()["cohort_job_paper"][0][1]}
    if finished("classify", key):
        _, methods, folds, shuffles, repeats = keeping.things()["cohort_job_classify"][0]
        asked |= {"classifiers": methods, "folds": folds}
        asked |= {"permutations": shuffles, "repeats": repeats}
    return asked


def _beside(name: str, choice: tuple, work, label: str, disabled: bool = False):
    """Runs ``work`` beside the page on a button; its result while it belongs to the choice."""
    place = f"cohort_job_{name}"

    def start() -> None:
        keeping.things()[place] = (choice, jobs.start(work))

    earlier: tuple[tuple, jobs.Job] | None = keeping.things().get(place)
    st.button(
        label,
        type="primary",
        key=f"cohort_start_{name}",
        on_click=start,
        disabled=disabled or (earlier is not None and earlier[1].running),
        icon=":material/play_arrow:",
        help="Runs beside the page: other tabs and pages stay usable, and the result is kept.",
    )
    if earlier is None:
        return None
    jobs.show_job(earlier[1], place)
    if earlier[1].running or earlier[1].result is None:
        return None
    if earlier[0][0] != choice[0]:
        st.info("The result of before belongs to another cohort, phase or choice; run it again.")
        return None
    if earlier[0] != choice:
        st.caption("These are the results of the settings before; run again for the new ones.")
    return earlier[1].result


def _show_results(results: list[classification.Classification]) -> None:
    table = classify_section.classifier_table(results)
    plot.draw(plot_classifiers.classifiers(table, results[0].chance), key="cohort_accuracies")
    for note in dict.fromkeys(note for result in results for note in result.notes):
        st.caption(plain(note))
    evidence(
        f"Nested cross-validation over {len(results[0].people)} people, folds by person, scaling "
        "and choices inside the fold. Intervals are over people. The p-value belongs to this very "
        "figure: the share of shuffled labels that do at least as well in the same folds.",
        table,
        "classifiers",
        "Evidence: classifiers",
    )
    for result in results:
        name = fold_methods.CLASSIFIERS[result.method]
        _show_judgement(name, result)
        for group, weights in classify_section.attributions(result).items():
            st.subheader(f"{name}: the evidence for {plain(plot_style.named(group))}", anchor=False)
            heat = plot_classifiers.attribution(weights)
            plot.draw(heat, key=f"cohort_heat_{result.method}_{group}")
            rows = result.evidence[result.evidence["group"] == group]
            evidence(
                "Mean contribution to held-out people's scores, in the group minus the others; "
                "`z` is the value over its standard error.",
                rows,
                f"attribution_{result.method}_{group}",
                "Evidence: unit and time",
            )
        evidence(
            f"{name}: the score of each person from the fold that never saw them.",
            result.people.reset_index(names="participant"),
            f"held_out_{result.method}",
            f"Evidence: people, {name}",
        )
    _show_check(results)


def _show_judgement(name: str, result: classification.Classification) -> None:
    """Who was taken for whom, the ROC, the null beside the figure, and what the forest used."""
    st.subheader(name, anchor=False)
    figure, repeats = result.balanced_accuracy, result.repeats
    sentence = (
        f"Balanced accuracy {percent(figure.value)} [{percent(figure.low)}, {percent(figure.high)}]"
    )
    if len(result.permuted):
        sentence += f", p {result.p_value:.3g} over {len(result.permuted)} shuffles of the labels"
    if len(repeats) > 1:
        sentence += (
            f"; over {len(repeats)} repeats with other folds {percent(repeats.min())} to "
            f"{percent(repeats.max())}, on average {percent(repeats.mean())}"
        )
    st.markdown(sentence + ".")
    left, right = st.columns(2)
    table = judgement.confusion(result)
    plot.draw_on(left, plot_classifiers.confusion(table), key=f"cohort_confusion_{result.method}")
    curve = judgement.roc(result)
    plot.draw_on(right, plot_classifiers.roc(curve), key=f"cohort_roc_{result.method}")
    if len(result.permuted):
        plot.draw(plot_classifiers.null(result), key=f"cohort_null_{result.method}")
    if result.importance is not None:
        bars = plot_classifiers.importance(result.importance)
        plot.draw(bars, key=f"cohort_importance_{result.method}")
        evidence(
            "Mean over folds of the impurity that splits on a feature remove, with its spread.",
            result.importance.reset_index(),
            f"importance_{result.method}",
            f"Evidence: importance, {name}",
        )
    evidence(
        "Precision, recall and F1 of each group, over held-out people.",
        judgement.report(result),
        f"report_{result.method}",
        f"Evidence: by group, {name}",
    )
    evidence(
        "Who was taken for whom.",
        table.reset_index(),
        f"confusion_{result.method}",
        f"Evidence: confusion, {name}",
    )


def _show_check(results: list[classification.Classification]) -> None:
    """Labels shuffled: anything above chance would be a leak."""
    check = protocol_comparison.shuffled_labels_check(results)
    if check.empty:
        return
    st.subheader("With shuffled labels", anchor=False)
    leaks = check[check["leaks"]]
    if len(leaks):
        st.error(
            f"With shuffled labels {', '.join(fold_methods.CLASSIFIERS[m] for m in leaks['method'])} stays "
            "above chance: something other than the labels tells the groups apart."
        )
    else:
        st.success("With shuffled labels the accuracy falls to chance, as it must.")
    evidence(
        "Mean balanced accuracy over the shuffles of the permutation test.",
        check,
        "shuffled_labels",
    )


def _show_careless(key: str, cohort: Cohort, folds: int) -> None:
    """The paper's protocol beside ours, on request."""
    st.subheader("The paper's protocol beside ours", anchor=False)
    if not st.toggle(
        "Repeat the paper's protocol",
        key="cohort_paper",
        bind="query-params",
        help="Scaler fitted before the split, the best of 20 strengths chosen on the people it is "
        "reported on, time points tested instead of people: on true and on shuffled labels.",
    ):
        return

    work = partial(protocol_comparison.paper_protocol, cohort, folds=folds)
    protocol = _beside("paper", (key, folds), work, "Run both protocols")
    if protocol is None:
        return
    st.markdown(plain(classify_section.carelessness(protocol)))
    plot.draw(plot_classifiers.protocols(protocol.accuracy), key="cohort_protocols")
    evidence("The accuracy that each protocol claims.", protocol.accuracy, "protocols")
    evidence(
        "Time points of two mean curves tested, and people tested.",
        protocol.tests,
        "protocol_tests",
        "Evidence: tests",
    )
