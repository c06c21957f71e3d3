"""Readers of labelled faces, and what cleaning drops."""

import csv
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from core.data import faces as module
from core.data.faces import as_tensor, at_face_size, clean, read_faces
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.folders import data_folder


@pytest.fixture(autouse=True)
def no_cache_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))


def png(face) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(face).save(buffer, "PNG")
    return buffer.getvalue()


def archive(path, members: dict[str, bytes]):
    with tarfile.open(path, "w:xz") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def face(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (48, 48)).astype(np.uint8)


def three_splits() -> dict[str, bytes]:
    return {
        "train/happy/Training_1.png": png(face(1)),
        "test/sad/PublicTest_2.png": png(face(2)),
        "test/fear/PrivateTest_3.png": png(face(3)),
    }


def test_the_archive_gives_pixels_labels_and_canonical_splits(tmp_path):
    read = read_faces(archive(tmp_path / "fer2013.tar.xz", three_splits()))
    assert list(read.splits) == ["train", "val", "test"]
    assert [read.classes[label] for label in read.labels] == ["happy", "sad", "fear"]
    assert np.array_equal(read.pixels[0], face(1))


def test_the_second_reading_comes_from_the_cache(tmp_path, monkeypatch):
    path = archive(tmp_path / "fer2013.tar.xz", three_splits())
    first = read_faces(path)
    monkeypatch.setattr(module, "_read_archive", None)
    second = read_faces(path)
    assert second.fingerprint == first.fingerprint and second.classes == first.classes


def test_every_problem_of_an_archive_is_listed_at_once(tmp_path):
    members = three_splits() | {
        "train/bored/Training_4.png": png(face(4)),
        "train/happy/Training_5.png": b"not a picture",
        "train/happy/Other_6.png": png(face(6)),
        "train/happy/Training_7.png": png(np.zeros((10, 10), np.uint8)),
    }
    del members["test/sad/PublicTest_2.png"]
    with pytest.raises(InputError) as error:
        read_faces(archive(tmp_path / "fer2013.tar.xz", members))
    for part in ("bored", "Training_5", "Other_6", "10x10", "the val split is empty"):
        assert part in str(error.value)


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", " Usage", " pixels"])
        writer.writerows(rows)
    return path


def pixels_of(seed: int) -> str:
    return " ".join(map(str, face(seed).ravel()))


def test_the_contests_csv_reads_like_the_archive(tmp_path):
    rows = [
        [3, "Training", pixels_of(1)],
        [4, "PublicTest", pixels_of(2)],
        [2, "PrivateTest", pixels_of(3)],
    ]
    read = read_faces(write_csv(tmp_path / "icml_face_data.csv", rows))
    assert [read.classes[label] for label in read.labels] == ["happy", "sad", "fear"]
    assert np.array_equal(read.pixels[2], face(3))


def test_bad_rows_of_the_csv_are_listed(tmp_path):
    rows = [
        [3, "Training", pixels_of(1)],
        [9, "PublicTest", pixels_of(2)],
        [2, "Elsewhere", pixels_of(3)],
        [2, "PrivateTest", "1 2 3"],
    ]
    with pytest.raises(InputError) as error:
        read_faces(write_csv(tmp_path / "fer2013.csv", rows))
    for part in ("'9'", "Elsewhere", "3 pixel values", "val split is empty"):
        assert part in str(error.value)


def class_tree(root, classes=EXPRESSIONS, splits=("train", "val", "test")):
    for seed, split in enumerate(splits):
        for name in classes:
            folder = root / split / name
            folder.mkdir(parents=True)
            colour = np.random.default_rng(seed).integers(0, 255, (100, 90, 3)).astype(np.uint8)
            Image.fromarray(colour).save(folder / "a.png")
    return root


def test_a_class_tree_gives_colour_faces_and_its_own_class_names(tmp_path):
    names = (*EXPRESSIONS, "contempt")
    read = read_faces(class_tree(tmp_path / "affect", names))
    assert read.classes == tuple(sorted(names)) and read.pixels.shape == (24, 64, 64, 3)


def test_a_class_tree_lists_what_is_wrong(tmp_path):
    root = class_tree(tmp_path / "tree")
    (root / "val" / "bored").mkdir()
    (root / "train" / "happy" / "b.png").write_bytes(b"text")
    with pytest.raises(InputError) as error:
        read_faces(root)
    assert "'bored' of val" in str(error.value) and "b.png" in str(error.value)


def test_a_tree_without_a_split_is_refused(tmp_path):
    with pytest.raises(InputError, match="no test folder"):
        read_faces(class_tree(tmp_path / "tree", splits=("train", "val")))


def test_a_path_that_does_not_exist_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="does not exist"):
        read_faces(tmp_path / "nowhere")
    monkeypatch.delenv("EXPRESSRATE_DATA", raising=False)
    with pytest.raises(InputError, match="EXPRESSRATE_DATA"):
        data_folder()


def test_cleaning_drops_flat_repeated_and_leaked_training_faces_only(faces):
    pixels, md5 = faces.pixels.copy(), faces.md5.copy()
    pixels[0] = 7  # flat
    md5[1] = md5[2]  # a repeat: the first stands
    md5[3] = md5[20]  # also in validation
    dirty = module.Faces(pixels, faces.labels, faces.splits, faces.names, md5, faces.classes)
    lines = []
    kept = clean(dirty, report=lines.append)
    assert len(kept.split("train")) == len(dirty.split("train")) - 3
    assert len(kept.split("val")) == 14 and len(kept.split("test")) == 14
    assert "1 flat, 1 also in val or test, 1 repeats dropped" in lines[0]


def test_the_fingerprint_follows_the_labels(faces):
    other = module.Faces(
        faces.pixels, faces.labels[::-1].copy(), faces.splits, faces.names, faces.md5, faces.classes
    )
    assert other.fingerprint != faces.fingerprint


def test_grey_faces_become_three_equal_planes_in_0_to_1(faces):
    x = as_tensor(at_face_size(faces.pixels[:2]))
    assert x.shape == (2, 3, 64, 64) and x.min() >= 0 and x.max() <= 1
    assert (x[:, 0] == x[:, 2]).all()
