"""How the numbers were made, in sentences that fit the supplement of a paper."""

from core.cohort.analysis import Analysis
from core.cohort.classify.fold_methods import CLASSIFIERS, PERMUTED
from core.cohort.report.rendering import Section
from core.cohort.statistics.group_tests import Tests
from core.cohort.statistics.structure import CLUSTERINGS, TAIL
from core.cohort.tables.schema import Cohort
from core.formatting import percent


def methods(analysis: Analysis) -> Section:
    """Every step that was taken, and none that was not."""
    paragraphs = [_people(analysis), _measures(analysis.cohort)]
    if analysis.tests is not None:
        paragraphs.append(_tests(analysis.tests))
    paragraphs += [
        _within(analysis),
        _adjusted(analysis),
        _structure(analysis),
        _classify(analysis),
    ]
    return Section("Methods", tuple(text for text in paragraphs if text))


def _people(analysis: Analysis) -> str:
    phase, least = analysis.choices.phase, analysis.choices.least_valid
    return (
        "The person is the unit of analysis: each measure was averaged over all valid frames of a "
        f"person{f' in the phase {phase}' if phase else ''}, and every test compares these values, one "
        "a person. Missing data: frames without a face are missing and left out of every average, "
        f"never counted as 0; people with a face in fewer than {percent(least, 0)} of their frames took no "
        "part; a person without a value in a measure took no part in its tests, and nothing was "
        "imputed for tests."
    )


def _measures(cohort: Cohort) -> str:
    text = f"Action units were read from tables as {cohort.unit_kind}."
    if cohort.composites:
        sums = "; ".join(f"{name} = {_sum(cohort.formulas[name])}" for name in cohort.composites)
        text += f" Composites are sums of units, frame by frame: {sums}."
    return text


def _sum(formula) -> str:
    """``AU06 + 0.5 AU12``."""
    terms = [
        f"{'-' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight):g} '}{unit}"
        for unit, weight in formula.items()
    ]
    return " ".join(terms).removeprefix("+ ")


def _tests(tests: Tests) -> str:
    sentences = []
    if len(tests.groups) == 2:
        sentences.append(
            "Groups were compared with Welch's t-test (primary) and the Mann-Whitney test; the "
            "effect size is Hedges' g with a 95 % interval."
        )
    elif len(tests.groups) > 2:
        sentences.append(
            "Groups were compared with Welch's analysis of variance (primary) and the "
            "Kruskal-Wallis test; the effect size is omega squared, its 95 % interval that of the "
            "noncentral F distribution. Pairs of groups were compared with Welch's t-test."
        )
    if len(tests.scores):
        sentences.append("Scores were correlated with Spearman's rho and Fisher's interval.")
    sentences.append(
        f"p-values were adjusted over the {len(tests.primary)} measures with the procedure of "
        "Benjamini and Hochberg; a finding is an adjusted p below 0.05."
    )
    return " ".join(sentences)


def _within(analysis: Analysis) -> str:
    if analysis.within is None:
        return ""
    kind = analysis.within.kind
    return (
        f"{kind.capitalize()}s were compared within persons: one value a person and {kind}, paired "
        "t-tests with Wilcoxon's test beside them, Cohen's d of the differences with an interval from "
        "the noncentral t distribution, corrected over measures and pairs; linear mixed models with a "
        "random intercept for the person, tested by likelihood ratios (maximum likelihood), for the "
        f"effect of the {kind} and, where there are groups, for its interaction with the group."
    )


def _adjusted(analysis: Analysis) -> str:
    results = analysis.adjusted
    if results is None or not results.names:
        return ""
    return (
        f"Differences were adjusted for {', '.join(results.names)} by linear models (analysis of "
        "covariance) with heteroscedasticity-consistent errors (HC3); people who lack a covariate "
        "took no part in them."
    )


def _structure(analysis: Analysis) -> str:
    if analysis.components is None:
        return ""
    components = analysis.components
    names = ", ".join(CLUSTERINGS[c.method] for c in analysis.clusterings)
    sought = any(c.sought for c in analysis.clusterings)
    return (
        f"Structure: principal components of {len(components.loadings)} standardised features a "
        f"person ({analysis.choices.features.lower()}; {components.filled} missing values set to "
        "their feature's mean); people were clustered on the components that carry 80 % of the "
        f"variance, 8 at the most ({names}), without labels"
        f"{'; the number of clusters is that with the best silhouette' if sought else ''}. The null of "
        f"a silhouette is data of a t copula ({TAIL} degrees of freedom) with the same values of each "
        "feature and about the same rank correlations, clustered in the same way"
        f"{', the number of clusters chosen again' if sought else ''}. Stability is the adjusted Rand "
        "index with clusterings of random 80 % of the people."
    )


def _classify(analysis: Analysis) -> str:
    results = analysis.classifications
    if not results:
        return ""
    names = ", ".join(CLASSIFIERS[r.method] for r in results)
    folds = analysis.choices.folds
    repeats = ", ".join(f"{CLASSIFIERS[r.method]} {len(r.repeats)}" for r in results)
    sequences = [r for r in results if r.method != "forest"]
    text = (
        f"Classifiers ({names}) were judged by nested cross-validation with {folds} folds of people; "
        "scaling, missing values and every choice of a setting were made inside a fold. The figure is "
        "balanced accuracy of the first cross-validation, with an interval over people (Wilson's of "
        "each group, combined after Zou and Donner); its spread is over repeats with other folds "
        f"({repeats})."
    )
    if any(len(r.permuted) for r in results if r.method in PERMUTED):
        text += (
            " The p-value belongs to that figure: labels were shuffled among the people of each fold, "
            "and choices and training repeated on the fold's features."
        )
    if sequences:
        text += (
            " Sequence classifiers saw recordings cut to one length (the shortest; recordings under "
            "half the median left out) and resampled to at most 1,000 steps by averaging; gaps were "
            "filled by straight lines."
        )
    return text
