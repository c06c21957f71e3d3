"""Weights and cards."""

import json

import pytest
import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.errors import InputError
from core.recognition import load_classifier


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    torch.manual_seed(0)
    codec = VariableRateCodec(16, 24)
    card = Card(
        id="small", kind="codec", method="baseline", architecture={"N": 16, "M": 24}, config={},
        seed=0, data="", command="", version="0",
    )  # fmt: skip
    return codec, checkpoints.save(codec, card)


def test_saved_weights_come_back_in_half_precision(small):
    codec, card = small
    loaded, described = load_codec("small")
    assert described == card and len(card.fingerprint) == 64
    for name, tensor in codec.state_dict().items():
        close = torch.allclose(loaded.state_dict()[name], tensor, rtol=1e-3, atol=1e-4)
        assert close, name
    assert not any(p.requires_grad for p in loaded.parameters())


def test_a_flipped_byte_in_the_weights_is_refused(small, tmp_path):
    path = tmp_path / "small.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="not the file that its card describes"):
        load_codec("small")


def test_an_unknown_checkpoint_names_the_known_ones(small):
    with pytest.raises(InputError, match="Known: small"):
        load_codec("other")
    with pytest.raises(InputError, match="no checkpoint"):
        checkpoints.card("../small")


def test_a_codec_is_not_taken_for_a_classifier(small):
    with pytest.raises(InputError, match="is a codec"):
        load_classifier("small")


def test_a_card_of_another_architecture_is_refused(small, tmp_path):
    path = tmp_path / "small.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "kind": "classifier", "architecture": {"classes": 7}}))
    with pytest.raises(InputError, match="does not fit"):
        load_classifier("small")


def test_a_broken_card_is_named(small, tmp_path):
    (tmp_path / "odd.json").write_text("{")
    with pytest.raises(InputError, match=r"odd\.json"):
        checkpoints.cards()
