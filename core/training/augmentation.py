"""Faces changed at random: mirrored, turned, scaled, shifted, relit, holed; and mixed."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.data.faces import FACE_SIZE


def augment(
    x: Tensor,
    generator: torch.Generator | None = None,
    pixels: int = FACE_SIZE,
    erasing: float = 0.35,
) -> Tensor:
    """Random mirror, rotation, scale, shift, contrast, brightness and erasing of faces (B, C, H, W).

    ``generator`` is one of the device of ``x``; None is that device's own.
    """
    batch = len(x)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        values = torch.rand(*(shape or (batch,)), generator=generator, device=x.device)
        return values * (high - low) + low

    angle = uniform(-0.26, 0.26)
    scale = uniform(0.8, 1.15)
    stretch = uniform(0.92, 1.08)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = uniform(-0.15, 0.15, batch, 2)
    theta = torch.stack(
        [
            torch.stack([cos * mirror * stretch, -sin, shift[:, 0]], dim=1),
            torch.stack([sin * mirror * stretch, cos, shift[:, 1]], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    if pixels != x.shape[-1]:
        x = F.interpolate(x, (pixels, pixels), mode="bilinear", antialias=True, align_corners=False)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    contrast = uniform(0.65, 1.35).view(-1, 1, 1, 1)
    x = ((x - mean) * contrast + mean + uniform(-0.15, 0.15).view(-1, 1, 1, 1)).clamp(0, 1)
    side = uniform(0.15, 0.45, batch, 2)
    centre = uniform(0, 1, batch, 2)
    line = (torch.arange(pixels, device=x.device) + 0.5) / pixels
    rows = (line[None] - centre[:, :1]).abs() < side[:, :1] / 2
    columns = (line[None] - centre[:, 1:]).abs() < side[:, 1:] / 2
    erased = rows[:, None, :, None] & columns[:, None, None, :]
    erased &= (uniform(0, 1) < erasing).view(-1, 1, 1, 1)
    return torch.where(erased, uniform(0, 1).view(-1, 1, 1, 1), x)


def mix(x: Tensor, targets: Tensor, part: float, order: Tensor) -> tuple[Tensor, Tensor]:
    """Mixup (Zhang et al., ICLR 2018): ``part`` of every face and of its label, the rest another's.

    ``x`` (B, C, H, W), ``shares`` (B, classes), ``order`` (B,) the place of each face's other face.
    """
    return part * x + (1 - part) * x[order], part * targets + (1 - part) * targets[order]
