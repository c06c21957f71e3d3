"""One question, who reads, on every page that shows accuracies; each says who read."""

import re
import shutil

import pandas as pd
import pytest

from core.evaluation.measuring.readings import READINGS, ReadingsCard, write_readings
from core.evaluation.measuring.table import Provenance, write_results
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT

CARD = ReadingsCard("v", "here", {}, {"fer": "a"}, {})
PAGES = ("home", "curves", "loss_weights", "verify")


@pytest.fixture
def strangers(checkpoints_folder, tmp_path, monkeypatch):
    """Tables of three methods, and what the stranger ``fer`` said of them: always fear, but of JPEG."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(ROOT / "checkpoints" / "strangers", tmp_path / "strangers")
    for method, scale in (("original", 1.0), ("baseline", 1.0), ("jpeg", 3.0)):
        rows = made_up_rows(method, scale=scale)
        write_results(rows, method, Provenance("v", 0, {}, {}, ""))
        prediction = rows["prediction"] if method == "jpeg" else "fear"
        said = rows.assign(reader="fer", prediction=prediction, p_true=0.5)
        write_readings(said[READINGS.names], method, CARD)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_every_page_asks_who_reads_and_takes_it_from_the_link(open_page, strangers, name):
    page = open_page(name)
    assert not page.exception
    assert page.selectbox(key="read_by").value == "Each codec's own classifier"
    page = open_page(name, read_by="fer")
    assert not page.exception
    assert page.selectbox(key="read_by").value == "fer"


@pytest.mark.parametrize("name", ["home", "curves", "loss_weights"])
def test_every_accuracy_says_who_read(open_page, strangers, name):
    said = " ".join(each.value for each in open_page(name, read_by="fer").caption)
    assert "ead by fer" in said
    said = " ".join(each.value for each in open_page(name).caption)
    assert "ead by each codec's own classifier" in said and "ead by fer" not in said


def test_curves_are_those_of_the_reader(open_page, strangers):
    own, other = (open_page("curves", **link).dataframe for link in ({}, {"read_by": "fer"}))
    assert isinstance(own[0].value, pd.DataFrame)
    rates = [frames[1].value.set_index("Curve") for frames in (own, other)]
    assert list(rates[0].index) == list(rates[1].index) == ["JPEG"]
    assert rates[0]["Accuracy (points)"].iloc[0] < -10  # JPEG takes three times the bytes
    assert not rates[1]["Accuracy (points)"].iloc[0] < -10  # who reads the baseline as fear, gains


def test_home_tells_what_strangers_see(open_page, strangers):
    page = open_page("home")
    tables = [frame.value for frame in page.dataframe if "Method" in frame.value]
    assert (
        tables and list(tables[0]["Method"]) == ["JPEG"] and tables[0]["Faces, fer"].iloc[0] == 60
    )


def add_joint(seed, *, read):
    """A joint training with files half as large; ``fer`` reads it as its own classifier does, or not."""
    rows = made_up_rows("joint", scale=0.5, gamma=0.5, seed=seed)
    write_results(rows, f"joint-{seed}", Provenance("v", 0, {}, {}, ""))
    if read:
        write_readings(rows.assign(reader="fer", p_true=0.5)[READINGS.names], f"joint-{seed}", CARD)


def test_the_headline_says_what_each_method_gains_by_a_stranger(open_page, strangers):
    rows = made_up_rows("baseline")
    write_readings(rows.assign(reader="fer", p_true=0.5)[READINGS.names], "baseline", CARD)
    add_joint(0, read=True)
    (said,) = (
        each.value for each in open_page("home").markdown if "Whose gain is it?" in each.value
    )
    rates = re.search(r"tuned, γ = 0.5\*\* (−\d+)%, (−\d+)%", said)
    assert rates and rates[1] == rates[2] and int(rates[1].replace("−", "-")) < -40
    assert "The usual formats: **JPEG** +" in said
    assert "Sure to every stranger is the gain of Codec and classifier tuned, γ = 0.5." in said


@pytest.mark.parametrize("name", ["curves", "loss_weights"])
def test_a_training_that_a_stranger_never_read_is_named(open_page, strangers, name):
    add_joint(0, read=True)
    add_joint(1, read=False)
    said = [each.value for each in open_page(name, read_by="fer").caption]
    (missing,) = [each for each in said if each.startswith("Not read by fer")]
    assert "Codec and classifier tuned, γ = 0.5, seed 1." in missing
    assert "core.evaluation read fer --write" in missing
    assert not any("Not read by" in each.value for each in open_page(name).caption)


def test_who_read_nothing_is_told_with_the_command(open_page, strangers):
    page = open_page("curves", read_by="face-api")
    assert not page.exception
    assert any("read by 'face-api'" in each.value for each in page.error)


def test_the_floor_is_drawn_with_its_two_limits_where_the_label_was_stored(open_page, strangers):
    write_results(
        made_up_rows("label", quality_indices=2, scale=0.02),
        "label",
        Provenance("v", 0, {}, {}, ""),
    )
    page = open_page("curves", floor="true")
    assert not page.exception
    assert any("let a receiver name it in 95% of the cases" in each.value for each in page.markdown)
    names = page.get("plotly_chart")[0].proto.spec
    assert names.count("Limit: ") >= 2 and "Label alone" in names
    plain = open_page("curves").get("plotly_chart")[0].proto.spec
    assert "Limit: " not in plain and "Label alone" not in plain
