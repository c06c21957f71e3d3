"""Ways to aim, compared on a few drawn faces: who was looked at is marked, and the file is read again."""

import numpy as np
import pytest

from core.codec.aimed import Aim
from core.errors import InputError
from core.evaluation.__main__ import main
from core.evaluation.measuring.aim_variants import (
    VARIANTS,
    Variant,
    measure_variants,
    read_variants,
    variants_path,
    write_variants,
)
from core.evaluation.measuring.pictures import Pictures
from core.expressions import EXPRESSIONS
from tests.pages.tiny import make_tiny


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
        rng.integers(0, 255, (8, 8), dtype=np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(4)
    )
    names = tuple(f"{i}.png" for i in range(4))
    return Pictures("fer2013", "val", names, names, EXPRESSIONS[:4], grey)


def test_variants_are_compared_on_the_same_faces_and_read_back(faces):
    assert read_variants() is None
    ways = (
        Variant("plain", Aim(steps=0)),
        Variant("all of it", Aim(steps=2, views=True, hidden=0.3, z=True, annealed=True)),
    )
    table = measure_variants(faces, 51, ways)
    assert table["variant"].tolist() == ["plain", "all of it"] and table["looked_at"].all()
    plain = table.iloc[0]
    assert plain["points"] == plain["low"] == plain["high"] == 0
    assert plain["bytes_plain"] == plain["bytes_aimed"] and plain["faces"] == 4
    write_variants(table, faces, 51, "the command")
    document = read_variants()
    assert document["command"] == "the command" and len(document["rows"]) == 2
    variants_path().write_text("{}")
    with pytest.raises(InputError, match="not a table of aims"):
        read_variants()


def test_ways_are_named_by_number(home, capsys):
    assert main(["aim", "--vary", "99", "--data", str(home)]) == 2
    assert f"0 ({VARIANTS[0].what})" in capsys.readouterr().err
