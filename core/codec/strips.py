"""Runs a convolutional network part by part, so that memory does not grow with the picture."""

from collections.abc import Callable

import torch
from torch import Tensor

GROUP_PIXELS = 2**18
"""Pictures of a batch go through together up to about this many pixels (it is faster, too)."""

STRIP_PIXELS = 2**20
"""A picture of more pixels goes through in strips of about this many."""


def in_parts(
    network: Callable[[Tensor], Tensor],
    x: Tensor,
    pixels: int,
    halo: int,
    align: int,
    each: Callable[[Tensor, float], None] | None = None,
) -> Tensor:
    """``network(x)`` for x (B, C, h, w), computed on groups of pictures or on strips of rows.

    ``pixels``: pixels of the picture that one element of x stands for.  ``halo``: rows of x above
    and below a strip that its result depends on.  Strips begin at multiples of ``align`` rows,
    which the network maps to whole rows of its result.  ``each`` is called with the result of every
    strip and the share of the picture that is done; what it raises ends the work.
    """
    groups = grouped(x, x, pixels)
    if len(groups) > 1:
        return torch.cat([in_parts(network, group, pixels, halo, align) for group in groups])
    height, width = x.shape[-2:]
    rows = max(STRIP_PIXELS // (pixels * width) // align, 1) * align
    if height <= rows + halo:
        return network(x)
    whole = None
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - halo), min(height, bottom + halo)
        result = network(x[..., first:last, :])
        grows = result.shape[-2] / (last - first)
        if whole is None:
            whole = result.new_empty(*result.shape[:2], int(height * grows), result.shape[-1])
        strip = whole[..., int(top * grows) : int(bottom * grows), :]
        strip.copy_(result[..., int((top - first) * grows) : int((bottom - first) * grows), :])
        if each is not None:
            each(strip, bottom / height)
    return whole


def grouped(values: Tensor, x: Tensor, pixels: int) -> tuple[Tensor, ...]:
    """``values`` (B, ...) in the groups in which pictures x (B, C, h, w) go through a network."""
    area = pixels * x.shape[-2] * x.shape[-1]
    return values.split(
        max(1, GROUP_PIXELS // area, len(x) if len(x) * area <= GROUP_PIXELS else 0)
    )
