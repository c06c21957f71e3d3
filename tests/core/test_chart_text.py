"""The text alternative of a chart says what it shows."""

import math

import numpy as np
import plotly.graph_objects as go

from core import chart_text
from core.chart_text import Series


def test_curves_are_told_by_their_ends_and_by_who_leads_midway():
    text = chart_text.of_curves([Series("A", [1, 100], [0, 2]), Series("B", [1, 100], [3, 4])])
    assert "A goes from 0 at 1 to 2 at 100" in text
    assert "At 10 the highest is B" in text and "the lowest A" in text


def test_points_without_a_number_and_empty_curves_are_left_out():
    curves = [Series("A", [3, 1, 2], [9, 7, math.nan]), Series("B", [], [])]
    assert chart_text.of_curves(curves) == "A goes from 7 at 1 to 9 at 3."
    assert chart_text.of_curves([Series("B", [1], [math.nan])]) == ""


def test_of_many_bars_the_outermost_are_named():
    assert chart_text.of_amounts(["a", "b"], [1, 2]) == "a: 1; b: 2."
    text = chart_text.of_amounts(list("abcdefgh"), [5, 2, 3, 4, 9, 6, 7, 8])
    assert "largest is e with 9" in text and "smallest b with 2" in text


def test_a_figure_is_told_in_the_units_of_its_axes_without_bands_and_hidden_curves():
    figure = go.Figure()
    figure.add_scatter(x=[1, 2, 2, 1], y=[0, 0, 1, 1], fill="toself", mode="lines", name="band")
    figure.add_scatter(x=[1, 2], y=[0.25, 0.5], mode="lines", name="curve")
    figure.add_scatter(x=[1, 2], y=[0.9, 0.9], mode="lines", name="off", visible="legendonly")
    figure.add_scatter(x=[1.5], y=[0.3], mode="markers", name="chosen")
    figure.update_yaxes(tickformat=".0%")
    text = chart_text.of_figure("Accuracy by rate", figure)
    assert text == "Accuracy by rate. curve goes from 25.0% at 1 to 50.0% at 2."


def test_bars_cells_and_spreads_are_told():
    bars = go.Figure(go.Bar(x=[3, 1], y=["left", "right"], orientation="h", name="bits"))
    assert "bits: left: 3; right: 1." in chart_text.of_figure("Bits", bars)
    cells = go.Figure(go.Heatmap(z=np.array([[1, 5], [2, 3]]), x=["p", "q"], y=["r", "s"]))
    text = chart_text.of_figure("Cells", cells)
    assert "5, at r and q" in text and "1, at r and p" in text
    spread = go.Figure(go.Box(y=[1, 2, 3], name="people"))
    assert "people: median 2" in chart_text.of_figure("Spread", spread)


def test_a_figure_without_anything_keeps_its_title():
    assert chart_text.of_figure("Nothing yet.", go.Figure()) == "Nothing yet."
