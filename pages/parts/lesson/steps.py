"""The lesson as a component: where one is stands in the address, what was done is kept for the visit."""

import re

import streamlit as st

from core.site import component
from core.site.lesson.lesson import lesson_page, pack_lesson, sheet_page
from core.site.lesson.stored import kept_lesson
from core.site.page import check_size
from pages.parts.shared import results, takeaway

_KEY = "lesson"
_made = component.lesson()
_component = st.components.v2.component(
    f"expressrate_{_made.name}", html=_made.html, css=_made.css, js=_made.js
)

STEPS = 6


def show_lesson() -> None:
    """The steps, and what can be taken along: the page, and the sheet for paper."""
    progress = _progress()
    steps, buffers = _lesson(results.stamps())
    _component(key=_KEY, data=pack_lesson(steps, buffers, progress), on_progress_change=_remember)
    with st.container(horizontal=True):
        takeaway.offer(
            lambda: check_size(lesson_page(steps, buffers, "expressrate-lesson.html"), "The lesson"),
            "expressrate-lesson.html", "A lesson in six steps", _KEY,
        )  # fmt: skip
        st.download_button(
            "Sheet to print", lambda: sheet_page(steps).encode(), "expressrate-lesson-sheet.html",
            "text/html", icon=":material/print:", key=f"{_KEY}_sheet", on_click="ignore",
            help="Questions and tasks on paper, answers and timing for the teacher on the last page.",
        )  # fmt: skip


def _progress() -> dict:
    """Step, steps done and guesses: the session's, at first those of the link; the address says them."""
    if "step" not in st.session_state:
        linked = st.query_params.get("step", "")
        st.session_state["step"] = int(linked) if re.fullmatch(f"[1-{STEPS}]", linked) else 1
        done = st.query_params.get("done", "")
        st.session_state["done"] = "".join(sorted(set(re.findall(f"[1-{STEPS}]", done))))
        st.session_state["lesson_guesses"] = {}
    _say()
    return {
        "step": st.session_state["step"],
        "done": [int(digit) for digit in st.session_state["done"]],
        "guesses": st.session_state["lesson_guesses"],
    }


def _remember() -> None:
    message = st.session_state[_KEY]["progress"] or {}
    st.session_state["step"] = int(message.get("step", 1))
    st.session_state["done"] = "".join(str(number) for number in message.get("done", []))
    st.session_state["lesson_guesses"] = dict(message.get("guesses", {}))
    _say()


def _say() -> None:
    """The address opens this step again, with what is done."""
    for name in ("step", "done"):
        value = str(st.session_state[name])
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


@st.cache_resource(max_entries=2, show_spinner="Preparing the lesson: faces, tables, codec …")
def _lesson(stamps: tuple) -> tuple[list[dict], list[bytes]]:
    return kept_lesson(results.known())
