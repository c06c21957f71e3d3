"""Colour photographs of people: reading, and the split by person."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import InputError
from core.picture_files import FORMATS

_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
_LAST_TRAIN_PERSON, _LAST_VAL_PERSON = 99, 121


@dataclass(frozen=True, slots=True)
class Photographs:
    """Colour photographs: uint8 (H, W, 3) each, of any sizes, and their file names."""

    pixels: tuple[np.ndarray, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def split_of(name: str) -> str:
    """The split of a photograph of the London set, by the person's number in its name."""
    person = int(name.split("_")[0])
    if person <= _LAST_TRAIN_PERSON:
        return "train"
    return "val" if person <= _LAST_VAL_PERSON else "test"


def read_photographs(folder: str | Path, split: str, side: int = 512) -> Photographs:
    """The photographs of ``folder`` (``NNN_expression.jpg``) that belong to ``split``.

    Each is cropped to its centre square and resized to ``side``.  Raises InputError that lists
    every unreadable file, or says that the folder or the split is empty.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"The folder of photographs {folder} does not exist.")
    pixels, names, problems = [], [], []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in _PICTURES:
            continue
        if not file.name.split("_")[0].isdigit():
            problems.append(f"{file.name}: the name does not begin with a person's number")
            continue
        if split_of(file.name) != split:
            continue
        try:
            with Image.open(file, formats=FORMATS) as image:
                square = ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
        except (UnidentifiedImageError, OSError):
            problems.append(f"{file.name}: not a readable image")
            continue
        pixels.append(np.asarray(square))
        names.append(file.name)
    if problems:
        raise InputError(f"{folder} cannot be used:\n" + "\n".join(f"- {p}" for p in problems))
    if not names:
        raise InputError(f"{folder} holds no photograph of the {split} split.")
    print(f"photographs, {split}: {len(names)}", file=sys.stderr)
    return Photographs(tuple(pixels), tuple(names))
