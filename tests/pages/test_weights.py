"""The Loss weights page: its plane and its faces; honest where nothing was trained."""

import pytest

from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results import weights
from pages.parts.shared.results import COMMAND
from tests.core.evaluation.made_up import made_up_rows

PAGE_END = "ExpressRate is a research tool"


def ends_well(page) -> bool:
    return not page.exception and any(PAGE_END in caption.value for caption in page.caption)


def texts(page) -> str:
    return "\n".join(element.value for element in page.markdown)


def grid(page) -> str:
    return next(
        element.proto.body for element in page.get("html") if "<table>" in element.proto.body
    )


def test_without_a_table_the_face_is_still_shown_at_every_quality(open_page):
    page = open_page("loss_weights")
    assert ends_well(page)
    assert page.code[0].value == COMMAND
    assert grid(page).count("<img") == 6


def test_without_tuned_checkpoints_the_commands_are_named(open_page, tmp_path, monkeypatch):
    monkeypatch.setattr("core.evaluation.measuring.table.results_folder", lambda: tmp_path)
    monkeypatch.setattr("pages.parts.shared.results.results_folder", lambda: tmp_path)
    write_results(made_up_rows(), "baseline", Provenance("0", 0, {}, {}, ""), tmp_path)
    page = open_page("loss_weights")
    assert ends_well(page) and not page.error
    assert "core.training joint --gamma" in page.code[0].value
    assert not page.toggle


def test_the_point_follows_the_controls(open_page, tuned):
    page = open_page("loss_weights", trained="Codec and classifier tuned", weight="1", at="128")
    assert ends_well(page) and not page.error
    joint = weights.of_regime(weights.plane(read_results(), resamples=5), "joint")
    point = weights.at(joint, 1, 128)
    assert point["quality_index"] == 128
    assert page.metric[0].value == f"{point['bytes']:.0f} bytes"
    assert page.metric[1].value == f"{point['accuracy']:.1%}"
    page.select_slider(key="weight").set_value("0").run()
    assert ends_well(page)
    assert "Classifier tuned" in page.caption[0].value
    page.segmented_control(key="trained").set_value("Codec tuned").run()
    assert ends_well(page) and not page.error
    assert page.select_slider(key="weight").options == ["0", "0.1"]


def test_the_plane_is_drawn_as_surface_and_as_curves(open_page, tuned):
    page = open_page("loss_weights")
    before = len(page.get("plotly_chart"))
    page.segmented_control(key="shape").set_value("Curves").run()
    assert ends_well(page) and len(page.get("plotly_chart")) == before


def test_the_address_follows_the_hand(open_page, tuned):
    page = open_page("loss_weights", trained="Codec and classifier tuned", at="128")
    page.select_slider(key="at").set_value(255).run()
    assert page.query_params["at"] in ("255", ["255"])


def test_the_calculator_maps_the_papers_triple(open_page, tuned):
    page = open_page("loss_weights", trained="Codec and classifier tuned")
    page.number_input(key="alpha").set_value(2.0)
    page.number_input(key="beta").set_value(2 * weights.lmbda(128))
    page.number_input(key="gamma_asked").set_value(2.2).run()
    assert ends_well(page) and not page.error
    assert "quality 128" in texts(page)
    found = next(one.value for one in page.dataframe if "Bytes a face" in one.value.columns)
    assert list(found["γ"]) == [0.1, 1] and list(found["Quality"]) == [128, 128]
    page.number_input(key="alpha").set_value(0.0).run()
    assert "alpha is 0" in page.error[0].value


def test_the_face_is_shown_at_every_weight_with_the_bits_that_moved(open_page, tuned):
    page = open_page("loss_weights", rows="Codec and classifier tuned")
    assert ends_well(page)
    shown = grid(page)
    assert shown.count("<img") == 6 * 4 and "Codec and classifier tuned, γ = 1" in shown
    said = [caption.value for caption in page.caption]
    assert sum("against the baseline's" in each for each in said) == 2
    assert sum("by one scale" in each for each in said) == 1
    page.segmented_control(key="rows").set_value("Codec tuned").run()
    assert grid(page).count("<img") == 6 * 3


@pytest.mark.parametrize("regime", ["Codec tuned", "Codec and classifier tuned"])
def test_a_link_restores_the_view(open_page, tuned, regime):
    page = open_page("loss_weights", trained=regime, at="192")
    assert page.select_slider(key="at").value == 192
    assert page.segmented_control(key="trained").value == regime


def test_the_gain_is_split_between_codec_and_classifier(open_page, tuned, monkeypatch):
    monkeypatch.setattr("pages.parts.weights.gain_split._SHARE_KEPT", 0.5)
    page = open_page("loss_weights")
    assert ends_well(page) and not page.error
    table = next(each.value for each in page.dataframe if "Trainings" in each.value)
    assert len(table) == 4 and table["Chosen on validation"].sum() == 1
    assert "the codec's own share is" in texts(page)
    assert "−89.12% would mean" in texts(page)
    assert "% against JPEG" in texts(page)


def test_the_price_in_pixels_is_told_at_every_quality(open_page, tuned):
    page = open_page("loss_weights", trained="Codec and classifier tuned")
    assert ends_well(page) and not page.error
    assert "The price in pixels" in [each.value for each in page.subheader]
    (table,) = (each.value for each in page.dataframe if "change" in each.value)
    assert len(table) == 10 and set(table["method"]) == {"joint"}
