"""The figures say what their tables say, name people, and leave colours of text to the page."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage

from core.cohort.report import plot_classifiers, plot_groups, plot_structure, plot_style
from core.plot_style import ACCENT, GREY

TESTS = pd.DataFrame(
    {
        "unit": ["AU01", "AU12", "AU45"],
        "n": [40, 40, 1],
        "effect": [0.9, -0.2, np.nan],
        "low": [0.3, -0.8, np.nan],
        "high": [1.5, 0.4, np.nan],
        "p_value": [0.004, 0.5, np.nan],
        "p_adjusted": [0.008, 0.5, np.nan],
        "frame_p_value": [0.0, 1e-40, np.nan],
        "frames": [90000, 90000, 10],
        "effective_frames": [900.0, 800.0, 1.0],
    }
)
PEOPLE = pd.DataFrame(
    {
        "participant": ["p1", "p2", "p3", "p4"],
        "group": ["0", "0", "1", ""],
        "value": [0.1, np.nan, 0.4, 0.2],
        "PC1": [0.0, 1.0, 2.0, 3.0],
        "PC2": [1.0, 0.0, 1.0, 0.0],
        "cluster": [0, 1, 1, -1],
    }
)
CURVES = pd.DataFrame(
    {
        "group": ["0"] * 3 + ["1"] * 3,
        "time": [0.0, 1.0, 2.0] * 2,
        "mean": [1.0, np.nan, 1.2, 0.5, 0.6, 0.7],
        "low": [0.9, np.nan, 1.0, 0.4, 0.5, 0.6],
        "high": [1.1, np.nan, 1.4, 0.6, 0.7, 0.8],
        "n": [2] * 6,
    }
)
VARIANCE = pd.DataFrame({"share": [0.7, 0.3], "cumulative": [0.7, 1.0]}, index=["PC1", "PC2"])
WEIGHTS = pd.DataFrame({"PC1": [0.9, -0.1], "PC2": [0.2, 0.7]}, index=["AU01 mean", "AU12 std"])
BY_COUNT = pd.DataFrame({"silhouette": [0.5, 0.3]}, index=[2, 3])
NULL = np.array([0.1, 0.2, np.nan, 0.3])
CLASSIFIERS = pd.DataFrame(
    {
        "classifier": ["ROCKET", "LSTM"],
        "balanced_accuracy": [0.7, 0.5],
        "low": [0.5, 0.3],
        "high": [0.85, 0.7],
        "auc": [0.75, np.nan],
        "p_value": [0.03, np.nan],
    }
)
PROTOCOLS = pd.DataFrame(
    {
        "protocol": ["paper", "paper", "ours", "ours"],
        "labels": ["true", "shuffled"] * 2,
        "claimed": [0.8, 0.65, 0.6, 0.5],
        "low": [0.7, 0.5, 0.5, 0.4],
        "high": [0.9, 0.8, 0.7, 0.6],
        "chance": 0.5,
    }
)
HEAT = pd.DataFrame(
    [[0.1, -0.4], [np.nan, 0.2]], index=["AU01", "AU12"], columns=[0.0, 1.0], dtype=float
)
TREE = linkage(PEOPLE[["PC1", "PC2"]].to_numpy(), "ward")

EVERY_FIGURE = {
    "effects": lambda: plot_groups.effects(TESTS),
    "against_frames": lambda: plot_groups.against_frames(TESTS),
    "people": lambda: plot_groups.people(PEOPLE, "AU01"),
    "curves": lambda: plot_groups.curves(CURVES, "AU01"),
    "phases": lambda: plot_groups.phases(CURVES.rename(columns={"time": "phase"}), "AU01"),
    "scree": lambda: plot_structure.scree(VARIANCE),
    "loadings": lambda: plot_structure.loadings(WEIGHTS),
    "scatter": lambda: plot_structure.scatter(PEOPLE, "PC1", "PC2"),
    "dendrogram": lambda: plot_structure.dendrogram(TREE, PEOPLE["participant"], PEOPLE["group"]),
    "silhouettes": lambda: plot_structure.silhouettes(BY_COUNT, 2, 0.5, NULL),
    "classifiers": lambda: plot_classifiers.classifiers(CLASSIFIERS, chance=0.5),
    "protocols": lambda: plot_classifiers.protocols(PROTOCOLS),
    "attribution": lambda: plot_classifiers.attribution(HEAT),
}


@pytest.mark.parametrize("name", EVERY_FIGURE)
def test_no_figure_fixes_a_background_or_a_colour_of_text(name):
    layout = json.loads(EVERY_FIGURE[name]().to_json())["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert "color" not in layout.get("font", {})
    assert "font" not in layout.get("template", {}).get("layout", {})


def _hovered(figure):
    return {
        str(text) for trace in figure.data for text in ([] if trace.text is None else trace.text)
    }


@pytest.mark.parametrize("name", ["scatter", "dendrogram"])
def test_hovering_a_dot_names_the_person(name):
    assert _hovered(EVERY_FIGURE[name]()) == set(PEOPLE["participant"])


def test_a_person_without_a_value_has_no_dot():
    assert _hovered(plot_groups.people(PEOPLE, "AU01")) == {"p1", "p3", "p4"}


def test_only_units_that_survive_correction_are_coloured():
    marks = {t.marker.color: list(t.y) for t in plot_groups.effects(TESTS).data}
    assert marks == {ACCENT: ["AU01"], GREY: ["AU12"]}


def test_the_bars_of_the_forest_end_at_the_interval():
    hit = plot_groups.effects(TESTS).data[0]
    assert hit.x[0] + hit.error_x.array[0] == pytest.approx(1.5)
    assert hit.x[0] - hit.error_x.arrayminus[0] == pytest.approx(0.3)


def test_a_frame_level_p_value_of_zero_is_drawn_and_told_as_it_is():
    frames = plot_groups.against_frames(TESTS).data[0]
    drawn = dict(zip(frames.y, frames.x, strict=True))
    told = dict(zip(frames.y, frames.customdata, strict=True))
    assert drawn["AU01"] > 0
    assert told["AU01"][2] == 0
    assert frames.marker.color == GREY


def test_a_gap_in_time_stays_a_gap():
    mean = next(t for t in plot_groups.curves(CURVES, "AU01").data if t.name == "group 0")
    assert np.isnan(mean.y[1])
    assert not mean.connectgaps


def test_a_group_keeps_its_colour_in_every_figure():
    colour = plot_style.colours(PEOPLE["group"])["1"]
    line = next(t for t in plot_groups.curves(CURVES, "AU01").data if t.name == "group 1")
    dot = next(
        t for t in plot_structure.scatter(PEOPLE, "PC1", "PC2").data if t.name.startswith("group 1")
    )
    assert line.line.color == dot.marker.color == colour


def test_noise_is_called_noise_and_the_legend_names_groups_and_clusters_once():
    names = [t.name for t in plot_structure.scatter(PEOPLE, "PC1", "PC2").data]
    assert names == ["group 0", "group 1", "no label", "in no cluster", "cluster 0", "cluster 1"]


def test_the_dendrogram_joins_at_the_distances_of_the_linkage():
    lines = plot_structure.dendrogram(TREE, PEOPLE["participant"], PEOPLE["group"]).data[0]
    tops = {round(v, 6) for v in lines.y if v}
    assert tops == {round(v, 6) for v in TREE[:, 2]}


def test_what_chance_gives_stands_at_the_chosen_number():
    chance = plot_structure.silhouettes(BY_COUNT, 3, 0.3, NULL).data[0]
    assert list(chance.y) == [0.1, 0.2, 0.3]
    assert set(chance.x) == {3}


def test_a_method_that_finds_its_own_number_has_no_curve():
    names = [t.name for t in plot_structure.silhouettes(BY_COUNT.iloc[:0], 2, 0.5, NULL).data]
    assert names == ["data without structure", "chosen"]


def test_what_was_not_measured_says_so():
    spoken = plot_classifiers.classifiers(CLASSIFIERS, chance=0.5).data[0].customdata
    assert spoken[0][2] == spoken[0][3] == "not measured"
    assert spoken[1][2] == "0.75"


def test_a_band_ends_where_nothing_is_known_and_begins_anew():
    time = np.arange(7.0)
    known = pd.DataFrame({"group": "0", "time": time, "mean": 1.0, "low": 0.5, "high": 1.5, "n": 9})
    known.loc[3, ["mean", "low", "high"]] = np.nan
    band = next(trace for trace in plot_groups.curves(known, "AU01").data if trace.fill)
    assert band.fill == "toself"
    first, second = [0, 1, 2, 2, 1, 0, None], [4, 5, 6, 6, 5, 4, None]
    assert [None if x is None else int(x) for x in band.x] == [*first, *second]
