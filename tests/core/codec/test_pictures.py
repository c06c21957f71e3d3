import io

import numpy as np
import pytest
from PIL import Image

from core.codec.pictures import png, read_picture, to_picture, to_tensor
from core.errors import InputError


def stored(image: Image.Image, kind: str = "png", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def ramp(height: int = 24, width: int = 40) -> np.ndarray:
    return np.add.outer(np.arange(height) * 3, np.arange(width) * 2).astype(np.uint8)


def test_a_png_comes_back_as_it_was(picture):
    assert np.array_equal(read_picture(png(picture)), picture)
    assert np.array_equal(to_picture(to_tensor(picture)), picture)


def test_a_path_is_read_too(tmp_path, picture):
    (tmp_path / "face.png").write_bytes(png(picture))
    assert np.array_equal(read_picture(tmp_path / "face.png"), picture)


def test_exif_orientation_is_applied():
    upright = np.repeat(ramp()[..., None], 3, axis=2)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn a quarter clockwise
    read = read_picture(stored(Image.fromarray(upright), exif=exif))
    assert np.array_equal(read, np.rot90(upright, -1))


def test_transparency_lies_on_white():
    colours = np.zeros((20, 20, 4), np.uint8)
    colours[:10, :, 3] = 255
    read = read_picture(stored(Image.fromarray(colours)))
    assert (read[:10] == 0).all() and (read[10:] == 255).all()


def test_a_transparent_palette_colour_lies_on_white():
    image = Image.fromarray(np.repeat([[0], [1]], 10, axis=0).repeat(20, axis=1).astype(np.uint8))
    image.putpalette([255, 0, 0, 0, 0, 255])
    read = read_picture(stored(image, transparency=1))
    assert (read[:10] == (255, 0, 0)).all() and (read[10:] == 255).all()


def test_grey_is_repeated():
    read = read_picture(stored(Image.fromarray(ramp())))
    assert (read == ramp()[..., None]).all()


def test_sixteen_bits_become_eight():
    read = read_picture(stored(Image.fromarray(ramp().astype(np.uint16) * 257)))
    assert (read == ramp()[..., None]).all()


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_floats_are_brought_to_eight_bits(top):
    values = np.linspace(0, top, 16 * 20, dtype=np.float32).reshape(16, 20)
    read = read_picture(stored(Image.fromarray(values), "tiff"))
    assert np.abs(read[..., 0] - values * (255 / top)).max() <= 0.51


def test_a_palette_is_looked_up():
    colours = Image.fromarray(np.repeat(ramp()[..., None], 3, axis=2)).quantize(8)
    assert np.array_equal(read_picture(stored(colours)), np.array(colours.convert("RGB")))


@pytest.mark.parametrize("mode", ["1", "LA", "CMYK", "YCbCr"])
def test_other_modes_are_read(mode):
    kind = "tiff" if mode in ("CMYK", "YCbCr") else "png"
    image = Image.fromarray(np.repeat(ramp()[..., None], 3, axis=2)).convert(mode)
    assert read_picture(stored(image, kind)).shape == (24, 40, 3)


@pytest.mark.parametrize("size", [(15, 64), (64, 15), (1, 4096), (16, 4097), (5000, 5000)])
def test_a_size_out_of_range_is_refused_with_the_size(size):
    with pytest.raises(InputError, match=f"{size[1]} x {size[0]}"):
        read_picture(stored(Image.new("L", size[::-1])))


def test_the_outermost_sizes_are_read():
    assert read_picture(stored(Image.new("L", (4096, 16)))).shape == (16, 4096, 3)


@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a text", png(np.zeros((40, 40, 3), np.uint8))[:60]]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(InputError, match="not a picture"):
        read_picture(content)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"nobody\.png"):
        read_picture(tmp_path / "nobody.png")
