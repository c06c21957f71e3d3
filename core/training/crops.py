"""Crops of photographs under strong jitter, made in batches where they are used.

Every photograph lies on the device as bytes, at its own size and reduced by sqrt(2) again and again
until it is a crop small.  A crop is cut out of one of them pixel by pixel, so that it is as sharp as the
picture; its colours, light and background are changed by the batch.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from core.data.photographs import Photographs
from core.errors import InputError
from core.training.randomness import Purpose, generator, number_of

LEAST_SIDE = 64
_STEP = math.sqrt(2)
_TURNED, _UPSIDE_DOWN, _COMPOSED, _RECOLOURED = 0.2, 0.125, 0.3, 0.5


class PhotographCrops:
    """Photographs of any sizes on a device, and random crops of them for any step."""

    def __init__(self, photographs: Photographs, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        self.count = len(photographs)
        pixels, table, owner = [], [], []
        offset = 0
        for number, picture in enumerate(photographs.pixels):
            for reduced in _reductions(picture, self.device):
                height, width = reduced.shape[:2]
                pixels.append(reduced.reshape(-1, 3))
                table.append((offset, height, width))
                owner.append(number)
                offset += height * width
        if not table:
            raise InputError(f"No photograph is {LEAST_SIDE} pixels a side or more.")
        self._pixels = torch.cat(pixels)
        self._table, self._owner = np.array(table), np.array(owner)
        self._choices: dict[int, tuple[Tensor, Tensor, Tensor]] = {}

    @property
    def largest(self) -> int:
        """Side of the largest crop that some photograph is large enough for."""
        return int(self._table[:, 1:].min(axis=1).max())

    def __call__(self, step: int, count: int, side: int, seed: int) -> Tensor:
        """``count`` jittered crops (count, 3, side, side) in 0..1 for ``step``, a number from 0."""
        draw = _Draw(seed, step, count, self.device)
        crops = self._cut(count, side, draw)
        crops = _recolour(crops, draw)
        other = _recolour(crops[draw.order()].flip(-2), draw)
        mask = _smooth_field(1, side, draw).gt(0.5).float()
        composed = draw(count, 1, 1, 1) < _COMPOSED
        return torch.where(composed, mask * crops + (1 - mask) * other, crops)

    def _cut(self, count: int, side: int, draw: "_Draw") -> Tensor:
        """Crops as they are in the pictures, mirrored and turned."""
        first, many, table = self._choice(side)
        picture = (draw(count) * len(first)).long()
        size = first[picture] + (draw(count) * many[picture]).long()
        offset, height, width = table[size].unbind(1)
        top = (draw(count) * (height - side + 1)).long()
        left = (draw(count) * (width - side + 1)).long()
        line = torch.arange(side, device=self.device)
        rows, columns = top[:, None] + line, left[:, None] + line
        places = (offset[:, None] + rows * width[:, None])[:, :, None] + columns[:, None, :]
        x = self._pixels[places].permute(0, 3, 1, 2).float() / 255
        turned = draw(count, 1, 1, 1) < _TURNED
        x = torch.where(turned, x.transpose(-1, -2), x)
        upside_down = draw(count, 1, 1, 1) < torch.where(turned, 0.5, _UPSIDE_DOWN)
        x = torch.where(upside_down, x.flip(-2), x)
        return torch.where(draw(count, 1, 1, 1) < 0.5, x.flip(-1), x)

    def _choice(self, side: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of the pictures with a size of ``side`` or more: its first size, how many; all sizes."""
        if side not in self._choices:
            fits = self._table[:, 1:].min(axis=1) >= side
            if not fits.any():
                raise InputError(f"No photograph is {side} pixels a side or more.")
            first, many = [], []
            for number in np.unique(self._owner[fits]):
                places = np.flatnonzero((self._owner == number) & fits)
                first.append(places[0])  # sizes of a picture fall, so those that fit come first
                many.append(len(places))
            choice = (np.array(first), np.array(many), self._table)
            self._choices[side] = tuple(torch.from_numpy(part).to(self.device) for part in choice)
        return self._choices[side]


class _Draw:
    """Uniform numbers in 0..1 for one batch, and the few whole ones that the host must know."""

    def __init__(self, seed: int, step: int, count: int, device: torch.device) -> None:
        self.count, self.device = count, device
        self.host = np.random.default_rng(number_of(seed, Purpose.PHOTOGRAPHS, step))
        self._generator = generator(seed, Purpose.PHOTOGRAPHS, step, device)

    def __call__(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self._generator, device=self.device)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Numbers in low..high, one set a picture."""
        return self(self.count, *shape) * (high - low) + low

    def order(self) -> Tensor:
        """A random order of the batch, drawn without waiting for the device."""
        return self(self.count).argsort()


def _reductions(picture: np.ndarray, device: torch.device) -> list[Tensor]:
    """uint8 (h, w, 3) of a picture at its own size and at sizes that fall by sqrt(2)."""
    sizes, scale = [], 1.0
    whole = torch.tensor(picture, device=device)
    while True:
        height, width = (round(edge * scale) for edge in picture.shape[:2])
        if min(height, width) < LEAST_SIDE:
            return sizes
        if scale == 1:
            sizes.append(whole)
        elif device.type == "cpu":  # Pillow is faster there
            small = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)
            sizes.append(torch.tensor(np.asarray(small)))
        else:
            x = whole.permute(2, 0, 1)[None].float()
            x = F.interpolate(
                x, (height, width), mode="bicubic", antialias=True, align_corners=False
            )
            sizes.append(x[0].round().clamp(0, 255).byte().permute(1, 2, 0))
        scale /= _STEP


def _recolour(x: Tensor, draw: _Draw) -> Tensor:
    """Half of the pictures as they are; the others under another exposure, colour and light."""
    side = x.shape[-1]
    changed = x ** torch.exp(draw.between(-0.5, 0.5, 1, 1, 1))
    grey = changed.mean(dim=1, keepdim=True)
    changed = grey + (changed - grey) * draw.between(0.0, 1.6, 1, 1, 1)
    swapped = torch.stack([changed[:, channel] for channel in draw.host.permutation(3)], dim=1)
    changed = torch.where(draw.between(0, 1, 1, 1, 1) < 0.15, swapped, changed)
    tint = 0.3 * (_smooth_field(3, side, draw) - 0.5)
    light = 1.2 * (_smooth_field(1, side, draw) - 0.5)
    changed = changed * torch.exp(tint + light + draw.between(-0.2, 0.2, 3, 1, 1))
    changed = (changed + draw.between(-0.1, 0.1, 1, 1, 1)).clamp(0, 1)
    return torch.where(draw.between(0, 1, 1, 1, 1) < _RECOLOURED, changed, x)


def _smooth_field(channels: int, side: int, draw: _Draw) -> Tensor:
    cells = int(draw.host.integers(2, 5))
    coarse = draw.between(0, 1, channels, cells, cells)
    return F.interpolate(coarse, (side, side), mode="bicubic", align_corners=True)
