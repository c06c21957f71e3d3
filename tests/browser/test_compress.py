"""The main journey: a face, its quality, the file taken away and brought back."""

import re

import pytest
from playwright.sync_api import expect

from core import gallery
from core.codec.file_format import inspect
from tests.browser.conftest import WORKING, at_rest

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")


MOVE = """(slider) => [12, 8, 4, 0].map((value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return slider.getRootNode().querySelector(".side.right .bpp").textContent;
})"""
"""Moves the slider without letting it go; between two moves no answer of a server can arrive."""


def test_a_face_is_compressed_taken_away_and_brought_back(server, page, tmp_path):
    sent, elsewhere = [], []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.goto(server)
    page.get_by_text("How few bits").wait_for()
    page.get_by_role("link", name="Compress a face").click()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("radio", name="smiling").first.click()
    page.keyboard.press("Escape")
    page.locator(".side.right .ribbon i").first.wait_for()
    page.get_by_role("button", name="Stored file (.xpr").wait_for()
    at_rest(page)

    slider = page.get_by_role("slider", name="Quality", exact=True)
    asked = len(sent)
    assert len(set(slider.evaluate(MOVE))) == 4
    page.wait_for_timeout(600)
    assert len(sent) == asked

    rate = page.locator(".viewer .bpp")
    before = rate.inner_text()
    slider.press("ArrowRight")
    expect(rate).not_to_have_text(before)

    stored = page.get_by_role("button", name="Stored file (.xpr")
    size = page.locator(".viewer .file").inner_text()
    page.get_by_role("button", name=f"Stored file (.xpr, {size} bytes)").wait_for()
    at_rest(page)
    with page.expect_download() as download:
        stored.click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.stat().st_size == int(size.replace(",", ""))

    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("radio", name="Stored file").click()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("stMetricValue").filter(has_text=f"{size} bytes").wait_for()
    page.get_by_alt_text("The decoded face").wait_for()
    local = (server, server.replace("http", "ws"), "data:", "blob:")
    assert not [address for address in elsewhere if not address.startswith(local)]


def test_the_split_and_the_views_work_by_keyboard(server, page):
    page.goto(f"{server}/compress?quality=40")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    handle = page.get_by_role("slider", name="Line between left and right")
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "52")
    page.get_by_role("radio", name="Decoded").press("ArrowRight")
    expect(page.get_by_role("radio", name="Error")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".picture > .legend").first).to_contain_text("levels of 255")
    factor = page.locator(".factor")
    page.get_by_role("button", name="Zoom in").click()
    expect(factor).to_have_text("200%")
    page.keyboard.press("0")
    expect(factor).to_have_text("100%")
    page.keyboard.press("3")
    assert page.locator(".factor").inner_text() == "300%"
    page.keyboard.press("1")
    page.wait_for_url(re.compile("zoom=0"))
    before = factor.inner_text()
    page.locator(".stage canvas").hover(position={"x": 90, "y": 90})
    page.mouse.wheel(0, -400)
    expect(factor).not_to_have_text(before)
    assert int(factor.inner_text().rstrip("%")) > int(before.rstrip("%"))


PIXELS = """(canvas) => {
  const context = canvas.getContext("2d"), found = new Set();
  const right = context.getImageData(canvas.width * 0.55, 0, canvas.width * 0.45, canvas.height).data;
  let white = 0, black = 0;
  for (let i = 0; i < right.length; i += 4) {
    const [r, g, b] = right.slice(i, i + 3);
    found.add((r << 16) | (g << 8) | b);
    white += r + g + b === 765;
    black += r + g + b === 0;
  }
  const plain = (4 * Math.max(white, black)) / right.length;
  return { colours: found.size, plain, first: [...right.slice(0, 3)] };
}"""
"""Colours of the right side; the share of its pixels that are white or black."""


def test_every_view_paints_what_it_says(server, page):
    page.goto(f"{server}/compress?quality=70")
    canvas = page.locator(".stage canvas")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    seen = {}
    for view in ("Decoded", "Error", "Bits"):
        page.get_by_role("radio", name=view).click()
        expect(page.get_by_role("radio", name=view)).to_have_attribute("aria-checked", "true")
        seen[view] = canvas.evaluate(PIXELS)
        assert seen[view]["colours"] > 20, view
        assert seen[view]["plain"] < 0.05, view
    assert len({tuple(one["first"]) for one in seen.values()}) == 3
    expect(page.locator(".picture > .legend")).to_contain_text("bits a square")


def test_two_codecs_stand_at_equal_bytes_or_each_at_its_own(server, page):
    page.goto(f"{server}/compress?left=JPEG&quality=200")
    left = page.get_by_role("slider", name="Quality of the left side")
    right = page.get_by_role("slider", name="Quality", exact=True)
    size = {side: page.locator(f".side.{side} .numbers b").first for side in ("left", "right")}
    number = lambda side: int(size[side].inner_text().replace(",", ""))  # noqa: E731
    page.locator(".side.left .ribbon i").first.wait_for()
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    right.press("End")
    assert 0.7 * number("right") < number("left") <= number("right")
    left.press("ArrowLeft")
    assert number("right") <= number("left")
    page.get_by_label("Equal bytes").uncheck()
    before = number("right")
    left.press("Home")
    assert number("right") == before
    page.wait_for_url(re.compile("equal_bytes=false"))
    at_rest(page)
    page.goto(page.url)
    page.locator(".side.left .ribbon i").first.wait_for()
    expect(page.get_by_label("Equal bytes")).not_to_be_checked()
    expect(size["right"]).to_have_text(f"{before:,}")


PASTE = """async (bytes) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "mine.png", { type: "image/png" }));
  const how = { clipboardData: carried, bubbles: true, composed: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_the_encoder_looks_at_the_classifier_and_its_file_is_like_any_other(server, page, tmp_path):
    page.goto(f"{server}/compress?quality=40")
    page.locator(".side.right .ribbon i").first.wait_for()
    page.get_by_text("Let the encoder look at the classifier").click()
    page.get_by_role("button", name="Encode at the right side's quality").click()
    page.get_by_text("Baseline at quality 40 of 255.").wait_for(timeout=WORKING)
    page.get_by_alt_text("The face decoded from the file, looked at the classifier").wait_for()
    told = page.get_by_text(re.compile(r"^looked at the classifier: \d+ bytes$")).inner_text()
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="The aimed file (.xpr)").click()
    file = tmp_path / "aimed.xpr"
    download.value.save_as(file)
    assert told == f"looked at the classifier: {file.stat().st_size} bytes"
    assert inspect(file.read_bytes()).quality_index == 40


def test_a_picture_is_pasted_anywhere(server, page):
    page.goto(f"{server}/compress")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)  # the listener is drawn last
    picture = gallery.folder() / gallery.faces()[3].file
    page.evaluate(PASTE, list(picture.read_bytes()))
    page.locator("canvas[aria-label^='mine.png']").wait_for()
    expect(page).to_have_url(re.compile("source=Upload"))


def test_a_text_file_named_png_is_refused_and_the_page_goes_on(server, page, tmp_path):
    file = tmp_path / "face.png"
    file.write_text("not a picture")
    page.goto(f"{server}/compress?source=Upload")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_text("is not a picture that can be read").wait_for()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("radio", name="Gallery").click()
    page.locator(".side.right .ribbon i").first.wait_for()
