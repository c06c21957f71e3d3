"""What strangers make of the gains: the sentence and the table, the same wherever they stand."""

import pandas as pd
import streamlit as st

from core import formatting
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results.survival import Survival, strangers_survivals, survivals
from core.recognition.known import title
from pages.parts.shared import classifiers, results

_HEADLINE = ("joint", "codec", "control", "aimed")
"""Methods that the sentence names; the table names the classical codecs as well."""


def sentence() -> str:
    """What training gains by its own classifier, and by classifiers that took no part in it."""
    by_classifier = _by_classifier()
    if len(by_classifier) < 2:
        return ""
    own, strangers = (
        by_classifier[None],
        {id: by_classifier[id] for id in by_classifier if id is not None},
    )
    parts = []
    for survival in own:
        seen = [
            each for every in strangers.values() for each in every if each.method == survival.method
        ]
        if survival.method in _HEADLINE and seen:
            parts.append(
                f"**{curve_name(survival.method, _gamma(survival))}** {_rate(survival)} by its own "
                "classifier, "
                + formatting.listed([f"{_rate(each)} by {title(each.classifier)}" for each in seen])
            )
    if not parts:
        return ""
    faces = sorted({each.faces for every in strangers.values() for each in every})
    count = f"{faces[0]:,}" if len(faces) == 1 else f"{faces[0]:,} to {faces[-1]:,}"
    return (
        f"Bits at equal accuracy against the baseline: {'; '.join(parts)}. Strangers, whom nobody here "
        f"trained, read {count} test faces."
    )


def table() -> pd.DataFrame:
    """One row a method: its rate at equal accuracy against the baseline, by every classifier."""
    lines: dict[str, dict] = {}
    for classifier, every in _by_classifier().items():
        for survival in every:
            line = lines.setdefault(
                survival.method, {"Method": curve_name(survival.method, _gamma(survival))}
            )
            head = classifiers.OWN if classifier is None else title(classifier)
            line[f"{head}"] = _rate(survival)
            line[f"Faces, {head}"] = survival.faces
    return pd.DataFrame(lines.values())


def show_table() -> None:
    """The table with its caption; nothing where no stranger read."""
    lines = table()
    if lines.shape[1] < 5:
        return
    faces = [name for name in lines if name.startswith("Faces")]
    st.dataframe(lines[[*(name for name in lines if name not in faces), *faces]], hide_index=True,
                 height="content", placeholder="–")  # fmt: skip
    st.caption(
        "BD-rate against the baseline at equal accuracy, both read by the classifier that heads the "
        f"column, with {results.STATED}. The control's files are the baseline's own, so that a stranger "
        "sees no difference; what it gains, its classifier gained. The label alone shares no accuracy with "
        "the baseline's curve."
    )


def _by_classifier() -> dict[str | None, list[Survival]]:
    """Own classifiers first, then the strangers."""
    known = results.known()
    return {None: survivals(known, None), **strangers_survivals(known)}


def _gamma(survival: Survival) -> float:
    return float("nan") if survival.gamma is None else survival.gamma


def _rate(survival: Survival) -> str:
    if survival.rate.value != survival.rate.value:
        return "no common accuracy"
    value = f"{formatting.signed(survival.rate.value, 0)}%"
    if survival.rate.low != survival.rate.low:
        return value
    low, high = (formatting.signed(end, 0) for end in (survival.rate.low, survival.rate.high))
    return f"{value} ({low} to {high})"
