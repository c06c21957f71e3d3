"""The estimators of action units: a map of measures, a map of landmarks, an appearance network.

::

    landmarks -> align -> measures -+-> measured: one linear map a unit, of its own measures
                   |   blendshapes -+
                   +-- blendshapes ---> mapped: principal components -> perceptron
    crop -----------------------------> appearance: small residual network

Each gives 17 intensities, and so does the mean of the last two; which one speaks for a unit was chosen
on validation people.  All weighed together: :mod:`core.face.units.stacking`.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from core.face.units.measures import MEASURES, reads
from core.facs import UNITS

LANDMARK_FEATURES = 478 * 3 + 52
MEASURE_FEATURES = len(MEASURES) + 52


class MeasuredUnits(nn.Module):
    """A linear map from each unit's own measures and blendshapes; (F, 81) -> (F, 17)."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MEASURE_FEATURES))
        self.register_buffer("weight", torch.zeros(len(UNITS), MEASURE_FEATURES))
        self.register_buffer("bias", torch.zeros(len(UNITS)))

    def forward(self, features: Tensor) -> Tensor:
        """Intensities, not yet limited to 0..5."""
        return nn.functional.linear(features - self.mean, self.weight, self.bias)

    def fit(self, features: np.ndarray, units: np.ndarray, ridge: float = 1e-2) -> None:
        """Ridge regression of each unit on the features that it may read."""
        mean, spread = features.mean(0), features.std(0) + 1e-6
        x = (features - mean) / spread
        for row, mask in enumerate(reads()):
            a = x[:, mask]
            gram = a.T @ a + ridge * len(a) * np.eye(mask.sum())
            solution = np.linalg.solve(gram, a.T @ (units[:, row] - units[:, row].mean()))
            self.weight[row, torch.from_numpy(mask)] = torch.from_numpy(
                (solution / spread[mask]).astype(np.float32)
            )
        self.mean.copy_(torch.from_numpy(mean))
        self.bias.copy_(torch.from_numpy(units.mean(0)))


class MappedUnits(nn.Module):
    """A perceptron over principal components of landmarks and blendshapes; (F, 1486) -> (F, 17).

    ``components``: how many.  ``width``: hidden units of the first layer, twice those of the second.
    """

    def __init__(self, components: int = 96, width: int = 256) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(LANDMARK_FEATURES))
        self.register_buffer("spread", torch.ones(LANDMARK_FEATURES))
        self.register_buffer("axes", torch.zeros(components, LANDMARK_FEATURES))
        self.linear = nn.Linear(components, len(UNITS))
        self.layers = nn.Sequential(
            nn.Linear(components, width),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(width, width // 2),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(width // 2, len(UNITS)),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Intensities, not yet limited to 0..5."""
        parts = ((features - self.mean) / self.spread) @ self.axes.T
        return self.linear(parts) + self.layers(parts)

    def find_components(self, features: np.ndarray) -> None:
        """Take mean, spread and principal axes (scaled to unit variance) from features (n, 1486)."""
        x = features.astype(np.float64)
        mean = x.mean(0)
        spread = np.concatenate(
            [np.full(478 * 3, x[:, : 478 * 3].std()), np.maximum(x[:, 478 * 3 :].std(0), 0.02)]
        )
        spread[: 478 * 3] /= 3.0  # landmarks are many and the truth hangs on them
        spread[478 * 3 :] *= 3.0
        centred = (x - mean) / spread
        values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
        count = len(self.axes)
        axes = vectors[:, ::-1][:, :count] / np.sqrt(np.maximum(values[::-1][:count], 1e-8))
        for buffer, value in ((self.mean, mean), (self.spread, spread), (self.axes, axes.T)):
            buffer.copy_(torch.from_numpy(np.ascontiguousarray(value)).float())


class _Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, halving the size."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(incoming, outgoing, 3, 2, 1, bias=False),
            nn.BatchNorm2d(outgoing),
            nn.ReLU(inplace=True),
            nn.Conv2d(outgoing, outgoing, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outgoing),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, ceil_mode=True),
            nn.Conv2d(incoming, outgoing, 1, bias=False),
            nn.BatchNorm2d(outgoing),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class AppearanceUnits(nn.Module):
    """A residual network on grey crops, each brought to mean 0 and spread 1; (F, 112, 112) -> (F, 17).

    ``width``: channels of the first layer.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        sizes = [width, width * 3 // 2, width * 3, width * 5, width * 8]
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 5, 2, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        self.blocks = nn.Sequential(*(_Block(a, b) for a, b in pairwise(sizes)))
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(sizes[-1] * 16, len(UNITS))
        )

    def forward(self, crops: Tensor) -> Tensor:
        """Intensities, not yet limited to 0..5; crops are grey, any scale."""
        return self.head(self.pooled(crops))

    def pooled(self, crops: Tensor) -> Tensor:
        """What the head reads (F, channels, 4, 4)."""
        x = crops.float().unsqueeze(1)
        x = (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True) + 1e-3)
        return nn.functional.adaptive_avg_pool2d(self.blocks(self.stem(x)), 4)


class UnitNetworks(nn.Module):
    """All estimators of one checkpoint; ``appearance`` tells whether that network is among them."""

    def __init__(
        self, components: int = 96, width: int = 256, appearance: bool = False, channels: int = 24
    ) -> None:
        super().__init__()
        self.measured = MeasuredUnits()
        self.mapped = MappedUnits(components, width)
        self.appearance = AppearanceUnits(channels) if appearance else None

    def parts(self, features: Tensor) -> Tensor:
        """Principal components (F, components) of features (F, 1486)."""
        return ((features - self.mapped.mean) / self.mapped.spread) @ self.mapped.axes.T

    def stack_sizes(self) -> dict[str, int]:
        """What a :class:`core.face.units.stacking.StackedUnits` over these is built with."""
        pooled = self.appearance.head[-1].in_features
        return {"pooled": pooled, "seen": len(self.mapped.axes) + 52 + 3 * len(UNITS) + 6}
