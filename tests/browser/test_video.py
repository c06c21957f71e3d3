"""The journey of somebody with a video: given, measured, looked into, taken away, still there later."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core import checkpoints
from tests.browser.conftest import WORKING, at_rest
from tests.core.face.film import film
from tests.core.face.openface_back import from_openface
from tests.paths import finder_is_installed

GALLERY = checkpoints.folder() / "gallery"
pytestmark = pytest.mark.skipif(
    not finder_is_installed() or not (GALLERY / "render-first-happy.png").is_file(),
    reason="wants the face finder and the gallery",
)


@pytest.fixture
def clip(tmp_path):
    """A rendered person, calm for 6 frames and happy for 6."""
    calm, happy = (
        np.asarray(
            Image.open(GALLERY / f"render-first-{name}.png").convert("RGB").resize((256, 256))
        )
        for name in ("neutral", "happy")
    )
    return film(tmp_path / "visit.mp4", [calm] * 6 + [happy] * 6)


def test_a_video_is_given_measured_seen_and_taken_away(server, page, clip):
    page.goto(f"{server}/video")
    page.get_by_role("button", name="Measure sample.mp4").wait_for()
    page.get_by_role("radio", name="My video").click()
    uploader = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    uploader.set_input_files(clip)
    go = page.get_by_role("button", name="Measure visit.mp4")
    go.wait_for()
    at_rest(page)  # else a redraw eats the click
    go.click()
    page.get_by_role("heading", name="Take it away").wait_for(timeout=WORKING)
    page.get_by_text("visit.mp4").first.wait_for()
    at_rest(page)

    cursor = page.get_by_role("slider", name="Frame")
    cursor.press("End")
    page.get_by_text("Frame 11 at 0.44 s").wait_for()
    page.get_by_role("tab", name="States").click()
    page.get_by_text("State 2").first.wait_for()

    with page.expect_download() as coming:
        page.get_by_role("button", name="OpenFace CSV").click()
    table = from_openface(coming.value.path().read_text())
    assert len(table) == 12 and table["success"].all()

    page.get_by_role("link", name="Cohort", exact=True).click()
    page.get_by_role("radio", name="From the Video page").wait_for()
    page.get_by_role("link", name="Video", exact=True).click()
    page.get_by_role("heading", name="Take it away").wait_for()
    page.get_by_text("Frame 11 at 0.44 s").wait_for()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Parquet").click()
    whole = pd.read_parquet(io.BytesIO(coming.value.path().read_bytes()))
    assert np.allclose(whole["time"], table["time"], atol=1e-5)


def give(page, server, clip):
    """A clip of one's own on the page, measured."""
    page.goto(f"{server}/video?video_source=My+video")
    uploader = page.get_by_test_id("stFileUploader").locator("input[type=file]").first
    uploader.set_input_files(clip)
    go = page.get_by_role("button", name=f"Measure {clip.name}")
    go.wait_for()
    at_rest(page)
    go.click()
    page.get_by_role("heading", name="Take it away").wait_for(timeout=WORKING)


def test_an_event_and_a_stretch_left_out_are_in_what_is_taken_away(server, page, clip):
    give(page, server, clip)
    page.get_by_text("Mark events, leave stretches out").click()
    page.get_by_role("textbox", name="Event").fill("task")
    page.get_by_role("textbox", name="Event").press("Enter")
    page.get_by_role("button", name="Mark 0.00 s").click()
    page.get_by_text("Marked: 1 events, 0 stretches left out").wait_for()
    cursor = page.get_by_role("slider", name="Frame")
    cursor.press("End")
    page.get_by_role("button", name="Leave out from 0.44 s").click()
    page.get_by_role("button", name="… from 0.44 to 0.44 s").wait_for()
    for _ in range(3):
        cursor.press("ArrowLeft")
    page.get_by_role("button", name="… from 0.44 to 0.32 s").click()
    page.get_by_text("4 frames are left out").wait_for()
    at_rest(page)  # the buttons are drawn last
    with page.expect_download() as coming:
        page.get_by_role("button", name="OpenFace CSV").click()
    table = from_openface(coming.value.path().read_text())
    assert table["excluded"].sum() == 4 and table["success"].sum() == 8
    assert set(table["event"]) == {"task"}


def test_a_clip_is_recorded_from_the_camera(server, page):
    page.goto(f"{server}/video?video_source=Webcam")
    page.get_by_role("button", name="Record").click()
    page.get_by_text("Recording,").wait_for()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Stop and take it").click()
    page.get_by_role("button", name="Measure webcam").wait_for()
    page.get_by_text("640 × 480 pixels").wait_for()
