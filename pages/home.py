"""Home: the question, a face that falls apart under one's finger, the answer, and a way into every page."""

import streamlit as st

from core.evaluation.headline import answer
from pages.parts.home import chart, face
from pages.parts.shared import classifiers, frame, results, strangers

# For whom, what one finds there, and the way: every page once.
WAYS = (
    ("Teachers", "Paste a picture of your own and drag its quality down; it stays on this machine.",
     frame.Way("pages/compress.py", "Compress a face", ":material/compress:")),
    ("Teachers", "Six steps in 20 minutes: guess, look, do. With a teacher's note and a sheet to print.",
     frame.Way("pages/lesson.py", "Take the lesson", ":material/school:")),
    ("Teachers", "Name expressions at falling rates, and see your own curve beside the machines'.",
     frame.Way("pages/read_it_yourself.py", "Read it yourself", ":material/visibility:")),
    ("Reviewers", "Every claim of both papers beside what was measured here; do any row again.",
     frame.Way("pages/verify.py", "Check the claims", ":material/fact_check:")),
    ("Reviewers", "Every curve with its interval, two methods at equal bits, every row.",
     frame.Way("pages/curves.py", "Read the curves", ":material/show_chart:")),
    ("Reviewers", "What a loss pays for: bits, pixels and being read; and whose gain it is.",
     frame.Way("pages/loss_weights.py", "Weigh the loss", ":material/balance:")),
    ("Researchers", "Action units of a video from frame to frame, with the evidence for each.",
     frame.Way("pages/video.py", "Measure a video", ":material/videocam:")),
    ("Researchers", "Groups of people by their action units, with tests that count people, not "
     "frames.",
     frame.Way("pages/cohort.py", "Compare groups", ":material/groups:")),
    ("Researchers", "How recordings may be stored, and what compression does to a conclusion.",
     frame.Way("pages/bridge.py", "Store recordings", ":material/conversion_path:")),
)  # fmt: skip

frame.open_page(
    "How few bits can a face be stored in before its expression can no longer be read?",
    "By a machine, or by a clinician? Drag the quality down and watch what is read.",
    tab="ExpressRate",
)
st.html("<style>h1 { font-size: 1.9rem !important; padding: 0.3rem 0 0 !important; }</style>")
with frame.errors_shown():
    face.show_face()
with frame.errors_shown():
    if "FER2013" in results.available():
        st.markdown(answer(results.known(results.chosen())))
        st.markdown(strangers.sentence())

for row in (WAYS[:3], WAYS[3:6], WAYS[6:]):
    for column, (who, what, way) in zip(st.columns(3), row, strict=True):
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
        chart.show_chart(results.chosen())
        strangers.show_table()
frame.research_note()
