"""A cohort's analysis as one JSON document; ``docs/cohort.schema.json`` describes it.

Without people nothing in it belongs to a single person: no ids, file names, labels, scores, values.
"""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.cohort.analysis import Analysis
from core.cohort.classify import judgement
from core.cohort.classify.classification import Classification
from core.cohort.classify.protocol_comparison import PaperProtocol, shuffled_labels_check
from core.cohort.report.classify_section import shown_notes
from core.cohort.report.findings import outcome
from core.cohort.report.rendering import versions
from core.cohort.statistics.confounds import alarms
from core.cohort.statistics.group_tests import Tests

SCHEMA_VERSION = 1
"""Grows when a field changes its meaning or goes; new fields do not count."""


def document(analysis: Analysis, settings: Mapping[str, object], with_people: bool = False) -> dict:
    """The analysis as JSON's types (numbers may be NaN: `core.cli.write_json` makes them null).

    ``tests`` holds the primary test of each measure, one object each (`group_tests.COLUMNS` and more).
    """
    cohort = analysis.cohort
    sizes = cohort.people["label"].value_counts()
    content = {
        "schema": SCHEMA_VERSION,
        "synthetic": cohort.synthetic,
        "with_people": with_people,
        "groups": [{"label": g, "people": int(sizes[g])} for g in cohort.groups],
        "units": list(cohort.units),
        "composites": {name: dict(cohort.formulas[name]) for name in cohort.composites},
        "unit_kind": cohort.unit_kind,
        "recording": {
            "properties": records(analysis.audit),
            "alarms": list(alarms(analysis.audit)),
        },
        **_tests(analysis.tests),
        "robustness": _robustness(analysis),
        "adjusted": _adjusted(analysis),
        "within": _within(analysis, with_people),
        "over_time": {m: records(t) for m, t in analysis.curves.items()},
        "by_phase": {m: records(t) for m, t in analysis.by_phase.items()},
        "structure": _structure(analysis, with_people),
        "classify": [_classification(c, with_people) for c in analysis.classifications],
        "shuffled_labels": records(shuffled_labels_check(list(analysis.classifications))),
        "paper_protocol": _protocol(analysis.protocol),
        "refused": dict(analysis.refused),
        "report": _report(analysis, with_people),
        "settings": dict(settings),
        "versions": versions(),
    }
    if with_people and analysis.tests is not None:
        content["people"] = records(analysis.tests.people.reset_index())
    return content


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


def _tests(tests: Tests | None) -> dict:
    if tests is None:
        blank = {key: [] for key in ("tests", "rank_tests", "pairs", "scores")}
        return {"outcome": "", **blank, "frame_level": None, "notes": []}
    return {
        "outcome": outcome(tests),
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
    }


def _robustness(analysis: Analysis) -> dict | None:
    results = analysis.robustness
    if results is None:
        return None
    return {
        "least_detectable_effect": dict(results.detectable),
        "attrition": records(results.attrition),
        "least_shares": records(results.shares),
        "cutoffs": records(results.cutoffs),
    }


def _adjusted(analysis: Analysis) -> dict | None:
    results = analysis.adjusted
    if results is None:
        return None
    return {
        "covariates": list(results.names),
        "matching": records(results.matching),
        "groups": None if results.groups is None else records(results.groups),
        "scores": None if results.scores is None else records(results.scores),
    }


def _within(analysis: Analysis, with_people: bool) -> dict | None:
    within = analysis.within
    if within is None:
        return None
    content = {
        "kind": within.kind,
        "conditions": list(within.conditions),
        "pairs": records(within.pairs),
        "models": records(within.models),
        "groups": None if within.groups is None else records(within.groups),
    }
    return content | ({"values": records(within.values)} if with_people else {})


def _structure(analysis: Analysis, with_people: bool) -> dict | None:
    if analysis.components is None:
        return None
    components = analysis.components
    content = {
        "components": records(components.variance.reset_index()),
        "course": []
        if analysis.course is None
        else records(analysis.course.variance.reset_index()),
        "loadings": records(components.loadings.iloc[:, :5].rename_axis("feature").reset_index()),
        "missing_values_filled": components.filled,
        "features_dropped": list(components.dropped),
        "clusterings": [
            {
                "method": c.method,
                "clusters": c.clusters,
                "number_sought": c.sought,
                "sizes": [int(n) for n in c.assignment.value_counts().sort_index()],
                "silhouette": c.silhouette,
                "p_against_no_structure": c.p_value,
                "null_silhouettes": c.null.tolist(),
                "davies_bouldin": c.davies_bouldin,
                "ari": c.ari,
                "nmi": c.nmi,
                "stability": c.stability.tolist(),
                "by_count": records(c.by_count.reset_index()),
            }
            for c in analysis.clusterings
        ],
    }
    if with_people:
        content["scores"] = records(components.scores.iloc[:, :5].reset_index())
        for clustering, own in zip(content["clusterings"], analysis.clusterings, strict=True):
            clustering["assignment"] = {str(p): int(k) for p, k in own.assignment.items()}
    return content


def _classification(c: Classification, with_people: bool) -> dict:
    content = {
        "method": c.method,
        "people": len(c.people),
        "chance": c.chance,
        "accuracy": asdict(c.accuracy),
        "balanced_accuracy": asdict(c.balanced_accuracy),
        "auc": asdict(c.auc),
        "repeats": c.repeats.tolist(),
        "permutation_p_value": c.p_value,
        "permuted": c.permuted.tolist(),
        "confusion": records(judgement.confusion(c).reset_index()),
        "roc": records(judgement.roc(c)),
        "by_group": records(judgement.report(c)),
        "importance": None if c.importance is None else records(c.importance.reset_index()),
        "chosen": records(c.chosen.reset_index()),
        "evidence": None if c.evidence is None else records(c.evidence),
        "notes": [str(note) for note in shown_notes([c], with_people)],
        "seconds": c.seconds,
    }
    if with_people:
        content["predictions"] = records(c.people.reset_index())
    return content


def _protocol(protocol: PaperProtocol | None) -> dict | None:
    if protocol is None:
        return None
    return {
        "accuracy": records(protocol.accuracy),
        "gap_on_shuffled_labels": protocol.gap,
        "repeats": records(protocol.repeats),
        "tests": records(protocol.tests),
    }


def _report(analysis: Analysis, with_people: bool) -> dict:
    report = analysis.whole.report
    remarks = report.grouped()
    content = {
        "people": len(analysis.whole.people),
        "files": len(report.files),
        "files_used": sum(file.used for file in report.files),
        "frames": int(sum(file.frames for file in report.files if file.used)),
        "valid": report.valid,
        "remarks": records(remarks if with_people else remarks[["remark", "count"]]),
    }
    if with_people:
        content["tables"] = records(report.table())
        content["problems"] = [asdict(problem) for problem in report.all_problems]
    return content
