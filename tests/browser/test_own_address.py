"""What a person set is in the address: after clicks at random it opens the same view again."""

import random
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core import gallery
from tests.browser.conftest import PATIENCE, at_rest

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


ANSWERED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_owed: dict[object, bool] = {}
"""Window -> whether it asked for a run of the script that has not ended yet."""


def listen(window) -> None:
    """Notice what a window asks of the server, and when that has answered."""

    def sent(frame) -> None:
        if BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            _owed[window] = True

    def received(frame) -> None:
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            _owed[window] = True
        elif kind == "script_finished" and message.script_finished in ANSWERED:
            _owed[window] = False

    def opened(socket) -> None:
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    _owed[window] = True
    window.on("websocket", opened)


def settle(window) -> None:
    """Wait until the page has run with everything that was set."""
    window.get_by_text("ExpressRate is a research tool").wait_for()
    end = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < 8:  # a component tells the server 0.3 s after the last change
        assert time.monotonic() < end, "the page does not come to rest"
        window.wait_for_timeout(100)
        quiet = 0 if _owed[window] else quiet + 1
    at_rest(window)


def opened_again(browser, address: str):
    """The address in a browser of its own."""
    again = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    again.set_default_timeout(PATIENCE * 1000)
    listen(again)
    again.goto(address)
    settle(again)
    return again


@pytest.mark.slow
@pytest.mark.parametrize("name", ["curves", "loss_weights", "bridge"])
def test_a_page_opens_again_from_its_own_address(tuned_server, browser, page, name):
    chance = random.Random(SEED)
    listen(page)
    page.goto(f"{tuned_server}/{name}")
    settle(page)
    for _ in range(CLICKS):
        offered = page.locator("[data-testid=stMain] :is([role=radio], [role=slider]):visible")
        one = offered.nth(chance.randrange(offered.count()))
        if one.get_attribute("role") == "slider":
            one.press(chance.choice(["ArrowRight", "ArrowLeft", "Home", "End"]))
        else:
            one.click()
        settle(page)
    before = page.evaluate(SET)
    again = opened_again(browser, page.url)
    assert len(before) > 3
    assert again.get_by_text("could be restored").count() == 0, page.url
    assert again.evaluate(SET) == before, page.url
    again.context.close()


def state(window) -> str:
    """What the workbench shows, in words."""
    shown = window.locator(".factor, .tag.after, .side output").all_inner_texts()
    return " ".join([window.locator("canvas").get_attribute("aria-label"), *shown])


def test_the_workbench_opens_again_from_its_own_address(server, browser, page):
    listen(page)
    page.goto(f"{server}/compress?left=WebP")
    page.locator(".side.left .ribbon i").first.wait_for()
    settle(page)
    page.get_by_label("Equal bytes").uncheck()
    page.get_by_role("slider", name="Quality of the left side").press("Home")
    page.get_by_role("slider", name="Quality", exact=True).press("End")
    page.get_by_role("radio", name="Bits").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("slider", name="Line between left and right").press("ArrowRight")
    settle(page)
    before = state(page)
    again = opened_again(browser, page.url)
    again.locator(".side.left .ribbon i").first.wait_for()
    assert state(again) == before, page.url
    assert "255" in before and "Bits" not in before and "bits" in before
    again.context.close()
