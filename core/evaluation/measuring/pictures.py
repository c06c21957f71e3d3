"""The pictures that results are measured on: which, in what order, at what size."""

import hashlib
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from core import checkpoints
from core.codec.pictures import read_picture
from core.data.faces import at_face_size, read_faces
from core.data.natural import read_kodak
from core.data.photographs import read_photographs
from core.data.votes import read_votes
from core.errors import InputError
from core.evaluation.choices import DATA, FACES
from core.expressions import EXPRESSIONS
from core.gallery import read_list

ORDER_SEED = 0
"""Labelled faces are shuffled before they are put on sheets: archives sort them by class."""

PHOTOGRAPH_SIDE = 256
FOREIGN_SIDE = 512


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures were read from, so that another process can read the same ones."""

    kind: str  # faces, photographs, kodak, foreign, gallery
    folder: Path
    split: str
    limit: int | None


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of one data set and split, in the order of evaluation.

    ``judged``: uint8 (H, W) or (H, W, 3) each, what is coded, measured and classified.
    ``native``: the same faces as their data set stores them, where that is smaller.
    ``labels``: class names, None where a picture has none.  ``sheeted``: classical codecs may put
    these on shared sheets; ``first`` is the place of the first picture in the whole set.
    ``ferplus``: what most of ten people saw, where FER+ asked them; None where there is no majority.
    """

    data: str
    split: str
    names: tuple[str, ...]
    md5: tuple[str, ...]
    labels: tuple[str | None, ...]
    judged: tuple[np.ndarray, ...]
    native: tuple[np.ndarray, ...] | None = None
    sheeted: bool = False
    first: int = 0
    ferplus: tuple[str | None, ...] | None = None
    source: Source | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def pixels(self) -> int:
        """Pixels of all pictures together."""
        return sum(picture.shape[0] * picture.shape[1] for picture in self.judged)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when a picture or a label does."""
        rows = "".join(f"{a}{b}" for a, b in zip(self.md5, self.labels, strict=True))
        return hashlib.sha256(rows.encode()).hexdigest()[:16]

    def part(self, start: int, end: int) -> "Pictures":
        """The pictures ``start .. end - 1``."""
        fields = ("names", "md5", "labels", "judged", "native", "ferplus")
        cut = {field: (getattr(self, field) or ())[start:end] or None for field in fields}
        required = {field: cut[field] or () for field in fields[:4]}
        return replace(self, **(cut | required), first=self.first + start)

    def without_pixels(self) -> "Pictures":
        """The same, to be sent elsewhere: faces do not travel."""
        return replace(self, judged=(), native=None)

    def with_pixels(self) -> "Pictures":
        """The pictures of :meth:`without_pixels`, read again from their source.

        Raises InputError where the source holds other pictures here.
        """
        if self.judged or self.source is None:
            return self
        here = _read(self.source).part(self.first, self.first + len(self))
        if here.md5 != self.md5:
            raise InputError(
                f"{self.source.folder} holds other pictures on this machine than where the work began."
            )
        return here

    def chunks(self, per_sheet: int = 64, pixels: int = 2**20) -> Iterator["Pictures"]:
        """Parts of about ``pixels`` pixels that break no sheet; a last part smaller than a sheet
        joins the one before.
        """
        unit = per_sheet if self.sheeted else 1
        size = max(1, int(pixels * len(self) / self.pixels) // unit) * unit
        starts = list(range(0, len(self), size))
        if len(starts) > 1 and len(self) - starts[-1] < unit:
            starts.pop()
        for start, end in zip(starts, [*starts[1:], len(self)], strict=True):
            yield self.part(start, end)


def labelled_faces(path: str | Path, split: str, limit: int | None = None) -> Pictures:
    """Faces of a labelled data set at 64x64, in a fixed random order; at most ``limit``.

    FER2013's get FER+'s labels as well where ``path`` holds ``ferplus/votes.csv``.
    """
    faces = read_faces(path).split(split)
    order = np.random.default_rng(ORDER_SEED).permutation(len(faces))[:limit]
    faces = faces[order]
    grey = faces.pixels.ndim == 3
    return Pictures(
        data="fer2013" if grey else Path(path).name,
        split=split,
        names=tuple(map(str, faces.names)),
        md5=tuple(map(str, faces.md5)),
        labels=tuple(faces.classes[label] for label in faces.labels),
        judged=tuple(at_face_size(faces.pixels)),
        native=tuple(faces.pixels) if grey else None,
        sheeted=True,
        ferplus=_majorities(Path(path), faces.names) if grey else None,
        source=Source("faces", Path(path).resolve(), split, limit),
    )


def _majorities(path: Path, names: np.ndarray) -> tuple[str | None, ...] | None:
    numbered = len(names) and str(names[0]).startswith("row ")  # of a CSV: no file names to join by
    if numbered or not (path / "ferplus").is_dir():
        return None
    majorities = read_votes(path, names).majority
    return tuple(EXPRESSIONS[i] if i >= 0 else None for i in majorities)


def photographs(folder: Path, split: str, limit: int | None = None) -> Pictures:
    """The photographs of a split at 256x256."""
    read = read_photographs(folder, split, PHOTOGRAPH_SIDE)
    pictures = dict(zip(read.names, read.pixels, strict=True))
    source = Source("photographs", folder.resolve(), split, limit)
    return _unlabelled("photographs", split, pictures, source)


def kodak(folder: Path, limit: int | None = None) -> Pictures:
    """The 24 Kodak pictures, 768x512 or 512x768, as they are: for testing alone."""
    read = read_kodak(folder)
    pictures = dict(zip(read.names, read.pixels, strict=True))
    source = Source("kodak", folder.resolve(), "test", limit)
    return _unlabelled("kodak", "test", pictures, source)


def gallery(limit: int | None = None) -> Pictures | None:
    """The gallery that ships with the checkpoints, or None where there is none."""
    folder = checkpoints.folder() / "gallery"
    labels = {entry.file: entry.label for entry in read_list(folder)}
    if not labels:
        return None
    pictures = {name: read_picture(folder / name) for name in sorted(labels)}
    source = Source("gallery", folder.resolve(), "test", limit)
    faces = _unlabelled("gallery", "test", pictures, source)
    return replace(faces, labels=tuple(labels[name] for name in faces.names))


def foreign(folder: Path, limit: int | None = None) -> Pictures:
    """Pictures unlike the training data, the longer side 512: two snapshots of ``folder`` (where
    they exist) and the two photographs that scikit-learn ships.
    """
    from sklearn.datasets import load_sample_images

    sources = {
        name: read_picture(folder / name)
        for name in ("single_face.jpg", "multi_face.jpg")
        if (folder / name).is_file()
    }
    samples = load_sample_images()
    for path, picture in zip(samples.filenames, samples.images, strict=True):
        sources[Path(path).name] = picture
    pictures = {name: _fit(picture) for name, picture in sources.items()}
    return _unlabelled(
        "foreign", "test", pictures, Source("foreign", folder.resolve(), "test", limit)
    )


def available(
    data: Path, limit: int | None = None, val: int = 1024, sets: Collection[str] = tuple(DATA)
) -> list[Pictures]:
    """Everything of ``sets`` that results are measured on, as far as it is there.

    Test splits, and ``val`` validation faces for choices.  What is missing is said on stderr; a
    data set that is there but broken raises InputError.
    """
    candidates: list[Pictures | None] = []
    if FACES in sets:
        candidates.append(labelled_faces(data, "test", limit))
    if FACES in sets and val > 0:
        candidates.append(labelled_faces(data, "val", val if limit is None else min(val, limit)))
    for name, folder, read in (
        ("photographs", "london", _test_photographs),
        ("kodak", "kodak", kodak),
    ):
        if name in sets and (data / folder).is_dir():
            candidates.append(read(data / folder, limit))
        elif name in sets:
            print(f"no {DATA[name]}: {data / folder} is missing", file=sys.stderr)
    if "gallery" in sets:
        candidates.append(gallery(limit))
        if candidates[-1] is None:
            print("no gallery beside the checkpoints: left out", file=sys.stderr)
    if "foreign" in sets:
        candidates.append(foreign(data / "video", limit))
    return [each for each in candidates if each is not None]


def _test_photographs(folder: Path, limit: int | None) -> Pictures:
    return photographs(folder, "test", limit)


@lru_cache(maxsize=2)
def _read(source: Source) -> Pictures:
    """All pictures of a source."""
    folder, split, limit = source.folder, source.split, source.limit
    loaders: dict[str, Callable[[], Pictures | None]] = {
        "faces": lambda: labelled_faces(folder, split, limit),
        "photographs": lambda: photographs(folder, split, limit),
        "kodak": lambda: kodak(folder, limit),
        "foreign": lambda: foreign(folder, limit),
        "gallery": lambda: gallery(limit),
    }
    pictures = loaders[source.kind]()
    if pictures is None:
        raise InputError(f"There are no pictures in {folder} on this machine.")
    return pictures


def _unlabelled(data: str, split: str, pictures: dict[str, np.ndarray], source: Source) -> Pictures:
    if not pictures:
        raise InputError(f"There are no pictures in {data}.")
    names = tuple(pictures)[: source.limit]
    chosen = tuple(np.ascontiguousarray(pictures[name]) for name in names)
    md5 = tuple(hashlib.md5(picture.tobytes()).hexdigest() for picture in chosen)
    return Pictures(data, split, names, md5, (None,) * len(names), chosen, source=source)


def _fit(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = FOREIGN_SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
