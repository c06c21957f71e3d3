"""A chart that is made anew is looked at as its forerunner was left."""

import math

import plotly.graph_objects as go
import pytest

from pages.parts.shared.chart_view import ChartView, seen, told


@pytest.fixture
def figure():
    """Two curves with a band each, over a logarithmic axis."""
    made = go.Figure()
    for name in ("one", "two"):
        made.add_scatter(x=[1, 10], y=[0, 1], fill="toself", legendgroup=name, showlegend=False)
        made.add_scatter(x=[1, 10], y=[0, 1], name=name, legendgroup=name)
    return made.update_xaxes(type="log")


def test_a_hidden_curve_takes_its_band_along_and_others_are_shown(figure):
    figure.data[0].visible = figure.data[1].visible = "legendonly"
    shown = seen(figure, ChartView(hidden=frozenset({"two"})))
    assert [trace.visible for trace in shown.data] == [True, True, "legendonly", "legendonly"]
    assert figure.data[2].visible is None  # the figure that was given stays as it was


def test_a_zoom_is_in_what_the_axes_measure(figure):
    shown = seen(figure, ChartView(x=(2.0, 5.0), y=(0.25, 0.5)))
    assert shown.layout.xaxis.range == pytest.approx((math.log10(2), math.log10(5)))
    assert shown.layout.yaxis.range == (0.25, 0.5) and shown.layout.yaxis.autorange is False
    straight = seen(figure.update_xaxes(type="linear"), ChartView(x=(2.0, 5.0)))
    assert straight.layout.xaxis.range == (2.0, 5.0)


def test_a_zoom_that_a_logarithm_does_not_have_is_dropped(figure):
    assert seen(figure, ChartView(x=(-1.0, 5.0))).layout.xaxis.range is None


def test_what_nobody_touched_is_left_alone(figure):
    assert seen(figure, None) is figure


@pytest.mark.parametrize(
    "message", [None, "all", 3, [], {"x": [1], "hidden": 4}, {"x": [1, None], "y": [math.inf, 2]}]
)
def test_what_no_browser_tells_is_no_zoom(message):
    view = told(message)
    assert view is None or view == ChartView()


def test_what_a_browser_tells_is_taken_over():
    view = told({"x": [0.1, 1], "y": None, "hidden": ["one", 2]})
    assert view == ChartView((0.1, 1.0), None, frozenset({"one"}))
