"""Batches of labelled faces, made where they are used: all faces lie on the device as bytes."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.data.faces import FACE_SIZE, Faces, as_tensor, at_face_size
from core.errors import InputError
from core.training.randomness import Purpose, generator

_CHUNK = 2048


@dataclass(frozen=True, slots=True)
class Batch:
    """Faces x (B, 3, 64, 64) in 0..1, their places in the split (B,), and what they show.

    ``mirrored`` (B,) tells which were turned left to right.  ``labels`` (B,) are indices of classes,
    ``shares`` (B, classes) what share of people names each.
    """

    x: Tensor
    places: Tensor
    mirrored: Tensor
    labels: Tensor
    shares: Tensor


class FaceBatches:
    """One split's faces on a device, uint8 at 64x64, and its batches for any step.

    ``shares`` (n, classes) are FER+ votes; NaN rows, and all without votes, fall back on the label.
    Every face is seen once before any is seen again; half of them are mirrored at random.
    """

    def __init__(
        self, faces: Faces, device: str | torch.device = "cpu", shares: np.ndarray | None = None
    ) -> None:
        self.device = torch.device(device)
        self.pixels = at_face_size_on(faces.pixels, self.device)
        self.labels = torch.from_numpy(faces.labels).to(self.device)
        hard = F.one_hot(torch.from_numpy(faces.labels), len(faces.classes)).float()
        soft = hard if shares is None else torch.from_numpy(shares).float()
        self.shares = torch.where(soft.isnan(), hard, soft).to(self.device)
        self._order: tuple[tuple[int, int], Tensor] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def check(self, size: int) -> None:
        """Raise InputError for a batch of more faces than there are."""
        if size > len(self):
            raise InputError(f"--faces {size}: there are only {len(self)} training faces.")

    def __call__(self, step: int, size: int, seed: int, mirrored: bool = True) -> Batch:
        """The batch of ``size`` faces for ``step``."""
        per_epoch = len(self) // size
        epoch, place = divmod(step, per_epoch)
        places = self._permutation(seed, epoch)[place * size : (place + 1) * size]
        x = as_tensor(self.pixels[places])
        drawn = generator(seed, Purpose.MIRROR, step, self.device)
        turned = torch.rand(size, generator=drawn, device=self.device) < (0.5 if mirrored else 0)
        if mirrored:
            x = mirror(x, turned)
        return Batch(x, places, turned, self.labels[places], self.shares[places])

    def _permutation(self, seed: int, epoch: int) -> Tensor:
        if self._order is None or self._order[0] != (seed, epoch):
            drawn = torch.randperm(len(self), generator=generator(seed, Purpose.ORDER, epoch))
            self._order = (seed, epoch), drawn.to(self.device)
        return self._order[1]


def mirror(x: Tensor, which: Tensor) -> Tensor:
    """Pictures x (B, C, H, W), those of ``which`` (B,) turned left to right."""
    return torch.where(which.view(-1, 1, 1, 1), x.flip(-1), x)


def at_face_size_on(pixels: np.ndarray, device: torch.device) -> Tensor:
    """uint8 faces (n, H, W) or (n, H, W, 3) at 64x64 on ``device``, within a level of Pillow's bicubic."""
    if device.type == "cpu":  # Pillow is faster there
        return torch.tensor(at_face_size(pixels))
    return enlarged(pixels, device)


def enlarged(pixels: np.ndarray, device: torch.device) -> Tensor:
    """What :func:`at_face_size_on` returns, made on a card."""
    chunks = []
    for start in range(0, len(pixels), _CHUNK):
        part = torch.from_numpy(np.ascontiguousarray(pixels[start : start + _CHUNK])).to(device)
        if part.shape[1:3] != (FACE_SIZE, FACE_SIZE):
            grey = part.ndim == 3
            x = (part.unsqueeze(1) if grey else part.permute(0, 3, 1, 2)).float()
            for size in ((x.shape[-2], FACE_SIZE), (FACE_SIZE, FACE_SIZE)):  # Pillow's two passes
                x = F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False)
                x = x.round().clamp(0, 255)
            x = x.byte()
            part = x.squeeze(1) if grey else x.permute(0, 2, 3, 1).contiguous()
        chunks.append(part)
    return torch.cat(chunks)
