"""States that the face returns to, their typical frames, and the path through its components."""

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.face.columns import EMOTIONS
from core.face.components import Components, frame_components
from core.face.composition import marked
from core.face.plots import maps
from core.face.plots.timelines import COLOURS
from core.face.states import MOST_STATES, STATE_FINDERS, States, find_states, visits
from core.facs import UNITS
from core.formatting import percent
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain
from pages.parts.video import frames
from pages.parts.video.measuring import Measured

_BY_SILHOUETTE, _BY_HAND = "best silhouette", "by hand"
_TRUSTED, _ALL, _EMOTIONS, _SHAPES = "Validated units", "All units", "Emotions", "Blendshapes"


def show_states_and_path(
    measured: Measured, table: pd.DataFrame, sure: dict, now: float, states_tab, path_tab
) -> States | None:
    """Fill the two tabs; the states for the band under the timeline, None without any."""
    choices = _measures(table, sure)
    if not choices:
        states_tab.info("Nothing was measured that frames could be compared by.")
        path_tab.info("Nothing was measured that frames could be compared by.")
        return None
    with states_tab:
        columns, method, count = _choose_measures(choices)
        names = {column: _named(column, sure) for column in columns}
        states = None
        try:
            states = _states(measured.key, columns, method, count, _table=table)
            _show_states(measured, table, states, names)
        except InputError as error:
            st.info(plain(error))
    with path_tab:
        _show_component_path(measured, table, columns, names, states, now)
    return states


def _choose_measures(choices: dict[str, list[str]]) -> tuple[tuple[str, ...], str, int | None]:
    """Columns, method and number of states, None for the best silhouette."""
    first, second, third, fourth = st.columns([3, 2, 2, 2])
    kind = first.selectbox(
        "Frames are compared by",
        list(choices),
        key=f"video_states_by_{'-'.join(choices)}",
        persist_state="session",
        help="A blink (AU45) is left out: it is no state. Measures keep their scale.",
    )
    columns = tuple(choices[kind])
    method = second.selectbox(
        "Method",
        list(STATE_FINDERS),
        format_func=STATE_FINDERS.get,
        key="video_method",
        bind="query-params",
        help="How frames are put together. States describe this video and prove nothing about people.",
    )
    how = third.segmented_control(
        "Number of states",
        [_BY_SILHOUETTE, _BY_HAND],
        default=_BY_SILHOUETTE,
        required=True,
        key="video_number_how",
        bind="query-params",
        help="The number whose states are tightest, or the one you set.",
    )
    count = None
    if how == _BY_HAND:
        count = fourth.slider(
            "States",
            2,
            MOST_STATES,
            3,
            key="video_states",
            bind="query-params",
            help="How many states the method is told to make.",
        )
    return columns, method, count


def _measures(table: pd.DataFrame, sure: dict) -> dict[str, list[str]]:
    """What frames can be compared by: name -> columns, the default first."""
    units = [unit for unit in UNITS if unit != "AU45" and table[unit].notna().any()]
    trusted = [unit for unit in units if sure.get(unit, False)]
    choices = {
        _TRUSTED: trusted if len(trusted) > 1 else [],
        _ALL: units,
        _EMOTIONS: [name for name in EMOTIONS if name in table],
        _SHAPES: [
            name for name in table if name.startswith("blendshape_") and "eyeBlink" not in name
        ],
    }
    return {name: columns for name, columns in choices.items() if columns}


def _show_states(measured: Measured, table, states: States, names: dict[str, str]) -> None:
    runs = visits(states, table["time"])
    row = st.container(horizontal=True, gap="medium")
    for state in range(states.count):
        typical = table.loc[states.typical[state]]
        with row.container(width=150):
            st.image(
                frames.face_of(measured.clip, typical, COLOURS[state % len(COLOURS)]),
                width=140,
                caption=f"**State {state + 1}** · {percent(runs['share'][state], 0)} of the frames, "
                f"{runs['visits'][state]} visits",
                alt=f"Typical frame of state {state + 1}, at {typical['time']:.2f} s",
            )
    left, right = st.columns([3, 2])
    plot.draw_on(
        left,
        maps.state_means(states, names),
        key="video_state_means",
        alt="Mean measures of each state",
    )
    plot.draw_on(
        right,
        maps.silhouettes(states),
        key="video_silhouettes",
        alt="Silhouette by number of states",
    )
    rows = table[["frame", "time"]].assign(state=states.assignment.where(lambda s: s >= 0) + 1)
    taken = states.silhouettes.get(states.count, float("nan"))
    evidence(
        f"{states.count} states of {int((states.assignment >= 0).sum()):,} measured frames by "
        f"{len(names)} measures, silhouette {taken:.2f} (1: tight and far apart, 0: none). Numbered in "
        "the order in which they are first seen. Frames of one video are no independent observations.",
        rows,
        "states",
        "Evidence: the state of every frame",
    )


def _show_component_path(measured, table, columns, names, states, now) -> None:
    try:
        components = _components(measured.key, columns, _table=table)
    except InputError as error:
        st.info(plain(error))
        return
    by_state = states is not None and st.toggle(
        "Colours show the states",
        key="video_path_states",
        bind="query-params",
        help="Off: colours show the time.",
    )
    left, right = st.columns([3, 2])
    plot.draw_on(
        left,
        maps.path(components, table["time"], states.assignment if by_state else None, now),
        key="video_path",
        alt="Frames on the first two principal components, joined in order of time",
    )
    plot.draw_on(
        right,
        maps.loadings(components, names),
        key="video_loadings",
        alt="Loadings of the components",
    )
    plot.draw(
        maps.through_time(components, table["time"], now),
        key="video_path_time",
        alt="The first three components over time",
    )
    evidence(
        "Principal components of the frames, centred and not scaled, since the measures share a scale. "
        + ", ".join(f"{name} {percent(share, 0)}" for name, share in components.share.items())
        + " of the variance.",
        components.loadings.reset_index(names="measure").round(4),
        "video_loadings",
        "Evidence: loadings",
    )


def _named(column: str, sure: dict) -> str:
    if column in UNITS:
        return f"{marked(column, sure)} {UNITS[column]}"
    return column.split("_", 1)[1]


@st.cache_data(scope="session", max_entries=32, show_spinner="Clustering …")
def _states(key: str, columns: tuple[str, ...], method: str, count: int | None, _table) -> States:
    return find_states(_table, columns, method, count)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _components(key: str, columns: tuple[str, ...], _table) -> Components:
    return frame_components(_table, columns)
