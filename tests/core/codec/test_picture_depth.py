"""Pictures of more than 8 bits, of floats and of few bits fill the range that they declare."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin, TiffTags

from core.codec.pictures import read_picture
from core.errors import InputError
from tests.core.codec.made_pictures import ramp, stored


def test_sixteen_bits_become_eight():
    read = read_picture(stored(Image.fromarray(ramp().astype(np.uint16) * 257)))
    assert (read == ramp()[..., None]).all()


def test_floats_from_nought_to_one_are_brought_to_eight_bits():
    values = np.linspace(0, 1, 16 * 20, dtype=np.float32).reshape(16, 20)
    read_back = read_picture(stored(Image.fromarray(values), "tiff"))
    assert np.abs(read_back[..., 0] - values * 255).max() <= 0.51


@pytest.mark.parametrize(("low", "high"), [(0, 1.02), (0, 255), (-0.5, 0.5), (0, 3)])
def test_floats_of_another_range_are_refused_with_the_range_found(low, high):
    values = np.linspace(0, 1, 16 * 20, dtype=np.float32).reshape(16, 20) * np.float32(high - low)
    with pytest.raises(InputError, match="holds 0 to 1"):
        read_picture(stored(Image.fromarray(values + np.float32(low)), "tiff"))


def test_floats_that_declare_their_range_are_read_by_it():
    values = np.linspace(-2, 2, 16 * 20, dtype=np.float32).reshape(16, 20)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in ((340, -2.0), (341, 2.0)):
        tags[tag], tags.tagtype[tag] = value, TiffTags.FLOAT
    read_back = read_picture(stored(Image.fromarray(values), "tiff", tiffinfo=tags))
    assert np.abs(read_back[..., 0] - (values + 2) * 255 / 4).max() <= 0.51


def test_twelve_bits_in_a_tiff_fill_the_range():
    values = np.arange(20 * 32).reshape(20, 32) * 4095 // 639
    read_back = read_picture(twelve_bit_tiff(values))
    assert np.abs(read_back[..., 0] - values * 255 / 4095).max() <= 0.51


def twelve_bit_tiff(values: np.ndarray, photometric: int = 1) -> bytes:
    """An uncompressed TIFF, two values of 12 bits in three bytes."""
    height, width = values.shape
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=-1)
    data = packed.astype(np.uint8).tobytes()
    tags = [(256, width), (257, height), (258, 12), (259, 1), (262, photometric), (273, 8),
            (277, 1), (278, height), (279, len(data))]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory


def packed_tiff(values, bits, *, compression=1, photometric=1, order="<", more=()) -> bytes:
    """A TIFF in two strips, samples (H, W) or (H, W, 3) packed without gaps, each row from a new byte."""
    height, width, samples = (*values.shape, 1)[:3]
    lines = ["".join(f"{value:0{bits}b}" for value in row) for row in values.reshape(height, -1)]
    size = -(-len(lines[0]) // 8)
    rows = [int(line.ljust(8 * size, "0"), 2).to_bytes(size, "big") for line in lines]
    halves = [b"".join(rows[: height // 2]), b"".join(rows[height // 2 :])]
    pack = {
        1: bytes,
        5: imagecodecs.lzw_encode,
        8: zlib.compress,
        32773: imagecodecs.packbits_encode,
    }
    strips = [bytes(pack[compression](half)) for half in halves]
    after = 8 + sum(map(len, strips))
    lists = struct.pack(f"{order}4I", 8, 8 + len(strips[0]), *map(len, strips))
    lists += struct.pack(f"{order}4H", bits, bits, bits, 0)
    depth = (258, 3, 1, bits) if samples == 1 else (258, 3, 3, after + 16)
    tags = [(256, 4, 1, width), (257, 4, 1, height), depth, (259, 3, 1, compression),
            (262, 3, 1, photometric), (273, 4, 2, after), (277, 3, 1, samples),
            (278, 4, 1, height // 2), (279, 4, 2, after + 8), *more]  # fmt: skip
    entries = b"".join(
        struct.pack(f"{order}HHIHH", *tag, 0)
        if tag[1:3] == (3, 1)
        else struct.pack(f"{order}HHII", *tag)
        for tag in sorted(tags)
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", after + len(lists))
    return (
        head + b"".join(strips) + lists + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    )


def levels(bits: int, *shape: int) -> np.ndarray:
    """Samples from 0 to the largest of so many bits."""
    count = int(np.prod(shape))
    return np.arange(count).reshape(shape) * ((1 << bits) - 1) // (count - 1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("bits", [9, 10, 12, 14, 15])
def test_tiffs_of_any_bits_fill_the_range(bits, compression, order):
    for shape, photometric in (((20, 33), 1), ((20, 33, 3), 2)):
        values = levels(bits, *shape)
        content = packed_tiff(
            values, bits, compression=compression, photometric=photometric, order=order
        )
        right = values.reshape(20, 33, -1) * 255 / ((1 << bits) - 1)
        assert np.abs(read_picture(content) - right).max() <= 0.51


def test_ten_bits_with_white_at_zero_a_declared_maximum_or_on_their_side():
    values = levels(10, 20, 33)
    white = read_picture(packed_tiff(values, 10, photometric=0))[..., 0]
    assert np.abs(white - (255 - values * 255 / 1023)).max() <= 0.51
    declared = read_picture(packed_tiff(values // 2, 10, more=[(281, 3, 1, 511)]))[..., 0]
    assert np.abs(declared - values // 2 * 255 / 511).max() <= 0.51
    assert read_picture(packed_tiff(values, 10, more=[(274, 3, 1, 6)])).shape == (33, 20, 3)


@pytest.mark.parametrize("wrong", ["cut", "cut in its directory", "colours"])
def test_a_damaged_or_strange_tiff_of_ten_bits_is_refused(wrong):
    photometric = 5 if wrong == "colours" else 1
    content = packed_tiff(levels(10, 20, 33), 10, photometric=photometric)
    with pytest.raises(InputError, match="TIFF of a kind"):
        read_picture(content[: {"cut": 300, "cut in its directory": -30}.get(wrong)])


def test_white_is_zero_where_the_file_says_so():
    values = np.arange(20 * 32).reshape(20, 32) * 65535 // 639
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    content = stored(Image.fromarray(values.astype(np.uint16)), "tiff", tiffinfo=tags)
    photometric = struct.pack("<HHIHH", 262, 3, 1, 1, 0)
    assert photometric in content
    inverted = content.replace(photometric, struct.pack("<HHIHH", 262, 3, 1, 0, 0))
    assert np.abs(read_picture(inverted).astype(int) + read_picture(content) - 255).max() <= 1


@pytest.mark.parametrize("kind", ["tiff", "png"])
def test_twelve_bits_in_sixteen_are_refused_unless_declared(kind):
    values = (np.arange(20 * 32).reshape(20, 32) * 4095 // 639).astype(np.uint16)
    with pytest.raises(InputError, match="values from 0 to 4095"):
        read_picture(stored(Image.fromarray(values), kind))
    if kind == "tiff":
        declared = stored(Image.fromarray(values), kind, tiffinfo={281: 4095})
        assert np.abs(read_picture(declared)[..., 0] - values * (255 / 4095)).max() <= 0.51


def test_a_black_picture_of_sixteen_bits_is_black():
    assert not read_picture(stored(Image.fromarray(np.zeros((20, 20), np.uint16)))).any()


def test_sixteen_bits_a_colour_that_hold_twelve_are_refused():
    values = np.random.default_rng(0).integers(0, 4096, (20, 20, 3)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    chunks = [
        (b"IHDR", struct.pack(">2I5B", 20, 20, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
    ]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*chunks, (b"IEND", b"")]
    )
    with pytest.raises(InputError, match="16 bits a colour"):
        read_picture(content)


def test_whole_numbers_of_32_bits_are_read_up_to_255_and_refused_beyond():
    values = ramp().astype(np.int32)
    assert (read_picture(stored(Image.fromarray(values), "tiff")) == ramp()[..., None]).all()
    with pytest.raises(InputError, match="values from 0 to"):
        read_picture(stored(Image.fromarray(values * 100), "tiff"))


def test_floats_that_are_no_numbers_are_refused():
    values = np.full((20, 20), np.nan, np.float32)
    with pytest.raises(InputError, match="not numbers"):
        read_picture(stored(Image.fromarray(values), "tiff"))
