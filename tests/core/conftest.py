"""Fixtures of core's tests: drawn faces, photographs, the gallery, the landmarker."""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from core import checkpoints
from core.data.faces import Faces
from core.face import bundle
from tests.core.drawn_faces import drawn_faces
from tests.paths import DATA, finder_is_installed


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """What a command sets for its own process does not reach the next test."""
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def faces() -> Faces:
    return drawn_faces()


@pytest.fixture
def photograph_folder(tmp_path):
    folder = tmp_path / "london"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for person in (1, 2, 105, 130):
        coarse = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((300, 360)).save(folder / f"{person:03d}_neutral.jpg")
    return folder


def _gallery() -> Path:
    return checkpoints.folder() / "gallery"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data sets."""
    if not DATA.is_dir():
        pytest.skip(f"no data sets at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def landmarker():
    """The face landmarker, loaded once."""
    if not finder_is_installed():
        pytest.skip(f"the face landmarker is not installed ({bundle.INSTALL})")
    from core.face.landmarks import Landmarker

    return Landmarker()


@pytest.fixture(scope="session")
def listed() -> list[dict]:
    """The lines of gallery.json."""
    return json.loads((_gallery() / "gallery.json").read_text())


@pytest.fixture(scope="session")
def portrait(listed):
    """Pictures of the gallery by file name, uint8 (384, 384, 3)."""
    return {
        line["file"]: np.asarray(Image.open(_gallery() / line["file"]).convert("RGB"))
        for line in listed
    }


@pytest.fixture(scope="session")
def small(portrait):
    """A smiling and a calm face, 192x192, and a frame without one."""
    half = {
        name: np.asarray(Image.fromarray(picture).resize((192, 192)))
        for name, picture in portrait.items()
    }
    empty = np.full((192, 192, 3), 225, np.uint8)
    return half["women-fair-happy.png"], half["women-fair-neutral.png"], empty


@pytest.fixture(scope="session")
def portrait_of_a_man(portrait):
    """A calm face, uint8 (384, 384, 3)."""
    return portrait["men-dark-neutral.png"]
