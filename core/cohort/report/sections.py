"""What stands in a report of the groups: findings, courses, persons within, adjusted, robustness.

The page shows the same figures and sentences, so that a report never says anything else.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.cohort.analysis import Adjusted, Robustness, Within
from core.cohort.report import plot_groups, plot_style
from core.cohort.report.findings import disbelief, effect_axis, outcome
from core.cohort.report.rendering import Figure, Section, Table
from core.cohort.statistics import confounds
from core.cohort.statistics.group_tests import Tests
from core.cohort.tables.schema import Cohort
from core.facs import unit_label
from core.formatting import percent

TEST_COLUMNS = (
    "unit", "name", "test", "n", "estimate", "effect", "low", "high", "p_value", "p_adjusted",
)  # fmt: skip
"""Of a table of tests, what is printed; its CSV has the rest."""


def tables_read(cohort: Cohort, with_people: bool) -> Section:
    """Who took part and what was read, with everything that was odd."""
    files = cohort.report.table()
    used = files[files["used"]]
    labels = cohort.people["label"]
    sizes = ", ".join(f"{plot_style.named(g)}: {(labels == g).sum()}" for g in cohort.groups)
    text = (
        f"{len(cohort.people)} people ({sizes or 'no labels'}) with {len(used)} of {len(files)} "
        f"tables and {int(used['frames'].sum()):,} frames, {percent(cohort.report.valid)} of them with a "
        f"face. Values are read as {cohort.unit_kind}. Frames without a face are missing, not 0."
    )
    parts: list[Figure | Table] = []
    if with_people:
        shown = ("file", "participant", "dialect", "frames", "rate", "seconds", "valid", "used")
        parts.append(Table(files, "Every table that was given.", "files", shown))
    remarks = cohort.report.grouped()
    if len(remarks):
        shown = remarks if with_people else remarks[["remark", "count"]]
        parts.append(Table(shown, "What was odd about them, equal remarks once.", "remarks"))
    return Section("People and tables", (text,), tuple(parts))


def recorded_alike(audit: pd.DataFrame) -> Section:
    """How the groups were recorded: whatever differs there comes before any result."""
    warnings = confounds.alarms(audit)
    text = (
        "Before any result: were the groups recorded alike? One value a person for each property, "
        "tested between the groups."
    )
    if audit.empty:
        text = "Without groups there is nothing to tell how alike they were recorded."
    elif not warnings:
        text += " No difference was found; what was not recorded cannot be asked."
    parts = (Table(audit, "How the groups were recorded.", "recording"),) if len(audit) else ()
    return Section("Recorded alike?", (text,), parts, warnings)


def comparison(tests: Tests, with_people: bool = False) -> Section:
    """Effects, tests over people, and the frame-level test with the reason not to believe it."""
    parts: list[Figure | Table] = []
    if tests.primary["effect"].notna().any():
        figure = plot_groups.effects(tests.primary, axis=effect_axis(tests))
        parts.append(Figure(figure, outcome(tests)))
    rows = named_units(tests.primary)
    parts.append(Table(rows, "The primary test of each measure.", "tests", TEST_COLUMNS))
    for rows, caption, name in (
        (tests.ranks, "Rank tests beside it.", "rank_tests"),
        (tests.pairs, "Pairs of groups, corrected over all of them.", "pairs"),
        (tests.scores, "Correlations with the score.", "scores"),
    ):
        if len(rows) and rows is not tests.primary:
            shown = (*TEST_COLUMNS[:2], "group", "reference", *TEST_COLUMNS[2:])
            parts.append(Table(named_units(rows), caption, name, shown))
    if tests.frames["frame_p_value"].notna().any():
        parts.append(Figure(plot_groups.against_frames(tests.frames), disbelief(tests)))
        caption = "Frames taken for people: shown to be disbelieved."
        parts.append(Table(tests.frames, caption, "frame_level"))
    if with_people:
        caption = "The values tested: one row a person."
        shown = ("participant", "label", "score", *list(tests.people)[2:8])
        parts.append(Table(tests.people.reset_index(), caption, "person_means", shown))
    return Section("Comparison", (outcome(tests), *tests.notes), tuple(parts))


def over_time(curves: Mapping[str, pd.DataFrame], phases: Mapping[str, pd.DataFrame]) -> Section:
    """Group means over time and phase; ``curves`` and ``phases``: measure -> table of means."""
    parts: list[Figure | Table] = []
    for measure, means in curves.items():
        if not means["mean"].notna().any():
            continue
        caption = f"{unit_label(measure)}: mean over people with 95 % interval; dashes: everybody."
        parts.append(Figure(plot_groups.curves(means, measure), caption))
        caption = f"{unit_label(measure)}: mean with one standard deviation over people."
        parts.append(Figure(plot_groups.curves(means, measure, spread=True), caption))
        parts.append(Table(means, f"The curve of {measure}.", f"curve_{measure}"))
    for measure, means in phases.items():
        caption = f"{unit_label(measure)} by phase: mean over people with 95 % interval."
        parts.append(Figure(plot_groups.phases(means, measure), caption))
        parts.append(Table(means, f"The phases of {measure}.", f"phases_{measure}"))
    text = (
        "Time counts from each recording's first frame. The interval at a moment is over people, one "
        "value each. Neighbouring moments are not independent: where two bands part is no test."
    )
    return Section("Over time", (text,), tuple(parts))


def within_persons(within: Within, with_people: bool = False) -> Section:
    """Conditions of the same people: pairs, mixed models, groups within each condition."""
    tested_pairs = within.pairs.dropna(subset=["p_value"])
    hits = tested_pairs[tested_pairs["p_adjusted"] < 0.05]
    text = (
        f"{len(hits)} of {len(tested_pairs)} comparisons of {within.kind}s within persons differ after "
        f"correction over measures and pairs ({', '.join(within.conditions)})."
    )
    models = within.models
    crossed = models[(models["term"] == "group x condition") & models["p_value"].notna()]
    if len(crossed):
        count = int((crossed["p_adjusted"] < 0.05).sum())
        text += (
            f" The groups change differently from {within.kind} to {within.kind} in {count} of "
            f"{len(crossed)} measures."
        )
    parts: list[Figure | Table] = [
        Table(within.pairs, "Paired tests; effect is d of the differences.", "within_pairs",
              ("unit", "condition", "reference", "n", "estimate", "effect", "low", "high",
               "p_value", "p_adjusted", "wilcoxon_p")),
        Table(models, "Mixed models with a random person.", "within_models"),
    ]  # fmt: skip
    if within.groups is not None:
        caption = "Groups within each condition, corrected over measures and conditions."
        shown = ("unit", "condition", *TEST_COLUMNS[2:])
        parts.append(Table(within.groups, caption, "within_groups", shown))
    if with_people:
        caption = "The values: one row a person and condition."
        parts.append(Table(within.values, caption, "within_values"))
    return Section("Within persons", (text,), tuple(parts))


def adjusted(results: Adjusted) -> Section:
    """Groups matched, and tests adjusted for what the label file knows of people."""
    parts: list[Figure | Table] = [
        Table(results.matching, "How the groups match.", "matching"),
    ]
    text = ["How alike the groups are in what the label file knows of people."]
    if results.groups is not None:
        known = results.groups.dropna(subset=["p_value"])
        hits = known.loc[known["p_adjusted"] < 0.05, "unit"].tolist()
        listed = f" ({', '.join(hits)})" if hits else ""
        text.append(
            f"Adjusted for {', '.join(results.names)}, {len(hits)} of {len(known)} measures differ "
            f"after correction{listed}."
        )
        caption = "Analysis of covariance with robust errors; raw is the unadjusted difference."
        parts.append(Table(results.groups, caption, "adjusted"))
    if results.scores is not None:
        caption = "Regressions on the score with the same covariates."
        parts.append(Table(results.scores, caption, "score_regressions"))
    return Section("Beside age, sex and the rest", tuple(text), tuple(parts))


def robustness(results: Robustness, groups: int) -> Section:
    """What could have been found, who is missing, what the cut-offs decide."""
    parts: list[Figure | Table] = [Table(results.attrition, "Who took part.", "attrition")]
    for rows, by, caption, name in (
        (results.shares, "least share", "Least share of frames with a face.", "over_shares"),
        (results.cutoffs, "cut-off", "Least confidence of a frame.", "over_cutoffs"),
    ):
        if len(rows):
            parts.append(Table(decided(rows, by), f"{caption} What it decides.", name))
    return Section("What could have been found", (detectable(results, groups),), tuple(parts))


def detectable(results: Robustness, groups: int) -> str:
    """The least detectable effect in one sentence."""
    name = "Cohen's d" if groups == 2 else "Cohen's f"
    alone, corrected = results.detectable["alone"], results.detectable["corrected"]
    if not np.isfinite(alone):
        return "The groups are too small for any test."
    return (
        f"With these numbers of people, effects of {name} {alone:.2f} and more are found in 4 of 5 "
        f"studies when one measure is tested, {corrected:.2f} when it must hold alone among all. "
        "What is smaller is not excluded by a test that finds nothing."
    )


def decided(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """One row a level of a cut-off: people, measures that differ after correction, and which."""
    table = []
    for level, own in rows.groupby(by):
        hits = own.loc[own["p_adjusted"] < 0.05, "unit"].tolist()
        raw = int((own["p_value"] < 0.05).sum())
        listed = ", ".join(hits)
        table.append((level, int(own["people"].iloc[0]), raw, len(hits), listed))
    columns = [by, "people", "below 0.05 before correction", "after correction", "measures"]
    return pd.DataFrame(table, columns=columns)


def named_units(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the unit's name in words after its code."""
    out = rows.copy()
    out.insert(1, "name", [unit_label(u).removeprefix(u).strip() for u in out["unit"]])
    return out
