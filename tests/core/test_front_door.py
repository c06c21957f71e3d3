"""ExpressRate as a library: five names, imported when they are used."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import core
from core.expressions import EXPRESSIONS
from tests.paths import ROOT, finder_is_installed

FACE = ROOT / "checkpoints" / "gallery" / "asian-happy.png"


def test_importing_it_imports_nothing_heavy():
    heavy = "torch numpy pandas scipy compressai streamlit plotly numba sklearn"
    code = f"import core, sys; print([m for m in {heavy.split()} if m in sys.modules], core.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["[]", core.__version__]


def test_all_names_are_there_and_no_other():
    for name in core.__all__:
        assert callable(getattr(core, name))
        assert name in dir(core)
    with pytest.raises(AttributeError, match="no attribute 'sell'"):
        _ = core.sell


def test_a_face_is_stored_read_and_given_back():
    codec = core.load_codec("baseline")
    picture = np.asarray(Image.open(FACE).convert("RGB").resize((64, 64)))
    small, large = codec.encode(picture, quality=0.1), codec.encode(picture, quality=0.9)
    assert isinstance(small, bytes) and len(small) < len(large)
    fitting = codec.encode(picture, target_bpp=0.3)
    assert 8 * len(fitting) / picture[..., 0].size <= 0.3
    again = codec.decode(large)
    assert again.shape == picture.shape and again.dtype == np.uint8
    assert np.abs(again.astype(int) - picture).mean() < 6
    read = core.read_expression(picture)
    assert set(read) == set(EXPRESSIONS) and sum(read.values()) == pytest.approx(1, abs=1e-4)
    assert max(read, key=read.get) == "happy"


def test_a_cohort_is_read_and_compared(tmp_path):
    from core.cohort.synthesis import write_synthetic

    write_synthetic(tmp_path, people=12, effect=3.0, seed=1, seconds=20)
    cohort = core.read_cohort(tmp_path, labels=tmp_path / "labels.csv")
    assert len(cohort.people) == 12
    tests = core.compare(cohort).tests.primary
    p = tests.set_index("unit")["p_adjusted"]
    assert p["AU12"] < 0.05 < p["AU45"]


def test_a_clip_becomes_a_table_with_its_ledger(tmp_path):
    from tests.core.bridge.conftest import blend
    from tests.core.face.film import film

    if not finder_is_installed():
        pytest.skip("the face landmarker is not installed")
    measured = core.measure_video(film(tmp_path / "clip.mp4", [blend(0), blend(1)]))
    assert len(measured.table) == 2 and measured.ledger.measured == 2
