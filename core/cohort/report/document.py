"""Everything that is asked of a cohort in one go, and the answers as JSON or as a report."""

import importlib.metadata
import json
import math
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.classify.classification import Classification, classify
from core.cohort.classify.fold_methods import PERMUTATIONS, Settings
from core.cohort.classify.protocol_comparison import (
    PaperProtocol,
    paper_protocol,
    shuffled_labels_check,
)
from core.cohort.report import sections
from core.cohort.report.rendering import Report
from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.statistics.features import person_features
from core.cohort.statistics.group_tests import Tests, compare
from core.cohort.statistics.structure import METHODS, Clustering, Components, cluster_people
from core.cohort.statistics.structure import principal_components as components_of
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from core.progress import Progress
from core.provenance import code_version

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "statsmodels", "scikit-learn", "aeon", "torch")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was found; None or empty where it was not asked, or could not be said.

    ``refused``: analysis -> the sentence that says why this cohort does not allow it.
    """

    cohort: Cohort
    tests: Tests
    components: Components | None = None
    clusterings: tuple[Clustering, ...] = ()
    classifications: tuple[Classification, ...] = ()
    protocol: PaperProtocol | None = None
    refused: dict[str, str] = field(default_factory=dict)


def answer(
    cohort: Cohort,
    structure: bool = True,
    methods: tuple[str, ...] = (),
    reproduce_paper: bool = False,
    folds: int = 5,
    permutations: int = PERMUTATIONS,
    shuffles: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
) -> Answers:
    """Compares the groups and, where asked, looks for structure, classifies, repeats the paper.

    ``methods`` of `core.cohort.classify.fold_methods.METHODS`, with ``permutations`` of the labels each;
    ``shuffles``: repeats of the paper's protocol.

    Raises InputError if there is nothing to compare; what else this cohort does not allow is told in
    ``refused``.
    """
    tests = compare(cohort, progress=progress)
    refused: dict[str, str] = {}
    components, clusterings, classifications, protocol = None, (), (), None
    if structure:
        try:
            components = components_of(person_features(cohort))
            labels = cohort.people["label"]
            clusterings = tuple(
                cluster_people(components, labels, method, seed=seed, progress=progress)
                for method in METHODS
            )
        except InputError as error:
            refused["structure"] = str(error)
    if methods:
        try:
            how = Settings(permutations=permutations)
            classifications = tuple(classify(cohort, methods, folds, seed, progress, how))
        except InputError as error:
            refused["classify"] = str(error)
    if reproduce_paper:
        try:
            protocol = paper_protocol(cohort, shuffles, folds, seed, progress=progress)
        except InputError as error:
            refused["paper_protocol"] = str(error)
    return Answers(cohort, tests, components, clusterings, classifications, protocol, refused)


def document(answers: Answers, settings: dict) -> dict:
    """The answers as JSON's types; NaN and infinity are null.

    ``tests`` holds the primary test of each measure, one object each (`statistics.COLUMNS` and more).
    """
    cohort, tests = answers.cohort, answers.tests
    sizes = cohort.people["label"].value_counts()
    return _plain(
        {
            "synthetic": cohort.synthetic,
            "groups": [{"label": g, "people": int(sizes[g])} for g in tests.groups],
            "units": cohort.units,
            "composites": cohort.composites,
            "unit_kind": cohort.unit_kind,
            "tests": tests.primary,
            "rank_tests": tests.ranks,
            "pairs": tests.pairs,
            "scores": tests.scores,
            "frame_level": {
                "believe": False,
                "why": "frames of one person are not independent of each other; the person is the unit",
                "tests": tests.frames,
            },
            "notes": tests.notes,
            "people": tests.people.reset_index(),
            "structure": _structure(answers),
            "classify": [_classification(c) for c in answers.classifications],
            "shuffled_labels": shuffled_labels_check(list(answers.classifications)),
            "paper_protocol": _protocol(answers.protocol),
            "refused": answers.refused,
            "report": {
                "files": cohort.report.table(),
                "problems": [asdict(problem) for problem in cohort.report.all_problems],
            },
            "settings": settings,
            "versions": versions(),
        }
    )


def report_of(answers: Answers, settings: dict) -> Report:
    """The answers as a report; curves of the composites and of what differs, six at the most."""
    cohort, tests = answers.cohort, answers.tests
    parts = [
        sections.tables_read(cohort),
        sections.methods(cohort, tests, settings.get("phase")),
        sections.comparison(tests),
    ]
    found = tests.primary.loc[tests.primary["p_adjusted"] < 0.05, "unit"]
    drawn = list(dict.fromkeys([*cohort.composites, *found, *cohort.units]))[:6]
    if cohort.frames["time"].notna().any():
        phases = {m: phase_means(cohort, m) for m in drawn} if cohort.phases else {}
        parts.append(sections.over_time({m: mean_curves(cohort, m) for m in drawn}, phases))
    if answers.components is not None:
        label = cohort.people["label"]
        parts.append(sections.structured(answers.components, answers.clusterings, label))
    if answers.classifications:
        parts.append(sections.classified(answers.classifications))
    if answers.protocol is not None:
        parts.append(sections.careless(answers.protocol))
    return Report("Do the groups differ?", tuple(parts), settings, cohort.synthetic)


def versions() -> dict[str, str]:
    """Our code, Python, and the packages that computed the numbers."""
    found = {"expressrate": code_version(), "python": platform.python_version()}
    return found | {package: importlib.metadata.version(package) for package in PACKAGES}


def write_json(content: dict, path: Path | str) -> None:
    """Writes the document; a reader sees the old file or the whole new one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(path)


def _structure(answers: Answers) -> dict | None:
    if answers.components is None:
        return None
    components = answers.components
    return {
        "components": components.variance.reset_index(),
        "loadings": components.loadings.iloc[:, :5].rename_axis("feature").reset_index(),
        "scores": components.scores.iloc[:, :5].reset_index(),
        "missing_values_filled": components.filled,
        "features_dropped": components.dropped,
        "clusterings": [
            {
                "method": c.method,
                "clusters": c.clusters,
                "silhouette": c.silhouette,
                "p_against_no_structure": c.p_value,
                "null_silhouettes": c.null,
                "davies_bouldin": c.davies_bouldin,
                "ari": c.ari,
                "nmi": c.nmi,
                "stability": c.stability,
                "assignment": {str(person): int(k) for person, k in c.assignment.items()},
                "by_count": c.by_count.reset_index(),
            }
            for c in answers.clusterings
        ],
    }


def _classification(c: Classification) -> dict:
    return {
        "method": c.method,
        "people": len(c.people),
        "chance": c.chance,
        "accuracy": c.accuracy,
        "balanced_accuracy": c.balanced_accuracy,
        "auc": c.auc,
        "permutation_p_value": c.p_value,
        "permutation_statistic": c.permutation_statistic,
        "permuted": c.permuted,
        "predictions": c.people.reset_index(),
        "chosen": c.chosen.reset_index(),
        "evidence": c.evidence,
        "notes": c.notes,
        "seconds": c.seconds,
    }


def _protocol(protocol: PaperProtocol | None) -> dict | None:
    if protocol is None:
        return None
    return {
        "accuracy": protocol.accuracy,
        "gap_on_shuffled_labels": protocol.gap,
        "repeats": protocol.repeats,
        "tests": protocol.tests,
    }


def _plain(value):
    """Tables, arrays and numpy's numbers as lists, objects and Python's; what is no number is null."""
    if isinstance(value, pd.DataFrame):
        names = [str(column) for column in value.columns]
        rows = value.itertuples(index=False, name=None)
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)
