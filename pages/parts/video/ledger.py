"""What stands behind a measured video: the ledger of its frames, and the validation of the units."""

import json

import pandas as pd
import streamlit as st

from core import checkpoints
from core.csv_cells import csv
from core.errors import InputError
from core.face.marks import Marks
from core.face.plots import maps
from core.face.units import validation
from core.face.units.estimate import CHECKPOINT
from core.facs import UNITS
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain
from pages.parts.video.measuring import Measured

_MEASURES = {
    "r with known units, renders": ("pearson", "render"),
    "r with known units, warped photographs": ("pearson", "warp"),
    "ICC, renders": ("icc", "render"),
    "ICC, warped photographs": ("icc", "warp"),
    "AUC of expressions, real faces": ("auc", "fer2013"),
    "Share that rises from calm to smiling": ("share up", "london"),
    "Spread on a still face": ("still spread", "render"),
    "r with known units, sample clip": ("pearson", "clip"),
    "Change from crying to laughing, sample clip": ("change", "clip"),
}


def show_ledger(measured: Measured) -> None:
    """Every frame accounted for, and what the counts mean for the reader."""
    ledger = measured.series.ledger
    cells = st.container(horizontal=True, gap="large")
    cells.metric("Decoded frames", f"{ledger.decoded:,}", width="content")
    cells.metric("Measured", f"{ledger.measured:,}", width="content")
    cells.metric("No face", f"{ledger.no_face:,}", width="content")
    cells.metric("Below the cut-off", f"{ledger.below_cutoff:,}", width="content")
    if ledger.patched:
        cells.metric("Damaged", f"{ledger.patched:,}", width="content")
    cells.metric("Seconds", f"{ledger.duration:.2f}", width="content")
    if ledger.measured:
        cells.metric("Face width", f"{ledger.face_width:.0f} px", width="content")
    if not ledger.measured:
        st.warning(
            f"No face was measured in any of the {ledger.decoded:,} frames. Is there one, does it look "
            "at the camera, and is it wider than a fortieth of the picture? A lower least presence "
            "lets uncertain faces through.",
            icon=":material/face_retouching_off:",
        )
    elif ledger.measured < 3:
        st.info("So short a video has no timeline worth the name; its numbers are below.")
    if ledger.several_faces:
        st.info(
            f"{ledger.several_faces:,} frames show several faces. One is followed: the largest, and "
            "after it was lost the one nearest to where it was last seen. The number of faces is in "
            "the tables.",
            icon=":material/group:",
        )
    if ledger.damaged:
        st.warning(f"{ledger.damaged:,} packets of the file are damaged and were passed over.")
    for remark in ledger.remarks():
        st.info(plain(remark), icon=":material/info:")
    counts = pd.DataFrame(ledger.counts(), columns=["count", "frames", "meaning"])
    counts["frames"] = counts["frames"].map(
        lambda frames: "not declared" if pd.isna(frames) else f"{int(frames):,}"
    )
    evidence(
        f"Every frame is in one of five: {ledger.decoded:,} decoded = {ledger.skipped:,} skipped + "
        f"{ledger.patched:,} damaged + {ledger.no_face:,} without a face + "
        f"{ledger.below_cutoff:,} below the cut-off + {ledger.measured:,} measured. "
        "What was not measured is empty in the tables, never 0.",
        counts,
        "ledger",
        "Ledger of frames",
    )


def show_validation() -> None:
    """How well each unit is known, unit by unit; a sentence where that was not measured."""
    with st.expander("How far can each unit be trusted?", icon=":material/verified:"):
        try:
            table, sidecar = validation.read_validation()
            card = checkpoints.card(CHECKPOINT)
        except InputError as error:
            st.info(plain(error))
            return
        st.markdown(
            "Units are estimates, not certified FACS coding. Each is read by the estimator that did "
            "best on people held back for the choice; a unit that fails on them, or on people held "
            "back for the test, is **not validated**: it is marked with a star and left out of the "
            "composites."
        )
        in_all = validation.summary(table, card.config.get("saw_labels", {}))
        st.dataframe(
            in_all.reset_index(names="in all"),
            hide_index=True,
            height="content",
            placeholder="–",
            column_config={
                "chosen": st.column_config.NumberColumn(
                    format="%.2f", help="Each unit by the estimator that speaks for it."
                ),
                "blendshapes": st.column_config.NumberColumn(
                    format="%.2f", help="Plain blendshapes, what one would use without fitting."
                ),
            },
        )
        _by_unit(table, card)
        _by_estimator(table)
        matrix = validation.cross_talk(table)
        if matrix.notna().any(axis=None):
            st.markdown("**Cross-talk**: one unit is moved on a render, all are read.")
            plot.show(
                maps.cross_talk(matrix),
                key="video_cross_talk",
                alt="Heat map of what each unit did when another was moved",
            )
        st.caption(f"Made by `{sidecar.get('command', 'an unknown command')}`.")
        st.download_button(
            f"{len(table):,} rows as CSV",
            lambda: csv(table).encode(),
            file_name="action-unit-validation.csv",
            mime="text/csv",
            icon=":material/download:",
            help="All measures, for every estimator and for plain blendshapes.",
            on_click="ignore",
        )


def _by_unit(table: pd.DataFrame, card: checkpoints.Card) -> None:
    units = validation.by_unit(table)
    saw = card.config.get("saw_labels", {})
    sure = card.config["validated"]
    units.insert(0, "name", [UNITS[unit] for unit in units.index])
    units.insert(1, "validated", [bool(sure.get(unit)) for unit in units.index])
    units["saw labels"] = [bool(saw.get(unit)) for unit in units.index]
    number = st.column_config.NumberColumn
    st.dataframe(
        units.reset_index(names="unit"),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "validated": st.column_config.CheckboxColumn(help="Whether validation supports it."),
            "estimator": st.column_config.TextColumn(help="Which of the estimators speaks for it."),
            "r render": number(
                format="%.2f", help="Correlation with known units, renders of people held out."
            ),
            "r warp": number(format="%.2f", help="The same on warped photographs."),
            "icc render": number(format="%.2f", help="Agreement in level too, ICC(3,1)."),
            "auc": number(
                format="%.2f",
                help="Worst of its expressions against neutral, real faces; 0.5 is chance.",
            ),
            "smiles up": number(
                format="percent", help="People in whom it rises from calm to smiling (London set)."
            ),
            "still": number(format="%.2f", help="Standard deviation on a still, noisy face."),
            "shift": number(format="%.2f", help="Largest mean change under a disturbance."),
            "saw labels": st.column_config.CheckboxColumn(
                help="It saw emotion labels in training: its AUC is then no independent evidence."
            ),
        },
    )


def _by_estimator(table: pd.DataFrame) -> None:
    chosen = st.selectbox(
        "Compare the estimators by",
        list(_MEASURES),
        key="video_measure",
        bind="query-params",
        help="Plain blendshapes are what one would use without fitting.",
    )
    values = validation.by_estimator(table, *_MEASURES[chosen])
    st.dataframe(
        values.reset_index(names="unit"),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f") for name in values.columns
        },
    )


def ledger_json(measured: Measured, marks: Marks) -> bytes:
    """The ledger as it is stored beside extracted tables, and the marks made by hand."""
    document = {
        "video": measured.clip.name,
        "sha256": measured.clip.digest,
        "clock_offset": measured.series.facts.offset,
        "ledger": measured.series.ledger.as_dict(),
        "marks": marks.as_dict(),
    }
    return (json.dumps(document, indent=1) + "\n").encode()
