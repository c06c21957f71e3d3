"""Twenty and more answers by keyboard, wide and narrow: a curve, downloads, a class's file."""

import json

import pytest

from core import gallery
from core.reading_test.store import Store
from tests.browser.conftest import serving

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")


@pytest.fixture
def class_server(tmp_path):
    """The app with a class's file of its own."""
    file = tmp_path / "class.sqlite"
    with serving(tmp_path / "log.txt", EXPRESSRATE_READINGS=str(file)) as address:
        yield address, file


@pytest.mark.parametrize("width", [1280, 400])
def test_a_visitor_reads_faces_by_keyboard(class_server, page, tmp_path, width):
    from playwright.sync_api import expect

    address, file = class_server
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(f"{address}/read_it_yourself")
    page.get_by_text("I agree that my answers").click()
    page.get_by_role("button", name="Begin").click()
    face = page.get_by_alt_text("A face: which expression?")
    face.wait_for()
    box = face.bounding_box()
    assert abs(box["width"] - 320) < 2 and box["x"] >= 0 and box["x"] + box["width"] <= width
    total = int(page.get_by_text("Face 1 of").inner_text().split()[-1])
    for number in range(1, total + 1):
        page.get_by_text(f"Face {number} of {total}").wait_for()
        if number == 5:  # a pause hides the face, and keys answer nothing
            page.keyboard.press("p")
            page.get_by_text("the face is hidden").wait_for()
            page.keyboard.press("1")
            page.get_by_role("button", name="Go on").click()
            face.wait_for()
            expect(page.get_by_role("button", name="Angry")).to_be_enabled(timeout=60_000)
        page.keyboard.press(str(number % 7 + 1))
    page.get_by_text("What you read").wait_for()
    page.get_by_text("95% interval", exact=True).first.wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="My answers (JSON)").click()
    made = tmp_path / "mine.json"
    saved.value.save_as(made)
    answers = json.loads(made.read_text())["answers"]
    assert [answer["trial"] for answer in answers] == list(range(total))
    assert [answer["answer"] for answer in answers] == [n % 7 for n in range(1, total + 1)]
    page.get_by_text("1 person has answered").wait_for()
    assert Store(file).count() == (1, total)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 1
