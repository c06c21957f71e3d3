"""``python -m core.checkpoints adopt``: what is taken over, and what is refused before anything is."""

import json
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch

from core import checkpoints
from core.adoption import adopt, main
from core.checkpoints import Card
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.errors import InputError
from core.recognition import ExpressionClassifier
from tests.paths import ROOT

SIZE = {"N": 8, "M": 12}


def card(id, **changes) -> Card:
    plain = {"kind": "codec", "method": "baseline", "architecture": SIZE, "config": {}, "seed": 0,
             "data": "faces", "command": "", "version": "", "classifier": None}  # fmt: skip
    return Card(id=id, **plain | changes)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A folder as ``training all`` leaves it, and an empty folder of checkpoints here."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "trained"))
    checkpoints.save(VariableRateCodec(**SIZE), card("baseline", classifier="base"))
    classifier = card("base", kind="classifier", method="base", architecture={"classes": 7})
    checkpoints.save(ExpressionClassifier(), classifier)
    (tmp_path / "trained" / "training.json").write_text('{"base": {}}')
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path / "trained"


def rewrite(folder, name, **changes):
    """Another card."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_nets_are_taken_over_with_their_cards_and_once(trained, capsys):
    assert main(["adopt", str(trained)]) == 0
    assert "baseline" in capsys.readouterr().out
    codec, described = load_codec("baseline")
    assert codec.N == 8 and described.classifier == "base"
    assert asdict(described) == json.loads((trained / "baseline.json").read_text())
    assert main(["adopt", str(trained)]) == 0
    assert "already" in capsys.readouterr().out


def test_the_command_is_that_of_the_checkpoints(trained, tmp_path):
    said = subprocess.run(
        [sys.executable, "-m", "core.checkpoints", "adopt", str(tmp_path / "nowhere")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert said.returncode == 2 and said.stderr.startswith("There is no folder")


def test_only_some_nets(trained):
    with pytest.raises(InputError, match="no net called joint"):
        adopt(trained, only=["joint"])
    assert [each.id for each in adopt(trained, only=["base"])] == ["base"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "base.safetensors").write_bytes(b"x"), "SHA-256 differs"),
        (lambda f: (f / "base.safetensors").unlink(), "weights are missing"),
        (lambda f: (f / "base.json").write_text("{}"), "not the card"),
        (lambda f: rewrite(f, "base", kind="action-units"), "only codec and classifier"),
        (lambda f: rewrite(f, "base", id="other"), "is the card of other"),
        (lambda f: rewrite(f, "baseline", classifier="unknown"), "read by unknown"),
        (lambda f: rewrite(f, "baseline", architecture={"N": 8, "M": 16}), "does not fit"),
        (lambda f: rewrite(f, "baseline", architecture={"depth": 3}), "built like that"),
        (lambda f: rewrite(f, "baseline", data="other faces"), "did not see the faces"),
    ],
)
def test_what_is_not_as_its_card_says_is_refused_whole(spoil, said, trained, tmp_path):
    spoil(trained)
    with pytest.raises(InputError, match=said):
        adopt(trained)
    assert not list((tmp_path).glob("checkpoints/*.safetensors"))


def test_weights_that_are_no_numbers_are_refused(trained, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(trained))
    broken = VariableRateCodec(**SIZE)
    with torch.no_grad():
        broken.net.g_a[0].bias[0] = torch.nan
    checkpoints.save(broken, card("baseline", classifier="base"), replace=True)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(trained.parent / "checkpoints"))
    with pytest.raises(InputError, match="no numbers"):
        adopt(trained, only=["baseline"])


def test_nets_that_saw_other_faces_than_those_here_are_adopted_on_request_alone(trained):
    checkpoints.save(VariableRateCodec(**SIZE), card("generic", data="other faces"))
    with pytest.raises(InputError, match="--any-data"):
        adopt(trained)
    assert len(adopt(trained, any_data=True)) == 2


def test_an_id_that_is_taken_is_refused_and_kept_on_replacing(trained):
    earlier = checkpoints.save(
        VariableRateCodec(8, 16), card("baseline", architecture={"N": 8, "M": 16})
    )
    with pytest.raises(InputError, match="--replace"):
        adopt(trained)
    assert checkpoints.card("baseline").fingerprint == earlier.fingerprint
    adopt(trained, replace=True)
    assert checkpoints.with_fingerprint(earlier.fingerprint, "codec").replaced_by == "baseline"
