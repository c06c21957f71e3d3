"""Whose gain is it: the codec's or the classifier's?  And why it is not the paper's."""

import pandas as pd
import streamlit as st

from core.evaluation.claims.claim_list import CLAIMS
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results.curves import originals
from core.evaluation.results.gain_split import Shares, saving, shares
from core.formatting import signed
from pages.parts.shared import results
from pages.parts.shared.evidence import evidence

_PAPER = next(claim.bounds[0] for claim in CLAIMS if claim.id == "joint-rate")
"""BD-rate (percent) that arXiv 2509.17262 reports for training both."""

_KEPT = 0.95
"""Share of the base classifier's accuracy at which that rate is told in bytes."""


def show_shares() -> None:
    """The gains of every regime over the baseline, split by the control."""
    deltas = results.regime_deltas("baseline")
    if deltas.empty or not deltas["method"].isin(["codec", "joint"]).any():
        return
    found = shares(deltas)
    st.subheader("Whose gain is it?", anchor=False)
    st.dataframe(
        pd.DataFrame(
            {
                "Training": [curve_name(row.method, row.gamma) for row in found.table.itertuples()],
                "Trainings": found.table["seeds"],
                "Accuracy at equal rate": _spread(found.table, "points", " points"),
                "Rate at equal accuracy": _spread(found.table, "rate", "%"),
                "Chosen on validation": found.table["chosen"],
            }
        ),
        hide_index=True,
        height="content",
    )
    st.markdown(_told(found))
    st.markdown(_why_less(found.table))
    evidence(
        "Bjontegaard deltas of accuracy against the baseline codec read by the base classifier, file "
        f"rates, on the {deltas['images'].max():,} test faces that all trainings were measured on; one "
        "row a training, with 95 % bootstrap intervals over faces (low, high: of the rate). The "
        "spread in the table above is the standard deviation over trainings that differ in their "
        "seed alone.",
        deltas,
        "expressrate-shares",
        title="Every training apart",
    )


def _told(found: Shares) -> str:
    if found.codec != found.codec:
        return (
            "How the gain of training both splits cannot be told yet: it takes the control "
            "(`python -m core.training control`) and a γ chosen on validation "
            "(`python -m core.evaluation choose`)."
        )
    return (
        f"Trained together, codec and classifier read {signed(found.joint)} points better than the "
        f"baseline at equal bytes, on the {found.table['images'].max():,} test faces that all trainings "
        f"were measured on. The control, whose codec stayed the baseline's, gains "
        f"{signed(found.control)}: that part is the classifier's, which got used to coded faces. "
        f"**The codec's own share is {signed(found.codec)} points.** arXiv 2509.17262 reports "
        f"+4.04 points and {signed(_PAPER, 2)}% rate for training both, and has no control, so that how "
        "much of it is the codec's cannot be told there."
    )


def _why_less(table: pd.DataFrame) -> str:
    """What the paper's rate would mean on our curves, and what a weaker reference would make of ours."""
    joint = table[(table["method"] == "joint") & table["chosen"]]
    if len(joint) != 1 or not results.measured("baseline", 0.0):
        return ""
    gamma = float(joint["gamma"].iloc[0])
    rows = results.rows("fer2013")
    coded = rows.loc[rows["method"] == "baseline", "image"]
    full = originals(rows[rows["image"].isin(coded)])
    meant = saving(
        results.curve_of("baseline", 0.0), results.curve_of("joint", gamma), _PAPER, _KEPT * full
    )
    told = []
    if meant is not None:
        told.append(
            f"{signed(_PAPER, 2)}% would mean {meant.after:.0f} bytes a face where the baseline takes "
            f"{meant.before:.0f} to keep {_KEPT:.0%} of the accuracy, {_KEPT * full:.1%}."
        )
        if meant.accuracy == meant.accuracy:
            told.append(
                f"In as many bytes the codec trained jointly is read at {meant.accuracy:.1%}."
            )
        elif meant.least > meant.after:
            told.append(f"The smallest files of the codec trained jointly have {meant.least:.0f}.")
    weaker = results.regime_deltas("jpeg")
    rates = []
    if len(weaker):
        rates = weaker.loc[weaker["chosen"] & (weaker["method"] == "joint"), "bd_rate"].dropna()
    if len(rates):
        told.append(
            "A saving also depends on what it is measured against: the same training comes to "
            f"{signed(float(joint['rate'].iloc[0]))}% against our baseline and "
            f"{signed(float(rates.mean()))}% against JPEG, both read by the base classifier."
        )
    return " ".join(told)


def _spread(table: pd.DataFrame, name: str, unit: str) -> list[str]:
    cells = []
    for mean, sd in zip(table[name], table[f"{name}_sd"], strict=True):
        spread = "" if sd != sd else f" ± {sd:.1f}"
        cells.append("not known" if mean != mean else f"{signed(mean)}{spread}{unit}")
    return cells
