"""Labelled faces for training and evaluation: FER2013's archive, its official CSV, class folders.

Every reader returns the same :class:`Faces`; :func:`clean` drops what must not be trained on.
"""

import csv
import hashlib
import io
import sys
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.folders import cache_folder
from core.picture_files import FORMATS

FACE_SIZE = 64
SPLITS = ("train", "val", "test")
_USAGE = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
_ARCHIVES = ("fer2013.tar.xz", "fer2013.tar", "fer2013.tar.gz")
_TABLES = ("fer2013.csv", "icml_face_data.csv")
_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces with labels, all splits together.

    ``pixels``: uint8, (n, 48, 48) grey as FER2013 stores them or (n, 64, 64, 3) from class folders.
    ``labels``: int64 (n,), an index into ``classes``.  ``splits``: (n,) of train, val, test.
    ``names``: (n,) file names (``row N`` for a CSV).  ``md5``: (n,) of the decoded pixels.
    """

    pixels: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    names: np.ndarray
    md5: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def split(self, name: str) -> "Faces":
        """The faces of one split, in order."""
        return self[self.splits == name]

    def __getitem__(self, chosen: np.ndarray) -> "Faces":
        fields = ("pixels", "labels", "splits", "names", "md5")
        return replace(self, **{field: getattr(self, field)[chosen] for field in fields})

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when any pixel, label or split does."""
        rows = "".join(
            f"{a}{b}{c}" for a, b, c in zip(self.md5, self.labels, self.splits, strict=True)
        )
        return hashlib.sha256(rows.encode()).hexdigest()[:16]


def at_face_size(pixels: np.ndarray) -> np.ndarray:
    """uint8 faces (n, H, W) or (n, H, W, 3) resized to 64x64 with Pillow's bicubic filter."""
    if pixels.shape[1:3] == (FACE_SIZE, FACE_SIZE):
        return pixels
    size = (FACE_SIZE, FACE_SIZE)
    return np.stack(
        [
            np.asarray(Image.fromarray(face).resize(size, Image.Resampling.BICUBIC))
            for face in pixels
        ]
    )


def as_tensor(pixels: np.ndarray | torch.Tensor) -> torch.Tensor:
    """uint8 (n, H, W) or (n, H, W, 3) to float32 (n, 3, H, W) in 0..1; grey is replicated.

    A tensor stays on its device.
    """
    if isinstance(pixels, np.ndarray):
        pixels = torch.from_numpy(np.ascontiguousarray(pixels))
    x = pixels.float() / 255
    return x.unsqueeze(1).expand(-1, 3, -1, -1) if x.ndim == 3 else x.permute(0, 3, 1, 2)


