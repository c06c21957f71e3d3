"""The measured video over time: heat map, the frame under the cursor, lines, emotions, composites.

A click on the heat map seeks a frame; a neutral segment is chosen by dragging across it.
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import InputError
from core.face.columns import EMOTIONS, RELATIVE, SIDED
from core.face.composition import compose, marked, missing_parts, supported
from core.face.marks import Marks
from core.face.plots import timelines
from core.face.series import relative_to_neutral
from core.face.smoothing import smooth
from core.face.units.validation import still_noise, validated_units
from core.facs import COMPOSITES, UNITS
from core.formatting import percent
from core.glossary import explained
from core.synthetic.sample import agreement
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment
from pages.parts.shared.words import plain
from pages.parts.video import export, frames, marking, player, states
from pages.parts.video.measuring import Measured

_OF = dict(zip(UNITS, RELATIVE, strict=True))
_LINES = 4
_CURSOR, _NEUTRAL, _WANTED = "video_at", "video_neutral", "video_relative"
_SMOOTH, _WINDOW = "video_smooth", "video_smooth_window"
_DRAGGED, _CHOSEN = "video_drag", "video_lines"
TABS = ["Units", "Emotions", "States", "Path"]


@fragment
def show_timeline(measured: Measured) -> None:
    """Everything that follows the cursor; it runs again by itself when the cursor moves."""
    _begin_anew_with_another(measured)
    sure = validated_units()
    table, neutral = _against_neutral(measured)
    marks = marking.marks_of(measured)
    has_units = bool(table[list(UNITS)].notna().any(axis=None))
    if not has_units:
        st.info(
            "The weights of the action units are not here (checkpoint action-units), so the units are "
            "empty; emotions and blendshapes are not. Restore them from the repository or train them: "
            "python -m core.training action-units"
        )
    overview, frame = st.container(), st.container()
    with frame:
        at = _cursor(table)
    now = float(table["time"].iloc[at])
    tabs = st.tabs(TABS, key="video_tab", bind="query-params")
    units_tab, emotions_tab, states_tab, path_tab = tabs
    face_states = states.show_states_and_path(measured, table, sure, now, states_tab, path_tab)
    figures = {}
    if has_units:
        with overview:
            figures["Action units"] = _heat_map(
                measured, table, sure, face_states, now, neutral, marks
            )
    with frame:
        marking.show_marks(measured, now)
        _frame(measured, table, sure, at)
    with units_tab:
        if has_units:
            figures |= _unit_lines(measured, table, sure, now, neutral, marks)
        else:
            st.info("There are no units to draw.")
    with emotions_tab:
        if has_units:
            figures |= _composites(table, sure, now, marks)
        figures |= _emotions(table, now, marks)
    export.offer_files(measured, table, neutral, figures, sure, marks)


def _begin_anew_with_another(measured: Measured) -> None:
    """Forget the cursor, the neutral segment and the units of a clip that was shown before."""
    if st.session_state.setdefault("video_shown", measured.key) != measured.key:
        st.session_state["video_shown"] = measured.key
        for name in (_CURSOR, _NEUTRAL, _WANTED, _DRAGGED, _CHOSEN, marking.DRAGGED):
            st.session_state.pop(name, None)


def _emotions(table: pd.DataFrame, now: float, marks: Marks) -> dict:
    if not set(EMOTIONS) <= set(table):
        st.info("Emotions were left out. Turn them on under “How to measure” and measure again.")
        return {}
    st.markdown("**Emotions**: what the expression classifier makes of the aligned face.")
    figure = timelines.emotions(table, now=now, marks=marks)
    plot.draw(figure, key="video_emotions_chart", alt="Probability of each expression over time")
    return {"Emotions": figure}


def _against_neutral(measured: Measured) -> tuple[pd.DataFrame, tuple[float, float] | None]:
    """The table, with relative columns where a neutral segment is chosen, and that segment."""
    table = _perhaps_smoothed(measured.series.table)
    end = float(table["time"].max())
    if end <= 0:
        return table, None
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    on = left.toggle(
        "Compare with a neutral segment",
        key=_WANTED,
        bind="query-params",
        help="The median of a stretch in which the person is at rest is subtracted; the raw values "
        "stay beside it. Off by default: a lasting expression can be the very signal.",
    )
    if not on:
        return table, None
    neutral = right.slider(
        "Neutral from, to (seconds)",
        0.0,
        end,
        (0.0, min(end, max(0.5, end / 8))),
        step=min(0.04, end / 10),
        key=_NEUTRAL,
        bind="query-params",
        help="The times between which the person is at rest.",
    )
    left.toggle(
        "Drag across the heat map to choose it",
        key=_DRAGGED,
        help="While this is on, a drag chooses the segment and a click does not seek.",
    )
    try:
        return relative_to_neutral(table, *neutral), neutral
    except InputError as error:
        st.error(plain(error), icon=":material/error:")
        return table, None


def _perhaps_smoothed(table: pd.DataFrame) -> pd.DataFrame:
    """The table as measured, or where that is asked for with units smoothed over time."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    on = left.toggle(
        "Smooth over time",
        key=_SMOOTH,
        bind="query-params",
        help="A Savitzky-Golay filter: a parabola is fitted to a window that moves along. It takes the "
        "landmarks' jitter away and, with a long window, short expressions too. Off by default; the "
        "files to take away are smoothed as well then, and say so in a column.",
    )
    if not on:
        return table
    seconds = right.slider(
        "Window (seconds)", 0.1, 2.0, 0.4, 0.1, key=_WINDOW, bind="query-params",
        help="Longer is smoother; a blink lasts 0.2 s, a short smile half a second.",
    )  # fmt: skip
    st.caption(f"Units are smoothed over {seconds:g} s (Savitzky-Golay, a parabola).")
    return smooth(table, seconds)


