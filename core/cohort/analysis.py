"""Everything that is asked of a cohort in one go: what the page, the command line and a report show.

`compare` is the one place where an analysis is put together; the page computes the same parts with
the same functions (`part_of`, `audit_of`, `tests_of`, ...) and keeps them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from core.cohort.classify.classification import Classification, classify
from core.cohort.classify.fold_methods import PERMUTATIONS, ClassifierSettings
from core.cohort.classify.protocol_comparison import PaperProtocol, paper_protocol
from core.cohort.composites import offered
from core.cohort.statistics import confounds, covariates, repeated, sensitivity
from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.statistics.features import COURSE_KIND, KINDS, features_of
from core.cohort.statistics.frames import (
    select_groups,
    select_phase,
    select_valid,
    with_composites,
)
from core.cohort.statistics.group_tests import Tests, compare_groups
from core.cohort.statistics.structure import CLUSTERINGS, Clustering, Components, cluster_people
from core.cohort.statistics.structure import principal_components as components_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import COMPOSITES
from core.progress import Progress

PAPER_COMPOSITES = ("happiness", "sadness")
"""Compared unless others are named, where their units are there (arXiv 2407.13753)."""
MOST_CURVES = 6
"""Measures whose course is drawn unless some are named: composites, then what differs."""
LEAST_VALID = 0.5
"""Share of a person's frames that need a face, unless another is named."""
DRAWS = 40
"""Resamples and structureless data sets of each clustering."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of a cohort.

    ``phase``: compare within it alone; "" whole recordings.  ``groups``: these alone; () all.
    ``composites``: names, of ``core.facs.COMPOSITES`` or of ``formulas`` (name -> unit -> weight);
    None for `PAPER_COMPOSITES` and every formula.  ``least_valid``: people with a face in a smaller
    share of their frames take no part.  ``covariates``: columns of the label file to adjust for.
    ``within``: "phase" or "condition" to compare within persons as well, "" not to.  ``structure``:
    components and clusterings of the ``features`` (`features.KINDS`) of ``structure_of`` (() all
    units) in ``clusters`` clusters (None: best silhouette).  ``curves_of``: measures drawn over time;
    () for `MOST_CURVES` of interest, cut into ``bins`` pieces of the seconds, or of each recording
    with ``relative``.  ``classifiers`` of `CLASSIFIERS` with ``folds``, ``repeats`` (None: each
    method's own) and ``permutations``; ``paper``: repeat the published protocol, ``shuffles`` times.
    """

    phase: str = ""
    groups: tuple[str, ...] = ()
    composites: tuple[str, ...] | None = None
    formulas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    least_valid: float = LEAST_VALID
    covariates: tuple[str, ...] = ()
    within: str = ""
    structure: bool = True
    features: str = KINDS[0]
    structure_of: tuple[str, ...] = ()
    clusters: int | None = None
    curves_of: tuple[str, ...] = ()
    bins: int = 60
    relative: bool = False
    classifiers: tuple[str, ...] = ()
    folds: int = 5
    repeats: int | None = None
    permutations: int = PERMUTATIONS
    paper: bool = False
    shuffles: int = 20
    seed: int = 0

    def settings(self) -> dict[str, object]:
        """Every choice by name, for a report's settings."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What else is known of people: ``matching`` of the groups in the covariates, tests adjusted for
    them (``groups``, None without groups), regressions on the score (``scores``, None without).
    """

    names: tuple[str, ...]
    matching: pd.DataFrame
    groups: pd.DataFrame | None
    scores: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Within:
    """Conditions within persons: ``pairs`` (`repeated.PAIR_COLUMNS`), ``models``
    (`repeated.MODEL_COLUMNS`), ``groups`` within each condition (None without groups), ``values``.
    """

    kind: str
    conditions: tuple[str, ...]
    values: pd.DataFrame
    pairs: pd.DataFrame
    models: pd.DataFrame
    groups: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Robustness:
    """What the cohort could have found and what its cut-offs decide (module `sensitivity`)."""

    detectable: Mapping[str, float]
    attrition: pd.DataFrame
    shares: pd.DataFrame
    cutoffs: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `compare` answers; None or empty where it was not asked, or could not be said.

    ``whole``: the cohort that was handed in; ``cohort``: the part of it that was compared (phase,
    groups, composites, people with enough valid frames).  ``audit``: how the groups were recorded
    (`confounds.COLUMNS`).  ``curves``, ``by_phase``: measure -> table of means.  ``course``: components
    of the raw course beside those of the features, None where they are the same.  ``refused``: analysis
    -> the sentence that says why this cohort does not allow it.
    """

    whole: Cohort
    cohort: Cohort
    choices: Choices
    audit: pd.DataFrame
    tests: Tests | None
    robustness: Robustness | None = None
    adjusted: Adjusted | None = None
    within: Within | None = None
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    by_phase: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    components: Components | None = None
    course: Components | None = None
    clusterings: tuple[Clustering, ...] = ()
    classifications: tuple[Classification, ...] = ()
    protocol: PaperProtocol | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


Step = Callable[[Analysis, Progress | None], Analysis]
"""Adds one part to an analysis; raises InputError where the cohort does not allow it."""


def compare(cohort: Cohort, progress: Progress | None = None, **choices) -> Analysis:
    """Compares the groups and, where asked, looks for structure, classifies, repeats the paper.

    ``choices``: fields of `Choices`.  Raises InputError if there is nothing to compare, between groups
    or within persons; what else this cohort does not allow is said in ``refused``.
    """
    return analysed(cohort, Choices(**choices), progress)


def analysed(
    cohort: Cohort, choice: Choices, progress: Progress | None = None, must_compare: bool = True
) -> Analysis:
    """As `compare`; without ``must_compare`` also of a cohort in which nothing can be compared."""
    part = part_of(cohort, choice)
    refused: dict[str, str] = {}
    if choice.composites is None and (withheld := offered(cohort).sentence):
        refused["composites"] = withheld
    within = None
    if choice.within and progress:
        progress(0, 1, f"comparing {choice.within}s within persons")
    try:
        within = within_of(cohort, choice)
    except InputError as error:
        refused["within"] = str(error)
    try:
        tests = compare_groups(part, progress=progress)
    except InputError as error:
        if within is None and must_compare:
            raise
        tests, refused["groups"] = None, str(error)
    audit = confounds.audit(part, seed=choice.seed)
    analysis = Analysis(cohort, part, choice, audit, tests, within=within)
    for name, step in _steps(analysis):
        try:
            analysis = step(analysis, progress)
        except InputError as error:
            refused[name] = str(error)
    return replace(analysis, refused=refused)


def _steps(analysis: Analysis) -> list[tuple[str, Step]]:
    """What else was asked, by the name under which it may be refused."""
    choice, tested = analysis.choices, analysis.tests is not None
    steps = (
        ("over_time", True, over_time),
        ("robustness", tested, robustness),
        ("adjusted", tested, adjusted),
        ("structure", choice.structure, structure),
        ("classify", bool(choice.classifiers), classification),
        ("paper_protocol", choice.paper, protocol),
    )
    return [(name, step) for name, asked, step in steps if asked]


def part_of(cohort: Cohort, choice: Choices) -> Cohort:
    """The cohort that is compared: composites, phase, groups, people with enough valid frames."""
    part = _composed(cohort, choice)
    if choice.phase:
        part = select_phase(part, choice.phase)
    part = select_valid(part, choice.least_valid)
    return select_groups(part, choice.groups) if choice.groups else part


def _composed(cohort: Cohort, choice: Choices) -> Cohort:
    """The cohort with its composites; InputError for one that is named and not offered."""
    offer, names = offered(cohort), possible(cohort, choice)
    wrong = [n for n in names if n in offer.withheld and n not in choice.formulas]
    if wrong:
        raise InputError(
            f"{', '.join(wrong)} cannot be asked for. {offer.sentence} A formula of your own can, such as "
            f"{wrong[0]} = {' + '.join(COMPOSITES[wrong[0]])}."
        )
    return with_composites(cohort, names, dict(offer.formulas) | dict(choice.formulas))


def possible(cohort: Cohort, choice: Choices) -> tuple[str, ...]:
    """The composites named, or those of the paper whose units are there and every formula."""
    if choice.composites is not None:
        return tuple(choice.composites)
    there = (n for n in PAPER_COMPOSITES if n in offered(cohort).formulas)
    return tuple(dict.fromkeys([*there, *choice.formulas]))


def formula_of(text: str) -> tuple[str, dict[str, float]]:
    """``smile = AU06 + 0.5 AU12 - AU15`` -> its name and the weight of each unit.

    Raises InputError for what is no such formula.
    """
    name, equals, terms = text.partition("=")
    name = name.strip()
    pattern = r"\s*([+-]?)\s*(?:(\d+(?:\.\d+)?)\s*\*?\s*)?(AU\d\d)\s*"
    if not equals or not name or not re.fullmatch(f"(?:{pattern})+", terms):
        raise InputError(
            f"{text!r} is no composite: write a name, =, and a sum of units with weights, such as "
            "smile = AU06 + 0.5 AU12."
        )
    weights: dict[str, float] = {}
    for sign, weight, unit in re.findall(pattern, terms):
        weights[unit] = weights.get(unit, 0.0) + float(weight or 1) * (-1 if sign == "-" else 1)
    return name, weights


def drawn_measures(analysis: Analysis) -> tuple[str, ...]:
    """The measures whose course is shown: those named, or composites, then what differs."""
    if analysis.choices.curves_of:
        return analysis.choices.curves_of
    tests, cohort = analysis.tests, analysis.cohort
    hits = () if tests is None else tests.primary.loc[tests.primary["p_adjusted"] < 0.05, "unit"]
    return tuple(dict.fromkeys([*cohort.composites, *hits, *cohort.units]))[:MOST_CURVES]


def over_time(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds courses, and means by phase where the recordings have several."""
    cohort, choice = analysis.cohort, analysis.choices
    measures = drawn_measures(analysis)
    several = len(cohort.phases) > 1
    curves, by_phase = {}, {}
    for done, measure in enumerate(measures):
        if progress:
            progress(done, len(measures), f"courses over time: {measure}")
        curves[measure] = mean_curves(cohort, measure, choice.bins, choice.relative)
        if several:
            by_phase[measure] = phase_means(cohort, measure)
    return replace(analysis, curves=curves, by_phase=by_phase)


