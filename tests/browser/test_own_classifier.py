"""A visitor's own classifier on Curves: a file that does not fit is one sentence, else it has curves."""

import json

import pytest
from playwright.sync_api import expect

from core.evaluation.measuring import run as running
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import gallery
from tests.browser.conftest import WORKING, at_rest, serving
from tests.core.recognition.test_own import DESCRIBED, tiny
from tests.pages.tiny import make_tiny


@pytest.fixture
def measured_server(tmp_path, monkeypatch):
    """The app over tiny checkpoints whose two pictures were measured."""
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(make_tiny(tmp_path / "checkpoints")))
    running.run(cases(["original", "baseline", "jpeg"]), [gallery()], points=3, workers=1)
    with serving(tmp_path / "log.txt") as address:
        yield address


def give(page, address, network, described):
    """Open Curves anew and give it both files; the button that lets them read."""
    page.goto(f"{address}/curves")
    page.get_by_text("Bring your own classifier").click()
    start = page.get_by_role("button", name="Let it read")
    expect(start).to_be_disabled()
    for label, path in (("ONNX file", network), ("Its JSON", described)):
        at_rest(page)
        uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
        uploader.locator("input[type=file]").set_input_files(path)
        uploader.get_by_text(path.name).wait_for()
    expect(start).to_be_enabled()
    return start


def test_an_onnx_file_has_curves_and_one_that_does_not_fit_is_one_sentence(
    measured_server, page, tmp_path
):
    files = {
        "mine.onnx": tiny()[0],
        "large.json": json.dumps({**DESCRIBED, "size": 20}).encode(),
        "mine.json": json.dumps(DESCRIBED).encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    give(page, measured_server, tmp_path / "mine.onnx", tmp_path / "large.json").click()
    sentence = (
        "mine takes input of shape ['n', 1, 16, 16]; its description says 1 channels of 20 x 20"
    )
    page.get_by_text(f"{sentence} pixels.", exact=True).wait_for(timeout=WORKING)
    give(page, measured_server, tmp_path / "mine.onnx", tmp_path / "mine.json").click()
    page.get_by_text("Read by mine: accuracy on the 2 shipped faces").wait_for(timeout=WORKING)
    page.get_by_text("The points of its curves").wait_for()
