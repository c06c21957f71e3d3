"""After a test: the visitor's curve beside the machines', what was mixed up, files to keep."""

import statistics

import pandas as pd
import streamlit as st

from core.formatting import percent
from core.methods import name_of
from core.reading_test import charts
from core.reading_test.curve import fit, levels, originals
from core.reading_test.session import to_csv, to_json
from core.reading_test.trials import Kind, confusion, missing
from pages.parts.reading_test import machines
from pages.parts.reading_test.running import Running, forget
from pages.parts.shared import keeping, plot

_ALL = "All codecs together"


def show_outcome(running: Running) -> None:
    """Everything that the answers tell."""
    answers = running.answers
    if running.trouble:
        st.warning(running.trouble)
    st.subheader("What you read", anchor=False)
    methods = sorted({a.method for a in answers if a.kind is Kind.TEST})
    method = None
    if len(methods) > 1:
        picked = st.selectbox(
            "Curve of", [_ALL, *methods], format_func=lambda id: id if id == _ALL else name_of(id),
            key="reading_test_curve_of", bind="query-params",
        )  # fmt: skip
        method = None if picked == _ALL else picked
    fitted = _fit(running, method)
    _say(running, fitted, method)
    seen = running.shown[: len(answers)]
    others = machines.levels_of(machines.answers_of(seen), method)
    plot.draw(
        charts.person_curve(levels(answers, method), fitted, others), key="reading_test_curve",
        alt="Share of faces read against bytes a face: yours and the classifiers' on the same faces",
    )  # fmt: skip
    st.caption(
        "Points: your answers at each rate; the dashed line is where you read three quarters of what "
        "you read on originals, the band its 95% interval. Classifiers read exactly the faces that you "
        "were shown; those that others trained took no part in training any codec here."
    )
    _say_agreement(running)
    left, right = st.columns(2)
    with left:
        st.markdown("**Shown and answered**")
        plot.draw(
            charts.confusion_map(confusion(answers)), key="reading_test_confusion",
            alt="How often each expression was answered as each",
        )  # fmt: skip
    with right:
        st.markdown("**How long it took**")
        st.dataframe(_times(running), hide_index=True)
    _keep(running)


def _fit(running: Running, method: str | None):
    fits = keeping.things().setdefault("reading_test_fits", {})
    key = (running.id, len(running.answers), method)
    if key not in fits:
        with st.spinner("Fitting your curve …"):
            fits[key] = fit(running.answers, method)
    return fits[key]


def _say(running: Running, fitted, method: str | None) -> None:
    chosen = [a for a in running.answers if method in (None, a.method)]
    more = missing(chosen)
    if fitted is None:
        if more:
            st.info(f"{more} more answer{'s' if more != 1 else ''} are needed for a curve.")
        else:
            st.info("Answers at two rates at least are needed for a curve.")
        return
    columns = st.columns(3)
    columns[0].metric(
        "Bytes for three quarters of what you read on originals", f"{fitted.threshold:.0f}",
        help="From a psychometric function with a guess rate of 1/7 and a lapse rate, fitted to all of "
        "your answers (Bayesian, psignifit).",
    )  # fmt: skip
    columns[1].metric("95% interval", f"{fitted.low:.0f} to {fitted.high:.0f}")
    read = originals(running.answers)
    columns[2].metric("Originals read", "–" if pd.isna(read) else percent(read, 0))


def _say_agreement(running: Running) -> None:
    """How many of ten people saw on the originals what is called right here, where they were asked."""
    faces = {each.trial.face for each in running.shown[: len(running.answers)]}
    shares = [face.agreement for face in faces if not pd.isna(face.agreement)]
    if shares:
        st.caption(
            f"What counts as right is what most of ten people saw on the original; on these "
            f"{len(shares)} faces {percent(statistics.mean(shares), 0)} of them agreed."
        )


def _times(running: Running) -> pd.DataFrame:
    rows = []
    for kind, title in ((Kind.CATCH, "original"), (Kind.TEST, "")):
        for level in sorted({a.level for a in running.answers if a.kind is kind}):
            group = [a for a in running.answers if a.kind is kind and a.level == level]
            mean = statistics.mean(a.bytes for a in group)
            rows.append(
                {
                    "stored in": title or f"{mean:.0f} bytes",
                    "faces": len(group),
                    "read": percent(statistics.mean(a.right for a in group), 0),
                    "median seconds": round(statistics.median(a.seconds for a in group), 2),
                }
            )
    return pd.DataFrame(rows)


def _keep(running: Running) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "My answers (JSON)", to_json(running.session), f"reading-{running.id[:8]}.json",
            "application/json", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "My answers (CSV)", to_csv([running.session]), f"reading-{running.id[:8]}.csv",
            "text/csv", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.button("Once more", icon=":material/replay:", on_click=forget, key="reading_test_again")
