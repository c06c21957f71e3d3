"""Natural pictures of every size: BSDS500 to train on, Kodak's 24 to test on and nothing else."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.data.photographs import Photographs
from core.errors import InputError
from core.picture_files import FORMATS

_PICTURES = {".png", ".webp", ".jpg", ".jpeg", ".bmp"}
BSDS_SPLITS = ("train", "val", "test")


def read_bsds500(folder: str | Path, splits: tuple[str, ...] = ("train", "val")) -> Photographs:
    """Pictures of the Berkeley segmentation set whose names begin with one of ``splits`` and ``_``.

    Arbelaez, Maire, Fowlkes and Malik 2011; here at 240x160 or 160x240.  Raises InputError that lists
    every unreadable file, or says that there is none.
    """
    if unknown := set(splits) - set(BSDS_SPLITS):
        raise ValueError(f"splits of BSDS500 are {BSDS_SPLITS}, not {sorted(unknown)}")
    return _read(Path(folder), tuple(f"{split}_" for split in splits), "BSDS500")


def read_kodak(folder: str | Path) -> Photographs:
    """Kodak's 24 pictures of 768x512 or 512x768, by name.  They are never trained on.

    Raises InputError that lists every unreadable file, or says that there is none.
    """
    return _read(Path(folder), ("",), "Kodak")


def _read(folder: Path, beginnings: tuple[str, ...], what: str) -> Photographs:
    if not folder.is_dir():
        raise InputError(f"The folder of {what} {folder} does not exist.")
    pixels, names, problems = [], [], []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in _PICTURES or not file.name.startswith(beginnings):
            continue
        try:
            with Image.open(file, formats=FORMATS) as image:
                pixels.append(np.asarray(image.convert("RGB")))
        except (UnidentifiedImageError, OSError):
            problems.append(f"{file.name}: not a readable image")
            continue
        names.append(file.name)
    if problems:
        raise InputError(f"{folder} cannot be used:\n" + "\n".join(f"- {p}" for p in problems))
    if not names:
        raise InputError(f"{folder} holds no picture of {what}.")
    return Photographs(tuple(pixels), tuple(names))
