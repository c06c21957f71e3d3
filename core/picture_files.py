"""Which picture files are opened: one list of formats, and one sentence for each way to fail.

Pillow knows forty formats and decides by the content, so that a file called face.png may be a PostScript
program; only the formats below are ever tried.  HEIC, as phones store it, is read by pi-heif (libheif and
libde265): the reader of pillow-heif without its GPL encoder, a quarter of its size.
"""

import io
import re
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError

if TYPE_CHECKING:  # a command line's help does not wait for Pillow
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "JPEG2000", "PPM")
"""By Pillow's names, and HEIF; what phones store as several JPEGs in one (MPO) opens as JPEG."""

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff",
    ".bmp", ".gif", ".jp2", ".ppm", ".pgm", ".pnm",
)  # fmt: skip
"""As such files are called; where a folder is searched, and in file dialogues."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def open_picture(source: bytes | str | Path, name: str | None = None) -> "Image.Image":
    """The picture file ``source``, its content or its path, opened and not yet decoded.

    Raises InputError, naming it, for what cannot be read, is no picture of these formats, or declares
    far more pixels than any picture here may have.
    """
    from PIL import Image, UnidentifiedImageError

    name = name or ("The picture" if isinstance(source, bytes) else Path(source).name)
    content = source if isinstance(source, bytes) else _content(Path(source), name)
    formats = FORMATS
    if _is_heif(content):
        _register_heif(name)
        formats = ("HEIF",)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as error:
        pixels = int(re.search(r"\d+", str(error))[0])
        raise InputError(
            f"{name} declares {pixels / 1e6:,.0f} million pixels: scale it down."
        ) from error
    except UnidentifiedImageError as error:
        if _is_tiff(content) and (whole := _with_whole_bytes(content)) is not None:
            return open_picture(whole, name)
        raise InputError(_unidentified(content, name)) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError) as error:
        raise InputError(damaged(name)) from error


def damaged(name: str, format: str | None = None) -> str:
    """The sentence for a picture file that begins well and cannot be decoded."""
    return f"{name} is a damaged or cut-off {format or 'picture'} file: get it again."


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from error


def _is_heif(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS


def _is_tiff(content: bytes) -> bool:
    return content[:4] in (b"II*\0", b"MM\0*")


def _with_whole_bytes(content: bytes) -> bytes | None:
    """A TIFF of 9 to 15 bits a sample in a form that Pillow reads; None of another kind."""
    from core.packed_tiff import with_whole_bytes

    return with_whole_bytes(content)


def _register_heif(name: str) -> None:
    try:
        import pi_heif
    except ImportError:
        raise InputError(
            f"{name} is an HEIC picture, which this installation cannot read: "
            "save it as JPEG (on a phone: share it as “most compatible”)."
        ) from None
    pi_heif.register_heif_opener(thumbnails=False)


def _unidentified(content: bytes, name: str) -> str:
    if _is_tiff(content):
        return (
            f"{name} is a TIFF of a kind that cannot be read (its bits a sample, compression or "
            "colours) or damaged; save it with 8 or 16 bits a sample, or as PNG."
        )
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return damaged(name, "PNG")
    return f"{name} is not a picture that can be read; save it as PNG or JPEG and try again."
