"""Home: the question, the headline curve, and where to start."""

import streamlit as st

from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import originals
from pages.parts.shared import frame, results

START = {
    "Teacher": (
        "Show the trade-off live: drag the quality of a face down and watch the classifier change "
        "its mind.",
        frame.Way("pages/compress.py", "Compress a face", ":material/compress:"),
    ),
    "Explorer": (
        "Bring a picture of your own, or take one with the webcam. It stays on this machine.",
        frame.Way(
            "pages/compress.py", "Bring a picture", ":material/add_a_photo:", {"source": "Upload"}
        ),
    ),
    "Reviewer": (
        "Check the claims without writing code: every curve with its interval, every warning, "
        "every row.",
        frame.Way("pages/curves.py", "Read the curves", ":material/show_chart:"),
    ),
    "Observer": (
        "Bring a video, or take the sample: action units from frame to frame, with the evidence for "
        "each.",
        frame.Way("pages/video.py", "Measure a video", ":material/videocam:"),
    ),
    "Researcher": (
        "Compare groups of people by their action units, with tests that count people, not frames.",
        frame.Way("pages/cohort.py", "Analyse a cohort", ":material/groups:"),
    ),
}

frame.open_page(
    "ExpressRate",
    "#### How few bits can a face be stored in before a machine, or a clinician, can no longer "
    "read its expression?",
)

for column, (who, (what, way)) in zip(st.columns(len(START)), START.items(), strict=True):
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{who}**")
        st.markdown(what)
        frame.link(way)

st.subheader("What is kept, at every rate", anchor=False)
with frame.errors_shown():
    if "FER2013" not in results.available():
        results.say_empty()
    else:
        found = results.points("fer2013", "accuracy", "file")
        reference = originals(results.rows("fer2013"))
        st.plotly_chart(
            curve_plots.draw_points(found, "accuracy", reference=reference),
            key="headline",
            alt="Accuracy of the expression classifier against bits per pixel, by codec",
        )
        st.caption(
            f"Accuracy of the expression classifier on {results.count_of(found)} test faces "
            "against bits per pixel of the whole file (64 × 64 pixels). Bands are 95 % bootstrap "
            "intervals; the dotted line is the accuracy on the uncompressed faces. Classical codecs "
            "store 64 faces in one file, so that their headers are shared."
        )
frame.research_note()
