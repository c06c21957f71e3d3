"""The codec as a library: pictures in, bytes out, and back."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.checkpoints import Card
from core.codec import file_format
from core.codec.exact import decode_exact, encode_exact, is_exact
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.codec.pictures import read_picture
from core.codec.quality import index_of
from core.codec.rate_control import check_target, encode_within
from core.errors import InputError
from core.progress import Progress

DEFAULT_QUALITY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Codec:
    """One checkpoint, ready to encode and decode; ``card`` tells where its weights come from."""

    card: Card
    network: VariableRateCodec = field(repr=False)

    @property
    def id(self) -> str:
        """The id of the checkpoint."""
        return self.card.id

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights, in hex; every file carries its beginning."""
        return self.card.fingerprint

    def encode(
        self,
        picture: np.ndarray | bytes | str | Path,
        quality: float | None = None,
        *,
        target_bpp: float | None = None,
        progress: Progress | None = None,
    ) -> bytes:
        """The ``.xpr`` file of a picture: uint8 (H, W, 3) or (H, W), a picture file or its content.

        ``quality`` is 0 to 1 (0.5 unless told otherwise); or the best quality within ``target_bpp``
        bits per pixel of the whole file.  A flat or drawn picture is stored without loss where that
        takes no more bytes (see :mod:`core.codec.exact`).  Raises InputError for what is no picture
        of 16 to 4096 pixels a side, a quality off the scale, and a rate that cannot be reached.
        """
        if quality is not None and target_bpp is not None:
            raise InputError("Give a quality or a target rate, not both.")
        pixels = as_picture(picture)
        maker = (self.network, self.fingerprint, pixels)
        if target_bpp is None:
            index = index_of(check_quality(DEFAULT_QUALITY if quality is None else quality))
            lossy = file_format.encode(*maker, index, progress).payload
        else:
            try:
                lossy = encode_within(*maker, target_bpp, progress).payload
            except InputError:
                most = int(check_target(target_bpp) * pixels.shape[0] * pixels.shape[1] / 8)
                if exact := encode_exact(pixels, most):
                    return exact
                raise
        return encode_exact(pixels, len(lossy)) or lossy

    def decode(self, file: bytes | str | Path, progress: Progress | None = None) -> np.ndarray:
        """The picture, uint8 (H, W, 3), of a file that this checkpoint wrote, or of its path.

        Raises InputError for one that is damaged, forged, foreign or from another checkpoint
        (:func:`codec_of` finds the right one).
        """
        return file_format.decode(self.network, self.fingerprint, read_file(file), progress)


def load(id: str = "baseline") -> Codec:
    """The codec of checkpoint ``id``; InputError for an unknown one or damaged weights."""
    network, card = load_codec(id)
    return Codec(card, network)


def codec_of(file: bytes | str | Path) -> Codec:
    """The codec that wrote a file; InputError if its checkpoint is not here or it is without loss."""
    return load(file_format.find_card(read_file(file)).id)


def decode_file(file: bytes | str | Path, progress: Progress | None = None) -> np.ndarray:
    """The picture, uint8 (H, W, 3), of a file, by the checkpoint that it names."""
    content = read_file(file)
    if is_exact(content):
        return decode_exact(content)
    return codec_of(content).decode(content, progress)


def as_picture(picture: np.ndarray | bytes | str | Path) -> np.ndarray:
    """uint8 (H, W, 3) of a picture that is an array, a file or its content; grey is repeated."""
    if not isinstance(picture, np.ndarray):
        return read_picture(picture)
    grey = picture.ndim == 2
    if picture.dtype != np.uint8 or not (grey or picture.shape[2:] == (3,)):
        raise InputError(
            f"A picture is uint8 of shape (H, W, 3) or (H, W), not {picture.dtype} {picture.shape}."
        )
    return np.repeat(picture[..., None], 3, axis=2) if grey else picture


def check_quality(quality: float) -> float:
    """``quality`` itself; InputError unless it is a number in 0..1."""
    if not 0 <= quality <= 1:
        raise InputError(f"The quality is a number in 0..1, not {quality:g}.")
    return quality


LARGEST_FILE = 2**27
"""More bytes than any .xpr file has."""


def read_file(file: bytes | str | Path) -> bytes:
    """The content of an .xpr file; InputError if it cannot be read or is larger than any."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    path = Path(file)
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than any .xpr file.")
    return content
