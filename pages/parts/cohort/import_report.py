"""What was read, and which part of it is compared: report, phase, composites, groups, covariates."""

import re

import pandas as pd
import streamlit as st

from core.cohort import composites
from core.cohort.analysis import Choices, formula_of, part_of
from core.cohort.statistics import confounds, covariates
from core.cohort.tables.schema import Cohort, ImportReport
from core.errors import InputError
from core.formatting import percent
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain

WHOLE = "whole recording"


def show_import_report(cohort: Cohort) -> None:
    """The import report: the cohort in numbers, what is odd about it, and one row a file."""
    table = cohort.report.table()
    used = table[table["used"]]
    labelled = cohort.people["label"].dropna()
    rate = used["rate"].median()
    cells = st.container(horizontal=True, gap="large")
    for name, value, meaning in (
        ("People", len(cohort.people), "Participants with a face in at least one table."),
        ("Tables used", f"{len(used)} of {len(table)}", "The report below says why not all."),
        (
            "Units",
            len(cohort.units),
            f"Action units in the tables; their values are read as {cohort.unit_kind}.",
        ),
        (
            "Frames a second",
            "unknown" if pd.isna(rate) else f"{rate:.4g}",
            "Median of the files.",
        ),
        ("Frames with a face", f"{percent(cohort.report.valid)}", "The others are missing, not 0."),
    ):
        cells.metric(name, value, help=meaning, width="content")
    groups = ", ".join(
        f"{plain(group)}: {(labelled == group).sum()} people" for group in cohort.groups
    )
    conditions = ", ".join(map(plain, cohort.conditions))
    st.caption(
        f"Groups: {groups or 'none; add labels to compare'}."
        + (f" Conditions within persons: {conditions}." if conditions else "")
    )
    show_import_remarks(cohort.report)


def show_import_remarks(report: ImportReport) -> None:
    """What was odd, equal remarks once, and one row a file."""
    remarks = report.grouped()
    if len(remarks):
        lines = [
            f"- {plain(row['text'])}" + (f" ({row['count']} times)" if row["count"] > 1 else "")
            for _, row in remarks.head(8).iterrows()
        ]
        more = len(remarks) - 8
        st.warning("\n".join(lines) + (f"\n- and {more} more, below" if more > 0 else ""))
    table = report.table()
    title = f"Import report: {_count(len(table), 'file')}, {_count(len(remarks), 'remark')}"
    with st.expander(title, icon=":material/inventory_2:"):
        st.dataframe(
            table,
            hide_index=True,
            height=min(400, 38 + 35 * len(table)),
            column_config={
                "valid": st.column_config.NumberColumn(format="percent"),
                "rate": st.column_config.NumberColumn("frames a second", format="%.2f"),
                "seconds": st.column_config.NumberColumn(format="%.1f"),
                "confidence": st.column_config.NumberColumn(format="%.2f"),
                "face_width": st.column_config.NumberColumn("face (pixels)", format="%.0f"),
                "problems": st.column_config.TextColumn(width="large"),
            },
        )
        if len(remarks):
            st.dataframe(remarks, hide_index=True)


def choose_part(key: str, cohort: Cohort) -> tuple[str, Cohort, Choices]:
    """Which part is compared, and how; InputError where choices do not go together."""
    first, second, third = st.columns(3)
    phase = first.selectbox(
        "Phase",
        [WHOLE, *cohort.phases],
        key="cohort_phase",
        bind="query-params",
        help="The part of the recordings that is compared; an event log cuts the phases.",
    )
    offered = _offered(cohort)
    chosen_composites = second.multiselect(
        "Composites",
        offered,
        default=[name for name in ("happiness", "sadness") if name in offered],
        key="cohort_composites",
        bind="query-params",
        help="Sums of units, tested beside them: happiness is AU06 + AU12, sadness is "
        "AU01 + AU04 + AU15, the others follow EMFACS.",
    )
    groups = cohort.groups
    if len(groups) > 2:
        chosen = third.multiselect(
            "Groups",
            groups,
            default=groups,
            key="cohort_groups",
            bind="query-params",
            help="Two groups are compared with Welch's test, more with Welch's analysis of variance.",
        )
        groups = tuple(chosen)
    names, own = _own_composites(first, second)
    known = covariates.candidates(cohort)
    adjust = ()
    if known:
        adjust = second.multiselect(
            "Adjust for",
            known,
            key="cohort_covariates",
            bind="query-params",
            help="Columns of the label file, such as age and sex: the adjusted effect stands beside "
            "the raw one.",
        )
    least = third.slider(
        "Least share of frames with a face",
        0.0,
        1.0,
        0.5,
        0.05,
        key="cohort_least_valid",
        bind="query-params",
        help="People with a face in a smaller share of their frames take no part.",
    )
    choice = Choices(
        phase="" if phase == WHOLE else phase,
        groups=() if groups == cohort.groups else groups,
        composites=(*chosen_composites, *names),
        formulas=own,
        least_valid=least,
        covariates=tuple(adjust),
    )
    name = f"{key} {choice.settings()}"
    return name, _part(name, _cohort=cohort, _choice=choice), choice


def _offered(cohort: Cohort) -> list[str]:
    """The composites that can be asked for; the others with the reason."""
    offer = composites.offered(cohort)
    if offer.withheld:
        st.caption(plain(offer.sentence))
    return list(offer.formulas)


def _own_composites(first, second) -> tuple[tuple[str, ...], dict[str, dict[str, float]]]:
    """Composites that the user writes; they are kept in the address like every setting."""
    text = first.text_input(
        "Composites of your own",
        key="cohort_own_composites",
        bind="query-params",
        placeholder="smile = AU06 + 0.5 AU12; frown = AU04 + AU15",
        help="A name, =, and a sum of units with weights; several are parted by semicolons.",
    )
    formulas = dict(formula_of(part) for part in re.split(r"[;\n]", text) if part.strip())
    return tuple(formulas), formulas


# As for the cohort itself: nobody changes it, so it is not copied.
@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _part(key: str, _cohort: Cohort, _choice: Choices) -> Cohort:
    return part_of(_cohort, _choice)


def show_audit(key: str, cohort: Cohort) -> pd.DataFrame:
    """How the groups were recorded, before any result; red where they differ."""
    table = audited(key, _cohort=cohort)
    for alarm in confounds.alarms(table):
        st.error(plain(alarm), icon=":material/warning:")
    if len(table):
        evidence(
            "One value a person for each property of their recordings, tested between the groups and "
            "adjusted over the properties. Whatever differs here can pass for a difference of faces.",
            table,
            "recording",
            "Recorded alike?" if table["differs"].any() else "Recorded alike: no difference found",
        )
    return table


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def audited(key: str, _cohort: Cohort) -> pd.DataFrame:
    """The audit of the cohort that ``key`` names."""
    return confounds.audit(_cohort)


def nothing_to_compare(cohort: Cohort) -> bool:
    """Whether there are neither groups nor scores nor conditions within persons."""
    scores = cohort.people["score"].nunique() > 1
    return len(cohort.groups) < 2 and not scores and len(cohort.conditions) < 2


def refusal(error: InputError) -> None:
    """An error that no cohort came of, with the report that explains it."""
    st.error(plain(error), icon=":material/error:")
    report = getattr(error, "report", None)
    if report is not None and report.files:
        show_import_remarks(report)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
