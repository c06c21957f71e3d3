"""An analysis in a terminal: findings first, then what is odd and what could not be done."""

from typing import TextIO

import pandas as pd

from core.cohort.analysis import Analysis, Within
from core.cohort.report.findings import outcome
from core.cohort.report.sections import detectable
from core.cohort.statistics.confounds import alarms
from core.cohort.tables.schema import ImportReport

_WIDTH = 140


def print_analysis(analysis: Analysis) -> None:
    """Prints the analysis."""
    cohort, tests = analysis.cohort, analysis.tests
    if cohort.synthetic:
        print("SYNTHETIC COHORT: no person was recorded.")
    sizes = cohort.people["label"].value_counts()
    groups = ", ".join(f"{group}: {sizes[group]}" for group in cohort.groups) or "no groups"
    print(f"{len(cohort.people)} people ({groups}), {len(cohort.frames):,} frames\n")
    for alarm in alarms(analysis.audit):
        print(f"! {alarm}")
    if tests is not None:
        print(outcome(tests) + "\n")
        _tests(analysis)
    if analysis.within is not None:
        _within(analysis.within)
    if analysis.adjusted is not None and analysis.adjusted.groups is not None:
        print(f"\nAdjusted for {', '.join(analysis.adjusted.names)}:")
        _print(analysis.adjusted.groups.drop(columns="test"))
    if analysis.robustness is not None:
        print("\n" + detectable(analysis.robustness, len(cohort.groups)))
    for c in analysis.classifications:
        b, others = c.balanced_accuracy, c.repeats
        print(
            f"{c.method}: balanced accuracy {b.value:.2f} [{b.low:.2f}, {b.high:.2f}], "
            f"permutation p {c.p_value:.3g}; {len(others)} repeats {others.min():.2f} to "
            f"{others.max():.2f}"
        )
    if analysis.protocol is not None:
        print("\nThe paper's protocol beside ours, accuracy claimed:")
        print(analysis.protocol.accuracy.to_string(index=False, float_format="{:.3f}".format))
    for what, why in analysis.refused.items():
        print(f"{what} was not done: {why}")
    print_remarks(analysis.whole.report)


def print_remarks(report: ImportReport, file: TextIO | None = None) -> None:
    """Prints what was odd about the tables, equal remarks once, to ``file`` (standard output)."""
    remarks = report.grouped()
    if len(remarks):
        print("\nRemarks on the tables:", file=file)
    for _, remark in remarks.iterrows():
        times = f" ({remark['count']} times: {remark['where']})" if remark["count"] > 1 else ""
        where = f"{remark['where']}: " if remark["count"] == 1 and remark["where"] else ""
        print(f"- {where}{remark['text']}{times}", file=file)


def _tests(analysis: Analysis) -> None:
    tests = analysis.tests
    table = tests.primary[["unit", "test", "n", "estimate", "effect", "low", "high"]].copy()
    table["p"], table["p adjusted"] = tests.primary["p_value"], tests.primary["p_adjusted"]
    table["(p over frames)"] = tests.frames["frame_p_value"]
    _print(table)
    print("\np over frames takes every frame for a person of its own and must not be believed.")
    for note in tests.notes:
        print(note)


def _within(within: Within) -> None:
    print(f"\nWithin persons, by {within.kind} ({', '.join(within.conditions)}):")
    columns = ["unit", "condition", "reference", "n", "estimate", "effect", "low", "high"]
    _print(within.pairs[[*columns, "p_value", "p_adjusted"]])
    _print(within.models[["unit", "term", "n", "statistic", "df", "p_value", "p_adjusted"]])


def _print(table: pd.DataFrame) -> None:
    with pd.option_context("display.width", _WIDTH, "display.max_columns", None):
        print(table.to_string(index=False, float_format="{:.3g}".format))
