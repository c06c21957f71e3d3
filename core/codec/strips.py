"""Runs a convolutional network over a large picture strip by strip, so that memory stays small."""

from collections.abc import Callable

import torch
from torch import Tensor

STRIP_PIXELS = 2**20
"""A strip covers about this many pixels of the picture."""


def in_strips(
    network: Callable[[Tensor], Tensor], x: Tensor, pixels: int, halo: int, align: int
) -> Tensor:
    """``network(x)`` for x (B, C, h, w), computed on strips of rows.

    ``pixels``: pixels of the picture that one element of x stands for.  ``halo``: rows of x above
    and below a strip that its result depends on.  Strips begin at multiples of ``align`` rows,
    which the network maps to whole rows of its result.
    """
    rows = STRIP_PIXELS // (pixels * x.shape[0] * x.shape[-1]) // align * align
    rows = max(rows, align)
    height = x.shape[-2]
    if height <= rows + halo:
        return network(x)
    strips = []
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - halo), min(height, bottom + halo)
        result = network(x[..., first:last, :])
        scaled = [(row - first) * result.shape[-2] // (last - first) for row in (top, bottom)]
        strips.append(result[..., scaled[0] : scaled[1], :])
    return torch.cat(strips, dim=-2)
