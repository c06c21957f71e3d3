"""Home and Curves: honest without a table, and computed from it when there is one."""

import pandas as pd
import pytest

from core.evaluation.measuring.table import Provenance, write_results
from pages.parts.shared.results import COMMAND
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT


@pytest.fixture
def table(checkpoints_folder, tmp_path, monkeypatch):
    """A table of made-up curves on labelled faces and on photographs."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    parts = [
        made_up_rows("original"),
        made_up_rows("baseline"),
        made_up_rows("jpeg", scale=3.0),
        made_up_rows("baseline", data="photographs", labelled=False),
        made_up_rows("webp", data="photographs", labelled=False, scale=2.0),
    ]
    made = Provenance(version="test", seed=0, data={}, checkpoints={}, command=COMMAND)
    write_results(pd.concat(parts, ignore_index=True), "made-up", made)
    return tmp_path


@pytest.mark.parametrize("name", ["home", "curves"])
def test_without_a_table_the_page_names_the_command(open_page, name):
    page = open_page(name)
    assert not page.exception
    assert page.code[0].value == COMMAND
    assert not page.get("plotly_chart")


def components(page) -> list[str]:
    return [one.proto.component_name.split("_")[-1] for one in page.get("bidi_component")]


def test_home_opens_with_the_live_face_and_draws_the_headline_from_the_table(open_page, tuned):
    page = open_page("home")
    assert not page.exception and not page.error
    assert "How few bits" in page.title[0].value
    names = components(page)
    assert names.index("live") < names.index("figure")
    assert any("60 test faces" in caption.value for caption in page.caption)


def test_home_leads_to_every_page_once(open_page):
    page = open_page("home")
    named = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"}
    source = (ROOT / "pages" / "home.py").read_text()
    assert {name for name in named if source.count(f"pages/{name}.py") == 1} == named
    assert not page.exception


def test_curves_shows_every_view_of_labelled_faces(open_page, table):
    page = open_page("curves")
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 5
    rates = page.dataframe[1].value
    assert list(rates["Curve"]) == ["JPEG"]
    assert rates["Rate"].iloc[0] == pytest.approx(200, abs=25)


def test_curves_over_unlike_numbers_of_faces_say_so(open_page, table):
    made = Provenance(version="test", seed=0, data={}, checkpoints={}, command=COMMAND)
    write_results(made_up_rows("control", images=40), "fewer", made)
    for name in ("home", "curves"):
        page = open_page(name)
        assert not page.exception
        assert any("40 to 60" in caption.value for caption in page.caption)


def test_methods_can_be_left_out_of_the_curves(open_page, table):
    page = open_page("curves")
    page.multiselect(key="curves_shown").set_value(["JPEG"]).run()
    assert not page.exception and not page.error
    points = page.dataframe[0].value
    assert set(points["method"]) == {"jpeg"}
    page.multiselect(key="curves_shown").set_value([]).run()
    assert not page.exception
    assert any("No curve is chosen" in info.value for info in page.info)


def test_two_methods_are_tested_against_each_other_at_equal_bits(open_page, tuned):
    page = open_page("curves")
    assert not page.exception and not page.error
    assert page.selectbox(key="first").value == "Codec and classifier tuned, γ = 0.1"
    page.selectbox(key="second").set_value("Baseline").run()
    assert any("not tested against each other" in caption.value for caption in page.caption)
    page.selectbox(key="first").set_value("Classifier tuned").run()
    assert not page.exception
    assert any("McNemar's exact p = 1" in text.value for text in page.markdown)


def test_a_pair_opens_where_it_is_tested_on_the_faces_of_both(open_page, table):
    avif = made_up_rows("avif", images=40)
    avif.loc[avif["quality_index"] != 4, ["bpp", "file_bytes", "payload_bytes"]] *= 1.3
    made = Provenance(version="test", seed=0, data={}, checkpoints={}, command=COMMAND)
    write_results(avif, "fewer", made)
    page = open_page("curves", first="Baseline", second="AVIF")
    assert not page.exception and not page.error
    assert page.select_slider(key="pair_at").value == 4
    assert any("of 40 faces" in text.value for text in page.markdown)


def test_the_rate_of_a_pair_is_in_the_link_and_goes_with_its_codec(open_page, tuned):
    shown = open_page("curves").select_slider(key="pair_at").options
    page = open_page("curves", pair_at=shown[0])
    assert page.select_slider(key="pair_at").value == 0
    page.selectbox(key="first").set_value("Classifier tuned").run()
    assert not page.exception and not page.error


def test_the_fewest_bytes_come_with_their_intervals(open_page, tuned):
    page = open_page("curves")
    (kept,) = [one.value for one in page.dataframe if "90% kept" in one.value.columns][:1]
    assert len(kept) == 6
    assert (kept["interval 99%"] == "never").all()


def test_photographs_without_labels_have_no_accuracy_and_no_classes(open_page, table):
    page = open_page("curves", data="Photographs")
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 1
    assert page.segmented_control(key="measure").options == ["PSNR", "SSIM"]


@pytest.mark.parametrize(
    "rate, said", [("Payload", "(payload)"), ("64 faces a file", "(64 faces a")]
)
def test_other_bytes_than_the_files_can_be_the_rate(open_page, table, rate, said):
    page = open_page("curves", rate=rate)
    assert not page.exception and not page.error
    assert any(said in caption.value for caption in page.caption)


def test_a_damaged_table_is_told_and_the_page_goes_on(open_page, table):
    (table / "results" / "made-up.parquet").write_bytes(b"not a table")
    page = open_page("curves")
    assert not page.exception
    assert "not a readable table" in page.error[0].value
    assert any("research tool" in caption.value for caption in page.caption)


def test_the_votes_can_be_what_counts_on_every_figure_of_the_page(open_page, tuned):
    page = open_page("curves")
    assert page.segmented_control(key="labels").value == "FER2013"
    before = page.dataframe[0].value
    page.segmented_control(key="labels").set_value("FER+ majority").run()
    assert not page.exception and not page.error
    after = page.dataframe[0].value
    assert (after["images"] == 54).all() and (before["images"] == 60).all()


def test_tables_without_votes_do_not_ask_whose_labels_count(open_page, table):
    page = open_page("curves", data="Photographs")
    assert not page.exception
    assert "labels" not in [control.key for control in page.segmented_control]


def test_charts_say_their_findings(open_page, tuned):
    page = open_page("curves")
    told = [chart.proto.alt for chart in page.get("plotly_chart")]
    assert "Baseline goes from" in told[0] and "the highest is" in told[0]
    assert all(text and not text.endswith("A chart.") for text in told)
