"""Whose gain is it: the codec's or the classifier's?  And why it is not the paper's."""

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.evaluation.claims.claim_list import CLAIMS
from core.evaluation.plots import split_plots
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results.curves import originals
from core.evaluation.results.gain_split import Split, saving
from core.formatting import percent, signed
from core.methods import TUNED, name_of
from pages.parts.shared import plot, results
from pages.parts.shared.evidence import evidence

_PAPER = next(claim.at_least for claim in CLAIMS if claim.id == "joint-rate")
"""BD-rate (percent) that arXiv 2509.17262 reports for training both."""

_SHARE_KEPT = 0.95
"""Share of the base classifier's accuracy at which that rate is told in bytes."""


def show_gain_split() -> None:
    """The gains of every regime over the baseline, and the whole way split step by step."""
    whose = results.chosen()
    table = results.regimes(whose=whose)
    if table.empty or not table["method"].isin(TUNED).any():
        return
    st.subheader("Whose gain is it?", anchor=False)
    st.dataframe(
        pd.DataFrame(
            {
                "Training": [curve_name(row.method, row.gamma) for row in table.itertuples()],
                "Accuracy at equal rate": _figures(table, "points", " points"),
                "Rate at equal accuracy": _figures(table, "rate", "%"),
                "Faces": table["images"],
                "Trainings": table["seeds"],
                "Chosen on validation": table["chosen"],
            }
        ),
        hide_index=True,
        height="content",
    )
    try:
        split = results.split(whose)
    except InputError:
        st.markdown(
            "How the gain of training both splits cannot be told yet: it takes the control "
            "(`python -m core.training control`) and a γ chosen on validation "
            "(`python -m core.evaluation choose-gamma`)."
        )
    else:
        plot.draw(
            split_plots.gain_split(split), key="gain_split",
            alt="Share of the whole saving of each step, with intervals",
        )  # fmt: skip
        st.markdown(_told(split))
    st.markdown(_why_less(table))
    evidence(
        "Bjontegaard deltas of accuracy against the baseline codec read by the base classifier, file "
        f"rates, one row a training on the faces that it shares with the baseline; {results.STATED} "
        "over faces (low, high: of the rate). ± in the table above is the standard deviation over "
        f"trainings that differ in their seed alone, on the {table['shared_images'].max():,.0f} faces "
        "that all of them share.",
        results.regime_deltas("baseline", whose),
        "expressrate-shares",
        title="Every training apart",
    )


def _told(split: Split) -> str:
    codec = split.codec
    steps = "; ".join(
        f"{step.what} {signed(step.share.value, 0)}% ({signed(step.share.low, 0)} to "
        f"{signed(step.share.high, 0)})"
        for step in split.steps
    )
    return (
        f"From {name_of(split.steps[0].start).lower()} to codec and classifier trained together the "
        f"rate at equal accuracy changes by {signed(split.rate.value)}% ({signed(split.rate.low)} to "
        f"{signed(split.rate.high)}), over {split.images:,} faces and the accuracies that all curves "
        f"reach. Of that way: {steps}. The control, whose codec stayed the baseline's, takes the "
        f"classifier's part; **at equal bytes the codec's own share is "
        f"{signed(codec.points.value, 1, 'points')}** ({signed(codec.points.low)} to "
        f"{signed(codec.points.high)}). arXiv 2509.17262 reports +4.04 points and "
        f"{signed(_PAPER, 2)}% rate for training both, and has no control, so that how much of it is "
        "the codec's cannot be told there."
    )


def _why_less(table: pd.DataFrame) -> str:
    """What the paper's rate would mean on our curves, and what a weaker reference would make of ours."""
    joint = table[(table["method"] == "joint") & table["chosen"].astype(bool)]
    if len(joint) != 1 or not results.measured("baseline", 0.0):
        return ""
    gamma, whose = float(joint["gamma"].iloc[0]), results.chosen()
    rows = results.rows("fer2013", whose)
    coded = rows.loc[rows["method"] == "baseline", "image"]
    full = originals(rows[rows["image"].isin(coded)], whose.classifier or "base")
    meant = saving(
        results.curve_of("baseline", 0.0, whose),
        results.curve_of("joint", gamma, whose),
        _PAPER,
        _SHARE_KEPT * full,
    )
    reasons = []
    if meant is not None:
        reasons.append(
            f"{signed(_PAPER, 2)}% would mean {meant.after:.0f} bytes a face where the baseline takes "
            f"{meant.before:.0f} to keep {percent(_SHARE_KEPT, 0)} of the accuracy, "
            f"{percent(_SHARE_KEPT * full)}."
        )
        if meant.accuracy == meant.accuracy:
            reasons.append(
                f"In as many bytes the codec trained jointly is read at {percent(meant.accuracy)}."
            )
        elif meant.least > meant.after:
            reasons.append(
                f"The smallest files of the codec trained jointly have {meant.least:.0f}."
            )
    weaker = results.regimes("jpeg", whose)
    if len(weaker):
        same = (weaker["method"] == "joint") & (weaker["gamma"] == gamma)
        rates = weaker.loc[same, "rate"].dropna()
        if len(rates):
            reasons.append(
                "A saving also depends on what it is measured against: the same training comes to "
                f"{signed(float(joint['rate'].iloc[0]))}% against our baseline and "
                f"{signed(float(rates.iloc[0]))}% against JPEG, both read by the base classifier."
            )
    return " ".join(reasons)


def _figures(table: pd.DataFrame, name: str, unit: str) -> list[str]:
    cells = []
    for row in table.to_dict("records"):
        spread = row[f"{name}_sd"]
        apart = "" if spread != spread else f" ± {spread:.1f}"
        ends = f" ({signed(row[f'{name}_low'])} to {signed(row[f'{name}_high'])})"
        value = f"{signed(row[name])}{apart}{unit}{ends}"
        cells.append(value if row[name] == row[name] else "–")
    return cells
