"""How far each action unit can be trusted: the shipped validation, unit by unit."""

import pandas as pd
import streamlit as st

from core import checkpoints
from core.csv_cells import csv
from core.errors import InputError
from core.face.plots import maps, responses
from core.face.plots.responses import KINDS
from core.face.units import bar, used, validation
from core.facs import UNITS
from pages.parts.shared import plot
from pages.parts.shared.words import plain

UNITS_AND_NUMBERS = {unit: f"{unit} {name}" for unit, name in UNITS.items()}
_TITLES = {used.ESTIMATORS: "one by one", used.STACK: "calibrated"}
_FIGURES = {
    "r": "Correlation with known units of people held out",
    "slope": "Points read for a point more of truth",
    "present": "AUC of a truth of 1 and above against below",
    "icc": "Agreement in level too, ICC(3,1)",
}
_MEASURES = {
    "r with known units, renders": ("pearson", "render"),
    "r with known units, warped photographs": ("pearson", "warp"),
    "Slope, renders": ("slope", "render"),
    "Slope, warped photographs": ("slope", "warp"),
    "AUC of present, renders": ("auc present", "render"),
    "AUC of present, warped photographs": ("auc present", "warp"),
    "ICC, renders": ("icc", "render"),
    "ICC, warped photographs": ("icc", "warp"),
    "AUC of expressions, real faces": ("auc", "fer2013"),
    "Share that rises from calm to smiling": ("share up", "london"),
    "Mean at rest, neutral faces": ("level at rest", "london"),
    "AUC of a smile, people no training saw": ("auc", "london unseen"),
    "Spread on a still face": ("still spread", "render"),
    "r with known units, sample clip": ("pearson", "clip"),
    "Change from crying to laughing, sample clip": ("change", "clip"),
}


def show_validation() -> None:
    """How well each unit is known, unit by unit; a sentence where that was not measured."""
    with st.expander("How far can each unit be trusted?", icon=":material/verified:"):
        judged = _choose()
        try:
            table, sidecar = validation.read_validation(validation.validation_path(judged))
            card = checkpoints.card(used.ESTIMATORS)
        except InputError as error:
            st.info(plain(error))
            return
        st.markdown(
            "Units are estimates, not certified FACS coding. A unit passes the bar where, on renders "
            f"and on warped photographs of people no training saw, r is {bar.LEAST_R:g} or more, the "
            f"slope lies within {bar.SLOPES[0]:g} and {bar.SLOPES[1]:g}, a truth of 1 and above is told "
            f"from less with an AUC of {bar.LEAST_AUC:g} or more, and no simpler estimator does better."
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
        _responses(table)
        _by_estimator(table)
        matrix = validation.cross_talk(table)
        if matrix.notna().any(axis=None):
            st.markdown("**Cross-talk**: one unit is moved on a render, all are read.")
            plot.draw(
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


def _choose() -> str:
    """Id of the checkpoint whose validation is shown; asked where there are two."""
    in_use = used.STACK if used.stack_in_use() else used.ESTIMATORS
    if used.stack_card() is None:
        return in_use
    return st.segmented_control(
        "Estimators",
        list(_TITLES),
        default=in_use,
        required=True,
        format_func=_TITLES.get,  # the link holds it: it does not change with what is in use
        key="video_judged",
        bind="query-params",
        help=f"In use: {_TITLES[in_use]}. One by one: each unit by the estimator that did best. "
        "Calibrated: all weighed together, with a rising curve a unit; measure with --calibrated on the "
        "command line.",
    )


def _by_unit(table: pd.DataFrame, card: checkpoints.Card) -> None:
    units = validation.by_unit(table)
    saw = card.config.get("saw_labels", {})
    units.insert(0, "name", [UNITS[unit] for unit in units.index])
    units["saw labels"] = [bool(saw.get(unit)) for unit in units.index]
    number = st.column_config.NumberColumn
    st.dataframe(
        units.reset_index(names="unit"),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "validated": st.column_config.CheckboxColumn(
                "passes the bar", help="On renders and on warped photographs."
            ),
            "why": st.column_config.TextColumn("what falls", help="Why it is not validated."),
            "estimator": st.column_config.TextColumn(help="Which of the estimators speaks for it."),
            **{
                f"{name} {kind}": number(format="%.2f", help=f"{meaning}, {KINDS[kind]}.")
                for name, meaning in _FIGURES.items()
                for kind in KINDS
            },
            "least told": number(
                format="%.2f",
                help="The least intensity told from 0 at 5 % false alarms, half of the time.",
            ),
            "at rest": number(
                format="%.2f", help="Mean on 102 neutral faces (London set); should be 0."
            ),
            "auc smile": number(
                format="%.2f", help="Smiling against neutral, London people no training saw."
            ),
            "auc": number(
                format="%.2f",
                help="Worst of its expressions against neutral, real faces; 0.5 is chance.",
            ),
            "smiles up": number(
                format="percent", help="People in whom it rises from calm to smiling (London set)."
            ),
            "still": number(
                format="%.2f", help="Standard deviation on a still, noisy face of a webcam."
            ),
            "still small": number(format="%.2f", help="The same, 60 pixels wide."),
            "shift": number(format="%.2f", help="Largest mean change under a disturbance."),
            "saw labels": st.column_config.CheckboxColumn(
                help="It saw emotion labels in training: its AUC is then no independent evidence."
            ),
        },
    )


def _responses(table: pd.DataFrame) -> None:
    """What is read for what is there, and how far the confidence holds."""
    curves = validation.response_curves(table)
    if curves.empty:
        return
    st.markdown("**Response**: mean estimate against the true intensity; the dotted line is exact.")
    plot.draw(
        responses.response_grid(curves, UNITS_AND_NUMBERS),
        key="video_responses",
        alt="One small chart a unit: mean estimate against true intensity",
    )
    bins = validation.reliability(table)
    if len(bins):
        st.markdown("**Confidence**: of frames with a stated confidence, the share that kept it.")
        plot.draw(
            responses.reliability(bins),
            key="video_reliability",
            alt="Share of frames that kept their confidence against the confidence stated",
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
