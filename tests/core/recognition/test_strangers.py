"""Strangers say here what they say in the runtimes of their makers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core import checkpoints
from core.codec.pictures import read_picture
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition import strangers
from core.recognition.contract import as_faces, in_our_order, luma
from core.recognition.face_api import load_network
from core.recognition.known import find_classifier, known_classifiers, title
from tests.paths import ROOT

ORIGINAL = json.loads((Path(__file__).parent / "original_outputs.json").read_text())
SHIPPED = ROOT / "checkpoints"


@pytest.fixture
def shipped(monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(SHIPPED))


def gallery_faces() -> list[np.ndarray]:
    return [read_picture(SHIPPED / "gallery" / name) for name in ORIGINAL["faces"]]


@pytest.mark.parametrize("id", ["fer", "face-api"])
def test_a_stranger_says_what_its_original_runtime_says(shipped, id):
    stored = ORIGINAL[id]
    original = in_our_order(np.array(stored["outputs"]), stored["classes"])
    read = find_classifier(id).read(gallery_faces())
    assert np.abs(read - original).max() < 1e-3
    assert len(set(original.argmax(axis=1))) >= 3  # the faces do tell classes apart


@pytest.mark.parametrize("id", ["fer", "face-api"])
def test_one_face_is_read_as_it_is_read_among_others(shipped, id):
    classifier, faces = find_classifier(id), gallery_faces()
    together = classifier.read(faces)
    assert together.shape == (len(faces), len(EXPRESSIONS))
    assert np.allclose(together.sum(axis=1), 1, atol=1e-3)
    assert np.abs(classifier.read(faces[3:4])[0] - together[3]).max() < 1e-4


def test_the_classifiers_are_the_base_classifier_and_the_strangers(shipped):
    assert [known.id for known in known_classifiers()] == ["base", "face-api", "fer"]
    assert len(known_classifiers(every=True)) > 3
    assert title("base") == "our classifier" and title("nobody") == "nobody"


def test_the_base_classifier_reads_as_it_did_for_the_tables(shipped):
    from core.recognition import load_classifier, predict

    faces = as_faces(gallery_faces())
    import torch

    x = torch.from_numpy(faces).permute(0, 3, 1, 2).float() / 255
    direct = predict(load_classifier("base")[0], x).numpy()
    assert np.abs(find_classifier("base").read(gallery_faces()) - direct).max() < 1e-5


def test_an_unknown_classifier_is_refused_with_the_known_ones(shipped):
    with pytest.raises(InputError, match="base, "):
        find_classifier("nobody")


def test_exchanged_weights_of_a_stranger_are_refused(tmp_path, monkeypatch):
    shutil.copytree(SHIPPED / "strangers", tmp_path / "strangers")
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    weights = tmp_path / "strangers" / "fer.tflite"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="damaged or was exchanged"):
        find_classifier("fer")
    weights.unlink()
    with pytest.raises(InputError, match="missing"):
        find_classifier("fer")


def test_without_their_folder_there_are_no_strangers(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    assert strangers.cards() == []
    assert checkpoints.cards() == []


def test_weights_that_do_not_fill_their_manifest_are_refused():
    manifest = (SHIPPED / "strangers" / "face-api-weights.json").read_bytes()
    content = (SHIPPED / "strangers" / "face-api.bin").read_bytes()
    with pytest.raises(ValueError, match="shorter"):
        load_network(manifest, content[:-1])
    with pytest.raises(ValueError, match="longer"):
        load_network(manifest, content + b"x")


def test_a_picture_of_any_size_is_seen_as_its_centre_square():
    wide = np.zeros((30, 90, 3), np.uint8)
    wide[:, 30:60] = 200
    assert as_faces([wide]).shape == (1, 64, 64, 3)
    assert (as_faces([wide])[0, 20:44, 8:56] == 200).all()
    grey = np.full((48, 48), 7, np.uint8)
    assert (as_faces([grey]) == 7).all()


def test_luma_of_grey_is_grey():
    grey = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert (luma(np.repeat(grey[..., None], 3, axis=-1)) == grey).all()