def read_faces(path: str | Path) -> Faces:
    """Read labelled faces from an archive, a CSV, a folder of class folders, or a data folder.

    A folder is searched for ``fer2013/`` or one of the known files first.  Decoded arrays of
    FER2013 are cached in ``~/.cache/expressrate``.  Raises InputError that lists every problem:
    unreadable images, unknown classes, empty splits.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"The data path {path} does not exist.")
    if path.is_dir():
        inner = path / "fer2013" if (path / "fer2013").is_dir() else path
        known = [inner / name for name in (*_ARCHIVES, *_TABLES) if (inner / name).is_file()]
        if not known:
            return _read_tree(inner)
        path = known[0]
    if path.suffix == ".csv":
        return _cached(path, _read_csv)
    if ".tar" in path.name:
        return _cached(path, _read_archive)
    raise InputError(
        f"{path} is neither a FER2013 archive (.tar, .tar.xz), its CSV, nor a folder of class folders."
    )


def clean(faces: Faces, report=lambda line: print(line, file=sys.stderr)) -> Faces:
    """Drop from the training split flat images, repeats, and whatever also stands in val or test.

    The key is the md5 of the decoded pixels.  Validation and test are left whole, so that figures
    compare with published ones.  ``report`` gets one line with the counts.
    """
    train = np.flatnonzero(faces.splits == "train")
    held_out = set(faces.md5[faces.splits != "train"])
    flat = {i for i in train if faces.pixels[i].min() == faces.pixels[i].max()}
    leaked = {i for i in train if faces.md5[i] in held_out} - flat
    seen: set[str] = set()
    repeated = set()
    for i in train:
        if i in flat or i in leaked:
            continue
        if faces.md5[i] in seen:
            repeated.add(i)
        seen.add(faces.md5[i])
    dropped = flat | leaked | repeated
    report(
        f"training faces: {len(train)} read, {len(flat)} flat, {len(leaked)} also in val or test, "
        f"{len(repeated)} repeats dropped, {len(train) - len(dropped)} kept"
    )
    keep = np.ones(len(faces), dtype=bool)
    keep[list(dropped)] = False
    return faces[keep]


def _assemble(pixels, labels, splits, names, classes) -> Faces:
    pixels = np.stack(pixels)
    return Faces(
        pixels=pixels,
        labels=np.asarray(labels, dtype=np.int64),
        splits=np.asarray(splits),
        names=np.asarray(names),
        md5=np.asarray([hashlib.md5(face.tobytes()).hexdigest() for face in pixels]),
        classes=tuple(classes),
    )


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        shown = "\n".join(f"- {line}" for line in problems[:20])
        more = f"\n- and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise InputError(f"{path} cannot be used:\n{shown}{more}")


def _empty_splits(splits: list[str]) -> list[str]:
    return [f"the {name} split is empty" for name in SPLITS if name not in splits]


def _read_archive(path: Path) -> Faces:
    pixels, labels, splits, names, problems = [], [], [], [], []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile() or Path(member.name).suffix.lower() not in _PICTURES:
                    continue
                name, folder = Path(member.name).name, Path(member.name).parent.name
                usage = _USAGE.get(name.split("_")[0])
                if folder not in EXPRESSIONS:
                    problems.append(f"unknown class {folder!r} ({member.name})")
                elif usage is None:
                    problems.append(f"no split in the file name {member.name}")
                else:
                    try:
                        content = io.BytesIO(archive.extractfile(member).read())
                        face = Image.open(content, formats=FORMATS)
                        face = np.asarray(face.convert("L"))
                    except (UnidentifiedImageError, OSError):
                        problems.append(f"unreadable image {member.name}")
                        continue
                    if face.shape != (48, 48):
                        problems.append(
                            f"{member.name} is {face.shape[1]}x{face.shape[0]}, not 48x48"
                        )
                        continue
                    pixels.append(face)
                    labels.append(EXPRESSIONS.index(folder))
                    splits.append(usage)
                    names.append(name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"{path} is not a readable archive: {error}") from error
    _refuse(path, problems + _empty_splits(splits))
    return _assemble(pixels, labels, splits, names, EXPRESSIONS)


def _read_csv(path: Path) -> Faces:
    """The contest's tables: columns emotion, pixels, Usage; the label order of the contest."""
    order = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    pixels, labels, splits, names, problems = [], [], [], [], []
    csv.field_size_limit(1 << 20)
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
        missing = [name for name in ("emotion", "pixels", "usage") if name not in columns]
        _refuse(path, [f"column {name!r} is missing" for name in missing])
        for number, row in enumerate(rows):
            values = np.fromstring(row[columns["pixels"]] or "", dtype=np.int64, sep=" ")
            label = (row[columns["emotion"]] or "").strip()
            usage = _USAGE.get((row[columns["usage"]] or "").strip())
            if values.size != 48 * 48 or values.min() < 0 or values.max() > 255:
                problems.append(
                    f"row {number}: {values.size} pixel values, 2304 in 0..255 expected"
                )
            elif not label.isdigit() or int(label) >= len(order):
                problems.append(f"row {number}: unknown class {label!r}, 0..6 expected")
            elif usage is None:
                problems.append(f"row {number}: unknown Usage {row[columns['usage']]!r}")
            else:
                pixels.append(values.reshape(48, 48).astype(np.uint8))
                labels.append(EXPRESSIONS.index(order[int(label)]))
                splits.append(usage)
                names.append(f"row {number}")
    _refuse(path, problems + _empty_splits(splits))
    return _assemble(pixels, labels, splits, names, EXPRESSIONS)


def _read_tree(path: Path) -> Faces:
    """``train|val|test/<class>/*``: classes are the folders' names; colour is kept, size becomes 64."""
    paths: dict[str, Path] = {}
    for folder in sorted(path.iterdir()):
        if folder.is_dir() and folder.name.lower() in _FOLDERS:
            paths[_FOLDERS[folder.name.lower()]] = folder
    problems = [f"there is no {name} folder" for name in SPLITS if name not in paths]
    _refuse(path, problems)
    per_split = {
        split: sorted(inner.name for inner in folder.iterdir() if inner.is_dir())
        for split, folder in paths.items()
    }
    classes = per_split["train"]
    if len(classes) not in (7, 8):
        problems.append(f"{len(classes)} class folders in train, 7 or 8 expected: {classes}")
    for split, names in per_split.items():
        problems += [
            f"class {name!r} of {split} is not in train" for name in names if name not in classes
        ]
    pixels, labels, splits, names = [], [], [], []
    for split, folder in paths.items():
        for file in sorted(folder.glob("*/*")):
            if file.suffix.lower() not in _PICTURES or file.parent.name not in classes:
                continue
            try:
                with Image.open(file, formats=FORMATS) as image:
                    face = image.convert("RGB").resize(
                        (FACE_SIZE, FACE_SIZE), Image.Resampling.BICUBIC
                    )
            except (UnidentifiedImageError, OSError):
                problems.append(f"unreadable image {file.relative_to(path)}")
                continue
            pixels.append(np.asarray(face))
            labels.append(classes.index(file.parent.name))
            splits.append(split)
            names.append(str(file.relative_to(folder)))
    _refuse(path, problems + _empty_splits(splits))
    return _assemble(pixels, labels, splits, names, classes)


def _cached(path: Path, read) -> Faces:
    stat = path.stat()
    key = hashlib.sha256(f"{path.resolve()}{stat.st_size}{stat.st_mtime_ns}".encode()).hexdigest()[
        :16
    ]
    cache = cache_folder() / f"faces-{key}.npz"
    if cache.exists():
        with np.load(cache, allow_pickle=False) as arrays:
            fields = {name: arrays[name] for name in arrays.files}
        return Faces(**{**fields, "classes": tuple(str(name) for name in fields["classes"])})
    faces = read(path)
    cache.parent.mkdir(parents=True, exist_ok=True)
    temporary = cache.with_suffix(".part.npz")
    fields = {name: getattr(faces, name) for name in Faces.__slots__}
    np.savez(temporary, **{**fields, "classes": np.asarray(faces.classes)})
    temporary.replace(cache)
    return faces
