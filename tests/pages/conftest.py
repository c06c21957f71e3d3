"""Pages run against tiny made-up checkpoints, a gallery of two pictures and an empty table."""

import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages.tiny import make_tiny, make_tuned
from tests.paths import ROOT


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory):
    """A folder with an untrained codec and classifier and two pictures without a face."""
    return make_tiny(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def checkpoints_folder(tiny_checkpoints, monkeypatch):
    """The tiny checkpoints, in force for one test."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tiny_checkpoints))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tiny_checkpoints


@pytest.fixture(scope="session")
def tuned_checkpoints(tiny_checkpoints, tmp_path_factory):
    """The tiny checkpoints, tuned ones beside them, and a made-up table of all of them."""
    return make_tuned(tiny_checkpoints, tmp_path_factory.mktemp("tuned") / "checkpoints")


@pytest.fixture
def tuned(tuned_checkpoints, checkpoints_folder, monkeypatch):
    """The tuned checkpoints and their table, in force for one test."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tuned_checkpoints))
    return tuned_checkpoints


@pytest.fixture
def open_page(checkpoints_folder, monkeypatch):
    """Open a page by its file name, with the settings of a link."""
    # A page that runs becomes __main__, which processes started by later tests would run again.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def opened(name: str, **link: str) -> AppTest:
        page = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=120)
        for key, value in link.items():
            page.query_params[key] = value
        return page.run()

    return opened
