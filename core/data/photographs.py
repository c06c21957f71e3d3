"""Colour photographs for the codec: reading, the split by person, and crops under strong jitter."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

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


def random_crops(
    photographs: Photographs, count: int, side: int, rng: np.random.Generator
) -> Tensor:
    """``count`` jittered crops (count, 3, side, side) in 0..1.

    Studio portraits alone would teach the codec one background and one light: crops are mirrored,
    turned, recoloured, relit, and in part composed of two pictures along a random smooth edge.
    """
    crops = torch.stack([_crop(photographs, side, rng) for _ in range(count)])
    crops = _recolour(crops, rng)
    other = _recolour(crops[rng.permutation(count)].flip(-2), rng)
    mask = _smooth_field(count, 1, side, rng).gt(0.5).float()
    composed = torch.from_numpy(rng.random(count) < 0.3).view(-1, 1, 1, 1)
    return torch.where(composed, mask * crops + (1 - mask) * other, crops)


def _crop(photographs: Photographs, side: int, rng: np.random.Generator) -> Tensor:
    picture = photographs.pixels[rng.integers(len(photographs))]
    full = picture.shape[0]
    span = int(min(full, side * math.exp(rng.uniform(0, math.log(full / side)))))
    top, left = rng.integers(full - span + 1, size=2)
    crop = np.ascontiguousarray(picture[top : top + span, left : left + span])
    x = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
    if span != side:
        x = F.interpolate(x, (side, side), mode="bicubic", antialias=True, align_corners=False)
    x = torch.rot90(x, int(rng.choice(4, p=(0.7, 0.1, 0.1, 0.1))), (-2, -1))
    return (x.flip(-1) if rng.random() < 0.5 else x)[0].clamp(0, 1)


def _recolour(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Half of the pictures as they are; the others under another exposure, colour and light."""
    count, _, side, _ = x.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, (count, *shape)).astype(np.float32))

    changed = x ** torch.exp(uniform(-0.5, 0.5, 1, 1, 1))
    grey = changed.mean(dim=1, keepdim=True)
    changed = grey + (changed - grey) * uniform(0.0, 1.6, 1, 1, 1)
    shuffled = changed[:, rng.permutation(3)]
    changed = torch.where(uniform(0, 1, 1, 1, 1) < 0.15, shuffled, changed)
    tint = 0.3 * (_smooth_field(count, 3, side, rng) - 0.5)
    light = 1.2 * (_smooth_field(count, 1, side, rng) - 0.5)
    changed = changed * torch.exp(tint + light + uniform(-0.2, 0.2, 3, 1, 1))
    changed = (changed + uniform(-0.1, 0.1, 1, 1, 1)).clamp(0, 1)
    return torch.where(uniform(0, 1, 1, 1, 1) < 0.5, changed, x)


def _smooth_field(count: int, channels: int, side: int, rng: np.random.Generator) -> Tensor:
    cells = int(rng.integers(2, 5))
    coarse = torch.from_numpy(rng.random((count, channels, cells, cells)).astype(np.float32))
    return F.interpolate(coarse, (side, side), mode="bicubic", align_corners=True)
