"""What strangers make of the gains: the sentence and the table, the same wherever they stand."""

import pandas as pd
import streamlit as st

from core import formatting
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results.survival import Survival, strangers_survivals, survivals
from core.recognition.known import title
from pages.parts.shared import classifiers, results

_TRAINED = ("joint", "codec", "control", "aimed")
"""Methods that the sentence names first: what was gained here; then come the usual formats."""


def sentence() -> str:
    """What each method gains by its own classifier, and by classifiers that took no part in it."""
    by_classifier = _by_classifier()
    own = {each.method: each for each in by_classifier.pop(None)}
    seen = {
        method: [
            each for every in by_classifier.values() for each in every if each.method == method
        ]
        for method in own
    }
    told = [method for method in own if len(seen[method]) == len(by_classifier)]
    trained, usual = (
        [_told(own[method], seen[method]) for method in told if (method in _TRAINED) == here]
        for here in (True, False)
    )
    if not by_classifier or not trained:
        return ""
    names = formatting.listed([title(id) for id in by_classifier])
    sure = [curve_name(method, _gamma(own[method])) for method in told if _sure(seen[method])]
    parts = [
        "**Whose gain is it?** Bits at equal accuracy against the baseline, first by each codec's own "
        f"classifier, then by strangers, whom nobody here trained ({names}): {'; '.join(trained)}.",
        f"The usual formats: {'; '.join(usual)}." if usual else "",
        f"Sure to every stranger is the gain of {formatting.listed(sure)}."
        if sure
        else "No gain is sure to every stranger.",
        "Intervals and numbers of faces stand in the table below.",
    ]
    return " ".join(part for part in parts if part)


def _told(own: Survival, seen: list[Survival]) -> str:
    name = curve_name(own.method, _gamma(own))
    return f"**{name}** {', '.join(_value(each) for each in (own, *seen))}"


def _sure(seen: list[Survival]) -> bool:
    """Whether every stranger's interval lies below nothing gained."""
    return all(each.rate.high < 0 for each in seen)


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
    st.dataframe(
        lines[[*(name for name in lines if name not in faces), *faces]],
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Method": st.column_config.TextColumn(width=300),
            f"Faces, {classifiers.OWN}": st.column_config.NumberColumn(
                "Faces, own", format="localized"
            ),
            **{name: st.column_config.NumberColumn(format="localized") for name in faces[1:]},
        },
    )
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


def _value(survival: Survival) -> str:
    if survival.rate.value != survival.rate.value:
        return "no common accuracy"
    return f"{formatting.signed(survival.rate.value, 0)}%"


def _rate(survival: Survival) -> str:
    value = _value(survival)
    if survival.rate.low != survival.rate.low:
        return value
    low, high = (formatting.signed(end, 0) for end in (survival.rate.low, survival.rate.high))
    return f"{value} ({low} to {high})"
