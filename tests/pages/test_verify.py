"""The Verify page: files checked, claims beside ours, rows done again."""

import re
import shutil

import pytest

from core.evaluation.claims.claim_list import CLAIMS
from core.evaluation.measuring import run as running
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import gallery
from pages.parts.shared.results import COMMAND


@pytest.fixture(scope="module")
def measured(tiny_checkpoints, tmp_path_factory):
    """The tiny checkpoints with the table of their gallery, made once."""
    folder = tmp_path_factory.mktemp("measured") / "checkpoints"
    shutil.copytree(tiny_checkpoints, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        patch.setenv("EXPRESSRATE_STATE", str(tmp_path_factory.mktemp("state")))
        running.run(cases(["original", "baseline"]), [gallery()], points=2, workers=1)
    return folder


@pytest.fixture
def opened(open_page, measured, tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    shutil.copytree(measured, folder)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
    monkeypatch.delenv("EXPRESSRATE_DATA", raising=False)
    return lambda **link: open_page("verify", **link)


def badges(page):
    return [box.value for box in page.markdown if "-badge[" in box.value]


def test_without_a_table_every_claim_says_so(open_page):
    page = open_page("verify")
    assert not page.exception and not page.error
    assert page.code[0].value == COMMAND
    assert any("are what their cards" in box.value for box in page.success)
    told = [badge for badge in badges(page) if not re.search(r"\d+ not ", badge)]
    assert len(told) == len(CLAIMS)
    counted = [int(re.search(r"(\d+) not ", badge)[1]) for badge in set(badges(page)) - set(told)]
    assert sum(counted) == len(CLAIMS)
    assert all("not measured yet" in each or "not testable here" in each for each in told)


def test_rows_are_done_again_and_come_out_the_same(opened):
    page = opened(verify_method="baseline", verify_quality="255")
    assert not page.exception and not page.error
    page.button(key="verify_start").click().run()
    job = page.session_state["verify_job"][1]
    job.wait(120)
    assert job.error is None
    page.run()
    said = [box.value for box in (*page.success, *page.error)]
    assert any("2 of 2 rows come out the same" in each for each in said), (said, job.result)


def test_damaged_weights_are_named_on_opening(opened, tmp_path):
    weights = tmp_path / "checkpoints" / "base.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    page = opened()
    assert not page.exception
    assert "base.safetensors" in page.error[0].value


def test_the_page_says_how_to_get_what_may_not_ship(opened):
    page = opened()
    assert any("fer2013.csv" in caption.value for caption in page.caption)
    for kind in ("selectbox", "number_input", "button", "download_button", "button_group"):
        assert all(widget.proto.help for widget in page.get(kind)), kind
