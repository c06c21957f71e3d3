"""What stands in a cohort's report: the results of each analysis in words, figures and tables.

The page shows the same figures and sentences, so that a report never says anything else.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from core.cohort.analysis import Analysis
from core.cohort.classify import fold_methods as classifiers
from core.cohort.classify.classification import Classification
from core.cohort.classify.protocol_comparison import PaperProtocol, shuffled_labels_check
from core.cohort.report import plot_classifiers, plot_groups, plot_structure, plot_style
from core.cohort.report.rendering import Figure, Report, Section, Table
from core.cohort.statistics.group_tests import Tests
from core.cohort.statistics.structure import METHODS, Clustering, Components
from core.cohort.tables.schema import Cohort
from core.facs import COMPOSITES, unit_label


def report_of(analysis: Analysis, settings: Mapping[str, object], title: str = "") -> Report:
    """The analysis as a report: findings first, then how they were made."""
    cohort, tests = analysis.cohort, analysis.tests
    parts = [
        comparison(tests),
        methods(cohort, tests, analysis.choices.phase),
        tables_read(cohort),
    ]
    if analysis.curves or analysis.by_phase:
        parts.insert(1, over_time(analysis.curves, analysis.by_phase))
    if analysis.components is not None:
        label = cohort.people["label"]
        parts.append(structured(analysis.components, analysis.clusterings, label))
    if analysis.classifications:
        parts.append(classified(analysis.classifications))
    if analysis.protocol is not None:
        parts.append(careless(analysis.protocol))
    return Report(title or "Do the groups differ?", tuple(parts), settings, cohort.synthetic)


def tables_read(cohort: Cohort) -> Section:
    """Who took part and what was read, with everything that was odd."""
    files = cohort.report.table()
    used = files[files["used"]]
    labels = cohort.people["label"]
    sizes = ", ".join(f"{plot_style.named(g)}: {(labels == g).sum()}" for g in cohort.groups)
    text = (
        f"{len(cohort.people)} people ({sizes or 'no labels'}) with {len(used)} of {len(files)} "
        f"tables and {int(used['frames'].sum()):,} frames, {cohort.report.valid:.1%} of them with a "
        f"face. Values are read as {cohort.unit_kind}. Frames without a face are missing, not 0."
    )
    parts: list[Figure | Table] = [Table(files, "Every table that was given.", "files")]
    problems = [(p.kind, p.where, p.text) for p in cohort.report.all_problems]
    if problems:
        rows = pd.DataFrame(problems, columns=["remark", "where", "text"])
        parts.append(Table(rows, "Everything odd about them.", "remarks"))
    return Section("People and tables", (text,), tuple(parts))


def methods(cohort: Cohort, tests: Tests, phase: str | None = None) -> Section:
    """How the numbers were made, in sentences that fit a supplement."""
    two = len(tests.groups) == 2
    sentences = [
        "The person is the unit of analysis: each measure was averaged over all valid frames of "
        f"a person{f' in the phase {phase}' if phase else ''}, and every test compares these "
        "values, one a person."
    ]
    if cohort.composites:
        sums = "; ".join(f"{name} = {' + '.join(COMPOSITES[name])}" for name in cohort.composites)
        sentences.append(f"Composites are sums of intensities, frame by frame: {sums}.")
    if two:
        sentences.append(
            "Groups were compared with Welch's t-test (primary) and the Mann-Whitney test; the "
            "effect size is Hedges' g with a 95 % interval."
        )
    elif len(tests.groups) > 2:
        sentences.append(
            "Groups were compared with Welch's analysis of variance (primary) and the "
            "Kruskal-Wallis test; the effect size is omega squared with a 95 % interval. Pairs of "
            "groups were compared with Welch's t-test."
        )
    if len(tests.scores):
        sentences.append("Scores were correlated with Spearman's rho and Fisher's interval.")
    sentences.append(
        f"p-values were adjusted over the {len(tests.primary)} measures with the procedure of "
        "Benjamini and Hochberg; a finding is an adjusted p below 0.05."
    )
    return Section("Methods", (" ".join(sentences),))


def effect_axis(tests: Tests) -> str:
    """What the effect of the primary test is, and its direction."""
    names = tests.primary.get("effect_name", pd.Series(dtype=object)).dropna()
    name = names.iloc[0] if len(names) else "Effect"
    if len(tests.groups) == 2:
        first, second = (plot_style.named(group) for group in tests.groups)
        return f"{name}, {second} minus {first} (95 % interval)"
    return f"{name} (95 % interval)"


def outcome(tests: Tests, level: float = 0.05) -> str:
    """The answer in one sentence, with nothing left out."""
    known = tests.primary.dropna(subset=["p_value"])
    if known.empty:
        return "No measure could be tested; the groups have too few people with values."
    hits = known[known["p_adjusted"] < level]["unit"].tolist()
    raw = int((known["p_value"] < level).sum())
    found = f"{len(hits)} of {len(known)} measures differ after correction"
    if not len(tests.groups):
        found = f"{len(hits)} of {len(known)} measures go with the score after correction"
    listed = f" ({', '.join(hits)})" if hits else ""
    chance = level * len(known)
    return (
        f"{found}{listed}. Before correction {raw} were below {level:g}; "
        f"about {chance:.0f} would be by chance alone."
    )


def disbelief(tests: Tests) -> str:
    """Why the frame-level p-values must not be believed, and by how much they are wrong."""
    frames = tests.frames.dropna(subset=["frame_p_value"])
    if frames.empty:
        return ""
    count, people = int(frames["frames"].max()), int(frames["people"].max())
    worth = float(frames["effective_frames"].median())
    claimed = int(frames["claimed"].sum())
    held = int((tests.primary["p_adjusted"] < 0.05).sum())
    return (
        f"Taking each of {count:,} frames for a person of its own would claim a difference in "
        f"{claimed} of {len(frames)} measures; over people {held} hold. A face moves slowly: by "
        f"their autocorrelation the frames of a measure are worth about {worth:,.0f} independent "
        f"ones (median over measures), {count / max(worth, 1):,.0f} times fewer. And even those are "
        f"the same {people} faces over and over: only one value a person is independent."
    )


def comparison(tests: Tests) -> Section:
    """Effects, tests over people, and the frame-level test with the reason not to believe it."""
    parts: list[Figure | Table] = [
        Figure(plot_groups.effects(tests.primary, axis=effect_axis(tests)), outcome(tests)),
        Table(_named_units(tests.primary), "The primary test of each measure.", "tests"),
    ]
    for rows, caption, name in (
        (tests.ranks, "Rank tests beside it.", "rank_tests"),
        (tests.pairs, "Pairs of groups, corrected over all of them.", "pairs"),
        (tests.scores, "Correlations with the score.", "scores"),
    ):
        if len(rows):
            parts.append(Table(_named_units(rows), caption, name))
    if tests.frames["frame_p_value"].notna().any():
        parts.append(Figure(plot_groups.against_frames(tests.frames), disbelief(tests)))
        caption = "Frames taken for people: shown to be disbelieved."
        parts.append(Table(tests.frames, caption, "frame_level"))
    parts.append(
        Table(tests.people.reset_index(), "The values tested: one row a person.", "person_means")
    )
    return Section("Comparison", (outcome(tests), *tests.notes), tuple(parts))


def over_time(curves: Mapping[str, pd.DataFrame], phases: Mapping[str, pd.DataFrame]) -> Section:
    """Group means over time and phase; ``curves`` and ``phases``: measure -> table of means."""
    parts: list[Figure | Table] = []
    for measure, means in curves.items():
        caption = f"{unit_label(measure)}: mean over people with 95 % interval."
        parts.append(Figure(plot_groups.curves(means, measure), caption))
        parts.append(Table(means, f"The curve of {measure}.", f"curve_{measure}"))
    for measure, means in phases.items():
        caption = f"{unit_label(measure)} by phase: mean over people with 95 % interval."
        parts.append(Figure(plot_groups.phases(means, measure), caption))
        parts.append(Table(means, f"The phases of {measure}.", f"phases_{measure}"))
    text = (
        "The interval at a moment is over people, one value each. Neighbouring moments are not "
        "independent: where two bands part is no test."
    )
    return Section("Over time", (text,), tuple(parts))


def structured(
    components: Components,
    clusterings: Iterable[Clustering],
    labels: pd.Series,
    features: str = "features of each person",
) -> Section:
    """Components and clusterings, each beside its null, stability and agreement with labels."""
    clusterings = list(clusterings)
    text = [
        f"Principal components of the standardised {features} "
        f"({len(components.scores)} people, {len(components.loadings)} features, "
        f"{components.filled} missing values set to their feature's mean). Clusters were sought on "
        "the components that carry 80 % of the variance, 8 at the most, without the labels."
    ]
    parts: list[Figure | Table] = [
        Figure(plot_structure.scree(components.variance), "Variance explained."),
        Figure(
            plot_structure.loadings(components.loadings.iloc[:, :4]),
            "What the components are made of.",
        ),
    ]
    for found in clusterings:
        name, points = METHODS[found.method], clustered_people(components, found, labels)
        if components.scores.shape[1] > 1:
            caption = f"{name}: colour is the label, the mark is the cluster."
            parts.append(Figure(plot_structure.scatter(points, "PC1", "PC2"), caption))
        parts.append(Figure(silhouettes(found), f"{name}: silhouette beside its null."))
        if found.linkage is not None:
            groups = labels.reindex(found.space.index).fillna("")
            tree = plot_structure.dendrogram(found.linkage, found.space.index, groups)
            parts.append(Figure(tree, f"{name}: who joins whom."))
        rows = f"{name}: who is in which cluster (-1 is none)."
        parts.append(Table(points, rows, f"clusters_{found.method}"))
    if clusterings:
        rows = pd.DataFrame([clustering_row(found) for found in clusterings])
        parts.append(Table(rows, "Clusterings with all that speaks for and against.", "methods"))
    return Section("Structure", tuple(text), tuple(parts))


def classified(results: Iterable[Classification]) -> Section:
    """What classifiers make of people they never saw, with chance, intervals and permutations."""
    results = list(results)
    if not results:
        return Section("Classification", ("No classifier was run.",))
    table = classifier_table(results)
    people = len(results[0].people)
    text = (
        f"Nested cross-validation over {people} people: folds are of people, and scaling, missing "
        "values and every choice of a setting are made inside a fold. Balanced accuracy with a "
        f"95 % interval over people; guessing gives {results[0].chance:.0%}. The p-value repeats "
        "folds, choices and training after shuffling the labels of people."
    )
    notes = tuple(dict.fromkeys(note for result in results for note in result.notes))
    parts: list[Figure | Table] = [
        Figure(
            plot_classifiers.classifiers(table, results[0].chance),
            "People told apart, never seen before.",
        ),
        Table(table, "Each classifier.", "classifiers"),
    ]
    check = shuffled_labels_check(results)
    if len(check):
        parts.append(Table(check, "Given shuffled labels, it must stay at chance.", "shuffled"))
    for result in results:
        name = classifiers.METHODS[result.method]
        for group, weights in attributions(result).items():
            caption = f"{name}: where and when it found evidence for {plot_style.named(group)}."
            parts.append(Figure(plot_classifiers.attribution(weights), caption))
        rows = result.people.reset_index(names="participant")
        parts.append(Table(rows, f"{name}: each person's held-out score.", f"held_out_{name}"))
    return Section("Classification", (text, *notes), tuple(parts))


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
        f"{claimed['paper', 'shuffled']:.0%} of people recognised, ours "
        f"{claimed['ours', 'shuffled']:.0%}: {100 * protocol.gap:+.0f} points for the paper's, made of "
        "nothing. Testing the time points of two mean curves claims a difference in "
        f"{nothing['claims_frames'].mean():.0%} of the measures, testing people in "
        f"{nothing['claims_people'].mean():.0%}; 5 % would be right. With the true labels the "
        f"paper's protocol claims {claimed['paper', 'true']:.0%}, ours "
        f"{claimed['ours', 'true']:.0%}."
    )


def classifier_table(results: Iterable[Classification]) -> pd.DataFrame:
    """One row a classifier: balanced accuracy, AUC and accuracy with intervals, permutation p."""
    return pd.DataFrame(
        [
            {
                "classifier": classifiers.METHODS[result.method],
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


def silhouettes(found: Clustering):
    """The figure of a clustering's silhouette beside its null."""
    return plot_structure.silhouettes(found.by_count, found.clusters, found.silhouette, found.null)


