"""Figures of a measured video show its numbers, leave gaps, and fit any background."""

import numpy as np
import pandas as pd
import pytest

from core.expressions import EXPRESSIONS
from core.face.columns import RELATIVE
from core.face.components import frame_components
from core.face.marks import Marks
from core.face.plots import maps, timelines
from core.face.states import find_states
from core.facs import UNITS
from core.figure_page import figure_page


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    units = pd.DataFrame(rng.uniform(0, 5, (40, len(UNITS))), columns=list(UNITS))
    feelings = rng.dirichlet(np.ones(7), 40)
    table = units.assign(time=np.arange(40) / 25)
    table[[f"emotion_{name}" for name in EXPRESSIONS]] = feelings
    table[list(RELATIVE)] = units - units.median()
    table.loc[10:12, table.columns != "time"] = np.nan
    return table


def test_the_heat_map_has_every_unit_and_a_gap_without_a_face(table):
    names = timelines.unit_names({"AU12": True})
    figure = timelines.heat_map(table, names, now=0.4, neutral=(0.0, 0.2))
    heat = figure.data[0]
    assert heat.z.shape == (17, 40) and np.isnan(heat.z[:, 10:13]).all()
    np.testing.assert_allclose(heat.z[0], table["AU12"].round(2), atol=1e-6)  # validated: first
    assert heat.y[0] == "AU12 lip corner puller" and heat.y[3] == "AU04 brow lowerer *"
    assert figure.layout.shapes[0].x1 == 0.2 and figure.layout.shapes[1].x0 == 0.4
    assert figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_every_moment_of_the_heat_map_can_be_clicked(table):
    figure = timelines.heat_map(table, timelines.unit_names({}))
    handles = figure.data[1]
    np.testing.assert_allclose(handles.x, table["time"])
    assert handles.text[11] == "not measured"
    strongest = table.loc[0, list(UNITS)].astype(float).idxmax()
    assert handles.text[0].startswith(strongest)


def test_the_band_has_one_colour_a_state_and_none_without_a_face(table):
    states = find_states(table, list(UNITS), count=3)
    figure = timelines.heat_map(table, timelines.unit_names({}), states=states.assignment)
    bands = [trace for trace in figure.data if trace.type == "heatmap"][1:]
    shown = np.stack([np.isfinite(band.z[0]) for band in bands])
    assert (shown.sum(axis=0) == (states.assignment >= 0)).all()
    assert len({band.colorscale[0][1] for band in bands}) == 3


def test_raw_relative_and_true_values_stand_side_by_side(table):
    known = pd.DataFrame({"time": [0.0, 1.0], "AU12": [0.0, 5.0]})
    relative = dict(zip(UNITS, RELATIVE, strict=True))
    figure = timelines.lines(table, {"AU12": "AU12"}, relative=relative, known=known)
    assert [line.name for line in figure.data] == ["AU12", "AU12, relative", "AU12, truth"]
    assert [line.line.dash for line in figure.data] == ["solid", "dash", "dot"]
    np.testing.assert_allclose(figure.data[1].y, table["AU12_relative"])
    assert np.isnan(figure.data[0].y[10:13]).all() and not figure.data[0].connectgaps


def test_a_composite_says_which_units_it_lacks(table):
    sums = pd.DataFrame({"happiness": table["AU12"]})
    figure = timelines.composites(table, sums, {"happiness": ("AU06",)})
    assert figure.data[0].name == "happiness (AU12) without AU06"


def test_emotions_are_drawn_for_all_seven_expressions(table):
    figure = timelines.emotions(table)
    assert [line.name for line in figure.data] == list(EXPRESSIONS)
    np.testing.assert_allclose(np.nansum([line.y for line in figure.data], axis=0)[:10], 1)


def test_a_long_video_is_drawn_as_means_in_order_of_time():
    values = pd.DataFrame({"time": np.arange(1000)[::-1] / 10, "AU12": np.arange(1000.0)[::-1]})
    thin = timelines.thinned(values, 100)
    assert len(thin) == 100 and thin["time"].is_monotonic_increasing
    np.testing.assert_allclose(thin["AU12"].iloc[0], np.arange(10).mean())
    whole = values.assign(AU12=np.nan)
    assert timelines.thinned(whole, 100)["AU12"].isna().all()


def test_the_path_joins_the_measured_frames_and_marks_the_moment(table):
    components = frame_components(table, list(UNITS))
    figure = maps.path(components, table["time"], now=0.4)
    assert len(figure.data[0].x) == 37
    assert figure.data[1].x[0] == pytest.approx(components.scores["PC1"][9])
    assert len(maps.loadings(components, {}).data) == 3
    assert len(maps.through_time(components, table["time"]).data) == 3


def test_one_direction_alone_still_has_a_path():
    table = pd.DataFrame({"AU12": np.linspace(0, 5, 20), "time": np.arange(20) / 10})
    figure = maps.path(frame_components(table, ["AU12"]), table["time"], now=1.0)
    assert (np.asarray(figure.data[0].y) == 0).all()


def test_states_are_shown_by_their_means_and_the_silhouette_taken_is_marked(table):
    states = find_states(table, list(UNITS), count=4)
    np.testing.assert_allclose(maps.state_means(states, {}).data[0].z, states.means.T)
    bars = maps.silhouettes(states).data[0]
    taken = [n for n, colour in zip(bars.x, bars.marker.color, strict=True) if colour != "#777777"]
    assert taken == [4]


def test_figures_make_one_page_that_asks_no_network(table):
    figures = [("Emotions <1>", timelines.emotions(table)), ("Units", timelines.lines(table, {}))]
    page = figure_page("A & B", figures, ["Not validated: AU04."])
    assert "<h1>A &amp; B</h1>" in page and "Emotions &lt;1&gt;" in page
    assert page.count("Plotly.newPlot") >= 2
    assert "<script src=" not in page and "cdn.plot.ly" not in page.split("<h2>")[0]


def test_what_was_marked_by_hand_is_drawn(table):
    marks = Marks().without(0.2, 0.5, "cough").with_event(0.8, "video 2")
    for figure in (
        timelines.heat_map(table, timelines.unit_names({}), marks=marks),
        timelines.lines(table, {"AU12": "AU12"}, marks=marks),
        timelines.emotions(table, marks=marks),
    ):
        spans = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
        assert spans == [(0.2, 0.5), (0.8, 0.8)]
        assert [note.text for note in figure.layout.annotations] == ["cough", "video 2"]


def test_the_noise_of_a_still_face_is_a_band_of_two_deviations(table):
    figure = timelines.lines(table, {"AU12": "smile", "AU04": "frown"}, noise={"AU12": 0.2})
    low, high, line, other = figure.data
    assert other.name == "frown" and line.name == "smile"
    there = np.isfinite(np.asarray(line.y, float))
    np.testing.assert_allclose((high.y - line.y)[there], 0.4)
    np.testing.assert_allclose((line.y - low.y)[there], 0.4)
    assert np.isnan(np.asarray(high.y, float)[~there]).all()
    assert high.fill == "tonexty" and not high.showlegend
