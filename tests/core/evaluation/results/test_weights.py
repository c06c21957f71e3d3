"""The plane of (stop, gamma): its points, the paper's triple, the terms, the front."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from core.codec.network import LAMBDA_RANGE, VariableRateCodec
from core.errors import InputError
from core.evaluation.measuring.table import Provenance, correct, read_results, write_results
from core.evaluation.plots import weight_plots
from core.evaluation.results import weights
from tests.core.evaluation.made_up import made_up_rows


@pytest.fixture
def rows(tmp_path):
    frames = [
        made_up_rows("original"),
        made_up_rows("baseline"),
        made_up_rows("control"),
        made_up_rows("codec", gamma=0.1, scale=0.9),
        made_up_rows("joint", gamma=0.1, scale=0.8),
        made_up_rows("joint", gamma=1, scale=0.5),
        made_up_rows("joint", gamma=1, scale=7, seed=2),
        made_up_rows("jpeg", per_sheet=8),
    ]
    for number, frame in enumerate(frames):
        write_results(frame, f"t{number}", Provenance("0", 0, {}, {}, ""), tmp_path)
    return read_results(tmp_path)


@pytest.fixture
def plane(rows):
    return weights.plane(rows, resamples=20)


def test_the_plane_holds_the_learned_points_of_the_first_seed(plane, rows):
    assert sorted(set(zip(plane["method"], plane["weight"], strict=True))) == [
        ("baseline", 0), ("codec", 0.1), ("control", 0), ("joint", 0.1), ("joint", 1),
    ]  # fmt: skip
    point = plane[(plane["weight"] == 1) & (plane["quality_index"] == 2)].iloc[0]
    part = rows[(rows["method"] == "joint") & (rows["gamma"] == 1) & (rows["quality_index"] == 2)]
    part = part[part["seed"] == 0]
    assert point["bytes"] == pytest.approx(40)
    assert point["accuracy"] == pytest.approx(correct(part).mean())
    assert point["payload_bpp"] == pytest.approx(8 * 30 / 4096)
    assert point["cross_entropy"] == pytest.approx(-np.log(part["p_true"]).mean(), abs=1e-4)
    assert point["mse"] == pytest.approx((255**2 / 10 ** (part["psnr"] / 10)).mean(), rel=1e-4)


def test_a_regime_begins_at_weight_zero_with_what_it_grew_from(plane):
    assert set(weights.of_regime(plane, "codec")["method"]) == {"baseline", "codec"}
    assert set(weights.of_regime(plane, "joint")["method"]) == {"control", "joint"}
    without = plane[plane["method"] != "control"]
    assert set(weights.of_regime(without, "joint")["method"]) == {"baseline", "joint"}


def test_lambda_is_that_of_the_codec():
    quality = torch.tensor([0.0, 0.4, 1.0])
    expected = VariableRateCodec.lmbda(quality).tolist()
    assert [weights.lmbda(255 * float(q)) for q in quality] == pytest.approx(expected, rel=1e-4)


def test_a_triple_finds_its_quality_and_only_ratios_count():
    for quality_index in (0, 100, 255):
        for scale in (1, 7.5):
            found = weights.place(scale, scale * weights.lmbda(quality_index), scale * 0.3)
            assert found.quality_index == quality_index and found.inside
            assert found.gamma == pytest.approx(0.3)
    beyond = weights.place(1, 10 * LAMBDA_RANGE[1], 0)
    assert beyond.quality_index == 255 and not beyond.inside


def test_impossible_triples_are_refused_with_every_reason():
    with pytest.raises(InputError, match=r"alpha is 0, beta is -1, gamma is -2"):
        weights.place(0, -1, -2)


@pytest.mark.parametrize(
    ("gamma", "expected"), [(0, 0), (0.04, 0), (0.06, 0.1), (0.3, 0.1), (0.4, 1), (50, 1)]
)
def test_the_nearest_weight_is_found_by_its_ratio(plane, gamma, expected):
    found = weights.nearest(weights.of_regime(plane, "joint"), weights.Place(2.2, gamma))
    assert (found["weight"], found["quality_index"]) == (expected, 2)


def test_the_terms_add_up_to_the_loss_of_the_training(plane):
    point = weights.at(weights.of_regime(plane, "joint"), 1, 3)
    found = weights.terms(point)
    assert found["rate"] == point["payload_bpp"]
    assert found["distortion"] == pytest.approx(weights.lmbda(3) * point["mse"])
    assert found["recognition"] == pytest.approx(point["cross_entropy"])


def test_the_front_holds_what_nothing_beats():
    points = pd.DataFrame(
        {
            "bpp": [0.1, 0.1, 0.2, 0.05, 0.1],
            "accuracy": [0.6, 0.5, 0.6, 0.4, 0.6],
            "psnr": [25.0, 30.0, 25.0, 20.0, 25.0],
        }
    )
    assert weights.front(points).tolist() == [True, True, False, True, True]


def test_figures_show_the_plane(plane):
    joint = weights.of_regime(plane, "joint")
    point = weights.at(joint, 1, 2)
    figure = weight_plots.surface(joint, "accuracy", point)
    assert np.shape(figure.data[0].z) == (3, 5)
    assert list(figure.layout.scene.yaxis.ticktext) == ["0", "0.1", "1"]
    assert figure.data[1].z[0] == point["accuracy"]
    lines = [trace.name for trace in weight_plots.slices(joint, "psnr").data]
    assert lines == ["Classifier tuned", "γ = 0.1", "γ = 1"]
    beaten, best = weight_plots.pareto(joint).data
    assert len(beaten.x) + len(best.x) == len(joint) and len(best.x) == weights.front(joint).sum()
    bars = weight_plots.loss_terms({"here": point}).data
    assert sum(bar.x[0] for bar in bars) == pytest.approx(sum(weights.terms(point).values()))


def test_bits_that_moved_are_shown_square_by_square():
    before, after = np.full((4, 4), 8.0), np.full((4, 4), 8.0)
    after[1, 2] = 11
    heat = weight_plots.bit_change(np.zeros((64, 64, 3), np.uint8), before, after).data[0]
    assert heat.z[1][2] == 3 and heat.text[1][2] == "+3"
    assert heat.zmax == -heat.zmin == 3


def test_an_empty_table_makes_an_empty_plane(rows):
    assert weights.plane(rows[:0]).empty
    assert math.isclose(weights.lmbda(0), LAMBDA_RANGE[0])
