"""Figures show the numbers of the rows, in the colours of the methods, on any background."""

import numpy as np
import pytest

from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.plots import curve_plots
from core.evaluation.results.curves import points
from core.evaluation.results.published import published
from core.plot_style import CLEAR
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture
def rows(tmp_path):
    frames = {
        "original": made_up_rows("original"),
        "baseline": made_up_rows(),
        "joint-1": made_up_rows("joint", gamma=0.1, scale=0.5),
        "joint-2": made_up_rows("joint", gamma=1, scale=0.4),
        "jpeg": made_up_rows("jpeg", per_sheet=16, scale=3),
    }
    for name, frame in frames.items():
        write_results(frame, name, Provenance("0", 0, {}, {}, ""), tmp_path)
    return read_results(tmp_path)


@pytest.mark.parametrize("quality", ["accuracy", "psnr", "ssim", "p_true"])
def test_curves_show_every_method_once_in_its_colour(rows, quality):
    figure = curve_plots.curves(rows, quality)
    named = [trace for trace in figure.data if trace.name]
    assert [trace.name for trace in named] == [
        "Baseline",
        "Codec and classifier tuned, γ = 0.1",
        "Codec and classifier tuned, γ = 1",
        "JPEG",
    ]
    assert [trace.line.color for trace in named] == ["#0072B2", "#D55E00", "#D55E00", "#CC79A7"]
    assert named[1].line.dash != named[2].line.dash
    expected = points(rows, quality).query("method == 'jpeg'")
    np.testing.assert_allclose(named[3].y, expected["quality"])
    np.testing.assert_allclose(named[3].x, expected["bpp"])


def test_bands_are_the_intervals_and_can_be_left_out(rows):
    figure = curve_plots.curves(rows)
    band = next(trace for trace in figure.data if trace.fill)
    expected = points(rows).query("method == 'baseline'")
    np.testing.assert_allclose(band.y, [*expected["high"], *expected["low"][::-1]])
    assert not any(trace.fill for trace in curve_plots.curves(rows, intervals=False).data)


def test_figures_fit_light_and_dark_pages(rows):
    one_point = rows[(rows["method"] == "baseline") & (rows["quality_index"] == 2)]
    for figure in (
        curve_plots.curves(rows),
        curve_plots.per_class(rows[rows["method"] == "baseline"]),
        curve_plots.confusion(one_point),
    ):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == CLEAR
        assert figure.layout.font.color is None


def test_classes_have_their_own_curves(rows):
    part = rows[rows["method"] == "baseline"]
    figure = curve_plots.per_class(part)
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert list(named) == list(curve_plots.EXPRESSION_COLOURS)
    happy = part[(part["label"] == "happy") & (part["quality_index"] == 0)]
    assert named["happy"].y[0] == pytest.approx((happy["prediction"] == "happy").mean())


def test_a_row_of_the_confusion_matrix_sums_to_one(rows):
    part = rows[(rows["method"] == "baseline") & (rows["quality_index"] == 1)]
    heat = curve_plots.confusion(part).data[0]
    np.testing.assert_allclose(np.sum(heat.z, axis=1), 1)
    assert np.sum(heat.customdata) == len(part)
    place = list(heat.x).index("sad")
    sad = part[part["label"] == "sad"]
    assert heat.z[place][place] == pytest.approx((sad["prediction"] == "sad").mean())


def test_a_class_without_faces_is_missing_not_zero(rows):
    part = rows[
        (rows["method"] == "baseline") & (rows["quality_index"] == 1) & (rows["label"] != "fear")
    ]
    heat = curve_plots.confusion(part).data[0]
    assert np.isnan(heat.z[list(heat.y).index("fear")]).all()


def test_no_rows_make_an_empty_figure(rows):
    assert len(curve_plots.curves(rows[:0]).data) == 0


def test_a_published_curve_stands_beside_ours_on_its_pictures_alone(rows):
    (theirs,) = published("kodak", "psnr")
    assert not published("kodak", "accuracy") and not published("fer2013", "psnr")
    assert not published("kodak", "psnr", "payload")
    assert list(theirs.bpp) == sorted(theirs.bpp) and list(theirs.values) == sorted(theirs.values)
    figure = curve_plots.draw_points(points(rows, "psnr"), "psnr", others=[theirs])
    trace = next(trace for trace in figure.data if trace.name == theirs.name)
    assert tuple(trace.x) == theirs.bpp and tuple(trace.y) == theirs.values
