"""An analysis in a terminal: the primary tests, what is odd, and what could not be done."""

import pandas as pd

from core.cohort.analysis import Analysis

_MOST_REMARKS = 20


def show(analysis: Analysis) -> None:
    """Prints the analysis."""
    cohort, tests = analysis.cohort, analysis.tests
    if cohort.synthetic:
        print("SYNTHETIC COHORT: no person was recorded.")
    sizes = cohort.people["label"].value_counts()
    groups = ", ".join(f"{group}: {sizes[group]}" for group in tests.groups) or "no groups"
    print(f"{len(cohort.people)} people ({groups}), {len(cohort.frames):,} frames\n")
    _tests(analysis)
    for c in analysis.classifications:
        b = c.balanced_accuracy
        print(
            f"{c.method}: balanced accuracy {b.value:.2f} [{b.low:.2f}, {b.high:.2f}], "
            f"permutation p {c.p_value:.3g}"
        )
    if analysis.protocol is not None:
        print("\nThe paper's protocol beside ours, accuracy claimed:")
        print(analysis.protocol.accuracy.to_string(index=False, float_format="{:.3f}".format))
    for what, why in analysis.refused.items():
        print(f"{what} was not done: {why}")
    _remarks(analysis)


def _tests(analysis: Analysis) -> None:
    tests = analysis.tests
    table = tests.primary[["unit", "test", "n", "estimate", "effect", "low", "high"]].copy()
    table["p"], table["p adjusted"] = tests.primary["p_value"], tests.primary["p_adjusted"]
    table["(p over frames)"] = tests.frames["frame_p_value"]
    with pd.option_context("display.width", 140, "display.max_columns", None):
        print(table.to_string(index=False, float_format="{:.3g}".format))
    print("\np over frames takes every frame for a person of its own and must not be believed.")
    for note in tests.notes:
        print(note)


def _remarks(analysis: Analysis) -> None:
    problems = analysis.cohort.report.all_problems
    if problems:
        print(f"\n{len(problems)} remarks on the tables:")
    for problem in problems[:_MOST_REMARKS]:
        where = f"{problem.where}: " if problem.where else ""
        print(f"- {where}{problem.text}")
    if len(problems) > _MOST_REMARKS:
        print(f"- and {len(problems) - _MOST_REMARKS} more, all in --json")
