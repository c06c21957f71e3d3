"""A researcher's journey: the sample clip through one codec, its frames and timelines in step."""

import json
import re
import shlex
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core import gallery
from core.bridge.recordings import Recording, store_recording
from tests.browser.conftest import WORKING, at_rest
from tests.core.face.film import film
from tests.paths import finder_is_installed

pytestmark = [
    pytest.mark.skipif(
        not (gallery.folder() / "sample.mp4").is_file(), reason="no sample clip in this checkout"
    ),
    pytest.mark.skipif(not finder_is_installed(), reason="the face landmarker is not installed"),
]


def test_the_sample_clip_goes_through_a_codec_and_is_seen_in_step(server, page, tmp_path):
    question = quote("What do codecs do to this face?")
    link = f"bridge_question={question}&bridge_codecs=JPEG&bridge_steps=2"
    link += "&bridge_every=24&bridge_frames=4&bridge_side=64"
    page.goto(f"{server}/bridge?{link}")
    page.get_by_role("button", name="Code and measure").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Code and measure").click()
    page.get_by_alt_text("The original face").wait_for(timeout=WORKING)
    at_rest(page)
    shown = page.get_by_alt_text("The face that was coded")
    before = shown.get_attribute("src")
    page.get_by_role("slider", name="Frame").press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('img[alt=\"The face that was coded\"]')?.src !== before",
        arg=before,
    )
    expect(page).to_have_url(re.compile("bridge_frame="))
    at_rest(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Everything as JSON").click()
    file = tmp_path / "bridge.json"
    coming.value.save_as(file)
    made = json.loads(file.read_text())
    assert {row["name"] for row in made["drift"]} == {"original", "jpeg"}
    assert made["clips"][0]["file"] == "sample.mp4"


def test_the_sample_clip_gets_an_advice_whose_command_can_be_copied(server, page):
    link = (
        "advice_units=AU12+lip+corner+puller&advice_codecs=H.264&advice_heights=240&advice_rates=5"
    )
    page.goto(f"{server}/bridge?{link}")
    page.get_by_text("1 search,").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Find the cheapest setting").click()
    page.get_by_role("button", name="Report as HTML").wait_for(timeout=WORKING)
    at_rest(page)
    assert copied_command(page).startswith("ffmpeg -i IN.mp4")


def copied_command(page) -> str:
    """The ffmpeg line, copied by its button and read back from the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.get_by_test_id("stCode").filter(has_text="ffmpeg -i IN.mp4").first
    code.hover()
    code.get_by_role("button").first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('ffmpeg'))")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def own_clip(tmp_path):
    """A rendered person who smiles and is calm again, 16 frames of 256 x 256."""
    calm, happy = (
        np.asarray(
            Image.open(gallery.folder() / f"render-first-{name}.png")
            .convert("RGB")
            .resize((256, 256)),
            float,
        )
        for name in ("neutral", "happy")
    )
    shares = np.sin(np.linspace(0, np.pi, 16)) ** 2
    pictures = [(calm + share * (happy - calm)).astype(np.uint8) for share in shares]
    return film(tmp_path / "mine.mp4", pictures)


def test_a_clip_of_ones_own_goes_from_upload_to_the_copied_command(
    server, page, own_clip, tmp_path
):
    """The command that was copied, run on the clip, stores it in the bytes that were told."""
    link = "video_source=My+video&advice_units=AU12+lip+corner+puller&advice_codecs=H.264"
    page.goto(f"{server}/bridge?{link}&advice_heights=face+60+px&advice_rates=1&advice_change=1.0")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").first.set_input_files(
        own_clip
    )
    page.get_by_text("256 × 256 pixels").wait_for()
    page.get_by_text("1 search,").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Find the cheapest setting").click()
    page.get_by_role("button", name="Advice as JSON").wait_for()
    page.get_by_text("the face 60 pixels wide").first.wait_for()
    at_rest(page)
    words = shlex.split(copied_command(page))
    lines = int(words[words.index("-vf") + 1].removeprefix("scale=-2:"))
    quality = int(words[words.index("-crf") + 1])
    at_rest(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Advice as JSON").click()
    document = json.loads(coming.value.path().read_text())
    assert document["clips"][0]["file"] == "mine.mp4" and document["clips"][0]["height"] == 256
    assert document["advice"]["ffmpeg"] == shlex.join(words)
    out = tmp_path / "out.mp4"
    store_recording(own_clip, Recording("h264", quality, lines), out)
    told = document["advice"]["megabytes_a_minute"] * 1e6 / 60 * 16 / 25
    assert told == pytest.approx(out.stat().st_size)
