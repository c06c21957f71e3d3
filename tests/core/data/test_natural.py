"""Natural pictures: which splits are read, and that broken ones are all named."""

import numpy as np
import pytest
from PIL import Image

from core.data.natural import read_bsds500, read_kodak
from core.errors import InputError


@pytest.fixture
def folder(tmp_path):
    for name, size in {"train_1": (24, 16), "val_2": (16, 24), "test_3": (24, 16)}.items():
        Image.new("RGB", size, (200, 10, 10)).save(tmp_path / f"{name}.webp", lossless=True)
    return tmp_path


def test_only_the_asked_splits_are_read_at_their_own_sizes(folder):
    read = read_bsds500(folder)
    assert read.names == ("train_1.webp", "val_2.webp")
    assert [picture.shape for picture in read.pixels] == [(16, 24, 3), (24, 16, 3)]
    assert np.array_equal(read.pixels[0][0, 0], (200, 10, 10))
    assert len(read_bsds500(folder, ("test",))) == 1
    with pytest.raises(ValueError, match="splits"):
        read_bsds500(folder, ("all",))


def test_kodak_is_every_picture_of_its_folder(folder):
    assert len(read_kodak(folder)) == 3


def test_broken_and_missing_pictures_are_named(folder, tmp_path):
    (folder / "train_9.webp").write_text("text")
    (folder / "train_8.png").write_text("text")
    with pytest.raises(InputError) as error:
        read_bsds500(folder)
    assert "train_9" in str(error.value) and "train_8" in str(error.value)
    with pytest.raises(InputError, match="does not exist"):
        read_kodak(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no picture"):
        read_kodak(tmp_path / "empty")
