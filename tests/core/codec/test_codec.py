"""The codec as a library."""

import numpy as np
import pytest

import core.codec
from core.codec.file_format import encode
from core.codec.pictures import png
from core.errors import InputError

pytestmark = pytest.mark.usefixtures("checkpoint_folder")


@pytest.fixture(scope="module")
def codec(shelf):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(shelf))
        return core.codec.load()


def test_a_picture_goes_there_and_back(codec, baseline, picture):
    file = codec.encode(picture, quality=0.6)
    assert file == encode(*baseline, picture, 153).payload
    assert codec.decode(file).shape == picture.shape
    assert codec.id == "baseline" and codec.fingerprint == baseline[1]


def test_arrays_files_and_paths_are_the_same_picture(codec, picture, tmp_path):
    (tmp_path / "face.png").write_bytes(png(picture))
    file = codec.encode(picture)
    assert file == codec.encode(png(picture)) == codec.encode(tmp_path / "face.png")
    (tmp_path / "face.xpr").write_bytes(file)
    assert np.array_equal(codec.decode(tmp_path / "face.xpr"), codec.decode(file))


def test_grey_is_repeated(codec, picture):
    grey = picture[..., 0]
    assert codec.encode(grey) == codec.encode(np.stack([grey] * 3, axis=-1))


def test_a_target_rate_is_kept(codec, picture):
    assert 8 * len(codec.encode(picture, target_bpp=1.5)) / 4096 <= 1.5


@pytest.mark.parametrize(
    "options", [{"quality": 1.01}, {"quality": float("nan")}, {"target_bpp": -1.0},
                {"target_bpp": float("inf")}, {"quality": 0.5, "target_bpp": 1.0}],
)  # fmt: skip
def test_a_wrong_quality_or_rate_is_refused(codec, picture, options):
    with pytest.raises(InputError):
        codec.encode(picture, **options)


@pytest.mark.parametrize(
    "picture", [np.zeros((64, 64, 3)), np.zeros((64, 64, 4), np.uint8), np.zeros(64, np.uint8)]
)
def test_an_array_that_is_no_picture_is_refused(codec, picture):
    with pytest.raises(InputError, match="uint8"):
        codec.encode(picture)


def test_the_codec_of_a_file_is_found(other, picture):
    file = encode(*other, picture, 40).payload
    assert core.codec.codec_of(file).id == "other"
    with pytest.raises(InputError, match="another checkpoint"):
        core.codec.load().decode(file)
