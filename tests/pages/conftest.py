"""Pages run against tiny made-up checkpoints, a gallery of two pictures and an empty table."""

import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import checkpoints
from core.codec.model import VariableRateCodec
from core.recognition import ExpressionClassifier

ROOT = Path(__file__).resolve().parents[2]
CARD = {"config": {}, "seed": 0, "data": "", "command": "", "version": "test"}


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory):
    """A folder with an untrained codec and classifier and two pictures without a face."""
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        codec = {"id": "baseline", "kind": "codec", "method": "baseline", "classifier": "base"}
        size = {"N": 8, "M": 16}
        checkpoints.save(
            VariableRateCodec(**size), checkpoints.Card(**codec, architecture=size, **CARD)
        )
        base = {"id": "base", "kind": "classifier", "method": "base"}
        checkpoints.save(
            ExpressionClassifier(), checkpoints.Card(**base, architecture={"classes": 7}, **CARD)
        )
    gallery = folder / "gallery"
    gallery.mkdir()
    rng = np.random.default_rng(0)
    entries = []
    for name in ("one", "two"):
        noise = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        noise.resize((90, 80), Image.Resampling.BICUBIC).save(gallery / f"{name}.png")
        entries.append({"file": f"{name}.png", "label": "neutral", "title": f"Cloud {name}"})
    (gallery / "gallery.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture
def checkpoints_folder(tiny_checkpoints, monkeypatch):
    """The tiny checkpoints, in force for one test."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tiny_checkpoints))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tiny_checkpoints


@pytest.fixture
def open_page(checkpoints_folder):
    """Open a page by its file name, with the settings of a link."""

    def opened(name: str, **link: str) -> AppTest:
        page = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=120)
        for key, value in link.items():
            page.query_params[key] = value
        return page.run()

    return opened
