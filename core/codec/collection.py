"""Many pictures coded together, and one of them read without the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.codec.codec import DEFAULT_QUALITY, Codec, as_picture, check_quality, load, read_file
from core.codec.exact import HEADER_BYTES, encode_exact
from core.codec.file_format import card_of
from core.codec.latents import Analysis, analyse, quantise
from core.codec.many import (
    ManyFile,
    Stored,
    checked,
    decode_stored,
    pack_many,
    read_many,
)
from core.codec.payload import write_payload
from core.codec.quality import QUALITY_INDICES, index_of
from core.codec.rate_control import check_target, rounded_up
from core.errors import InputError
from core.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """A file of many pictures; ``collection[3]`` decodes the fourth alone, uint8 (H, W, 3)."""

    codec: Codec
    many: ManyFile

    def __len__(self) -> int:
        return len(self.many.pictures)

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures' names; empty where none are stored."""
        return self.many.names

    def __getitem__(self, place: int) -> np.ndarray:
        """One picture; InputError, naming it, if it is damaged."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        return decode_stored(self.codec.network, self.codec.fingerprint, self.many, place)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[place] for place in range(len(self)))


def open_many(file: bytes | str | Path, *, keep_going: bool = False) -> Collection:
    """A file of many pictures, with the codec that wrote it.

    Raises InputError for one that is foreign, forged, or of a checkpoint that is not here, and for a
    damaged one: it names the damaged pictures.  With ``keep_going`` a file whose index is sound is
    opened all the same, and only asking for a damaged picture raises.
    """
    many = read_many(read_file(file))
    collection = Collection(load(card_of(many.fingerprint).id), many)
    if not many.intact and not keep_going:
        raise InputError(
            f"This .xpr file is damaged ({', '.join(_damaged(collection)) or 'no picture shows it'}): "
            "its checksum does not fit its bytes. Get it again, or decode the others (--keep-going)."
        )
    return collection


def encode_many(
    codec: Codec,
    pictures: Iterable[np.ndarray | bytes | str | Path],
    quality: float | None = None,
    *,
    target_bpp: float | None = None,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> bytes:
    """One file of many pictures, as :meth:`Codec.encode` makes of each; all share one quality.

    With ``target_bpp`` it is the best at which the whole file has at most so many bits a pixel.
    ``names`` are stored where they are given, one for each picture.
    """
    sources = [as_picture(picture) for picture in pictures]
    if not sources:
        raise InputError("There is no picture to store.")
    counted = _Counted(progress, len(sources))
    if target_bpp is None:
        index = index_of(check_quality(DEFAULT_QUALITY if quality is None else quality))
        return _packed(
            codec, sources, [counted(analyse(codec.network, p)) for p in sources], index, names
        )
    if quality is not None:
        raise InputError("Give a quality or a target rate, not both.")
    most = check_target(target_bpp) * sum(p.shape[0] * p.shape[1] for p in sources) / 8
    analyses = [counted(analyse(codec.network, picture)) for picture in sources]
    best = _packed(codec, sources, analyses, 0, names)
    if len(best) > most:
        least = rounded_up(len(best) * target_bpp / most)
        raise InputError(
            f"These pictures need at least {least} bits per pixel with this checkpoint; "
            f"{target_bpp:g} cannot be reached."
        )
    low, high = 0, QUALITY_INDICES
    while high - low > 1:
        middle = (low + high) // 2
        candidate = _packed(codec, sources, analyses, middle, names)
        low, high = (middle, high) if len(candidate) <= most else (low, middle)
        best = candidate if low == middle else best
    return best


def _packed(
    codec: Codec,
    sources: Sequence[np.ndarray],
    analyses: Sequence[Analysis],
    index: int,
    names: Sequence[str],
) -> bytes:
    """The file at one quality, drawn pictures without loss where the whole is no larger for it."""
    lossy = [_lossy(codec, i, analysis, index) for i, analysis in enumerate(analyses)]
    mixed = [
        _exact(codec, i, *each) or each[1]
        for i, each in enumerate(zip(sources, lossy, strict=True))
    ]
    files = [pack_many(codec.fingerprint, lossy, names)]
    if any(each.quality_index is None for each in mixed):
        files.insert(0, pack_many(codec.fingerprint, mixed, names))
    return min(files, key=len)


def _lossy(codec: Codec, place: int, analysis: Analysis, index: int) -> Stored:
    latents = quantise(codec.network, analysis, [index])[0]
    content = write_payload(codec.network, latents).content
    stored = Stored(content, index, latents.height, latents.width, 0)
    return checked(codec.fingerprint, place, stored, latents)


def _exact(codec: Codec, place: int, picture: np.ndarray, lossy: Stored) -> Stored | None:
    file = encode_exact(picture, len(lossy.content) + HEADER_BYTES)
    if file is None:
        return None
    stored = Stored(file[HEADER_BYTES:], None, lossy.height, lossy.width, 0)
    return checked(codec.fingerprint, place, stored, None)


def _damaged(collection: Collection) -> list[str]:
    """What the pictures that cannot be decoded are called."""
    names = []
    for place in range(len(collection)):
        try:
            collection[place]
        except InputError:
            names.append(collection.many.called(place))
    return names


@dataclass(slots=True)
class _Counted:
    """Passes what it is given on, and tells how much is done."""

    progress: Progress | None
    total: int
    done: int = 0

    def __call__(self, analysis: Analysis) -> Analysis:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total, "picture by picture")
        return analysis
