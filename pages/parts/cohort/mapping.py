"""How tables, labels and events are read: who joins whom is shown before anything is computed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.cohort.tables import labels as labelling
from core.cohort.tables import pattern as naming
from core.cohort.tables import text_table
from core.cohort.tables.events import EventReading
from core.cohort.tables.labels import LabelReading
from core.cohort.tables.limits import QUALITIES, read_limits
from core.cohort.tables.parsing import TableReading
from core.cohort.tables.reading import who_is_who
from core.errors import InputError
from pages.parts.shared.words import plain

Upload = tuple[str, bytes]
_ITSELF = "found by itself"
_UNITS = {"as the program writes": None, "seconds": 1.0, "milliseconds": 0.001}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Everything that decides how files are read."""

    pattern: str
    tables: TableReading
    labels: LabelReading
    events: EventReading


def choose_mapping(
    files: Sequence[Upload], labels: Sequence[Upload], events: Sequence[Upload]
) -> Mapping:
    """The folded box of settings, with the table of who joins whom."""
    with st.expander("Who is who, and how to read them", icon=":material/tune:"):
        pattern = st.text_input(
            "Participant in the file name",
            naming.DEFAULT_PATTERN,
            key="cohort_pattern",
            bind="query-params",
            help="A regular expression; what stands in its first brackets is the participant. "
            r"For instance (\d+)_.* takes the number before the first underscore; a group "
            "(?P<condition>...) names what sets a person's files apart.",
        )
        label_reading = _labels(files, labels)
        event_reading = _events(events)
        tables = _tables()
        _who(files, labels, events, pattern, label_reading)
    return Mapping(pattern, tables, label_reading, event_reading)


def label_file(files: Sequence[Upload], labels: Sequence[Upload]) -> Upload | None:
    """The label file that is in use: the one handed over as such, or one among the tables."""
    if labels:
        return labels[0]
    small = (upload for upload in files if len(upload[1]) < 2**22)
    return next((upload for upload in small if labelling.is_labels(upload[1])), None)


def _labels(files: Sequence[Upload], labels: Sequence[Upload]) -> LabelReading:
    """Columns of the label file, and what becomes of its labels."""
    file = label_file(files, labels)
    if file is None:
        return LabelReading()
    possible = text_table.layouts(file[1])
    names = [_ITSELF, *(possible[0].names if possible else ())]
    columns = st.columns(3)
    chosen = [
        column.selectbox(
            title,
            names,
            key=f"cohort_label_{key}",
            bind="query-params",
            help=f"The column of {plain(file[0])} that holds the {what}.",
        )
        for column, title, key, what in zip(
            columns,
            ("Participants", "Labels", "Scores"),
            ("id", "label", "score"),
            ("participants", "labels of groups", "scores, such as PHQ-9"),
            strict=True,
        )
    ]
    reading = LabelReading(*("" if name == _ITSELF else name for name in chosen))
    try:
        values = labelling.label_values(file[1], file[0], reading)
    except InputError:
        return reading  # said where the cohort is read
    if not values:
        return reading
    st.caption(
        "What becomes of each label: two that become the same are one group, empty leaves out."
    )
    table = st.data_editor(
        pd.DataFrame({"label": values, "becomes": values}),
        hide_index=True,
        disabled=["label"],
        key=f"cohort_rename_{file[0]}_{len(file[1])}",
        height=min(240, 38 + 35 * len(values)),
    )
    renamed = zip(table["label"], table["becomes"].fillna(""), strict=True)
    rename = {old: str(new).strip() for old, new in renamed if old != new}
    return LabelReading(reading.id, reading.label, reading.score, rename)


def _events(events: Sequence[Upload]) -> EventReading:
    first, second, third, fourth = st.columns(4)
    names = [_ITSELF]
    if events and (possible := text_table.layouts(events[0][1])):
        names += possible[0].names
    time = first.selectbox(
        "Times in the event log",
        names,
        key="cohort_event_time",
        bind="query-params",
        help="The column with the moments.",
    )
    event = second.selectbox(
        "Events",
        names,
        key="cohort_event_label",
        bind="query-params",
        help="The column with the names of phases.",
    )
    zero = third.text_input(
        "Recording begins at",
        key="cohort_event_zero",
        bind="query-params",
        help="For logs of clock times: the event that marks the beginning of the recording; the "
        "first one where nothing is named.",
    )
    from_start = fourth.toggle(
        "Events from the start",
        key="cohort_from_start",
        bind="query-params",
        help="On: event logs count from each recording's beginning. Off: they use the tables' clock.",
    )
    named = ("" if name == _ITSELF else name for name in (time, event))
    return EventReading(*named, zero.strip(), from_start)


def _tables() -> TableReading:
    first, second, third, fourth, fifth = st.columns(5)
    cutoff = first.number_input(
        "Least confidence",
        0.0,
        1.0,
        0.0,
        0.05,
        key="cohort_cutoff",
        bind="query-params",
        help="Frames with less confidence count as frames without a face.",
    )
    fps = second.number_input(
        "Frames a second",
        0.0,
        500.0,
        0.0,
        1.0,
        key="cohort_fps",
        bind="query-params",
        help="For tables without times or with wrong ones; 0 takes their times as they are.",
    )
    unit = third.selectbox(
        "Times count in",
        list(_UNITS),
        key="cohort_time_unit",
        bind="query-params",
        help="Say so where times that look far apart are milliseconds.",
    )
    faces = fourth.selectbox(
        "Several faces",
        ["follow", "first"],
        format_func={"follow": "follow one face", "first": "first row of a frame"}.get,
        key="cohort_faces",
        bind="query-params",
        help="Whose rows count where frames have several: the face that is followed by its id or "
        "its place, or the first row of each frame.",
    )
    thin = fifth.number_input(
        "Keep a second",
        0.0,
        120.0,
        0.0,
        1.0,
        key="cohort_thin",
        bind="query-params",
        help="Frames per second to keep of long recordings, each the mean of those it stands for; "
        "0 keeps all.",
    )
    order = st.text_input(
        "Units of numbered outputs",
        key="cohort_unit_order",
        bind="query-params",
        placeholder="AU01 AU02 AU04 AU06 AU09 AU12 AU25 AU26",
        help="OpenFace 3 numbers its eight outputs and does not name them; write other units here "
        "where the order that is taken for theirs is wrong.",
    )
    units = tuple(order.replace(",", " ").upper().split())
    limits = st.text_input(
        "Limits of quality",
        key="cohort_limits",
        bind="query-params",
        placeholder="face_width>=60, yaw<=30",
        help="Frames that do not keep them count as frames without a face. NAME>=VALUE or NAME<=VALUE "
        f"of {', '.join(QUALITIES)}; angles in degrees. Tables measured here hold all of them.",
    )
    try:
        least = read_limits(limits)
    except InputError as error:
        st.error(plain(error), icon=":material/error:")
        least = ()
    return TableReading(cutoff, fps or None, _UNITS[unit], faces, thin or None, units, least)


def _who(files, labels, events, pattern: str, reading: LabelReading) -> None:
    """Which participant each file belongs to, and the label they have, before anything is read."""
    st.caption("Who joins whom:")
    try:
        table = who_is_who(
            files,
            labels[0] if labels else None,
            events[0] if events else None,
            pattern,
            reading,
        )
    except InputError as error:
        st.warning(plain(error), icon=":material/error:")
        return
    st.dataframe(table, hide_index=True, height=min(240, 38 + 35 * max(len(table), 1)))
