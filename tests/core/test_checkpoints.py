"""Weights and cards."""

import dataclasses
import json
import math

import numpy as np
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


def other_weights() -> VariableRateCodec:
    torch.manual_seed(7)
    return VariableRateCodec(16, 24)


def test_weights_are_never_overwritten_unless_told(small, tmp_path):
    _, card = small
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match="--replace"):
        checkpoints.save(other_weights(), card)
    with pytest.raises(InputError, match=f"small-{card.fingerprint[:8]}"):
        checkpoints.check_free("small")
    assert sorted(tmp_path.iterdir()) == before
    assert load_codec("small")[1] == card
    checkpoints.check_free("small", replace=True)
    checkpoints.check_free("other")


def test_replaced_weights_are_kept_and_their_files_still_decode(small):
    from core.codec import codec_of, load

    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    _, card = small
    codec = load("small")
    file = codec.encode(picture)
    decoded = codec.decode(file)
    new = checkpoints.save(other_weights(), card, replace=True)
    assert new.fingerprint != card.fingerprint and load("small").card == new
    found = codec_of(file)
    assert found.id == f"small-{card.fingerprint[:8]}" and found.fingerprint == card.fingerprint
    assert found.card.replaced_by == "small"
    assert np.array_equal(found.decode(file), decoded)
    assert [each.id for each in checkpoints.cards("codec")] == ["small"]
    assert len(checkpoints.cards("codec", replaced=True)) == 2


def test_the_same_weights_again_only_renew_the_card(small, tmp_path):
    codec, card = small
    again = checkpoints.save(codec, dataclasses.replace(card, metrics={"psnr": 30.0}))
    assert again.fingerprint == card.fingerprint and checkpoints.card("small") == again
    assert len(list(tmp_path.iterdir())) == 2


def test_weights_without_a_card_are_not_lost_either(small, tmp_path):
    _, card = small
    (tmp_path / "small.json").unlink()
    checkpoints.save(other_weights(), card, replace=True)
    kept = tmp_path / f"small-{card.fingerprint[:8]}.safetensors"
    assert checkpoints.fingerprint(kept) == card.fingerprint


@pytest.mark.parametrize("id", ["", "../small", "a/b"])
def test_an_id_that_is_no_name_is_refused(small, id):
    with pytest.raises(InputError, match="no id"):
        checkpoints.check_free(id)


def test_weights_of_the_earlier_form_are_read(small, tmp_path):
    from safetensors.torch import load_file, save_file

    _, card = small
    path = tmp_path / "small.safetensors"
    state = load_file(path)
    gains = state.pop("channel_gains") + 0.25
    save_file({**state, "log_shares": gains}, path)
    checkpoints.write_card(dataclasses.replace(card, fingerprint=checkpoints.fingerprint(path)))
    loaded, _ = load_codec("small")
    assert torch.allclose(loaded.channel_gains, gains)


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "ha',
        "[]",
        '{"id": 3}',
        json.dumps({"id": "other"}),
        json.dumps(
            {"id": "broken", "kind": "codec", "method": 7, "architecture": [], "gamma": "x"}
        ),
    ],
)
def test_a_damaged_card_costs_what_it_describes_and_is_named(small, tmp_path, text):
    (tmp_path / "broken.json").write_text(text)
    assert [card.id for card in checkpoints.cards()] == ["small"]
    (told,) = checkpoints.damaged()
    assert "broken.json" in told and "git checkout" in told
    with pytest.raises(InputError, match=r"broken\.json"):
        checkpoints.card("broken")


def test_a_card_with_a_field_of_another_type_is_refused(small, tmp_path):
    for name, wrong in {"gamma": math.inf, "seed": "0", "architecture": [], "chosen": "no"}.items():
        told = json.loads((tmp_path / "small.json").read_text())
        (tmp_path / "wrong.json").write_text(json.dumps({**told, "id": "wrong", name: wrong}))
        assert name in checkpoints.damaged()[0]
    (tmp_path / "wrong.json").write_text((tmp_path / "small.json").read_text())
    assert "id" in checkpoints.damaged()[0]  # a copy under another name
