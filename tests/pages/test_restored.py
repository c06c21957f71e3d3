"""Links bring back what they name, and say what they cannot."""

import ast
import random
import shutil

import pytest

from core.evaluation.measuring.table import Provenance, write_results
from pages.parts.shared import restored
from pages.parts.shared.restored import not_restored
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT

LINKS = {
    "home": {},
    "compress": {"face": "two.png", "quality": "200", "side": "128", "target": "0.8"},
    "curves": {"rate": "Payload", "log": "false", "measure": "PSNR", "point": "0.078"},
    "cohort": {"cohort_people": "12", "cohort_effect": "0.3", "cohort_tab": "Over time"},
    "lesson": {"step": "3", "done": "12"},
    "loss_weights": {},
    "video": {"video_source": "My video"},
    "bridge": {"video_source": "My video", "bridge_frame": "3"},
    "read_it_yourself": {},
    "verify": {"verify_images": "3", "verify_quality": "2"},
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


NASTY = [
    "",
    "inf",
    "-inf",
    "nan",
    "1e999",
    "9" * 5000,
    "x" * 5000,
    "<b>",
    "no such choice",
    "-1",
    "0.5",
]
"""Values that no link should hold."""


def bound_keys(kinds: set[str] | None = None) -> dict[str, set[str]]:
    """Key of each widget that is bound to the address -> the kinds of widget that have it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "pages").rglob("*.py"):
        tree = ast.parse(path.read_text())
        texts = {
            node.targets[0].id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            given = {k.arg: k.value for k in getattr(node, "keywords", ())}
            if isinstance(node, ast.Call) and "bind" in given and "key" in given:
                key = given["key"]
                name = (
                    key.value
                    if isinstance(key, ast.Constant)
                    else texts.get(getattr(key, "id", ""))
                )
                if isinstance(name, str):
                    found.setdefault(name, set()).add(node.func.attr)
    return {key: kind for key, kind in found.items() if kinds is None or kind & kinds}


def test_every_setting_that_may_be_empty_is_known():
    several = bound_keys({"multiselect", "pills", "text_input", "text_area"})
    assert several and set(several) <= restored.MAY_BE_EMPTY


def test_one_choice_of_several_may_not_be_empty():
    single = bound_keys({"segmented_control", "selectbox", "radio", "number_input", "slider"})
    assert not set(single) & restored.MAY_BE_EMPTY


@pytest.mark.parametrize("name", LINKS)
def test_no_value_of_any_setting_breaks_a_page(open_page, table, name):
    keys = sorted(bound_keys())
    drawn = random.Random(name)
    for value in ["", "inf", drawn.choice(NASTY)]:
        page = open_page(name, **{"source": "Gallery", **dict.fromkeys(keys, value)})
        assert not page.exception, (value, page.exception[0].value)
        assert noted(page) or value == "0.5"


def test_an_address_without_names_is_told(open_page, table):
    page = open_page("home", **{"": "1"})
    assert not page.exception and noted(page)


@pytest.mark.parametrize("value", NASTY)
def test_what_no_widget_could_be_is_seen_before_one_tries(value):
    fine = value in ("<b>", "no such choice", "-1", "0.5")
    assert restored.usable("face", [value]) == fine
    assert not restored.usable("", ["1"])
    assert restored.usable("bridge_codecs", [""]) and not restored.usable("regime", [""])
