"""A cohort's analysis as one JSON document; ``docs/cohort.schema.json`` describes it."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.cohort.analysis import Analysis
from core.cohort.classify.classification import Classification
from core.cohort.classify.protocol_comparison import PaperProtocol, shuffled_labels_check
from core.cohort.report.rendering import versions

SCHEMA_VERSION = 1
"""Grows when a field changes its meaning or goes; new fields do not count."""


def document(analysis: Analysis, settings: Mapping[str, object]) -> dict:
    """The analysis as JSON's types (numbers may be NaN: `core.cli.write_json` makes them null).

    ``tests`` holds the primary test of each measure, one object each (`group_tests.COLUMNS` and more).
    """
    cohort, tests = analysis.cohort, analysis.tests
    sizes = cohort.people["label"].value_counts()
    return {
        "schema": SCHEMA_VERSION,
        "synthetic": cohort.synthetic,
        "groups": [{"label": g, "people": int(sizes[g])} for g in tests.groups],
        "units": list(cohort.units),
        "composites": list(cohort.composites),
        "unit_kind": cohort.unit_kind,
        "tests": records(tests.primary),
        "rank_tests": records(tests.ranks),
        "pairs": records(tests.pairs),
        "scores": records(tests.scores),
        "frame_level": {
            "believe": False,
            "why": "frames of one person are not independent of each other; the person is the unit",
            "tests": records(tests.frames),
        },
        "notes": list(tests.notes),
        "people": records(tests.people.reset_index()),
        "over_time": {m: records(t) for m, t in analysis.curves.items()},
        "by_phase": {m: records(t) for m, t in analysis.by_phase.items()},
        "structure": _structure(analysis),
        "classify": [_classification(c) for c in analysis.classifications],
        "shuffled_labels": records(shuffled_labels_check(list(analysis.classifications))),
        "paper_protocol": _protocol(analysis.protocol),
        "refused": dict(analysis.refused),
        "report": {
            "files": records(cohort.report.table()),
            "problems": [asdict(problem) for problem in cohort.report.all_problems],
        },
        "settings": dict(settings),
        "versions": versions(),
    }


def records(table: pd.DataFrame) -> list[dict]:
    """One object a row; a missing text is None, a missing number stays NaN."""
    columns = [str(column) for column in table.columns]
    rows = table.itertuples(index=False, name=None)
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]


def _plain(value):
    """A cell in JSON's types."""
    if isinstance(value, np.generic):
        return value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return value if isinstance(value, bool | int | float | str | list) else str(value)


def _structure(analysis: Analysis) -> dict | None:
    if analysis.components is None:
        return None
    components = analysis.components
    return {
        "components": records(components.variance.reset_index()),
        "loadings": records(components.loadings.iloc[:, :5].rename_axis("feature").reset_index()),
        "scores": records(components.scores.iloc[:, :5].reset_index()),
        "missing_values_filled": components.filled,
        "features_dropped": list(components.dropped),
        "clusterings": [
            {
                "method": c.method,
                "clusters": c.clusters,
                "silhouette": c.silhouette,
                "p_against_no_structure": c.p_value,
                "null_silhouettes": c.null.tolist(),
                "davies_bouldin": c.davies_bouldin,
                "ari": c.ari,
                "nmi": c.nmi,
                "stability": c.stability.tolist(),
                "assignment": {str(person): int(k) for person, k in c.assignment.items()},
                "by_count": records(c.by_count.reset_index()),
            }
            for c in analysis.clusterings
        ],
    }


def _classification(c: Classification) -> dict:
    return {
        "method": c.method,
        "people": len(c.people),
        "chance": c.chance,
        "accuracy": asdict(c.accuracy),
        "balanced_accuracy": asdict(c.balanced_accuracy),
        "auc": asdict(c.auc),
        "permutation_p_value": c.p_value,
        "permutation_statistic": c.permutation_statistic,
        "permuted": c.permuted.tolist(),
        "predictions": records(c.people.reset_index()),
        "chosen": records(c.chosen.reset_index()),
        "evidence": None if c.evidence is None else records(c.evidence),
        "notes": list(c.notes),
        "seconds": c.seconds,
    }


def _protocol(protocol: PaperProtocol | None) -> dict | None:
    if protocol is None:
        return None
    return {
        "accuracy": records(protocol.accuracy),
        "gap_on_shuffled_labels": protocol.gap,
        "repeats": records(protocol.repeats),
        "tests": records(protocol.tests),
    }
