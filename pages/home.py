"""Home: the question, its answer as measured, and a way into every page."""

import streamlit as st

from core.evaluation.plots import curve_plots
from pages.parts.home import answer
from pages.parts.shared import classifiers, frame, results, strangers

# For whom, what one finds there, and the way: every page once.
WAYS = (
    ("Teachers", "Drag the quality of a face down and watch the classifier change its mind. Paste a "
     "picture of your own; it stays on this machine.",
     frame.Way("pages/compress.py", "Compress a face", ":material/compress:")),
    ("Teachers", "Five steps on what a loss pays for: bits, pixels and being read.",
     frame.Way("pages/loss_weights.py", "Weigh the loss", ":material/balance:", {"guided": "true"})),
    ("Reviewers", "Every claim of both papers beside what was measured here; do any row again.",
     frame.Way("pages/verify.py", "Check the claims", ":material/fact_check:")),
    ("Reviewers", "Every curve with its interval, two methods at equal bits, every row.",
     frame.Way("pages/curves.py", "Read the curves", ":material/show_chart:")),
    ("Teachers", "Name expressions at falling rates, and see your own curve beside the machines'.",
     frame.Way("pages/read_it_yourself.py", "Read it yourself", ":material/visibility:")),
    ("Researchers", "Action units of a video from frame to frame, with the evidence for each.",
     frame.Way("pages/video.py", "Measure a video", ":material/videocam:")),
    ("Researchers", "Groups of people by their action units, with tests that count people, not "
     "frames.",
     frame.Way("pages/cohort.py", "Compare groups", ":material/groups:")),
    ("Researchers", "How recordings may be stored, and what compression does to a conclusion.",
     frame.Way("pages/bridge.py", "Store recordings", ":material/conversion_path:")),
)  # fmt: skip
frame.open_page(
    "ExpressRate",
    "**How few bits can a face be stored in before a machine, or a clinician, can no longer read its "
    "expression?**",
)
with frame.errors_shown():
    if "FER2013" in results.available():
        answer.show_answer(results.chosen())
        st.markdown(strangers.sentence())

for row in (WAYS[:4], WAYS[4:]):
    for column, (who, what, way) in zip(st.columns(4), row, strict=False):
        with column.container(border=True, height="stretch"):
            frame.link(way)
            st.markdown(what)
            st.caption(f"For {who.lower()}")

st.subheader("What is kept, at every rate", anchor=False)
with frame.errors_shown():
    if "FER2013" not in results.available():
        results.say_empty()
    else:
        classifiers.choose_classifier(st.container(width=320))
        whose = results.chosen()
        headline_points = results.points("fer2013", "accuracy", "file", whose)
        keys = {
            curve_plots.curve_name(*key): key for key, _ in curve_plots.in_order(headline_points)
        }
        shown = curve_plots.chosen(headline_points, results.headline(keys))
        st.plotly_chart(
            curve_plots.draw_points(shown, "accuracy", reference=results.originals(whose)),
            key="headline",
            alt="Accuracy of the expression classifier against bits per pixel, by codec. "
            + answer.sentence(whose),
        )
        st.caption(
            f"Read by {whose.said}: accuracy on {results.count_of(shown)} test faces "
            "against bits per pixel of the whole file (64 × 64 pixels). Bands are 95% bootstrap "
            "intervals; the dotted line is the accuracy on the uncompressed faces. JPEG stores 64 "
            "faces in one file, so that its header is shared. Curves shows every other training and "
            "codec."
        )
        strangers.show_table()
frame.research_note()
