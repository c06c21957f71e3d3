"""A reviewer's journey: the claims, then rows of the gallery done again before their eyes."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from core import gallery
from core.evaluation.measuring.table import read_results
from tests.browser.conftest import WORKING, at_rest

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")


def test_a_reviewer_reads_the_claims_and_does_rows_again(server, page):
    page.goto(f"{server}/verify?verify_images=1")
    page.get_by_text("are what their cards and sidecars say").wait_for()
    page.get_by_text("maintains high accuracy on both compressed").wait_for()
    page.get_by_text("not testable here").first.wait_for()
    if read_results().empty:
        page.get_by_text("There are no results yet").wait_for()
        return
    at_rest(page)
    page.get_by_role("button", name="Recompute", exact=True).click()
    page.get_by_text("rows come out the same").wait_for(timeout=WORKING)
    expect(page).to_have_url(re.compile("verify_images=1"))


def test_settings_are_saved_and_loaded_and_a_wrong_link_says_so(server, page, tmp_path):
    question = "What do codecs do to this face?"
    page.goto(f"{server}/bridge?bridge_question={quote(question)}&bridge_steps=3&colour=red")
    page.get_by_text("is no setting of this view").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Understood").click()
    page.get_by_text("is no setting of this view").wait_for(state="detached")
    at_rest(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save settings").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    made = json.loads(file.read_text())
    assert (made["app"], made["page"]) == ("ExpressRate", "bridge")
    assert made["settings"]["bridge_steps"] == ["3"]
    made["settings"] |= {"bridge_steps": ["5"], "bridge_every": ["2"]}
    file.write_text(json.dumps(made))
    page.locator(".settings input[type=file]").set_input_files(file)
    page.wait_for_url("**/bridge?*bridge_steps=5*")
    steps = page.get_by_role("spinbutton", name="Settings of each codec")
    expect(steps).to_have_value("5")
    expect(page).to_have_url(re.compile("bridge_every=2"))
