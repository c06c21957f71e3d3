"""The table of results as the pages see it: read once, computed once, empty until it is made."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import checkpoints, methods
from core.evaluation.measuring.table import read_results, results_folder
from core.evaluation.results import (
    comparison,
    curves,
    equal_accuracy,
    equal_rate,
    gain_split,
    psnr_loss,
    weights,
)

COMMAND = "python -m core.evaluation run"
DATA = {
    "FER2013": "fer2013",
    "Photographs": "photographs",
    "Elsewhere": "foreign",
    "Gallery": "gallery",
}
"""What data sets are called on the page and in links, and in the table."""


def all_rows() -> pd.DataFrame:
    """Every row of every table; not to be changed."""
    return _table(stamps())


def available() -> list[str]:
    """Names of the data sets that the table holds."""
    present = set(_table(stamps())["data"].astype(str))
    return [name for name, data in DATA.items() if data in present]


def rows(data: str) -> pd.DataFrame:
    """The rows of a data set that figures show: its test split, or all where it has no splits."""
    return _shown(stamps(), data)


def points(data: str, quality: str, rate: str) -> pd.DataFrame:
    """The curves of a data set, as :func:`core.evaluation.results.curves.points` gives them."""
    return _points(stamps(), data, quality, rate)


def count_of(curves: pd.DataFrame) -> str:
    """How many pictures the points of ``curves`` are means of: one number, or from which to which."""
    fewest, most = curves["images"].min(), curves["images"].max()
    return f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"


def headline(curves: dict[str, tuple]) -> list[str]:
    """The four of ``curves`` (name -> values of ``CURVE``) that say most.

    The baseline, what was trained jointly at the gamma that validation chose, the control, and JPEG:
    what training gains, whose gain it is, and what everybody uses.
    """
    chosen = {
        card.gamma for card in checkpoints.cards("codec") if card.method == "joint" and card.chosen
    }
    found = []
    for method in ("baseline", "joint", "control", "jpeg"):
        of_method = [
            (name, key)
            for name, key in curves.items()
            if key[0] == method and not _tuned_reader(key)
        ]
        best = [name for name, (_, gamma, seed, _) in of_method if gamma in chosen and not seed]
        found += (best or [name for name, _ in of_method])[:1]
    return found or list(curves)[:4]


def _tuned_reader(key: tuple) -> bool:
    """Whether a codec that nothing was trained for is read by a classifier tuned on it."""
    return key[0] in methods.CLASSICAL and key[3] != "base"


def deltas(data: str, reference: str, quality: str, rate: str) -> pd.DataFrame:
    """Every other method against ``reference``, as :func:`core.evaluation.results.comparison.compare`.

    Empty where the reference was not measured.
    """
    return _deltas(stamps(), data, reference, quality, rate)


def regime_deltas(reference: str) -> pd.DataFrame:
    """Every training against ``reference``, as :func:`core.evaluation.results.gain_split.regime_deltas`."""
    return _regime_deltas(stamps(), reference)


def plane() -> pd.DataFrame:
    """Every learned operating point on FER2013, as :func:`core.evaluation.results.weights.plane`."""
    return _plane(stamps())


def psnr_changes(data: str) -> pd.DataFrame:
    """PSNR lost at equal rate, as :func:`core.evaluation.results.psnr_loss.psnr_changes`."""
    return _psnr_changes(stamps(), data)


def curve_of(method: str, weight: float) -> pd.DataFrame:
    """Accuracy over the file rate of one regime at one weight, on the test faces of FER2013."""
    found = plane()
    chosen = (found["method"] == method) & ((found["weight"] - weight).abs() <= 1e-3 * weight)
    return found[chosen].rename(columns={"accuracy": "quality"})


def measured(method: str, weight: float) -> bool:
    """Whether the table knows the accuracy of that regime at that weight."""
    return "FER2013" in available() and not curve_of(method, weight).empty


def paired(first: dict, second: dict, data: str) -> list[dict]:
    """McNemar's test between two curves wherever their rates agree; empty where nowhere.

    The curves are named by the values of ``core.evaluation.measuring.table.CURVE``.
    """
    return _paired(stamps(), data, tuple(first.items()), tuple(second.items()))


def fewest_bytes() -> pd.DataFrame:
    """Bytes a face at which each curve keeps a share of the accuracy on the originals."""
    return _fewest_bytes(stamps())


def say_empty() -> None:
    """Say that there are no results yet, and how to make them."""
    st.info(
        "There are no results yet. Every figure on this page is computed from the table of "
        "results; this command makes it:",
        icon=":material/table_chart:",
    )
    st.code(COMMAND, language="bash")


def stamps() -> tuple:
    """What the table is made of; it changes when a file does."""
    files = sorted(results_folder().glob("*.parquet"))
    return str(results_folder()), *((file.name, file.stat().st_mtime_ns) for file in files)


@st.cache_resource(max_entries=1, show_spinner="Reading the results …")
def _table(stamps: tuple) -> pd.DataFrame:
    return read_results(Path(stamps[0]))


@st.cache_resource(max_entries=4, show_spinner=False)
def _shown(stamps: tuple, data: str) -> pd.DataFrame:
    table = _table(stamps)
    chosen = table[table["data"] == data]
    tested = chosen[chosen["split"] == "test"]
    return tested if len(tested) else chosen


@st.cache_data(max_entries=32, show_spinner="Averaging, with intervals …")
def _points(stamps: tuple, data: str, quality: str, rate: str) -> pd.DataFrame:
    return curves.points(_shown(stamps, data), quality, rate)


@st.cache_data(max_entries=32, show_spinner="Comparing, with intervals …")
def _deltas(stamps: tuple, data: str, reference: str, quality: str, rate: str) -> pd.DataFrame:
    table = _table(stamps)
    present = set(_shown(stamps, data)["method"].astype(str))
    if reference not in present:
        return pd.DataFrame()
    methods = present - {"original", reference}
    found = []
    for method in sorted(methods):
        part = table[(table["data"] == data) & table["method"].isin([reference, method])]
        found += comparison.compare(
            part, reference, method, quality=quality, data=data, rate=rate, resamples=500
        )
    return pd.DataFrame(found)


@st.cache_data(max_entries=4, show_spinner="Comparing, with intervals …")
def _regime_deltas(stamps: tuple, reference: str) -> pd.DataFrame:
    return gain_split.regime_deltas(_table(stamps), reference)


@st.cache_data(max_entries=2, show_spinner="Averaging, with intervals …")
def _plane(stamps: tuple) -> pd.DataFrame:
    return weights.plane(_shown(stamps, "fer2013"))


@st.cache_data(max_entries=4, show_spinner="Averaging, with intervals …")
def _psnr_changes(stamps: tuple, data: str) -> pd.DataFrame:
    return psnr_loss.psnr_changes(_table(stamps), data)


@st.cache_data(max_entries=32, show_spinner=False)
def _paired(stamps: tuple, data: str, first: tuple, second: tuple) -> list[dict]:
    rows = _shown(stamps, data)
    return equal_rate.pairs_of(
        curves.select(rows, **dict(first)), curves.select(rows, **dict(second))
    )


@st.cache_data(max_entries=2, show_spinner=False)
def _fewest_bytes(stamps: tuple) -> pd.DataFrame:
    return pd.DataFrame(equal_accuracy.fewest_bytes(_table(stamps)))