def clustered_people(components: Components, found: Clustering, labels: pd.Series) -> pd.DataFrame:
    """One row a person: ``participant, group`` ("" without a label)``, cluster, PC1 ..``."""
    scores = components.scores.iloc[:, :8]
    return pd.DataFrame(
        {
            "participant": scores.index,
            "group": labels.reindex(scores.index).fillna("").to_numpy(),
            "cluster": found.assignment.reindex(scores.index).to_numpy(),
            **{name: scores[name].to_numpy() for name in scores},
        }
    )


def clustering_row(found: Clustering) -> dict[str, object]:
    """A clustering as one row: its quality, its null, its stability, its agreement with labels."""
    finite = found.stability[np.isfinite(found.stability)]
    return {
        "method": METHODS[found.method],
        "clusters": found.clusters,
        "in no cluster": int((found.assignment < 0).sum()),
        "silhouette": found.silhouette,
        "p against no structure": found.p_value,
        "Davies-Bouldin": found.davies_bouldin,
        "stability": float(np.median(finite)) if len(finite) else np.nan,
        "ARI": found.ari,
        "NMI": found.nmi,
    }


def _named_units(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the unit's name in words after its code."""
    out = rows.copy()
    out.insert(1, "name", [unit_label(u).removeprefix(u).strip() for u in out["unit"]])
    return out
