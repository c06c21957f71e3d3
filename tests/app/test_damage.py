"""One damaged file costs what it holds: every page opens, names the file and the remedy."""

import json
import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages.tiny import make_tiny, make_tuned
from tests.paths import ROOT

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Tiny checkpoints, a gallery and a table, as they should be."""
    home = tmp_path_factory.mktemp("whole")
    (home / "tiny").mkdir()
    return make_tuned(make_tiny(home / "tiny"), home / "checkpoints")


@pytest.fixture
def damaged(whole, tmp_path, monkeypatch):
    """A copy of all of it, to be damaged."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(whole, folder)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    st.cache_data.clear()
    st.cache_resource.clear()
    return folder


def cut(path):
    """Half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def retype(path):
    """A card whose fields are of other types."""
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"gamma": "much", "architecture": 3}))


def empty(path):
    """A document that lacks what it should tell."""
    path.write_text("{}")


def said(name: str) -> str:
    """Everything that a page says when it is opened; none may break."""
    page = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=300)
    if name == "cohort":
        page.query_params["cohort_people"] = "10"
    page.run()
    assert not page.exception, (name, page.exception[0].value, page.exception[0].stack_trace)
    boxes = [*page.error, *page.warning, *page.info, *page.markdown, *page.caption]
    return "\n".join(str(box.value).replace("\\", "") for box in boxes)


DAMAGES = {
    "half a card": ("baseline.json", cut, PAGES),
    "a card of wrong types": ("joint-g1.json", retype, PAGES),
    "a card that is empty": ("control.json", empty, PAGES),
    "half of the weights of a codec": ("baseline.safetensors", cut, ["compress", "loss_weights"]),
    "half of the weights of a classifier": ("base.safetensors", cut, ["compress"]),
    "half a table": ("results/jpeg.parquet", cut, ["home", "curves", "loss_weights", "verify"]),
    "half a sidecar": ("results/jpeg.json", cut, ["home", "curves", "loss_weights", "verify"]),
    "an empty sidecar": ("results/jpeg.json", empty, ["home", "curves", "loss_weights", "verify"]),
    "half a picture of the gallery": ("gallery/one.png", cut, ["compress", "loss_weights"]),
    "half a list of the gallery": ("gallery/gallery.json", cut, ["compress"]),
}
"""What is damaged: the file, how, and the pages that must name it."""


@pytest.mark.slow
@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_file_is_named_with_its_remedy_and_no_page_breaks(damaged, what):
    name, damage, pages = DAMAGES[what]
    damage(damaged / name)
    words = {page: said(page) for page in PAGES}
    file = name.rsplit("/", 1)[-1]
    silent = [page for page in pages if file not in words[page]]
    assert not silent, {page: words[page][:500] for page in silent}
    helpless = [page for page in pages if "git checkout -- checkpoints" not in words[page]]
    assert not helpless, {page: words[page][:500] for page in helpless}


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_without_any_checkpoints_no_page_breaks(damaged, there):
    shutil.rmtree(damaged)
    if there:
        damaged.mkdir()
    words = {page: said(page) for page in PAGES}
    for page in ("compress", "loss_weights", "read_it_yourself", "verify"):
        assert "Restore" in words[page] or "python -m core" in words[page], words[page][:500]
