"""All estimators of units weighed together, calibrated, and how far to believe it.

::

    landmarks, blendshapes, crop -> what the estimators see of a face and of its mirror image
        -> 17 intensities of each, their mean -> monotone calibration, one curve a unit
        with how the face was seen -> share that is hidden, chance that the units are right
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.facs import MAX_INTENSITY, UNITS

SEEN_AS = 7
"""How the face was seen: presence, sharpness, width, yaw, pitch, roll, how far estimators differ."""


class Curves(nn.Module):
    """A rising curve for each of n columns: straight between ``knots`` points, level beyond them."""

    def __init__(self, columns: int, knots: int = 12) -> None:
        super().__init__()
        line = torch.linspace(-1, MAX_INTENSITY, knots).repeat(columns, 1)
        self.register_buffer("x", line)
        self.register_buffer("y", line.clone())

    def forward(self, values: Tensor) -> Tensor:
        """(F, columns) -> the same, each by its curve."""
        columns = values.T.contiguous()
        right = torch.searchsorted(self.x, columns).clamp(1, self.x.shape[1] - 1)
        x0, x1 = self.x.gather(1, right - 1), self.x.gather(1, right)
        y0, y1 = self.y.gather(1, right - 1), self.y.gather(1, right)
        part = ((columns - x0) / (x1 - x0)).clamp(0, 1)
        return (y0 + part * (y1 - y0)).T


@dataclass(frozen=True, slots=True)
class Stacked:
    """What a stack reads off F faces.

    ``units`` (F, 17), 0..5; ``occlusion`` and ``confidence`` (F,), 0..1.
    """

    units: Tensor
    occlusion: Tensor
    confidence: Tensor


class StackedUnits(nn.Module):
    """A perceptron over what all estimators see; ``seen``: numbers of one face, of one side.

    ``pooled``: features of the appearance network, of which ``axes`` principal ones are kept.
    """

    def __init__(self, pooled: int, seen: int, axes: int = 64, width: int = 192) -> None:
        super().__init__()
        count = axes + seen
        self.register_buffer("pool_mean", torch.zeros(pooled))
        self.register_buffer("pool_axes", torch.zeros(pooled, axes))
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("spread", torch.ones(count))
        self.register_buffer("seen_mean", torch.zeros(SEEN_AS))
        self.register_buffer("seen_spread", torch.ones(SEEN_AS))
        self.linear = nn.Linear(count, len(UNITS))
        self.layers = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(count, width),
            nn.GELU(),
            nn.Dropout(0.5),
            nn.Linear(width, len(UNITS)),
        )
        self.calibration = Curves(len(UNITS))
        self.quality = nn.Sequential(
            nn.Linear(count + SEEN_AS, 48), nn.GELU(), nn.Dropout(0.3), nn.Linear(48, 2)
        )
        self.certainty = Curves(1)

    def normal(self, pooled: Tensor, seen: Tensor) -> Tensor:
        """Features (F, axes + seen), about mean 0 and spread 1, of one side of the mirror."""
        return (self.join(pooled, seen) - self.mean) / self.spread

    def join(self, pooled: Tensor, seen: Tensor) -> Tensor:
        """Features (F, axes + seen) as they are."""
        return torch.cat([(pooled - self.pool_mean) @ self.pool_axes, seen], 1)

    def raw(self, normal: Tensor) -> Tensor:
        """Intensities before calibration of features of one side."""
        return self.linear(normal) + self.layers(normal)

    def forward(self, normal: Tensor, mirrored: Tensor, seen_as: Tensor) -> Stacked:
        """``normal``, ``mirrored``: of :meth:`normal`; ``seen_as`` (F, 7)."""
        raw = (self.raw(normal) + self.raw(mirrored)) / 2
        both = torch.cat(
            [(normal + mirrored) / 2, (seen_as - self.seen_mean) / self.seen_spread], 1
        )
        hidden, sure = self.quality(both).T
        certain = self.certainty(sure[:, None])[:, 0]
        return Stacked(
            self.calibration(raw).clamp(0, MAX_INTENSITY),
            torch.sigmoid(hidden),
            certain.clamp(0, 1),
        )


def seen_as(
    presence: np.ndarray,
    sharp: np.ndarray,
    width: np.ndarray,
    rotation: np.ndarray,
    apart: np.ndarray,
) -> np.ndarray:
    """How F faces were seen (F, 7); ``rotation`` (F, 3) in radians, ``apart``: the estimators' mean gap."""
    sure = np.clip(presence, 1e-6, 1 - 1e-6)
    parts = [
        np.log(sure / (1 - sure)),
        np.nan_to_num(sharp),
        np.log(np.maximum(width, 1.0)),
        np.abs(rotation[:, 1]),
        np.abs(rotation[:, 0]),
        1 - np.cos(rotation[:, 2]),
        apart,
    ]
    return np.stack(parts, 1).astype(np.float32)
