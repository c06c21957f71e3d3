"""What the Bridge page draws: one line a codec, the worst unit, gaps where no face was."""

import numpy as np
import pandas as pd
import pytest

from core.bridge.charts import (
    WORST,
    by_measure,
    drift_against_bits,
    effect_against_bits,
    effects_beside,
    label,
    settings_against_bytes,
    timelines,
)
from core.evaluation.plots.curve_plots import colour_of
from tests.core.bridge.test_study import ROWS


@pytest.fixture
def drift():
    rows = [
        {"clip": clip, "name": name, "method": name, "gamma": np.nan, "seed": None, "setting": bits,
         "bits_per_face": bits, "bits_per_second": 25 * bits, "lost": 1, "faces": 100,
         "measure": unit, "r": r - (clip == "b") * 0.2, "change": 1 - r}
        for clip in "ab" for name in ("jpeg", "original") for bits in (100.0, 200.0)
        for unit, r in (("AU12", 0.9), ("AU25", 0.5 + bits / 1000))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_clips_are_averaged_and_losses_added(drift):
    row = by_measure(drift, "AU12", "r").iloc[0]
    assert row["value"] == pytest.approx(0.8)
    assert (row["lost"], row["faces"]) == (2, 200)


def test_the_worst_unit_is_the_worst_among_the_validated(drift):
    worst = by_measure(drift, WORST, "r", ("AU12", "AU25")).set_index(["name", "setting"])["value"]
    assert worst["jpeg", 100.0] == pytest.approx(0.5)
    assert by_measure(drift, WORST, "r", ("AU12",))["value"].iloc[0] == pytest.approx(0.8)
    change = by_measure(drift, WORST, "change", ("AU12", "AU25"))
    assert change["value"].iloc[0] == pytest.approx(0.4)


def test_every_codec_has_its_line_and_its_colour(drift):
    figure = drift_against_bits(drift, "AU12", rate="bits_per_second")
    (line,) = figure.data
    assert line.name == "JPEG" and line.line.color == colour_of("jpeg")
    assert list(line.x) == [2500, 5000]
    assert figure.layout.xaxis.type == "log"


def test_a_frame_without_a_face_is_a_gap_in_the_line():
    time = pd.Series([0.0, 0.1, 0.2])
    series = pd.Series([1.0, np.nan, 2.0])
    figure = timelines("AU12", time, series, {("jpeg", "JPEG"): series}, now=0.1)
    assert [trace.name for trace in figure.data] == ["Original", "JPEG"]
    assert all(trace.connectgaps is False for trace in figure.data)
    assert figure.layout.shapes[0].x0 == 0.1


def test_measures_have_names_in_words():
    assert label("AU12") == "AU12 lip corner puller"
    assert label("happiness") == "happiness (composite)"
    assert label("emotion_happy") == "happy"


def test_an_effect_is_open_where_its_verdict_is_another():
    figure = effect_against_bits(pd.DataFrame(ROWS), "AU12")
    jpeg, webp = figure.data
    assert (jpeg.name, webp.name) == ("JPEG", "WebP")
    assert list(jpeg.marker.symbol) == ["circle-open", "circle", "circle"]
    assert list(jpeg.x) == [100, 200, 300]


def test_two_checkpoints_of_a_method_have_one_colour_and_two_dashes():
    gammas = {"jpeg": 0.2, "webp": 2.0}
    rows = [
        row | {"name": f"joint-{row['name']}", "method": "joint", "gamma": gammas.get(row["name"])}
        for row in ROWS
    ]
    first, second = effect_against_bits(pd.DataFrame(rows), "AU12").data
    assert first.line.color == second.line.color == colour_of("joint")
    assert first.line.dash != second.line.dash


def test_a_setting_that_lost_the_face_is_shown_as_lost_and_not_as_a_value(drift):
    drift.loc[(drift["name"] == "jpeg") & (drift["setting"] == 100.0), "lost"] = 9
    figure = drift_against_bits(drift, "AU12")
    line, cross = figure.data
    assert np.isnan(line.y[0]) and np.isfinite(line.y[1])
    assert (cross.name, list(cross.x), cross.yaxis) == ("face lost", [100.0], "y2")
    assert list(cross.customdata[0])[1:] == [18, 200]


def settings_of(*rows):
    columns = [
        "codec",
        "lines",
        "every",
        "quality",
        "megabytes_a_minute",
        "passed",
        "least_r",
        "reason",
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(unit="AU12", value=0.5, largest_change=0.1, lost_share=0.0)


def test_the_cheapest_lines_are_drawn_and_lost_faces_are_crosses():
    table = settings_of(
        ("hevc", float("nan"), 1, 34, 0.2, True, 0.95, "r"),
        ("h264", 480, 1, 33, 0.3, True, 0.95, "r"),
        ("hevc", float("nan"), 1, 40, 0.1, False, 0.8, "r"),
        ("av1", 480, 2, 60, 0.05, False, float("nan"), "lost"),
    )
    names = [line.name for line in settings_against_bytes(table, 0.9, 2).data]
    assert names == ["HEVC, own size", "H.264, 480 lines"]
    figure = settings_against_bytes(table, 0.9)
    hevc, _, av1 = figure.data
    assert list(hevc.marker.symbol) == ["circle-open", "circle"]
    assert list(av1.marker.symbol) == ["x-thin-open"] and list(av1.y) == [0]
    assert figure.layout.xaxis.ticktext[:3] == ("0.01", "0.02", "0.05")


def test_the_groups_difference_is_shown_as_it_is_and_stored():
    table = pd.DataFrame(
        [("AU12", 1.0, 0.5, 1.5, 0.01, 1.2, 0.001, "kept")],
        columns=["unit", "effect", "low", "high", "p_adjusted", "original_effect",
                 "original_p_adjusted", "verdict"],
    )  # fmt: skip
    whole, stored = effects_beside(table, ["AU12"]).data
    assert list(whole.x) == [1.2] and list(stored.x) == [1.0]
    assert stored.error_x.array[0] == 0.5 and stored.y[0] == "AU12 lip corner puller"
