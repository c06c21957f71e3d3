"""Links bring back what they name, and say what they cannot."""

import shutil

import pytest

from core.evaluation.measuring.table import Provenance, write_results
from pages.parts.shared.restored import not_restored
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT

LINKS = {
    "home": {},
    "compress": {"face": "two.png", "quality": "200", "side": "128", "target": "0.8"},
    "curves": {"rate": "Payload", "log": "false", "measure": "PSNR", "point": "0.078"},
    "cohort": {"cohort_people": "12", "cohort_effect": "0.3", "cohort_tab": "Over time"},
    "loss_weights": {},
    "video": {"video_source": "My video"},
    "bridge": {"video_source": "My video", "bridge_frame": "3"},
    "verify": {"verify_images": "3", "verify_stop": "2"},
}
"""Page -> settings that are not its defaults."""


@pytest.fixture
def table(tiny_checkpoints, tmp_path, monkeypatch):
    """The tiny checkpoints with a table of made-up rows, some of them of the gallery."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(tiny_checkpoints, folder)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
    made = Provenance("test", 0, {}, {}, "")
    write_results(made_up_rows("baseline"), "baseline", made)
    write_results(made_up_rows("baseline", images=4, data="gallery"), "gallery", made)


def test_every_page_is_among_them():
    assert set(LINKS) == {path.stem for path in (ROOT / "pages").glob("*.py")}


def noted(page) -> str:
    return " ".join(box.value for box in page.markdown if "could be restored" in box.value)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_brings_its_settings_back(open_page, table, name):
    page = open_page(name, **LINKS[name])
    assert not page.exception
    assert noted(page) == ""
    for key, text in LINKS[name].items():
        assert page.query_params[key] in (text, [text]), key


def test_settings_of_results_that_are_not_there_yet_are_not_called_mistakes(open_page, table):
    page = open_page("bridge", bridge_frame="3", video_source="My video", frames="3")
    assert "`frames` is no setting" in noted(page) and "bridge_frame" not in noted(page)


@pytest.mark.parametrize("name", LINKS)
def test_a_wrong_link_opens_the_page_and_says_what_is_missing(open_page, table, name):
    wrong = {"quallity": "7"} | ({"quality": "much"} if name == "compress" else {})
    page = open_page(name, **LINKS[name] | wrong)
    assert not page.exception
    assert "`quallity` is no setting" in noted(page)
    assert ("`quality` cannot be `much`" in noted(page)) == (name == "compress")


def test_the_note_goes_when_it_is_understood(open_page, table):
    page = open_page("home", old="1")
    assert noted(page)
    page.button(key="restored_understood").click().run()
    assert noted(page) == ""


def test_defaults_numbers_and_switches_in_a_link_are_no_mistakes():
    state = {"a": 0.5, "b": True, "c": "x", "d": ["p", "q"], "e": 3, "f": (1.0, 2.0)}
    fine = {"a": ["0.50"], "b": ["TRUE"], "c": ["x"], "d": ["p", "q"], "e": ["3"], "f": ["1", "2"]}
    assert not_restored(fine, state, {}) == []
    wrong = {"a": ["much"], "b": ["false"], "c": ["y"], "d": ["p"], "e": ["4"]}
    assert len(not_restored(wrong, state, {})) == 5
    assert not_restored({"c": ["shown as"]}, state, {"c": ["shown as"]}) == []


def test_a_strangers_words_are_not_markup():
    (told,) = not_restored({"`<b>`" * 40: ["1"]}, {}, {})
    assert len(told) < 130 and told.count("`") == 2
