"""Marks on the timeline: events and stretches to leave out, by button, by drag, by table, by key."""

import json

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.face.marks import NO_MARKS, Marks, read_marks
from pages.parts.shared import keeping
from pages.parts.shared.words import plain
from pages.parts.video.measuring import Measured, offer_to_cohort

DRAGGED = "video_drag_out"
_PENDING = "video_leave_from"


def marks_of(measured: Measured) -> Marks:
    """The marks on this clip."""
    return keeping.things().get("video_marks", {}).get(measured.clip.digest, NO_MARKS)


def set_marks(measured: Measured, marks: Marks) -> None:
    """Keep other marks, also in what the Cohort page may take."""
    keeping.things().setdefault("video_marks", {})[measured.clip.digest] = marks
    offer_to_cohort(measured, marks)


def show_marks(measured: Measured, now: float) -> None:
    """Buttons for the moment under the cursor, and everything marked in two tables."""
    marks = marks_of(measured)
    with st.expander("Mark events, leave stretches out", icon=":material/flag:"):
        if marks:
            st.caption(
                f"Marked: {len(marks.events)} events, {len(marks.exclusions)} stretches left out. They "
                "are in every export, in the ledger and on the Cohort page."
            )
        _buttons(measured, marks, now)
        _tables(measured, marks)
        _from_ledger(measured)


def leave_out(measured: Measured, start: float, end: float) -> None:
    """Leave one more stretch out."""
    set_marks(measured, marks_of(measured).without(start, end))


def _buttons(measured: Measured, marks: Marks, now: float) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input(
        "Event",
        key="video_event_name",
        placeholder=f"event {len(marks.events) + 1}",
        width=220,
        help="What begins at the cursor. Cohort cuts phases at events.",
    )
    row.button(
        f"Mark {now:.2f} s",
        key="video_event",
        icon=":material/flag:",
        shortcut="M",
        on_click=lambda: _mark(measured, marks, now),
        help="Marks the moment under the cursor.",
    )
    begun = st.session_state.get(_PENDING)
    row.button(
        f"Leave out from {now:.2f} s" if begun is None else f"… from {begun:.2f} to {now:.2f} s",
        key="video_leave",
        icon=":material/content_cut:",
        shortcut="X",
        on_click=lambda: _leave(measured, now),
        help="First where the stretch begins, then, with the cursor elsewhere, where it ends. What is "
        "left out has no numbers in exports and on the Cohort page.",
    )
    if begun is not None:
        row.button("Forget", key="video_leave_forget", on_click=_forget, help="Begin anew.")
    st.toggle(
        "Drag across the heat map to leave out a stretch",
        key=DRAGGED,
        help="While this is on, a drag leaves out and a click does not seek.",
    )


def _mark(measured: Measured, marks: Marks, now: float) -> None:
    """Mark an event by the name that is typed now: a click can come before its row is drawn again."""
    name = st.session_state.get("video_event_name") or f"event {len(marks.events) + 1}"
    set_marks(measured, marks.with_event(now, name))


def _leave(measured: Measured, now: float) -> None:
    begun = st.session_state.get(_PENDING)
    if begun is None:
        st.session_state[_PENDING] = now
    else:
        leave_out(measured, begun, now)
        _forget()


def _forget() -> None:
    st.session_state.pop(_PENDING, None)


def _tables(measured: Measured, marks: Marks) -> None:
    """Both kinds to be changed and deleted; a new table for each state, so that nothing is stale."""
    if not marks:
        return
    left, right = st.columns(2)
    plain = marks.as_dict()
    version = abs(hash(json.dumps(plain)))
    number = st.column_config.NumberColumn(format="%.2f", min_value=0.0, required=True)
    events = left.data_editor(
        pd.DataFrame(plain["events"], columns=["time", "name"]),
        key=f"video_events_{version}",
        num_rows="dynamic",
        hide_index=True,
        column_config={"time": number, "name": st.column_config.TextColumn(required=True)},
    )
    exclusions = right.data_editor(
        pd.DataFrame(plain["exclusions"], columns=["start", "end", "reason"]),
        key=f"video_exclusions_{version}",
        num_rows="dynamic",
        hide_index=True,
        column_config={"start": number, "end": number},
    )
    edited = {
        "events": events.dropna(subset=["time"]).to_dict("records"),
        "exclusions": exclusions.dropna(subset=["start", "end"]).fillna("").to_dict("records"),
    }
    try:
        new = read_marks(edited)
    except InputError as error:
        st.error(plain(error))
        return
    if new != marks:
        set_marks(measured, new)
        st.rerun(scope="fragment")


def _from_ledger(measured: Measured) -> None:
    turn = st.session_state.setdefault("video_marks_turn", 0)
    given = st.file_uploader(
        "Marks of an earlier ledger",
        ["json"],
        key=f"video_marks_upload_{turn}",
        help="The ledger that was downloaded here has the marks in it.",
    )
    if given is None:
        return
    try:
        document = json.loads(given.getvalue())
        marks = read_marks(document.get("marks", {}) if isinstance(document, dict) else document)
    except (ValueError, InputError) as error:
        st.error(f"{plain(given.name)} holds no marks: {plain(error)}", icon=":material/error:")
        return
    st.session_state["video_marks_turn"] = turn + 1
    set_marks(measured, marks)
    st.rerun(scope="fragment")
