"""Nothing to compare yet: a template of the label file, and a table to type labels in."""

import pandas as pd
import streamlit as st

from core.cohort.tables.schema import Cohort
from core.csv_cells import csv
from pages.parts.shared import keeping

_LABELS = "cohort_kept_labels"


def show_missing_labels(cohort: Cohort) -> None:
    """The empty state, where tables are there and labels are not."""
    st.info(
        "These people have no labels yet, so there is nothing to compare between groups. Type them "
        "in, or fill in the template and drop it as Labels above.",
        icon=":material/group:",
    )
    template = pd.DataFrame({"participant": cohort.people.index, "label": "", "score": ""})
    typed = st.data_editor(
        template,
        hide_index=True,
        disabled=["participant"],
        key="cohort_typed_labels",
        height=min(420, 38 + 35 * len(template)),
        column_config={
            "label": st.column_config.TextColumn(
                help="The group: 0 and 1, patient and control, ..."
            ),
            "score": st.column_config.TextColumn(help="A number such as PHQ-9; may stay empty."),
        },
    )
    left, right = st.columns([1, 1])
    given = typed["label"].fillna("").str.strip().ne("")
    scored = pd.to_numeric(typed["score"], errors="coerce").notna()
    enough = typed.loc[given, "label"].nunique() > 1 or scored.sum() > 3
    left.button(
        "Compare with these labels",
        type="primary",
        icon=":material/play_arrow:",
        key="cohort_use_typed",
        disabled=not enough,
        on_click=_keep,
        args=(typed,),
        help="Needs two groups at least, or four scores. The labels stay in this session.",
    )
    right.download_button(
        "Template as CSV",
        csv(template).encode(),
        file_name="labels.csv",
        mime="text/csv",
        icon=":material/download:",
        key="cohort_label_template",
        on_click="ignore",
        help="One row a participant, with empty columns label and score; any other column (age, sex, "
        "site) can be adjusted for.",
    )


def _keep(typed: pd.DataFrame) -> None:
    """The typed labels as if their file had been dropped."""
    keeping.things()[_LABELS] = [("labels.csv", typed.to_csv(index=False).encode())]
