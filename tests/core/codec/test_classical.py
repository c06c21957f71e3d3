"""Classical codecs: what is encoded comes back, sheets keep their faces, targets are kept."""

import numpy as np
import pytest
from PIL import Image

from core.codec.classical import SETTINGS, at_bits, decode, encode, sheets
from core.errors import InputError
from core.methods import CLASSICAL


def picture(side=64, grey=False, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image.convert("L") if grey else image)


def mean_error(a, b):
    return np.abs(a.astype(float) - b.astype(float)).mean()


@pytest.mark.parametrize("method", CLASSICAL)
@pytest.mark.parametrize("grey", [False, True])
def test_the_best_setting_returns_nearly_the_same_picture(method, grey):
    original = picture(grey=grey)
    decoded = decode(encode(original, method, SETTINGS[method][-1]), method)
    assert decoded.shape == (64, 64, 3) and decoded.dtype == np.uint8
    assert mean_error(decoded, original[..., None] if grey else original) < 4


@pytest.mark.parametrize("method", CLASSICAL)
def test_settings_span_from_few_bytes_to_many(method):
    original = picture(128)
    sizes = [len(encode(original, method, setting)) for setting in SETTINGS[method][::3]]
    assert sizes == sorted(sizes) and sizes[-1] > 1.5 * sizes[0]


@pytest.mark.parametrize("method", CLASSICAL)
def test_a_picture_without_colour_costs_what_grey_costs(method):
    grey = picture(grey=True)
    setting = SETTINGS[method][4]
    assert encode(np.stack([grey] * 3, axis=-1), method, setting) == encode(grey, method, setting)


def test_jpeg_is_what_pillow_writes_with_optimised_tables():
    file = encode(picture(), "jpeg", 50)
    assert file[:2] == b"\xff\xd8"
    plain = Image.fromarray(picture())
    import io

    buffer = io.BytesIO()
    plain.save(buffer, "JPEG", quality=50, subsampling=2)
    assert len(file) < len(buffer.getvalue())


@pytest.mark.parametrize("method", ["jpeg", "webp", "jxl"])
@pytest.mark.parametrize("target", [700, 1100])
def test_the_file_is_the_largest_within_the_target(method, target):
    found = at_bits(picture(), method, target)
    assert found.fits and len(found.payload) <= target
    assert decode(found.payload, method).shape == (64, 64, 3)
    if method != "jxl" and found.setting < 95:
        assert len(encode(picture(), method, found.setting + 2)) > target


@pytest.mark.parametrize("method", CLASSICAL)
def test_a_target_below_the_smallest_file_is_flagged(method):
    found = at_bits(picture(), method, 10)
    assert not found.fits
    assert len(found.payload) <= len(encode(picture(), method, SETTINGS[method][0]))


@pytest.mark.parametrize("method", CLASSICAL)
def test_broken_files_are_refused(method):
    file = encode(picture(), method, SETTINGS[method][3])
    for broken in (b"", b"hello", file[: len(file) // 3]):
        with pytest.raises(InputError, match="not a readable"):
            decode(broken, method)


def test_an_unknown_method_or_array_is_the_callers_mistake():
    with pytest.raises(ValueError, match="unknown method"):
        encode(picture(), "bpg", 1)
    with pytest.raises(ValueError, match="uint8"):
        encode(picture().astype(float), "jpeg", 50)


@pytest.mark.parametrize("count", [1, 5, 63, 64, 65, 133])
def test_sheets_give_every_face_back_once(count):
    rng = np.random.default_rng(count)
    faces = rng.integers(0, 256, (count, 12, 12)).astype(np.uint8)
    made = sheets(faces)
    returned = np.concatenate([sheet.split(sheet.picture, 12) for sheet in made])
    assert np.array_equal(returned, faces)
    assert [i for sheet in made for i in sheet.members] == list(range(count))


def test_sheets_are_eight_by_eight_and_the_last_is_filled_up():
    faces = np.arange(70, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)
    first, last = sheets(faces)
    assert first.picture.shape == last.picture.shape == (32, 32)
    assert first.places == last.places == 64
    assert last.members == tuple(range(64, 70))
    assert last.picture[0, 6 * 4] == 0  # the first face again


def test_colour_faces_fit_on_sheets_too():
    faces = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3)).astype(np.uint8)
    (sheet,) = sheets(faces)
    assert sheet.picture.shape == (16, 64, 3) and sheet.places == 16
    assert np.array_equal(sheet.split(sheet.picture, 8), faces)
