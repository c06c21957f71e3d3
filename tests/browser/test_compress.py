"""The main journey: a face, its quality, the file taken away and brought back."""

import pytest

from pages.parts.shared import gallery

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")


MOVE = """(slider) => [12, 8, 4, 0].map((value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return slider.getRootNode().querySelector(".bpp").textContent;
})"""
"""Moves the slider without letting it go; between two moves no answer of a server can arrive."""


def test_a_face_is_compressed_taken_away_and_brought_back(server, page, tmp_path):
    sent, elsewhere = [], []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.goto(server)
    page.get_by_text("How few bits").wait_for()
    page.get_by_role("link", name="Compress a face").click()
    page.get_by_role("radio", name="smiling").first.click()
    page.locator(".viewer .ribbon i").first.wait_for()
    page.get_by_role("button", name="Stored file (.xpr").wait_for()

    slider = page.get_by_role("slider", name="Quality")
    asked = len(sent)
    assert len(set(slider.evaluate(MOVE))) == 4
    page.wait_for_timeout(600)
    assert len(sent) == asked

    before = page.locator(".viewer .bpp").inner_text()
    slider.press("ArrowRight")
    assert page.locator(".viewer .bpp").inner_text() != before

    stored = page.get_by_role("button", name="Stored file (.xpr")
    size = page.locator(".viewer .file").inner_text()
    page.get_by_role("button", name=f"Stored file (.xpr, {size} bytes)").wait_for()
    with page.expect_download() as download:
        stored.click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.stat().st_size == int(size.replace(",", ""))

    page.get_by_role("radio", name="Stored file").click()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("stMetricValue").filter(has_text=f"{size} bytes").wait_for()
    page.get_by_alt_text("The decoded face").wait_for()
    local = (server, server.replace("http", "ws"), "data:", "blob:")
    assert not [address for address in elsewhere if not address.startswith(local)]


def test_the_split_and_the_views_work_by_keyboard(server, page):
    page.goto(f"{server}/compress?quality=40")
    handle = page.get_by_role("slider", name="Line between original and decoded")
    handle.press("ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "52"
    page.get_by_role("radio", name="Decoded").press("ArrowRight")
    assert page.get_by_role("radio", name="Error").get_attribute("aria-checked") == "true"
    assert "levels of 255" in page.locator(".picture > .legend").first.inner_text()
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator(".factor").inner_text() == "2×"


def test_a_text_file_named_png_is_refused_and_the_page_goes_on(server, page, tmp_path):
    file = tmp_path / "face.png"
    file.write_text("not a picture")
    page.goto(f"{server}/compress?source=Upload")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_text("is not a picture that can be read").wait_for()
    page.get_by_role("radio", name="Gallery").click()
    page.locator(".viewer .bpp").wait_for()
