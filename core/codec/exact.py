"""Flat and drawn pictures without any loss, where that takes fewer bytes than the network.

The network is made for photographs: at full quality a checkerboard of 64 x 64 pixels takes 3,202 bytes at
6 dB, flat blue 825 at 41 dB.  WebP's lossless code takes 28 and 12.  So a picture is tried in both ways,
and the exact one is taken where it is not larger than what the network makes at the asked quality: it is
then smaller and better at once, which a warning about bad quality would not be.  Photographs never get
there (a face of 64 pixels takes 4,100 bytes exactly, 550 at full quality), so their files stay the
network's.  JPEG XL was tried beside WebP: 42 to 150 bytes on the same pictures, for its longer headers.

offset  bytes  what
0       1      0xFB, the format's version 3
1       4      CRC-32 of the byte before and the stream
5              the VP8L stream of a lossless WebP file, without that file's 20 bytes of container; it
               begins with its own five bytes: 0x2F, width - 1 and height - 1 (14 bits each), 0

No checkpoint has a part in it: such a file is read by any.
"""

import io
import zlib

import numpy as np
from PIL import Image

from core.codec.pictures import SIDES
from core.errors import InputError

MAGIC = 0xFB
HEADER_BYTES = 5
_CONTAINER = 20  # bytes of RIFF and chunk headers before the stream of a WebP file
_HOPE = 4
"""The thorough search is at most so many times smaller than the quick one."""

_THOROUGH_PIXELS = 2**18
"""Larger pictures are searched less: the full search takes seconds."""


def is_exact(file: bytes) -> bool:
    """Whether a stored file holds a picture without loss."""
    return file[:1] == bytes([MAGIC])


def encode_exact(picture: np.ndarray, most_bytes: int) -> bytes | None:
    """The exact file of a picture, uint8 (H, W, 3), or None where it has more than ``most_bytes``."""
    quick = _packed(picture, method=0, quality=0)
    if len(quick) > _HOPE * most_bytes:
        return None
    small = picture.shape[0] * picture.shape[1] <= _THOROUGH_PIXELS
    thorough = _packed(picture, method=6 if small else 4, quality=100 if small else 50)
    file = min(quick, thorough, key=len)
    return file if len(file) <= most_bytes else None


def decode_exact(file: bytes) -> np.ndarray:
    """The picture, uint8 (H, W, 3), in an exact file; InputError if it is damaged or forged."""
    height, width = exact_size(file)
    stream = file[HEADER_BYTES:]
    padding = bytes(len(stream) % 2)
    chunk = b"VP8L" + len(stream).to_bytes(4, "little") + stream + padding
    content = b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk
    try:
        with Image.open(io.BytesIO(content), formats=["WEBP"]) as image:
            picture = np.array(image.convert("RGB")) if image.size == (width, height) else None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InputError("This .xpr file is forged: its stream cannot be decoded.") from error
    if picture is None:
        raise InputError("This .xpr file is forged: its stream holds another size.")
    return picture


def exact_size(file: bytes) -> tuple[int, int]:
    """Height and width of an exact file, whose bytes are checked; InputError if it is damaged."""
    if len(file) < HEADER_BYTES + 5:
        raise InputError(f"This .xpr file is cut off: {len(file)} bytes, less than a header.")
    if zlib.crc32(file[:1] + file[HEADER_BYTES:]).to_bytes(4, "big") != file[1:HEADER_BYTES]:
        raise InputError(
            "This .xpr file is damaged: its checksum does not fit its bytes. "
            "It was cut off or changed; get it again."
        )
    described = int.from_bytes(file[HEADER_BYTES + 1 : HEADER_BYTES + 5], "little")
    width, height = (described & 0x3FFF) + 1, (described >> 14 & 0x3FFF) + 1
    low, high = SIDES
    fits = low <= min(height, width) and max(height, width) <= high
    if file[HEADER_BYTES] != 0x2F or described >> 28 or not fits:
        raise InputError(
            f"This .xpr file claims a picture of {width} x {height} pixels in a form that no "
            "encoder writes: it is forged."
        )
    return height, width


def _packed(picture: np.ndarray, method: int, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "webp", lossless=True, method=method, quality=quality)
    content = buffer.getvalue()
    length = int.from_bytes(content[16:20], "little")
    if content[12:16] != b"VP8L":
        raise ValueError("libwebp wrote another kind of stream")
    stream = content[_CONTAINER : _CONTAINER + length]
    return bytes([MAGIC]) + zlib.crc32(bytes([MAGIC]) + stream).to_bytes(4, "big") + stream
