"""TIFFs whose samples have 9 to 15 bits, packed without gaps as scientific cameras write them.

Pillow reads these in no depth but grey of 12 bits.  They are written anew, as they would look with whole
bytes: grey with 16 bits and the largest value that was possible declared (TIFF 6.0, MaxSampleValue),
colours with 8.
"""

import io
import struct
import warnings
from collections.abc import Iterator

import numpy as np

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _MOST = 273, 274, 277, 278, 279, 281
_PLANES, _PREDICTOR, _FORMAT, _PROFILE = 284, 317, 339, 34675
_DEFAULTS = {_COMPRESSION: 1, _PHOTOMETRIC: 1, _FILL_ORDER: 1, _SAMPLES: 1, _PLANES: 1,
             _PREDICTOR: 1, _FORMAT: 1, _ORIENTATION: 1}  # fmt: skip
_RGB = 2
_MOST_PIXELS = 2**25
_AT_A_TIME = 2**20  # bytes


def with_whole_bytes(content: bytes) -> bytes | None:
    """The TIFF with samples of whole bytes; None if it is of another kind, or damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags = _tags(content)
        bits = set(np.atleast_1d(tags[_BITS]).tolist())
        plain = _plain(tags)
        if len(bits) != 1 or not 8 < min(bits) < 16 or plain != (1, 1, 1, 1):
            return None
        return _written(_samples(content, tags, min(bits)), tags, min(bits))
    except (KeyError, IndexError, ValueError, TypeError, OSError, SyntaxError, RuntimeError):
        return None


def _tags(content: bytes) -> dict:
    """The first directory: tag -> value."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    stream = io.BytesIO(content)
    directory = ImageFileDirectory_v2(stream.read(8))
    stream.seek(directory.next)
    directory.load(stream)
    return _DEFAULTS | dict(directory)


def _plain(tags: dict) -> tuple:
    """1 for each of: bits from the left, one plane, no predictor, whole numbers."""
    kinds = np.atleast_1d(tags[_FORMAT]).tolist()
    return tags[_FILL_ORDER], tags[_PLANES], tags[_PREDICTOR], max(kinds)


def _samples(content: bytes, tags: dict, bits: int) -> np.ndarray:
    """The samples, uint16 (H, W, samples); ValueError where strips are missing."""
    height, width, each = tags[_HEIGHT], tags[_WIDTH], tags[_SAMPLES]
    wanted = {_RGB: 3}.get(tags[_PHOTOMETRIC], 1)
    if each != wanted or not 0 < height * width <= _MOST_PIXELS:
        raise ValueError("neither grey nor RGB, or too large")
    row = -(-width * each * bits // 8)
    packed = b"".join(_expanded_strips(content, tags, row))
    rows = np.frombuffer(packed[: height * row], np.uint8).reshape(height, row)
    places = 1 << np.arange(bits, dtype=np.uint16)[::-1]
    samples = np.empty((height, width * each), np.uint16)
    step = max(1, _AT_A_TIME // row)
    for top in range(0, height, step):
        ones = np.unpackbits(rows[top : top + step], axis=1)[:, : width * each * bits]
        samples[top : top + step] = ones.reshape(len(ones), -1, bits) @ places
    return samples.reshape(height, width, each)


def _expanded_strips(content: bytes, tags: dict, row: int) -> Iterator[bytes]:
    """The strips without their compression: none, LZW, Deflate (two numbers) or PackBits."""
    import imagecodecs

    rows = min(tags.get(_ROWS, tags[_HEIGHT]), tags[_HEIGHT])
    starts, lengths = (np.atleast_1d(tags[tag]).tolist() for tag in (_STRIPS, _STRIP_BYTES))
    for start, length in zip(starts, lengths, strict=True):
        strip = content[start : start + length]
        if tags[_COMPRESSION] == 1:
            yield strip
            continue
        name = {5: "lzw", 8: "zlib", 32946: "zlib", 32773: "packbits"}[tags[_COMPRESSION]]
        yield bytes(getattr(imagecodecs, f"{name}_decode")(strip, out=rows * row))


def _written(samples: np.ndarray, tags: dict, bits: int) -> bytes:
    """An uncompressed TIFF of the samples, uint16 (H, W, samples) of so many bits."""
    most = int(np.max(tags.get(_MOST, (1 << bits) - 1)))
    height, width, each = samples.shape
    if each == 3:
        if samples.max() > most:
            raise ValueError("a value above the largest that is declared")
        samples = np.rint(255 / most * samples).astype(np.uint8)
    data = samples.astype("<u2" if each == 1 else np.uint8).tobytes()
    profile = bytes(tags.get(_PROFILE, b""))
    depth = struct.pack("<4H", *(8 if each == 3 else 16,) * 3, 0)
    after = 8 + len(data)
    entries = [
        (_WIDTH, 4, 1, width), (_HEIGHT, 4, 1, height), (_COMPRESSION, 3, 1, 1),
        (_BITS, 3, each, after if each == 3 else 16), (_PHOTOMETRIC, 3, 1, tags[_PHOTOMETRIC]),
        (_STRIPS, 4, 1, 8), (_ORIENTATION, 3, 1, tags[_ORIENTATION]), (_SAMPLES, 3, 1, each),
        (_ROWS, 4, 1, height), (_STRIP_BYTES, 4, 1, len(data)),
    ]  # fmt: skip
    if each == 1:
        entries.append((_MOST, 3, 1, most))
    if profile:
        entries.append((_PROFILE, 7, len(profile), after + len(depth)))
    body = data + depth + profile
    body += bytes(len(body) % 2)
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    directory = struct.pack("<H", len(entries)) + packed + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory
