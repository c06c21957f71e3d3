import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.codec.pictures import png, read, read_picture, to_picture, to_tensor
from core.errors import InputError
from tests.core.codec.icc import grey_profile, profile
from tests.core.codec.made_pictures import ramp, stored


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


# -- colours --------------------------------------------------------------------------------------

P3 = ((0.3127, 0.3290), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
SRGB = ((0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_TO_SRGB = np.array(
    [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
)  # published, for linear light


def in_srgb(picture: np.ndarray, gamma: float) -> np.ndarray:
    """A picture in P3's primaries and a gamma, by the published matrix."""
    linear = ((picture / 255) ** gamma @ P3_TO_SRGB.T).clip(0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * curved


@pytest.fixture(scope="module")
def muted():
    """Colours that sRGB can show, whichever primaries they are in."""
    return np.random.default_rng(0).integers(70, 190, (24, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_an_embedded_profile_is_applied(muted, kind):
    options = {"png": {}, "jpeg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}
    options = options.get(kind, {})
    image = Image.fromarray(muted)
    found = read(stored(image, kind, icc_profile=profile(P3, name="Wide"), **options))
    plain = read_picture(stored(image, kind, **options))
    assert np.abs(found.pixels - in_srgb(plain, 2.2)).max() < 2
    assert np.abs(found.pixels.astype(int) - plain).mean() > 5
    assert found.remarks == ("Its colours were Wide.",)


def test_a_profile_that_is_srgb_changes_no_pixel(muted):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = read(stored(Image.fromarray(muted), icc_profile=srgb))
    assert np.array_equal(found.pixels, muted) and not found.remarks


def test_transparency_goes_with_a_profile(muted):
    seen = np.dstack([muted, np.full(muted.shape[:2], 255, np.uint8)])
    seen[:12, :, 3] = 0
    found = read_picture(stored(Image.fromarray(seen), icc_profile=profile(P3)))
    assert (found[:12] == 255).all() and np.abs(found[12:] - in_srgb(muted, 2.2)[12:]).max() < 2


def test_a_grey_profile_bends_grey():
    found = read_picture(stored(Image.fromarray(ramp()), icc_profile=grey_profile(1.8)))
    light = (ramp() / 255) ** 1.8
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(found[..., 0] - 255 * curved).max() < 2 and (found == found[..., :1]).all()


@pytest.mark.parametrize("content", [b"no profile", profile(P3)[:150], grey_profile(2.2)])
def test_a_profile_that_cannot_be_used_is_left_aside_and_said(muted, content):
    found = read(stored(Image.fromarray(muted), icc_profile=content))
    assert np.array_equal(found.pixels, muted) and len(found.remarks) == 1


def with_chunk(content: bytes, kind: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content[:33] + chunk + content[33:]


def test_gamma_and_primaries_of_a_png_are_applied(muted):
    content = with_chunk(png(muted), b"gAMA", struct.pack(">I", round(1e5 / 1.8)))
    numbers = [round(1e5 * value) for pair in P3 for value in pair]
    both = with_chunk(content, b"cHRM", struct.pack(">8I", *numbers))
    assert np.abs(read_picture(both) - in_srgb(muted, 1.8)).max() < 2
    assert not np.array_equal(read_picture(content), muted)
    overruled = with_chunk(both, b"sRGB", b"\0")
    assert np.array_equal(read_picture(overruled), muted)
    usual = with_chunk(png(muted), b"gAMA", struct.pack(">I", 45455))
    assert np.array_equal(read_picture(usual), muted)


def test_a_cameras_adobe_rgb_is_read_from_exif(muted):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    options = {"quality": 100, "subsampling": 0}
    plain = read_picture(stored(Image.fromarray(muted), "jpeg", **options))
    found = read(stored(Image.fromarray(muted), "jpeg", exif=exif, **options))
    adobe = ((0.3127, 0.3290), (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
    same = stored(Image.fromarray(muted), "jpeg", icc_profile=profile(adobe, 2.19921875), **options)
    assert found.remarks and np.abs(found.pixels.astype(int) - read_picture(same)).max() <= 1
    assert not np.array_equal(found.pixels, plain)


# -- formats and damage ---------------------------------------------------------------------------


def test_a_phones_heic_is_read():
    found = read_picture(Path(__file__).with_name("ramp.heic"))
    rows, columns = np.mgrid[:48, :64]
    wanted = np.stack([4 * columns, 5 * rows, 255 - 2 * rows - 2 * columns], axis=-1).clip(0, 255)
    assert found.shape == (48, 64, 3) and np.abs(found - wanted).mean() < 4


def test_heic_without_its_reader_says_how_to_save_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(InputError, match="save it as JPEG"):
        read_picture(Path(__file__).with_name("ramp.heic"))


def test_a_program_under_a_pictures_name_is_never_started(tmp_path):
    (tmp_path / "face.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n"
    )
    with pytest.raises(InputError, match="not a picture"):
        read_picture(tmp_path / "face.png")


@pytest.mark.parametrize("kind", ["pcx", "tga", "icns", "im", "dds"])
def test_formats_that_nobody_brings_are_not_tried(kind):
    image = Image.fromarray(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(InputError, match="not a picture"):
        read_picture(stored(image, kind))


def test_a_jpeg_that_lacks_only_its_end_is_read_with_a_remark(picture):
    content = stored(Image.fromarray(picture), "jpeg")
    whole = read(content)
    found = read(content[:-2])
    assert np.array_equal(found.pixels, whole.pixels)
    assert not whole.remarks and "no pixel is missing" in found.remarks[0]


@pytest.mark.parametrize("missing", [3, 20, 200])
def test_a_jpeg_that_lacks_pixels_is_refused(picture, missing):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = stored(Image.fromarray(noise), "jpeg", quality=95)
    with pytest.raises(InputError, match="cut-off JPEG"):
        read_picture(content[: -2 - missing])


def test_a_damaged_png_is_called_so(picture):
    content = bytearray(png(picture))
    content[len(content) // 2] ^= 255
    with pytest.raises(InputError, match="damaged or cut-off PNG"):
        read_picture(bytes(content))


def test_a_picture_of_too_many_pixels_is_refused_with_their_number():
    content, chunk = png(np.zeros((20, 20, 3), np.uint8)), b"IHDR"
    chunk += struct.pack(">2I5B", 14000, 13000, 8, 0, 0, 0, 0)
    checked = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    content = content[:8] + checked + content[33:]
    with pytest.raises(InputError, match="182 million pixels"):
        read_picture(content)


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
    ("content", "words"),
    [
        (b"", "not a picture"),
        (b"hello, I am a text", "not a picture"),
        (png(np.zeros((40, 40, 3), np.uint8))[:60], "cut-off PNG"),
        (b"II*\0" + bytes(40), "TIFF"),
    ],
)
def test_what_is_no_picture_is_refused(content, words):
    with pytest.raises(InputError, match=words):
        read_picture(content)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"nobody\.png"):
        read_picture(tmp_path / "nobody.png")
