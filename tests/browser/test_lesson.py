"""The lesson done by keyboard: a guess, a task and a note in each of its steps; each step's link alone."""

import re

import pytest
from playwright.sync_api import expect

from core import gallery

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")

STEPS = 6
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def guess(page):
    """Choose the first answer and keep it, by keyboard."""
    page.locator(".options input").first.press("Space")
    page.get_by_role("button", name="Keep this guess").press("Enter")
    expect(page.locator(".reveal")).not_to_be_empty()


def solved(page) -> bool:
    return page.locator(".solved").inner_text().startswith("Solved.")


def press_until_solved(page, element, key, times):
    """Press a key until the task says that it is solved."""
    for _ in range(times):
        if solved(page):
            return
        element.press(key)
        page.evaluate(TWO_FRAMES)  # what a key changes is drawn in the next


def live_is_there(page):
    """The live face has its data: keys before that move nothing."""
    page.locator(".side.right .ribbon i").first.wait_for()


def find_the_change(page):
    live_is_there(page)
    slider = page.get_by_role("slider", name="Quality", exact=True)
    slider.press("End")
    press_until_solved(page, slider, "ArrowLeft", 40)


def set_equal_errors(page):
    live_is_there(page)
    page.get_by_role("radio", name="Decoded", exact=True).press("ArrowRight")
    expect(page.get_by_role("radio", name="Error", exact=True)).to_be_checked()
    left = page.get_by_role("slider", name="Quality of the left side")
    right = page.get_by_role("slider", name="Quality", exact=True)
    left.press("Home")
    right.press("Home")
    for _ in range(24):
        press_until_solved(page, right, "ArrowRight", 34)
        if solved(page):
            return
        left.press("ArrowRight")
        right.press("Home")


def find_the_cell(page):
    cells = page.locator(".cells button")
    cells.first.wait_for()
    for place in range(cells.count()):
        cells.nth(place).press("Enter")
        page.evaluate(TWO_FRAMES)
        if solved(page):
            return


def find_weights(page):
    gamma = page.get_by_role("slider", name="γ, of cross-entropy")
    beta = page.get_by_role("slider", name="β, of squared error")
    gamma.press("End")
    for _ in range(12):
        beta.press("Home")
        press_until_solved(page, beta, "PageUp", 12)
        if solved(page):
            return
        gamma.press("PageDown")
    beta.press("Home")
    gamma.press("End")
    press_until_solved(page, beta, "ArrowRight", 200)


def choose_the_pair(page):
    start = page.get_by_role("radiogroup", name="From")
    end = page.get_by_role("radiogroup", name="To", exact=True)
    press_until_solved(page, start.locator("[aria-checked=true]"), "ArrowRight", 2)
    press_until_solved(page, end.locator("[aria-checked=true]"), "ArrowRight", 2)


def name_the_faces(page):
    for number in range(1, 9):
        page.get_by_text(f"Face {number} of 8").wait_for()
        page.get_by_role("group", name="What the face shows").get_by_role("button").first.press(
            "Enter"
        )


TASKS = (
    find_the_change, set_equal_errors, find_the_cell, find_weights, choose_the_pair, name_the_faces,
)  # fmt: skip


@pytest.mark.slow
def test_the_whole_lesson_is_done_by_keyboard_without_leaving_it(server, page):
    page.goto(f"{server}/lesson")
    for number, task in enumerate(TASKS, 1):
        page.get_by_role("heading", name=re.compile(f"^{number} of {STEPS}:")).wait_for()
        assert not page.locator(".after").is_visible()  # nothing is told before the guess
        guess(page)
        task(page)
        expect(page.locator(".solved")).to_contain_text("Solved.")
        page.get_by_text("Teacher's note").press("Enter")
        expect(page.locator(".teacher p")).to_be_visible()
        if number < STEPS:
            page.get_by_role("button", name="Next step").press("Enter")
            page.wait_for_url(re.compile(f"step={number + 1}"))
    expect(page.locator(".way .done")).to_have_count(STEPS)
    page.wait_for_url(re.compile("done=123456"))
    assert "/lesson" in page.url
    page.reload()
    expect(page.locator(".way .done")).to_have_count(STEPS)


def test_each_step_has_a_link_that_opens_it_alone(server, page):
    for number in range(1, STEPS + 1):
        page.goto(f"{server}/lesson?step={number}")
        page.get_by_role("heading", name=re.compile(f"^{number} of {STEPS}:")).wait_for()
        assert (
            page.get_by_role("link", name="Link to this step").get_attribute("href")
            == f"?step={number}"
        )
        assert not page.get_by_text("could be restored").count()
