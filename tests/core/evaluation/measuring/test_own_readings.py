"""A user's own classifier on the shipped faces: curves of its own, or one sentence."""

import json

import pytest

from core.errors import InputError
from core.evaluation.measuring import run as running
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.own_readings import read_gallery
from core.evaluation.measuring.pictures import gallery
from core.evaluation.results.curves import originals, points
from tests.core.recognition.test_own import DESCRIBED, tiny
from tests.pages.tiny import make_tiny


def silent(*_):
    """No progress."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Tiny checkpoints with a gallery, and its tables."""
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(make_tiny(tmp_path / "checkpoints")))
    running.run(cases(["original", "baseline", "jpeg"]), [gallery()], points=3, workers=1)
    return tmp_path


def test_it_has_curves_and_leaves_nothing(home):
    before = sorted((home / "state").rglob("*"))
    steps = []
    rows = read_gallery(
        tiny()[0], json.dumps(DESCRIBED).encode(), "mine", points=2,
        progress=lambda done, total, text: steps.append(done / total),
    )  # fmt: skip
    assert set(rows["method"].astype(str)) == {"original", "baseline", "jpeg"}
    judge = rows["classifier"].iloc[0]
    assert judge.startswith("own-") and 0 <= originals(rows, judge) <= 1
    curves = points(rows, "accuracy", resamples=5)
    assert curves.groupby("method", observed=True).size().to_dict() == {"baseline": 2, "jpeg": 2}
    assert steps == sorted(steps) and steps[-1] == 1
    assert sorted((home / "state").rglob("*")) == before


@pytest.mark.parametrize(
    ("described", "asked", "said"),
    [
        ({"classes": ["angry"]}, {}, "names happy 0 times"),
        ({"size": 20}, {}, "takes input of shape"),
        ({}, {"domain": "mine.ops", "kind": "Special"}, "operators of its own"),
    ],
)
def test_what_does_not_fit_is_one_sentence(home, described, asked, said):
    text = json.dumps({**DESCRIBED, **described}).encode()
    with pytest.raises(InputError, match=said) as caught:
        read_gallery(tiny(**asked)[0], text, "mine", progress=silent)
    assert "\n" not in str(caught.value)
