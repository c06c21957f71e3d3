"""Lesson: six steps on what a bit buys, each with a guess, something to do, and a note for the teacher."""

from pages.parts.lesson import steps
from pages.parts.shared import frame, results

frame.open_page(
    "Lesson",
    "Six steps in 20 minutes: guess, look, do. Everything happens on this page; every number was "
    "measured here.",
)
with frame.errors_shown():
    if "FER2013" not in results.available():
        results.say_empty()
    else:
        steps.show_lesson()
frame.research_note()
