"""What either side of the workbench may be: the original, a training of ours or another codec, each
coded at every quality ahead."""

from dataclasses import dataclass, replace

import numpy as np

from core import methods
from core.checkpoints import Card
from core.codec import classical
from core.codec.file_format import Encoded
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.sweep import Sweep, sweep_picture
from core.methods import CLASSICAL
from core.recognition import READ_AT, read_pictures
from core.recognition.reader import Reader
from pages.parts.compress.pictures import Picture
from pages.parts.shared import models, readers, regimes
from pages.parts.shared.caching import cache_by_owner
from pages.parts.shared.regimes import Reading

_SETTINGS_OF_A_FACE, _SETTINGS_OF_A_PICTURE = 24, 12


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

    ``before`` (classes,): what the same reader reads on the original.  ``id`` differs where anything
    that is shown does.
    """

    id: str
    version: Version
    reader: str
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
    """Every version but the original, by its title: our trainings first."""
    ours = [Version(reading.name, reading.method, reading) for reading in regimes.readings()]
    others = [Version(methods.name_of(method), method) for method in CLASSICAL]
    return {version.title: version for version in [*ours, *others]}


def reader_of(version: Version, other: Version) -> str:
    """Who reads a side: its own classifier; that of the other side where it has none."""
    reading = version.reading or other.reading
    return "base" if reading is None else reading.classifier


def coded(face: Picture, version: Version, reader: str) -> Coded:
    """The face at every setting of ``version``; kept for the next time."""
    _, classifier_card = models.classifier(reader)
    if version.reading is None:
        points, before = _by_others(
            face.digest, version.method, classifier_card.id, classifier_card.fingerprint, face.pixels,
            shared=face.shared,
        )  # fmt: skip
        made_by = version.method
    else:
        sweep = sweep_of(face, version.reading)
        before, made_by = sweep.probabilities, version.reading.codec.fingerprint
        points = tuple(
            Point(
                point.quality_index,
                point.file.payload,
                point.picture,
                point.psnr,
                point.probabilities,
                point.file,
                point.cells,
            )
            for point in sweep.points
        )
    id = "-".join((face.digest, version.method, made_by, classifier_card.fingerprint))
    return Coded(id, version, reader, before, points, face.shared)


def read_by(side: Coded, face: Picture, reader: str) -> Coded:
    """``side`` as another reader reads it."""
    classifier = readers.reader(reader)
    pictures = [face.pixels, *(operating_point.picture for operating_point in side.points)]
    read = _read_again(
        f"{side.id}-{classifier.fingerprint}", classifier, pictures, shared=face.shared
    )
    points = zip(side.points, read[1:], strict=True)
    return replace(
        side,
        id=f"{side.id}-{classifier.fingerprint}",
        reader=reader,
        before=read[0],
        points=tuple(replace(point, probabilities=p) for point, p in points),
    )


@cache_by_owner(max_entries=32, show_spinner="Reading again …")
def _read_again(id: str, _who: Reader, _pictures: list[np.ndarray]) -> np.ndarray:
    return _who.read(_pictures)


def sweep_of(
    face: Picture, reading: Reading, quality_indices: tuple[int, ...] | None = None
) -> Sweep:
    """The face at every quality of a codec of ours, read by the classifier that belongs to it."""
    _, classifier_card = models.classifier(reading.classifier)
    key = face.digest, reading.codec.fingerprint, classifier_card.id, classifier_card.fingerprint
    return _sweep(*key, quality_indices, face.pixels, reading.codec, shared=face.shared)


@cache_by_owner(max_entries=32, show_spinner="Coding every quality …")
def _sweep(
    digest: str,
    fingerprint: str,
    classifier: str,
    classifier_fingerprint: str,
    quality_indices: tuple[int, ...] | None,
    _pixels: np.ndarray,
    _codec: Card,
) -> Sweep:
    reader, _ = models.classifier(classifier)
    return sweep_picture(models.codec(_codec), fingerprint, reader, _pixels, quality_indices)


@cache_by_owner(max_entries=32, show_spinner="Asking the other codec …")
def _by_others(
    digest: str, method: str, classifier: str, fingerprint: str, _pixels: np.ndarray
) -> tuple[tuple[Point, ...], np.ndarray]:
    """Points of another codec, and what is read on the original."""
    small = max(_pixels.shape[:2]) <= 2 * READ_AT
    settings = classical.evenly(method, _SETTINGS_OF_A_FACE if small else _SETTINGS_OF_A_PICTURE)
    files = [classical.encode(_pixels, method, setting) for setting in settings]
    pictures = np.stack([_pixels, *(classical.decode(file, method) for file in files)])
    reader, _ = models.classifier(classifier)
    read = read_pictures(reader, list(pictures))
    quality = psnr(np.stack([_pixels] * len(files)), pictures[1:])
    points = zip(settings, files, pictures[1:], quality, read[1:], strict=True)
    return tuple(Point(s, file, x, float(db), p) for s, file, x, db, p in points), read[0]
