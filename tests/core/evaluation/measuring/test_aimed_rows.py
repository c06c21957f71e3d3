"""The aimed encoder measured on a few drawn faces: plain and aimed side by side, resumed, written."""

import numpy as np
import pytest

from core.codec.aimed import Aim
from core.evaluation.__main__ import main
from core.evaluation.measuring import aimed_rows
from core.evaluation.measuring.aimed_rows import Plan, compared, measure_aimed, write_aimed
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.table import read_provenance, read_results
from core.evaluation.results.curves import points
from core.expressions import EXPRESSIONS
from tests.pages.tiny import make_tiny

PLAN = Plan(Aim(steps=2), quality_indices=(0, 128))
FACES = 5


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(make_tiny(tmp_path / "checkpoints")))
    return tmp_path


@pytest.fixture
def faces() -> Pictures:
    rng = np.random.default_rng(0)
    grey = tuple(
        rng.integers(0, 255, (8, 8), dtype=np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(FACES)
    )
    names = tuple(f"{i}.png" for i in range(FACES))
    labels = tuple(EXPRESSIONS[i] for i in range(FACES))
    return Pictures("fer2013", "test", names, names, labels, grey)


def test_rows_are_written_and_make_a_curve(home, faces):
    rows, readings = measure_aimed(PLAN, faces)
    path = write_aimed(PLAN, [(faces, rows, readings)], folder=home / "results", command="here")
    found = read_results(home / "results")
    assert len(found) == 2 * FACES and set(found["method"].astype(str)) == {"aimed"}
    assert (found["gamma"] == PLAN.aim.gamma).all() and (found["classifier"] == "base").all()
    assert len(points(found, resamples=5)) == 2
    notes = read_provenance(path).notes
    assert notes["aim"]["steps"] == 2 and notes["aimed_at"] == ["base"]


def test_plain_and_aimed_are_compared_on_the_same_faces(faces):
    rows, readings = measure_aimed(PLAN, faces)
    table = compared(readings)
    assert list(table["quality_index"]) == [0, 128] and set(table["reader"]) == {"base"}
    assert (table["faces"] == FACES).all()
    plain = rows[rows["plain"] & (rows["quality_index"] == 128)]
    assert table["bytes_plain"].iloc[1] == pytest.approx(plain["file_bytes"].mean())


def test_what_was_measured_is_not_measured_again(faces, monkeypatch):
    first, _ = measure_aimed(PLAN, faces)

    def never(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(aimed_rows, "_measure", never)
    second, _ = measure_aimed(PLAN, faces)
    assert (first["file_bytes"] == second["file_bytes"]).all()
    with pytest.raises(AssertionError, match="measured again"):
        measure_aimed(Plan(Aim(steps=3), quality_indices=(0,)), faces)


def test_one_picture_becomes_a_file_that_decodes(home, capsys):
    from core.codec.file_format import decode
    from core.codec.loading import load_codec

    source = home / "checkpoints" / "gallery" / "one.png"
    target = home / "face.xpr"
    assert main(["aim", str(source), str(target), "--steps", "2", "--quality", "0.3"]) == 0
    codec, card = load_codec("baseline")
    assert decode(codec, card.fingerprint, target.read_bytes()).ndim == 3
    assert main(["aim", str(source)]) == 2
    assert "Name the .xpr file" in capsys.readouterr().err
    assert main(["aim", str(source), str(target), "--at", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
