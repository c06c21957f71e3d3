"""A visitor's own classifier: an ONNX file and its JSON read the shipped faces' files."""

import hashlib
from functools import partial
from pathlib import PurePath

import pandas as pd
import streamlit as st

from core.evaluation.measuring.own_readings import read_gallery
from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import originals, points
from core.formatting import percent
from core.recognition.own import LARGEST
from pages.parts.shared import jobs, keeping, plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain

_KEY = "curves_own"
_EXAMPLE = """{"size": 48, "channels": "grey", "mean": 0.5, "scale": 0.25, "output": "logits",
 "classes": ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]}"""


def offer() -> None:
    """The two files, the button, the progress, and the curves."""
    with st.expander("Bring your own classifier", icon=":material/upload_file:"):
        st.markdown(
            "An ONNX file that names expressions, and a small JSON that says what it wants to see: the "
            "network is given (pixel / 255 − mean) / scale. It reads the shipped faces' files here, in a "
            "process of its own, and nothing of it is kept."
        )
        st.code(_EXAMPLE, language="json")
        left, right = st.columns(2)
        network = left.file_uploader(
            "ONNX file", ["onnx"], key=f"{_KEY}_network",
            help=f"At most {LARGEST >> 20} MB, one file (no external data), ONNX's own operators.",
        )  # fmt: skip
        described = right.file_uploader(
            "Its JSON", ["json"], key=f"{_KEY}_described",
            help="size in pixels a side, channels (grey or colour), mean, scale, classes in the order "
            "of the output, output (logits or probabilities).",
        )  # fmt: skip
        earlier = keeping.things().get(_KEY)
        given = network is not None and described is not None
        st.button(
            "Let it read", key=f"{_KEY}_start", icon=":material/play_arrow:", on_click=_start,
            args=(network, described),
            disabled=not given or (earlier is not None and earlier[1].running),
            help="Takes a minute or two: every file is made again and decoded.",
        )  # fmt: skip
        if earlier is None or not given or earlier[0] != _digest(network, described):
            return
        jobs.show_job(earlier[1], _KEY)
        if isinstance(earlier[1].result, pd.DataFrame):
            _show_curves(earlier[1].result, plain(PurePath(network.name).stem))


def _start(network, described) -> None:
    if network is None or described is None:
        return
    content, text = network.getvalue(), described.getvalue()
    work = partial(read_gallery, content, text, PurePath(network.name).stem)
    keeping.things()[_KEY] = (_digest(network, described), jobs.start(work))


def _digest(network, described) -> str:
    return hashlib.sha256(network.getvalue() + described.getvalue()).hexdigest()


def _show_curves(rows: pd.DataFrame, name: str) -> None:
    judge = str(rows["classifier"].iloc[0])
    curves = points(rows, "accuracy")
    plot.draw(
        curve_plots.draw_points(curves, "accuracy", reference=originals(rows, judge)),
        key=f"{_KEY}_chart",
        alt=f"Accuracy of {name} against bits per pixel on the shipped faces",
    )
    count = rows["image"].nunique()
    st.caption(
        f"Read by {name}: accuracy on the {count} shipped faces, of which it reads "
        f"{percent(originals(rows, judge), 0)} uncompressed; bands are 95% intervals. So few faces "
        "tell whether "
        "it works, not how well: `python -m core.evaluation read MODEL.onnx --data DATA --json -` reads "
        "labelled faces of your own."
    )
    evidence(
        "Every point: mean rate, accuracy with its 95% interval, faces.",
        curves,
        "expressrate-own-classifier",
        title="The points of its curves",
    )
