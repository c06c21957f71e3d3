"""Checkpoints, a gallery and a table of results that are small, untrained and made up."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.codec.network import VariableRateCodec
from core.evaluation.measuring.table import Provenance, write_results
from core.recognition import ExpressionClassifier
from pages.parts.shared import keeping
from tests.core.evaluation.made_up import made_up_rows

CARD = {"config": {}, "seed": 0, "data": "", "command": "", "version": "test"}
SIZE = {"N": 8, "M": 16}
CLASSIFIER = {"kind": "classifier", "architecture": {"classes": 7}}


def make_tiny(folder: Path) -> Path:
    """An untrained codec and classifier, and two pictures without a face."""
    torch.manual_seed(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        codec = {"id": "baseline", "kind": "codec", "method": "baseline", "classifier": "base"}
        made = checkpoints.Card(**codec, architecture=SIZE, **CARD)
        checkpoints.save(VariableRateCodec(**SIZE), made)
        made = checkpoints.Card(id="base", method="base", **CLASSIFIER, **CARD)
        checkpoints.save(ExpressionClassifier(), made)
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


def make_tuned(tiny: Path, folder: Path) -> Path:
    """A copy of ``tiny`` with tuned codecs and classifiers beside it, and a table of all of them."""
    shutil.copytree(tiny, folder)
    frames = {"original": made_up_rows("original"), "baseline": made_up_rows()}
    frames |= {"control": made_up_rows("control"), "jpeg": made_up_rows("jpeg", scale=1.5)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        made = checkpoints.Card(id="control", method="control", **CLASSIFIER, **CARD)
        checkpoints.save(ExpressionClassifier(), made)
        for number, (method, gamma) in enumerate((("codec", 0.1), ("joint", 0.1), ("joint", 1.0))):
            torch.manual_seed(10 + number)
            id, classifier = f"{method}-g{gamma:g}", "base"
            if method == "joint":
                classifier = f"{id}-classifier"
                made = checkpoints.Card(
                    id=classifier, method=method, gamma=gamma, **CLASSIFIER, **CARD
                )
                checkpoints.save(ExpressionClassifier(), made)
            made = checkpoints.Card(
                id=id, kind="codec", method=method, gamma=gamma, chosen=id == "joint-g0.1",
                classifier=classifier, architecture=SIZE, **CARD,
            )  # fmt: skip
            checkpoints.save(VariableRateCodec(**SIZE), made)
            frames[id] = made_up_rows(method, gamma=gamma, scale=1 - 0.3 * gamma)
        quality_indices = pd.Series((0.0, 64.0, 128.0, 192.0, 255.0))
        for name, rows in frames.items():
            rows = rows.assign(quality_index=rows["quality_index"].map(quality_indices))
            write_results(rows, name, Provenance("test", 0, {}, {}, ""))
    return folder


def kept(page) -> dict:
    """What a page's visit keeps, as :func:`pages.parts.shared.keeping.things` gives it."""
    if "kept_visit" not in page.session_state:
        page.session_state["kept_visit"] = keeping.Visit(None, "")
    return page.session_state["kept_visit"].things
