"""Everything that is asked of a cohort in one go: what the page, the command line and a report show.

`compare` is the one place where an analysis is put together; the page computes the same parts with
the same functions and keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from core.cohort.classify.classification import Classification, classify
from core.cohort.classify.fold_methods import PERMUTATIONS, Settings
from core.cohort.classify.protocol_comparison import PaperProtocol, paper_protocol
from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.statistics.features import KINDS, features_of
from core.cohort.statistics.frames import select_groups, select_phase, with_composites
from core.cohort.statistics.group_tests import Tests, compare_groups
from core.cohort.statistics.structure import METHODS, Clustering, Components, cluster_people
from core.cohort.statistics.structure import principal_components as components_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.facs import COMPOSITES
from core.progress import Progress

PAPER_COMPOSITES = ("happiness", "sadness")
"""Compared unless others are named, where their units are there (arXiv 2407.13753)."""
MOST_CURVES = 6
"""Measures whose course is drawn unless some are named: composites, then what differs."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of a cohort.

    ``phase``: compare within it alone; "" whole recordings.  ``groups``: these alone; () all.
    ``composites``: names; None for `PAPER_COMPOSITES`.  ``structure``: components and clusterings of
    the ``features`` (`features.KINDS`) of ``structure_of`` (() all units).  ``curves_of``: measures
    drawn over time; () for `MOST_CURVES` of interest, cut into ``bins`` pieces of the seconds, or
    of each recording with ``relative``.  ``classifiers`` of `fold_methods.METHODS` with ``folds`` and
    ``permutations``; ``paper``: repeat the published protocol, ``shuffles`` times.
    """

    phase: str = ""
    groups: tuple[str, ...] = ()
    composites: tuple[str, ...] | None = None
    structure: bool = True
    features: str = KINDS[0]
    structure_of: tuple[str, ...] = ()
    curves_of: tuple[str, ...] = ()
    bins: int = 60
    relative: bool = False
    classifiers: tuple[str, ...] = ()
    folds: int = 5
    permutations: int = PERMUTATIONS
    paper: bool = False
    shuffles: int = 20
    seed: int = 0

    def settings(self) -> dict[str, object]:
        """Every choice by name, for a report's settings."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `compare` answers; None or empty where it was not asked, or could not be said.

    ``cohort``: the part that was compared (phase, groups, composites).  ``curves``, ``by_phase``:
    measure -> table of means.  ``refused``: analysis -> the sentence that says why this cohort does
    not allow it.
    """

    cohort: Cohort
    choices: Choices
    tests: Tests
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    by_phase: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    components: Components | None = None
    clusterings: tuple[Clustering, ...] = ()
    classifications: tuple[Classification, ...] = ()
    protocol: PaperProtocol | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


def compare(cohort: Cohort, progress: Progress | None = None, **choices) -> Analysis:
    """Compares the groups and, where asked, looks for structure, classifies, repeats the paper.

    ``choices``: fields of `Choices`.  Raises InputError if there is nothing to compare; what else
    this cohort does not allow is said in ``refused``.
    """
    choice = Choices(**choices)
    part = part_of(cohort, choice)
    tests = compare_groups(part, progress=progress)
    analysis = Analysis(part, choice, tests)
    refused: dict[str, str] = {}

    def attempt(name: str, work) -> dict:
        try:
            return work()
        except InputError as error:
            refused[name] = str(error)
            return {}

    results = attempt("over_time", lambda: over_time(analysis))
    if choice.structure:
        results |= attempt("structure", lambda: structure(part, choice, progress))
    if choice.classifiers:
        results |= attempt("classify", lambda: classification(part, choice, progress))
    if choice.paper:
        results |= attempt("paper_protocol", lambda: protocol(part, choice, progress))
    return replace(analysis, **results, refused=refused)


def part_of(cohort: Cohort, choice: Choices) -> Cohort:
    """The cohort that is compared: composites added, phase and groups selected."""
    part = with_composites(cohort, possible(cohort, choice.composites))
    if choice.phase:
        part = select_phase(part, choice.phase)
    return select_groups(part, choice.groups) if choice.groups else part


def possible(cohort: Cohort, composites: tuple[str, ...] | None) -> tuple[str, ...]:
    """The composites named, or those of the paper whose units are there."""
    if composites is not None:
        return tuple(composites)
    return tuple(n for n in PAPER_COMPOSITES if set(COMPOSITES[n]) <= set(cohort.units))


def drawn_measures(analysis: Analysis) -> tuple[str, ...]:
    """The measures whose course is shown: those named, or composites, then what differs."""
    if analysis.choices.curves_of:
        return analysis.choices.curves_of
    tests, cohort = analysis.tests, analysis.cohort
    hits = tests.primary.loc[tests.primary["p_adjusted"] < 0.05, "unit"]
    return tuple(dict.fromkeys([*cohort.composites, *hits, *cohort.units]))[:MOST_CURVES]


def over_time(analysis: Analysis) -> dict:
    """Courses, and means by phase where the recordings have phases."""
    cohort, choice = analysis.cohort, analysis.choices
    measures = drawn_measures(analysis)
    curves = {m: mean_curves(cohort, m, choice.bins, choice.relative) for m in measures}
    by_phase = {m: phase_means(cohort, m) for m in measures if len(cohort.phases) > 1}
    return {"curves": curves, "by_phase": by_phase}


def structure(cohort: Cohort, choice: Choices, progress: Progress | None = None) -> dict:
    """Components of people's features, and clusterings on them by every method."""
    components = components_of(features_of(cohort, choice.features, choice.structure_of))
    labels = cohort.people["label"]
    clusterings = tuple(
        cluster_people(components, labels, method, seed=choice.seed, progress=progress)
        for method in METHODS
    )
    return {"components": components, "clusterings": clusterings}


def classification(cohort: Cohort, choice: Choices, progress: Progress | None = None) -> dict:
    """The classifiers, by nested cross-validation."""
    how = Settings(permutations=choice.permutations)
    results = classify(cohort, choice.classifiers, choice.folds, choice.seed, progress, how)
    return {"classifications": tuple(results)}


def protocol(cohort: Cohort, choice: Choices, progress: Progress | None = None) -> dict:
    """The published protocol beside ours."""
    shuffles, folds, seed = choice.shuffles, choice.folds, choice.seed
    return {"protocol": paper_protocol(cohort, shuffles, folds, seed, progress=progress)}