def _cursor(table: pd.DataFrame) -> int:
    """The row of the table that the slider points at, at first the first one with a face."""
    last = len(table) - 1
    if last < 1:
        return 0
    return st.slider(
        "Frame",
        0,
        last,
        int(table["success"].to_numpy().argmax()),
        key=_CURSOR,
        bind="query-params",
        help="Arrow keys go from frame to frame.",
    )


def _heat_map(measured, table, sure, face_states, now, neutral, marks):
    relative = neutral is not None and st.toggle(
        "Colours show the difference from neutral",
        key="video_heat_relative",
        bind="query-params",
        help="Off: the raw intensities.",
    )
    names = timelines.unit_names(sure)
    columns = {_OF[unit]: name for unit, name in names.items()} if relative else names
    shown = None if face_states is None else face_states.assignment
    figure = timelines.heat_map(
        table, columns, relative=relative, states=shown, now=now, neutral=neutral, marks=marks
    )
    leaving_out = bool(st.session_state.get(marking.DRAGGED))
    dragging = leaving_out or bool(st.session_state.get(_DRAGGED))
    plot.draw(
        figure.update_layout(dragmode="select" if dragging else "pan"),
        key=_chart_key(measured),
        on_select=lambda: _selected(measured),
        selection_mode=("points", "box"),
        alt="Heat map of action units over time; click to see a frame",
    )
    starred = [unit for unit in UNITS if not sure.get(unit, False)]
    hint = "Drag to choose the neutral segment." if dragging else "Click to see a frame."
    if leaving_out:
        hint = "Drag to leave out a stretch."
    if starred:
        hint += f" * Not validated ({len(starred)} of {len(UNITS)}): do not rely on it."
    st.caption(hint)
    return figure


def _selected(measured: Measured) -> None:
    """A click moves the cursor; a drag sets the neutral segment or leaves a stretch out."""
    selection = st.session_state[_chart_key(measured)].selection
    times = measured.series.table["time"].to_numpy()
    if selection.box:
        start, end = sorted(np.clip(selection.box[0]["x"], times.min(), times.max()))
        if end - start > 0 and st.session_state.get(marking.DRAGGED):
            marking.leave_out(measured, start, end)
        elif end - start > 0:
            st.session_state[_NEUTRAL] = (float(start), float(end))
    elif selection.points:
        place = int(np.abs(times - float(selection.points[0]["x"])).argmin())
        st.session_state[_CURSOR] = place


def _frame(measured: Measured, table: pd.DataFrame, sure: dict, at: int) -> None:
    """The frame under the cursor with its landmarks, and that frame's numbers."""
    row = table.iloc[at]
    left, right = st.columns(2, gap="medium")
    said = f"Frame {int(row['frame'])} at {row['time']:.2f} s"
    if row.get("damaged", False):
        said += "; the picture is damaged and was not measured"
    elif row["success"]:
        said += f"; face {percent(row.get('presence', row['confidence']), 0)} sure"
        if np.isfinite(row.get("occlusion", np.nan)):
            said += f", units {percent(row['confidence'], 0)}"
        said += f"; {int(row['faces'])} faces" if row["faces"] > 1 else ""
    else:
        said += "; no face was measured"
    with left:
        playing = player.play(measured.clip, float(row["time"]))
        if not playing:
            st.image(
                frames.with_landmarks(measured.clip, row),
                caption=said,
                width="stretch",
                alt=f"{said}, with the landmarks drawn on it",
            )
    with right:
        if not row["success"]:
            st.info("This frame has no numbers: what is not measured is empty, never 0.")
            return
        if set(EMOTIONS) <= set(table):
            likely = row[list(EMOTIONS)].astype(float).idxmax()
            st.markdown(f"Reads **{likely.removeprefix('emotion_')}** ({percent(row[likely], 0)})")
        _numbers(measured, row, sure)


