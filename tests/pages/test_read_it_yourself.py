"""The page Read it yourself: a test from beginning to end, a class's answers, files put together."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from core.expressions import EXPRESSIONS
from core.reading_test.session import from_json
from core.reading_test.store import Store
from core.reading_test.trials import Kind
from tests.core.reading_test.answering import simulated
from tests.pages.tiny import kept


@pytest.fixture
def faces(checkpoints_folder, tmp_path, monkeypatch):
    """The tiny checkpoints with a gallery of one labelled picture of every expression."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(checkpoints_folder, folder)
    shutil.rmtree(folder / "gallery")
    (folder / "gallery").mkdir()
    rng = np.random.default_rng(0)
    entries = []
    for name in EXPRESSIONS:
        noise = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        noise.resize((64, 64), Image.Resampling.BICUBIC).save(folder / "gallery" / f"a-{name}.png")
        entries.append({"file": f"a-{name}.png", "label": name, "title": name, "kind": "render"})
    (folder / "gallery" / "gallery.json").write_text(json.dumps(entries))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
    monkeypatch.delenv("EXPRESSRATE_READINGS", raising=False)
    return folder


def button(page, key):
    return page.button(key=f"reading_test_{key}")


def begin(page):
    next(b for b in page.button if b.label == "Begin").click()
    page.run()
    assert not page.exception
    return kept(page)["reading_test_running"]


def answer_all(page, running, count=None):
    """Answer by pressing the button of the truth."""
    for _ in range(count or len(running.shown)):
        truth = running.shown[len(running.answers)].trial.face.truth
        button(page, f"answer_{truth}").click().run()
        assert not page.exception


def text(page) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.subheader]
    return "\n".join(part.value for part in parts)


def test_the_page_says_what_will_happen_and_stores_nothing(faces, open_page):
    page = open_page("read_it_yourself")
    assert not page.exception
    assert "press **1** to **7**" in text(page)
    assert not [box for box in page.checkbox if "I agree" in box.label]


def test_the_settings_are_in_the_address(faces, open_page):
    page = open_page("read_it_yourself", reading_test_rounds="2", reading_test_look="Sharp pixels")
    assert page.number_input(key="reading_test_rounds").value == 2
    running = begin(page)
    assert running.sharp and sum(s.trial.kind is Kind.TEST for s in running.shown) == 2 * 7 * 5


def test_a_whole_test_ends_with_a_curve_and_gives_no_feedback_before(faces, open_page):
    page = open_page("read_it_yourself")
    running = begin(page)
    assert sum(shown.trial.kind is Kind.TEST for shown in running.shown) == 35
    assert [b.label for b in page.button][:7] == [name.capitalize() for name in EXPRESSIONS]
    answer_all(page, running, 3)
    said = text(page).lower()
    assert "right" not in said and "wrong" not in said
    answer_all(page, running, len(running.shown) - 3)
    page.run()
    assert "What you read" in text(page)
    assert all(answer.right for answer in running.answers)
    assert {metric.label for metric in page.metric} >= {"95% interval", "Originals read"}
    button(page, "again").click().run()
    assert "press **1** to **7**" in text(page)


def test_stopping_early_says_how_many_answers_are_missing(faces, open_page):
    page = open_page("read_it_yourself")
    running = begin(page)
    answer_all(page, running, 8)
    button(page, "stop").click().run()
    page.run()
    tests = sum(answer.kind is Kind.TEST for answer in running.answers)
    assert f"{20 - tests} more answers are needed" in text(page)


def test_a_pause_hides_the_face_and_takes_no_answer(faces, open_page):
    page = open_page("read_it_yourself")
    running = begin(page)
    button(page, "pause").click().run()
    assert "Paused" in text(page) and button(page, "answer_0").disabled
    running.answer(0, 0)
    assert running.answers == []
    button(page, "pause").click().run()
    answer_all(page, running, 1)
    assert len(running.answers) == 1 and running.answers[0].seconds < 30


def test_two_presses_on_one_face_are_one_answer(faces, open_page):
    page = open_page("read_it_yourself")
    running = begin(page)
    running.answer(0, 0)
    running.answer(1, 0)
    assert len(running.answers) == 1


def test_a_class_keeps_answers_only_of_who_agreed(faces, open_page, tmp_path, monkeypatch):
    path = tmp_path / "class.sqlite"
    monkeypatch.setenv("EXPRESSRATE_READINGS", str(path))
    page = open_page("read_it_yourself")
    running = begin(page)
    answer_all(page, running, 2)
    assert Store(path).count() == (0, 0)
    page = open_page("read_it_yourself")
    next(box for box in page.checkbox if "I agree" in box.label).check()
    running = begin(page)
    answer_all(page, running, 2)
    assert Store(path).count() == (1, 2)


def test_a_class_is_shown_by_person_and_cleared_only_when_confirmed(
    faces, open_page, tmp_path, monkeypatch
):
    path = tmp_path / "class.sqlite"
    monkeypatch.setenv("EXPRESSRATE_READINGS", str(path))
    store, rng = Store(path), np.random.default_rng(0)
    for _ in range(3):
        number = store.begin("faces")
        for answer in simulated(rng, 70, each=2):
            store.add(number, answer)
    page = open_page("read_it_yourself")
    assert "3 persons have answered 30 times" in text(page)
    assert button(page, "clear").disabled
    page.checkbox(key="reading_test_sure").check().run()
    button(page, "clear").click().run()
    assert store.count() == (0, 0) and not page.exception


def test_a_class_file_that_cannot_be_used_leaves_the_page_working(
    faces, open_page, tmp_path, monkeypatch
):
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    monkeypatch.setenv("EXPRESSRATE_READINGS", str(path))
    page = open_page("read_it_yourself")
    assert "notes.txt cannot keep answers" in text(page)
    assert not [box for box in page.checkbox if "I agree" in box.label]
    begin(page)


def test_a_store_that_fails_on_the_way_does_not_stop_the_test(
    faces, open_page, tmp_path, monkeypatch
):
    path = tmp_path / "class.sqlite"
    monkeypatch.setenv("EXPRESSRATE_READINGS", str(path))
    page = open_page("read_it_yourself")
    next(box for box in page.checkbox if "I agree" in box.label).check()
    running = begin(page)
    answer_all(page, running, 1)
    Store(path).clear()
    answer_all(page, running, 2)
    assert "were cleared" in text(page) and len(running.answers) == 3


def test_the_saved_answers_can_be_loaded_again(faces, open_page):
    from core.reading_test.session import to_json

    page = open_page("read_it_yourself")
    running = begin(page)
    answer_all(page, running, 2)
    assert from_json(to_json(running.session)).answers[1] == running.answers[1]
