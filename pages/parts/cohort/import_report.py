"""What was read, and which part of it is compared: the import report, phase, composites, groups."""

import pandas as pd
import streamlit as st

from core.cohort.statistics import frames
from core.cohort.tables.schema import Cohort
from core.facs import COMPOSITES

WHOLE = "whole recording"


def show_report(cohort: Cohort) -> None:
    """The import report: the cohort in numbers, what is odd about it, and one row a file."""
    table = cohort.report.table()
    used = table[table["used"]]
    labelled = cohort.people["label"].dropna()
    cells = st.container(horizontal=True, gap="large")
    cells.metric(
        "People", len(cohort.people), help="Participants with at least one table.", width="content"
    )
    cells.metric(
        "Tables used",
        f"{len(used)} of {len(table)}",
        help="The report below says why not all.",
        width="content",
    )
    cells.metric(
        "Units",
        len(cohort.units),
        help=f"Action units in the tables; their values are read as {cohort.unit_kind}.",
        width="content",
    )
    rate = used["rate"].median()
    cells.metric(
        "Frames a second",
        "unknown" if pd.isna(rate) else f"{rate:.4g}",
        help="Median of the files.",
        width="content",
    )
    cells.metric(
        "Frames with a face",
        f"{cohort.report.valid:.1%}",
        help="The others are missing, not 0.",
        width="content",
    )
    groups = ", ".join(f"{group}: {(labelled == group).sum()} people" for group in cohort.groups)
    st.caption(f"Groups: {groups or 'none; add labels to compare'}.")
    problems = cohort.report.all_problems
    if cohort.report.problems:
        told = "\n".join(f"- {_plain(problem.text)}" for problem in cohort.report.problems[:12])
        more = len(cohort.report.problems) - 12
        st.warning(told + (f"\n- and {more} more, below" if more > 0 else ""))
    title = f"Import report: {_count(len(table), 'file')}, {_count(len(problems), 'remark')}"
    with st.expander(title, icon=":material/inventory_2:"):
        st.dataframe(
            table,
            hide_index=True,
            height=min(400, 38 + 35 * len(table)),
            column_config={
                "valid": st.column_config.NumberColumn(format="percent"),
                "rate": st.column_config.NumberColumn("frames a second", format="%.2f"),
                "seconds": st.column_config.NumberColumn(format="%.1f"),
                "problems": st.column_config.TextColumn(width="large"),
            },
        )
        if problems:
            rows = [(problem.kind, problem.where, problem.text) for problem in problems]
            st.dataframe(pd.DataFrame(rows, columns=["remark", "where", "text"]), hide_index=True)


def choose_part(key: str, cohort: Cohort) -> tuple[str, Cohort, dict[str, object]]:
    """The phase, composites and groups to compare; InputError where they do not go together."""
    first, second, third = st.columns(3)
    phase = first.selectbox(
        "Phase",
        [WHOLE, *cohort.phases],
        key="cohort_phase",
        bind="query-params",
        help="The part of the recordings that is compared; an event log cuts the phases.",
    )
    possible = [name for name, parts in COMPOSITES.items() if set(parts) <= set(cohort.units)]
    composites = second.multiselect(
        "Composites",
        possible,
        default=[name for name in ("happiness", "sadness") if name in possible],
        key="cohort_composites",
        bind="query-params",
        help="Sums of units, tested beside them: happiness is AU06 + AU12, sadness is "
        "AU01 + AU04 + AU15, the others follow EMFACS.",
    )
    groups = list(cohort.groups)
    if len(groups) > 2:
        groups = third.multiselect(
            "Groups",
            groups,
            default=groups,
            key="cohort_groups",
            bind="query-params",
            help="Two groups are compared with Welch's test, more with Welch's analysis of variance.",
        )
    choice = (phase, tuple(composites), tuple(groups))
    part = _part(key, *choice, _cohort=cohort)
    settings = {
        "phase": "" if phase == WHOLE else phase,
        "composites": composites,
        "groups": groups,
    }
    return f"{key} {choice}", part, settings


# As for the cohort itself: nobody changes it, so it is not copied.
@st.cache_resource(max_entries=4, show_spinner=False)
def _part(
    key: str, phase: str, composites: tuple[str, ...], groups: tuple[str, ...], _cohort: Cohort
) -> Cohort:
    part = frames.with_composites(_cohort, composites) if composites else _cohort
    part = part if phase == WHOLE else frames.select_phase(part, phase)
    return part if groups == _cohort.groups else frames.select_groups(part, groups)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _plain(text: str) -> str:
    """A user's words without their meaning in Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>#$|~:" else c for c in text)
