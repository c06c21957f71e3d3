"""What a test shows of FER2013: faces on which ten people agree, as many of each expression."""

import csv
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.reading_test.stimuli import LEAST_AGREEMENT, fer2013_material

PEOPLE = {"happy": "happiness", "sad": "sadness", "angry": "anger"}
"""Names of expressions in the table of votes, where they are others than ours."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three test faces an expression: people see 9 and 8 of 10 as labelled, and are split on the third."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EXPRESSRATE_DATA", str(tmp_path))
    names = {f"PrivateTest_{n}.png": EXPRESSIONS[n % 7] for n in range(21)}
    rng = np.random.default_rng(0)
    members = {
        f"test/{label}/{name}": rng.integers(0, 255, (48, 48)) for name, label in names.items()
    }
    members |= {"train/sad/Training_30.png": rng.integers(0, 255, (48, 48))}
    members |= {"test/sad/PublicTest_31.png": rng.integers(0, 255, (48, 48))}
    (tmp_path / "fer2013").mkdir()
    with tarfile.open(tmp_path / "fer2013" / "fer2013.tar.xz", "w:xz") as file:
        for name, pixels in members.items():
            buffer = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
            info = tarfile.TarInfo(name)
            info.size = buffer.tell()
            buffer.seek(0)
            file.addfile(info, buffer)
    seen = [PEOPLE.get(name, name) for name in EXPRESSIONS]
    (tmp_path / "ferplus").mkdir()
    with (tmp_path / "ferplus" / "votes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", *seen, "contempt", "unknown", "NF"])
        for number, (name, label) in enumerate(names.items()):
            for_label = (9, 8, 5)[number // 7]
            other = EXPRESSIONS[(EXPRESSIONS.index(label) + 1) % 7]
            votes = {label: for_label, other: 10 - for_label}
            writer.writerow([name, *(votes.get(each, 0) for each in EXPRESSIONS), 0, 0, 0])
    return tmp_path


def test_faces_on_which_people_are_split_are_left_out_and_classes_are_balanced(folder):
    material = fer2013_material(count=21)
    assert len(material.faces) == 14 and material.pictures.shape == (14, 64, 64, 3)
    assert np.bincount([face.truth for face in material.faces]).tolist() == [2] * 7
    agreements = [face.agreement for face in material.faces]
    assert min(agreements) >= LEAST_AGREEMENT and max(agreements) <= 1
    assert [
        face.name for face in material.faces if "Public" in face.name or "Tr" in face.name
    ] == []
    assert len(fer2013_material(count=7).faces) == 7


def test_without_votes_the_faces_are_refused(folder):
    (folder / "ferplus" / "votes.csv").unlink()
    with pytest.raises(InputError, match="no FER"):
        fer2013_material()
