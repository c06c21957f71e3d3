"""One face whose encoder looks at the classifier: the plain file and the aimed one, side by side."""

from functools import partial

import numpy as np
import streamlit as st

from core import checkpoints
from core.evaluation.measuring.versions import Picture
from core.expressions import EXPRESSIONS
from core.formatting import percent
from pages.parts.compress import settings
from pages.parts.compress.aimed_pair import CODEC, Pair, pair_of
from pages.parts.shared import jobs, keeping

_KEY = "compress_aimed"


def offer(face: Picture) -> None:
    """The button, the progress, and what came of it; nothing where the baseline is not here."""
    if not any(card.id == CODEC for card in checkpoints.cards("codec")):
        return
    with st.expander("Let the encoder look at the classifier", icon=":material/visibility:"):
        st.markdown(
            "The same codec, the same decoder: only the encoder goes on refining this one file until "
            "our classifier reads the decoded face as it read the original. What the independent "
            "classifiers then read tells whether the expression was kept, or the classifier flattered."
        )
        key = (face.digest, face.pixels.shape)
        earlier = keeping.things().get(_KEY)
        st.button(
            "Encode at the right side's quality", key=f"{_KEY}_start",
            icon=":material/play_arrow:", on_click=_start, args=(key, face.pixels),
            disabled=earlier is not None and earlier[1].running,
            help="Takes a few seconds for a small face.",
        )  # fmt: skip
        if earlier is None or earlier[0] != key:
            return
        jobs.show_job(earlier[1], _KEY)
        if isinstance(earlier[1].result, Pair):
            _show_pair(earlier[1].result)


def _start(key: tuple, picture: np.ndarray) -> None:
    quality_index = round(settings.current()["quality"])  # where the slider was let go
    work = partial(pair_of, picture, quality_index)
    keeping.things()[_KEY] = (key, jobs.start(work))


def _show_pair(pair: Pair) -> None:
    st.caption(f"Baseline at quality {pair.plain.quality_index} of 255.")
    titles = ("plain", "looked at the classifier")
    for column, title, file, picture in zip(
        st.columns(2), titles, (pair.plain, pair.aimed), pair.pictures, strict=True
    ):
        column.image(picture, width=192, caption=f"{title}: {file.file_bytes} bytes",
                     alt=f"The face decoded from the file, {title}")  # fmt: skip
    st.dataframe(
        [
            {
                "read by": classifier,
                "original": _said(reading[0]),
                "plain": _said(reading[1], reading[0]),
                "looked at the classifier": _said(reading[2], reading[0]),
            }
            for classifier, reading in pair.readings.items()
        ],
        hide_index=True,
    )
    st.download_button(
        "The aimed file (.xpr)", pair.aimed.payload, "face-aimed.xpr", key=f"{_KEY}_file",
        icon=":material/download:", on_click="ignore",
        help="A file like any other of the baseline codec: python -m core.codec decode reads it.",
    )  # fmt: skip


def _said(probabilities: np.ndarray, original: np.ndarray | None = None) -> str:
    place = int(probabilities.argmax())
    mark = "" if original is None else (" ✓" if place == int(original.argmax()) else " ✗")
    return f"{EXPRESSIONS[place]} {percent(probabilities[place], 0)}{mark}"
