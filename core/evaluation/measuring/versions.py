"""One picture in every version that can be shown: the original, a training of ours, another codec; each
at every setting, decoded and read.
"""

from dataclasses import dataclass

import numpy as np
from torch import nn

from core import methods
from core.codec import classical
from core.codec.file_format import Encoded
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.sweep import Sweep
from core.evaluation.readings import Reading, readings
from core.methods import CLASSICAL
from core.recognition import READ_AT, read_pictures

_SETTINGS_OF_A_FACE, _SETTINGS_OF_A_PICTURE = 24, 12


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that was chosen: uint8 (H, W, 3) and the digest of the file it came in.

    ``shared``: it ships with the app, so what is computed from it may be kept for everybody.
    """

    name: str
    pixels: np.ndarray
    digest: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One way to store the face; ``reading`` is None for the original and for other codecs."""

    title: str  # on the page and in links
    method: str
    reading: Reading | None = None

    @property
    def ours(self) -> bool:
        """Whether a codec of ours stores it."""
        return self.reading is not None

    @property
    def extension(self) -> str:
        """Of a file of it, with its dot."""
        return ".xpr" if self.ours else {"jpeg": ".jpg"}.get(self.method, f".{self.method}")


ORIGINAL = Version(methods.name_of("original"), "original")


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A version at one setting: the quality index of our codecs, the encoder's own unit of others.

    ``picture`` uint8 (H, W, 3); ``probabilities`` (classes,); ``ours`` and the bits of each square of
    16 x 16 pixels, ``cells``, where a codec of ours stores it.
    """

    setting: float
    payload: bytes  # the whole file
    picture: np.ndarray
    psnr: float
    probabilities: np.ndarray
    ours: Encoded | None = None
    cells: np.ndarray | None = None

    @property
    def file_bytes(self) -> int:
        """Bytes of the whole file."""
        return len(self.payload)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A version of one face at every setting, from the fewest bits up, and who reads it.

    ``before`` (classes,): what the same classifier reads on the original.  ``id`` differs where anything
    that is shown does.
    """

    id: str
    version: Version
    classifier: str
    before: np.ndarray
    points: tuple[Point, ...]
    shared: bool = False  # the face ships with the app

    def nearest(self, setting: float) -> Point:
        """The point whose setting is nearest."""
        return min(self.points, key=lambda point: abs(point.setting - setting))

    def within(self, file_bytes: float) -> Point:
        """The largest file of at most so many bytes; the smallest where none is."""
        fitting = [point for point in self.points if point.file_bytes <= file_bytes]
        if not fitting:
            return min(self.points, key=lambda point: point.file_bytes)
        return max(reversed(fitting), key=lambda point: point.file_bytes)  # of equals the best


def offered() -> dict[str, Version]:
    """Every version but the original, by its title: our trainings first; InputError without a codec."""
    ours = [Version(reading.name, reading.method, reading) for reading in readings()]
    others = [Version(methods.name_of(method), method) for method in CLASSICAL]
    return {version.title: version for version in [*ours, *others]}


def classifier_of(version: Version, other: Version) -> str:
    """Who reads a side: its own classifier; that of the other side where it has none."""
    reading = version.reading or other.reading
    return "base" if reading is None else reading.classifier


def points_of(sweep: Sweep) -> tuple[Point, ...]:
    """The points of a codec of ours, from its sweep."""
    return tuple(
        Point(
            point.quality_index, point.file.payload, point.picture, point.psnr, point.probabilities,
            point.file, point.cells,
        )
        for point in sweep.points
    )  # fmt: skip


def classical_points(
    pixels: np.ndarray, method: str, classifier: nn.Module
) -> tuple[tuple[Point, ...], np.ndarray]:
    """Points of another codec over its whole scale, and what is read on the original."""
    small = max(pixels.shape[:2]) <= 2 * READ_AT
    settings = classical.evenly(method, _SETTINGS_OF_A_FACE if small else _SETTINGS_OF_A_PICTURE)
    files = [classical.encode(pixels, method, setting) for setting in settings]
    pictures = np.stack([pixels, *(classical.decode(file, method) for file in files)])
    read = read_pictures(classifier, list(pictures))
    quality = psnr(np.stack([pixels] * len(files)), pictures[1:])
    points = zip(settings, files, pictures[1:], quality, read[1:], strict=True)
    return tuple(Point(s, file, x, float(db), p) for s, file, x, db, p in points), read[0]


def identity(picture: Picture, version: Version, classifier_fingerprint: str) -> str:
    """What tells one :class:`Coded` from another: picture, version with its weights, and classifier."""
    made_by = version.method if version.reading is None else version.reading.codec.fingerprint
    return "-".join((picture.digest, version.method, made_by, classifier_fingerprint))
