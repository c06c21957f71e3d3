"""Grey crops as the appearance network sees them while it learns."""

import numpy as np
import torch
from torch import Tensor


def augment(crops: np.ndarray, rng: np.random.Generator, device: str = "cpu") -> Tensor:
    """Crops uint8 (n, 112, 112) as float32 on ``device``: mirrored, moved, relit, blurred, coarse."""
    x = torch.from_numpy(crops).to(device).float().unsqueeze(1) / 255
    n = len(x)
    angle, size = rng.normal(0, 0.06, n), np.exp(rng.normal(0, 0.05, n))
    flip = np.where(rng.random(n) < 0.5, -1.0, 1.0)
    turn = np.empty((n, 2, 3))
    turn[:, 0, 0], turn[:, 0, 1] = flip * size * np.cos(angle), -size * np.sin(angle)
    turn[:, 1, 0], turn[:, 1, 1] = flip * size * np.sin(angle), size * np.cos(angle)
    turn[:, :, 2] = rng.normal(0, 0.03, (n, 2))
    affine = torch.from_numpy(turn).float().to(device)
    grid = torch.nn.functional.affine_grid(affine, x.shape, align_corners=False)
    x = torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    if rng.random() < 0.5:
        side = int(rng.integers(32, 90))
        small = torch.nn.functional.interpolate(x, size=(side, side), mode="area")
        x = torch.nn.functional.interpolate(small, size=x.shape[2:], mode="bilinear")
    column = lambda values: torch.from_numpy(values).float().to(device).view(n, 1, 1, 1)  # noqa: E731
    x = x.clamp(1e-3, 1) ** column(np.exp(rng.normal(0, 0.3, n)))
    across = torch.linspace(-1, 1, x.shape[3], device=device)
    x = x * (
        1 + column(rng.normal(0, 0.2, n)) * across + column(rng.normal(0, 0.1, n)) * across[:, None]
    )
    x = x + column(np.abs(rng.normal(0, 0.02, n))) * torch.randn_like(x)
    return x.squeeze(1)
