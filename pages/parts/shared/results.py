"""The table of results as the pages see it: read once, computed once, empty until it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core import checkpoints
from core.evaluation import choices
from core.evaluation.measuring.readings import readings_folder
from core.evaluation.measuring.table import results_folder
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results import curves, estimates, gain_split
from core.evaluation.results.comparison import curves_of
from core.evaluation.results.equal_rate import EqualRate
from core.evaluation.results.read_by import unread
from core.methods import METHODS
from core.recognition.known import title
from pages.parts.shared import classifiers

COMMAND = "python -m core.evaluation run"
DATA = {name: data for data, name in choices.DATA.items()}
"""What data sets are called on the page and in links, and in the table."""

LABELS = {"FER2013": "fer2013", "FER+ majority": "ferplus"}
"""Whose label a prediction is compared with: on the page and in links, and in the table."""

STATED = estimates.STATED
"""How every interval was made, for captions: the same on every page."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose word counts: ``labels`` as the table calls them, and the id of who reads every face.

    ``classifier`` None: each codec's own classifier.
    """

    labels: str = "fer2013"
    classifier: str | None = None

    @property
    def said(self) -> str:
        """Who reads, for a caption."""
        return classifiers.said_of(self.classifier)

    @property
    def judged_by(self) -> str:
        """Who reads the originals, for a sentence."""
        return "the base classifier" if self.classifier is None else title(self.classifier)


EVERYDAY = Whose()
"""FER2013's labels, and each codec's own classifier."""


def all_rows() -> pd.DataFrame:
    """Every row of every table; not to be changed."""
    return known().rows


def available() -> list[str]:
    """Names of the data sets that the table holds."""
    present = set(all_rows()["data"].unique())
    return [name for name, data in DATA.items() if data in present]


def choose_labels(key: str = "labels") -> str:
    """Whose labels count, as the table calls them; asked only where the table holds both."""
    if not _has_votes():
        return "fer2013"
    name = st.segmented_control(
        "Labels",
        list(LABELS),
        default="FER2013",
        required=True,
        key=key,
        bind="query-params",
        help="Whose word counts as right: FER2013's one label, or what most of ten people saw (FER+; "
        "faces without a majority for one of the seven expressions are left out).",
    )
    return LABELS[name]


def chosen(key: str = "labels") -> Whose:
    """What :func:`choose_labels` and the selector of classifiers were last answered on this page."""
    name = st.session_state.get(key)
    labels = LABELS.get(name, "fer2013") if _has_votes() else "fer2013"
    return Whose(labels, classifiers.chosen_classifier())


def _has_votes() -> bool:
    return bool(all_rows()["ferplus"].notna().any())


def rows(data: str, whose: Whose = EVERYDAY) -> pd.DataFrame:
    """The rows of a data set that figures show: its test split, or all where it has no splits."""
    return _shown(stamps(), data, whose)


def labelled_curves(data: str, whose: Whose = EVERYDAY) -> list[dict]:
    """The curves of a data set's labelled pictures, by the method: values of
    ``core.evaluation.measuring.table.CURVE``."""
    return _labelled_curves(stamps(), data, whose)


def points(data: str, quality: str, rate: str, whose: Whose = EVERYDAY) -> pd.DataFrame:
    """The curves of a data set, as :func:`core.evaluation.results.curves.points` gives them."""
    return _waited(lambda known: known.points(data, quality, rate), whose).copy()


def count_of(curves: pd.DataFrame) -> str:
    """How many pictures the points of ``curves`` are means of: one number, or from which to which."""
    fewest, most = curves["images"].min(), curves["images"].max()
    return f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"


def deltas(
    data: str, reference: str, quality: str, rate: str, whose: Whose = EVERYDAY
) -> pd.DataFrame:
    """Every other method against ``reference``, as :func:`core.evaluation.results.comparison.compare`.

    Empty where the reference was not measured.
    """
    return _waited(lambda known: known.deltas(data, reference, quality, rate), whose).copy()


def regime_deltas(reference: str, whose: Whose = EVERYDAY) -> pd.DataFrame:
    """Every training against ``reference``, as :func:`core.evaluation.results.gain_split.regime_deltas`."""
    return _waited(lambda known: known.regime_deltas(reference), whose).copy()


def regimes(reference: str = "baseline", whose: Whose = EVERYDAY) -> pd.DataFrame:
    """A row a regime and gamma, as :func:`core.evaluation.results.gain_split.regimes`; may be empty."""
    deltas = regime_deltas(reference, whose)
    if deltas.empty:
        return deltas
    repeats = _waited(lambda known: known.repeat_deltas(reference), whose)
    return gain_split.regimes(deltas, repeats)


def split(whose: Whose = EVERYDAY) -> gain_split.Split:
    """Whose gain it is, step by step; InputError where a training is missing."""
    return _waited(lambda known: known.split(), whose)


def plane(whose: Whose = EVERYDAY) -> pd.DataFrame:
    """Every learned operating point on FER2013, as :func:`core.evaluation.results.weights.plane`."""
    return _waited(lambda known: known.plane(), whose).copy()


def psnr_changes(data: str) -> pd.DataFrame:
    """PSNR lost at equal rate, as :func:`core.evaluation.results.psnr_loss.psnr_changes`."""
    return _waited(lambda known: known.psnr_changes(data)).copy()


def curve_of(method: str, weight: float, whose: Whose = EVERYDAY) -> pd.DataFrame:
    """Accuracy over the file rate of one regime at one weight, on the test faces of FER2013."""
    points = plane(whose)
    chosen = (points["method"] == method) & (points["weight"] == weight)
    return points[chosen].rename(columns={"accuracy": "quality"})


def measured(method: str, weight: float) -> bool:
    """Whether the table knows the accuracy of that regime at that weight."""
    return "FER2013" in available() and not curve_of(method, weight).empty


def paired(first: dict, second: dict, data: str, whose: Whose = EVERYDAY) -> list[EqualRate]:
    """McNemar's test between two curves wherever their rates agree; empty where nowhere.

    The curves are named by the values of ``core.evaluation.measuring.table.CURVE``.
    """
    return _waited(lambda known: known.equal_rate_of(data, first, second), whose)


def fewest_bytes(whose: Whose = EVERYDAY, rate: str = "shared") -> pd.DataFrame:
    """Bytes a face, by ``rate``, at which each curve keeps a share of the accuracy on the originals."""
    return pd.DataFrame(_waited(lambda known: known.fewest_bytes(rate), whose))


def known(whose: Whose = EVERYDAY) -> estimates.Estimates:
    """All estimates of the tables as they are now."""
    return _estimates(stamps(), whose)


def originals(whose: Whose = EVERYDAY) -> float:
    """Accuracy on the uncompressed test faces, of the classifier or else the base classifier."""
    estimates_of = known(whose)
    return curves.originals(estimates_of.shown("fer2013"), estimates_of.reference_classifier)


def say_unread(data: str, whose: Whose = EVERYDAY) -> None:
    """Name the trainings and codecs whose files the chosen classifier was never let read."""
    if whose.classifier is None:
        return
    missing = unread(rows(data, Whose(whose.labels)), rows(data, whose))
    if missing:
        names = dict.fromkeys(curve_name(*key) for key in missing)
        st.caption(
            f"Not read by {whose.said}, and so not shown: {'; '.join(names)}. Where their weights are "
            f"here, `python -m core.evaluation read {whose.classifier} --write --methods METHOD` lets it."
        )


def say_empty() -> None:
    """Say that there are no results yet, and how to make them."""
    st.info(
        "There are no results yet. Every figure on this page is computed from the table of "
        "results; this command makes it:",
        icon=":material/table_chart:",
    )
    st.code(COMMAND, language="bash")


def stamps() -> tuple:
    """What the estimates are made of, tables and cards; it changes when a file does."""
    tables = [*results_folder().glob("*.parquet"), *readings_folder().glob("*.parquet")]
    files = [*tables, *checkpoints.folder().glob("*.json")]
    return str(results_folder()), *((file.name, file.stat().st_mtime_ns) for file in sorted(files))


@st.cache_resource(max_entries=4, show_spinner="Reading the results …")
def _estimates(stamps: tuple, whose: Whose) -> estimates.Estimates:
    if whose == EVERYDAY:
        return estimates.Estimates()
    every = _estimates(stamps, EVERYDAY)
    if whose.classifier is not None:
        return every.labelled(whose.labels).read_by(whose.classifier)
    return every.labelled(whose.labels)


@st.cache_resource(max_entries=8, show_spinner=False)
def _shown(stamps: tuple, data: str, whose: Whose) -> pd.DataFrame:
    return _estimates(stamps, whose).shown(data)


@st.cache_resource(max_entries=8, show_spinner=False)
def _labelled_curves(stamps: tuple, data: str, whose: Whose) -> list[dict]:
    rows = _shown(stamps, data, whose)
    rows = rows[rows["label"].notna() & (rows["method"] != "original")]
    return [key for method in METHODS for key, _ in curves_of(rows, method)]


def _waited(ask: Callable[[estimates.Estimates], Any], whose: Whose = EVERYDAY) -> Any:
    """An estimate, under a sign that it is being computed."""
    with st.spinner("Comparing, with intervals …", show_time=False):
        return ask(known(whose))
