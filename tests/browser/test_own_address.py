"""What a person set is in the address: after clicks at random it opens the same view again."""

import random

import pytest

from core import gallery

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")

SEED = 20
CLICKS = 6
SET = """() => {
  const keyOf = (one) => one.closest("[class*=st-key-]").className.match(/st-key-([\\w-]+)/)[1];
  return Object.fromEntries(
  [...document.querySelectorAll("[data-testid=stMain] :is([role=radio], [role=switch], [role=slider], "
    + "input[type=checkbox], input[type=number])")]
    .filter((one) => one.closest("[class*=st-key-]"))
    .map((one, place) => [
      `${keyOf(one)} ${place} ${one.textContent}`,
      one.getAttribute("aria-checked") ?? one.getAttribute("aria-valuetext")
        ?? one.getAttribute("aria-valuenow") ?? (one.type === "checkbox" ? one.checked : one.value),
    ]));
}"""
"""Every control of a page with its state."""


def at_rest(window) -> None:
    """Wait for the page to have run."""
    window.get_by_text("ExpressRate is a research tool").wait_for()
    window.locator("[data-test-script-state=notRunning]").wait_for()
    window.wait_for_timeout(800)  # the component tells the server a moment after the last change


@pytest.mark.slow
@pytest.mark.parametrize("name", ["curves", "loss_weights", "bridge"])
def test_a_page_opens_again_from_its_own_address(tuned_server, browser, page, name):
    chance = random.Random(SEED)
    page.goto(f"{tuned_server}/{name}")
    at_rest(page)
    for _ in range(CLICKS):
        offered = page.locator("[data-testid=stMain] :is([role=radio], [role=slider]):visible")
        one = offered.nth(chance.randrange(offered.count()))
        if one.get_attribute("role") == "slider":
            one.press(chance.choice(["ArrowRight", "ArrowLeft", "Home", "End"]))
        else:
            one.click()
        at_rest(page)
    before = page.evaluate(SET)
    again = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    again.set_default_timeout(120_000)
    again.goto(page.url)
    at_rest(again)
    assert len(before) > 3
    assert again.get_by_text("could be restored").count() == 0, page.url
    assert again.evaluate(SET) == before, page.url
    again.context.close()


def state(window) -> str:
    """What the workbench shows, in words."""
    shown = window.locator(".factor, .tag.after, .side output").all_inner_texts()
    return " ".join([window.locator("canvas").get_attribute("aria-label"), *shown])


def test_the_workbench_opens_again_from_its_own_address(server, browser, page):
    page.goto(f"{server}/compress?left=WebP")
    page.locator(".side.left .ribbon i").first.wait_for()
    page.get_by_label("Equal bytes").uncheck()
    page.get_by_role("slider", name="Quality of the left side").press("Home")
    page.get_by_role("slider", name="Quality", exact=True).press("End")
    page.get_by_role("radio", name="Bits").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("slider", name="Line between left and right").press("ArrowRight")
    at_rest(page)
    before = state(page)
    again = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    again.set_default_timeout(120_000)
    again.goto(page.url)
    again.locator(".side.left .ribbon i").first.wait_for()
    at_rest(again)
    assert state(again) == before, page.url
    assert "255" in before and "Bits" not in before and "bits" in before
    again.context.close()
