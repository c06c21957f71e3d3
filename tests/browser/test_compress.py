"""The main journey: a face, its quality, the file taken away and brought back."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core import gallery
from core.codec.file_format import inspect
from tests.browser.conftest import WORKING, at_rest
from tests.paths import finder_is_installed

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


DROP = """async ([bytes, event]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "mine.png", { type: "image/png" }));
  const how = { dataTransfer: carried, bubbles: true, composed: true, cancelable: true };
  document.querySelector("h1").dispatchEvent(new DragEvent(event, how));
}"""


def test_a_picture_is_dropped_anywhere(server, page):
    page.goto(f"{server}/compress")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)  # the listener is drawn last
    picture = list((gallery.folder() / gallery.faces()[3].file).read_bytes())
    page.evaluate(DROP, [picture, "dragover"])
    page.get_by_text("Drop the picture anywhere.").wait_for()
    page.evaluate(DROP, [picture, "drop"])
    page.locator("canvas[aria-label^='mine.png']").wait_for()
    expect(page.get_by_text("Drop the picture anywhere.")).to_be_hidden()
    expect(page).to_have_url(re.compile("source=Upload"))


def factor(page) -> int:
    """How far the picture is zoomed, in percent."""
    return int(page.locator(".factor").inner_text().rstrip("%"))


def test_two_fingers_and_the_wheel_zoom_the_picture(server, page):
    page.goto(f"{server}/compress")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    box = page.locator(".stage canvas").bounding_box()
    y, middle = box["y"] + 0.3 * box["height"], box["x"] + 0.3 * box["width"]

    def touch(kind: str, apart: float) -> None:
        ends = [] if kind == "touchEnd" else [middle - apart / 2, middle + apart / 2]
        fingers = [{"x": x, "y": y, "id": number} for number, x in enumerate(ends)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    touch("touchStart", 40)
    for apart in (60, 90, 120):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    expect(page.locator(".factor")).not_to_have_text("100%")
    pinched = factor(page)
    assert 150 < pinched < 400  # fingers three times as far apart
    page.mouse.move(middle, y)
    page.keyboard.down("Control")  # as touch pads tell of a pinch
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(page.locator(".factor")).not_to_have_text(f"{pinched}%")
    assert factor(page) > pinched
    assert page.evaluate("visualViewport.scale") == 1  # the picture alone, not the page


@pytest.fixture
def two_faces(tmp_path):
    """One picture of two people, the second smaller."""
    left, right = (
        Image.open(gallery.folder() / f"{name}.png").convert("RGB")
        for name in ("women-older-happy", "men-young-neutral")
    )
    sheet = np.full((left.height, left.width + right.width, 3), 225, np.uint8)
    sheet[:, : left.width] = np.asarray(left)
    small = right.resize((right.width * 3 // 4, right.height * 3 // 4))
    sheet[: small.height, left.width : left.width + small.width] = np.asarray(small)
    Image.fromarray(sheet).save(tmp_path / "two.png")
    return tmp_path / "two.png"


@pytest.mark.skipif(not finder_is_installed(), reason="the face landmarker is not installed")
def test_faces_are_numbered_on_the_picture_and_chosen_by_a_click(server, page, two_faces):
    page.goto(f"{server}/compress?source=Upload")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(two_faces)
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    faces = page.locator(".faces [role=radio]")
    expect(faces).to_have_text(["1", "2"])
    expect(faces.first).to_have_attribute("aria-checked", "true")
    canvas = page.locator(".stage canvas")
    before = canvas.evaluate("(canvas) => canvas.toDataURL()")
    faces.last.click()
    expect(page.locator(".faces [role=radio]").last).to_have_attribute("aria-checked", "true")
    changed = "([canvas, before]) => canvas.toDataURL() !== before"
    page.wait_for_function(changed, arg=[canvas.element_handle(), before])
    expect(page).to_have_url(re.compile(r"pick=Face(\+|%20)2"))


def test_a_small_laptop_shows_picture_quality_bytes_and_reading_at_once(server, page):
    page.set_viewport_size({"width": 1366, "height": 650})
    page.goto(f"{server}/compress")
    page.locator(".side.right .ribbon i").first.wait_for()
    at_rest(page)
    parts = {
        "picture": page.locator(".stage canvas"),
        "quality": page.get_by_role("slider", name="Quality", exact=True),
        "bytes": page.locator(".viewer .file"),
        "reading": page.locator(".verdict"),
        "probabilities": page.locator(".bars"),
    }
    for name, part in parts.items():
        box = part.bounding_box()
        assert box["width"] > 10 and box["height"] > 10, name
        assert box["y"] >= 0 and box["y"] + box["height"] <= 650, (name, box)
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1366, (name, box)
    assert parts["picture"].bounding_box()["height"] >= 240
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_a_text_file_named_png_is_refused_and_the_page_goes_on(server, page, tmp_path):
    file = tmp_path / "face.png"
    file.write_text("not a picture")
    page.goto(f"{server}/compress?source=Upload")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_text("is not a picture that can be read").wait_for()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("radio", name="Gallery").click()
    page.locator(".side.right .ribbon i").first.wait_for()
