"""A researcher's journey: the sample clip through one codec, its frames and timelines in step."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from core import gallery
from core.face import bundle
from tests.browser.conftest import at_rest

pytestmark = [
    pytest.mark.skipif(
        not (gallery.folder() / "sample.mp4").is_file(), reason="no sample clip in this checkout"
    ),
    pytest.mark.skipif(not bundle.is_installed(), reason="the face landmarker is not installed"),
]


def test_the_sample_clip_goes_through_a_codec_and_is_seen_in_step(server, page, tmp_path):
    question = quote("What do codecs do to this face?")
    link = f"bridge_question={question}&bridge_codecs=JPEG&bridge_steps=2"
    link += "&bridge_every=24&bridge_frames=4&bridge_side=64"
    page.goto(f"{server}/bridge?{link}")
    page.get_by_role("button", name="Code and measure").click()
    page.get_by_text("The lowest rate that keeps the action units").wait_for()
    page.get_by_alt_text("The original face").wait_for()
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
    page.get_by_text("1 searches").wait_for()
    page.get_by_role("button", name="Find the cheapest setting").click()
    page.get_by_text("ffmpeg -i IN.mp4").first.wait_for()
    page.get_by_role("button", name="Report as HTML").wait_for()
    at_rest(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.get_by_test_id("stCode").first
    code.hover()
    code.get_by_role("button").first.click()
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).startsWith('ffmpeg -i IN.mp4')"
    )