def robustness(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds what the cohort could have found and what its cut-offs decide."""
    if progress:
        progress(0, 1, "asking what could have been found")
    return replace(analysis, robustness=robustness_of(analysis.whole, analysis))


def robustness_of(whole: Cohort, analysis: Analysis) -> Robustness:
    """Least detectable effect, attrition, and the tests at other cut-offs and least shares."""
    choice, tests = analysis.choices, analysis.tests
    everybody = part_of(whole, replace(choice, least_valid=0.0))
    known = tests.people[list(analysis.cohort.measures)].notna().any(axis=1)
    sizes = [int((known & (tests.people["label"] == group)).sum()) for group in tests.groups]
    return Robustness(
        sensitivity.least_detectable(sizes, len(tests.primary)),
        sensitivity.attrition(everybody, tests.people, choice.least_valid),
        sensitivity.over_shares(everybody),
        sensitivity.over_cutoffs(analysis.cohort),
    )


def adjusted(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds the tests adjusted for covariates."""
    tests = adjusted_of(analysis.cohort, analysis.tests, analysis.choices)
    return replace(analysis, adjusted=tests)


def adjusted_of(cohort: Cohort, tests: Tests, choice: Choices) -> Adjusted | None:
    """Tests adjusted for covariates, and how the groups match in whatever the label file knows."""
    people, names = cohort.people, choice.covariates
    known = covariates.candidates(cohort)
    shown = tuple(dict.fromkeys([*names, *known]))
    if not shown:
        return None
    matching = covariates.matching(people, tests.groups, [n for n in shown if n in people])
    means = tests.people[list(cohort.measures)]
    groups = scores = None
    if names and len(tests.groups) > 1:
        groups = covariates.adjusted_tests(means, people, tests.groups, names)
    if names and len(tests.scores):
        scores = covariates.score_regressions(means, people, names)
    return Adjusted(names, matching, groups, scores)


def within_of(cohort: Cohort, choice: Choices) -> Within | None:
    """The conditions or phases compared within persons; None where that was not asked."""
    if not choice.within:
        return None
    part = select_valid(_composed(cohort, choice), choice.least_valid)
    part = select_groups(part, choice.groups) if choice.groups else part
    parts = repeated.conditions_of(part, choice.within)
    values = repeated.person_values(parts)
    names, measures, groups = tuple(parts), part.measures, part.groups
    by_group = None
    if len(groups) > 1:
        by_group = repeated.groups_by_condition(values, measures, groups, names)
    return Within(
        choice.within,
        names,
        values,
        repeated.paired_tests(values, measures, names),
        repeated.mixed_models(values, measures, groups),
        by_group,
    )


def structure(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds components of people's features, and clusterings on them by every method."""
    cohort, choice = analysis.cohort, analysis.choices
    components = components_of(features_of(cohort, choice.features, choice.structure_of, progress))
    course = None
    if choice.features != COURSE_KIND:
        course = components_of(features_of(cohort, COURSE_KIND, choice.structure_of, progress))
    labels = cohort.people["label"]
    clusterings = tuple(
        cluster_people(components, labels, method, choice.clusters, DRAWS, choice.seed, progress)
        for method in CLUSTERINGS
    )
    return replace(analysis, components=components, course=course, clusterings=clusterings)


def classification(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds the classifiers, by repeated nested cross-validation."""
    cohort, choice = analysis.cohort, analysis.choices
    how = ClassifierSettings(permutations=choice.permutations, repeats=choice.repeats)
    results = classify(cohort, choice.classifiers, choice.folds, choice.seed, progress, how)
    return replace(analysis, classifications=tuple(results))


def protocol(analysis: Analysis, progress: Progress | None = None) -> Analysis:
    """Adds the published protocol beside ours."""
    cohort, choice = analysis.cohort, analysis.choices
    shuffles, folds, seed = choice.shuffles, choice.folds, choice.seed
    beside = paper_protocol(cohort, shuffles, folds, seed, progress=progress)
    return replace(analysis, protocol=beside)