def _numbers(measured: Measured, row: pd.Series, sure: dict) -> None:
    """The frame's units, those that are validated first."""
    names = timelines.unit_names(sure)
    numbers = pd.DataFrame(
        {
            "unit": list(names.values()),
            "intensity": [float(row[unit]) for unit in names],
        }
    )
    if RELATIVE[0] in row:
        numbers["relative"] = [float(row[_OF[unit]]) for unit in names]
    sides = [unit for unit in SIDED if f"{unit}_left" in row and np.isfinite(row[f"{unit}_left"])]
    if sides:
        for side in ("left", "right"):
            numbers[side] = [
                float(row[f"{unit}_{side}"]) if unit in sides else None for unit in names
            ]
    if (known := measured.clip.known) is not None:
        nearest = known.iloc[int((known["time"] - row["time"]).abs().argmin())]
        numbers["truth"] = [float(nearest[unit]) for unit in names]
    numbers["validated"] = [sure.get(unit, False) for unit in names]
    number = st.column_config.NumberColumn(format="%.1f")
    st.dataframe(
        numbers,
        hide_index=True,
        placeholder="–",
        height=38 + 35 * 13,
        column_config={
            "intensity": st.column_config.ProgressColumn(
                format="%.1f", min_value=0, max_value=5, help=explained("intensity")
            ),
            "relative": number,
            "truth": number,
            "left": st.column_config.NumberColumn(format="%.1f", help="The person's left side."),
            "right": st.column_config.NumberColumn(format="%.1f", help="The person's right side."),
            "validated": st.column_config.CheckboxColumn(
                help="Without the tick, validation does not support this unit."
            ),
        },
    )


def _unit_lines(measured, table, sure, now, neutral, marks) -> dict:
    """Units as lines, raw, relative and true."""
    spread = table[list(UNITS)].std().sort_values(ascending=False)
    trusted = [unit for unit in spread.index if sure.get(unit, False)]
    chosen = st.multiselect(
        "Units",
        list(UNITS),
        default=(trusted or list(spread.index))[:_LINES],
        format_func=lambda unit: f"{marked(unit, sure)} {UNITS[unit]}",
        key=_CHOSEN,
        bind="query-params",
        help="At first the validated units that move most. A star: not validated.",
    )
    known, figures = measured.clip.known, {}
    noise = still_noise()
    banded = bool(noise) and st.toggle(
        "Show what a still face wavers by",
        True,
        key="video_noise",
        bind="query-params",
        help="A band of two standard deviations, as measured on a still, noisy face: changes within "
        "it are no changes.",
    )
    if chosen:
        figure = timelines.lines(
            table,
            {unit: marked(unit, sure) for unit in chosen},
            relative=_OF if neutral else None,
            known=known,
            noise=noise if banded else None,
            now=now,
            neutral=neutral,
            marks=marks,
        )
        figures["Units over time"] = figure
        plot.draw(figure, key="video_lines_chart", alt="Intensities of units over time")
    if known is not None:
        compared = agreement(table, known)
        evidence(
            "The sample is rendered, so the truth is known (dotted). Units that are at rest in it are "
            "left out; **r** is Pearson's correlation over the frames, **error** the mean absolute "
            "difference.",
            compared.round(3),
            "agreement",
            "Evidence: estimate against truth",
        )
    return figures


def _composites(table, sure, now, marks) -> dict:
    st.markdown("**Composites**: sums of units.")
    everything = st.toggle(
        "Count units that are not validated too",
        key="video_all_parts",
        bind="query-params",
        help=explained("composite")
        + " By default it sums only its validated units, and one that is left with a single unit or with "
        "those of another is not drawn; the legend says what a sum lacks.",
    )
    parts, withheld = (COMPOSITES, {}) if everything else supported(sure)
    if withheld:
        st.caption(
            "Not drawn, because only their validated units count: "
            + "; ".join(withheld.values())
            + "."
        )
    if not parts:
        st.info("No composite is left with validated units of its own.")
        return {}
    sums = compose(table, parts)
    figure = timelines.composites(table, sums, missing_parts(parts), now=now, marks=marks)
    plot.draw(figure, key="video_composites_chart", alt="Composites of units over time")
    return {"Composites": figure}


def _chart_key(measured: Measured) -> str:
    return f"video_heat_{measured.key}"
