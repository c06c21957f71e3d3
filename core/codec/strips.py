"""Runs a convolutional network part by part, so that memory does not grow with the picture."""

from collections.abc import Callable, Iterator

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
    each: Callable[[float], None] | None = None,
) -> Tensor:
    """``network(x)`` for x (B, C, h, w), computed on groups of pictures or on strips of rows.

    ``pixels``: pixels of the picture that one element of x stands for; the rest as in :func:`strips`.
    ``each`` is called after every strip with the share of the picture that is done; what it raises
    ends the work.
    """
    groups = grouped(x, x, pixels)
    if len(groups) > 1:
        return torch.cat([in_parts(network, group, pixels, halo, align) for group in groups])
    if not is_large(x, pixels, halo, align):
        return network(x)
    whole = None
    for rows, strip, done in strips(network, x, pixels, halo, align):
        if whole is None:
            height = round(strip.shape[-2] / done)
            whole = strip.new_empty(*strip.shape[:2], height, strip.shape[-1])
        whole[..., rows, :] = strip
        if each is not None:
            each(done)
    return whole


def strips(
    network: Callable[[Tensor], Tensor], x: Tensor, pixels: int, halo: int, align: int
) -> Iterator[tuple[slice, Tensor, float]]:
    """``network(x)`` for x (B, C, h, w) strip by strip: its rows, what is in them, the share done.

    ``halo``: rows of x above and below a strip that its result depends on.  Strips begin at multiples
    of ``align`` rows, which the network maps to whole rows of its result.
    """
    height = x.shape[-2]
    step = _rows(x, pixels, align)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        first, last = max(0, top - halo), min(height, bottom + halo)
        result = network(x[..., first:last, :])
        grows = result.shape[-2] / (last - first)
        inner = slice(int((top - first) * grows), int((bottom - first) * grows))
        yield slice(int(top * grows), int(bottom * grows)), result[..., inner, :], bottom / height


def is_large(x: Tensor, pixels: int, halo: int, align: int) -> bool:
    """Whether x (B, C, h, w) goes through in strips."""
    return x.shape[-2] > _rows(x, pixels, align) + halo


def grouped(values: Tensor, x: Tensor, pixels: int) -> tuple[Tensor, ...]:
    """``values`` (B, ...) in the groups in which pictures x (B, C, h, w) go through a network."""
    area = pixels * x.shape[-2] * x.shape[-1]
    return values.split(
        max(1, GROUP_PIXELS // area, len(x) if len(x) * area <= GROUP_PIXELS else 0)
    )


def _rows(x: Tensor, pixels: int, align: int) -> int:
    """Rows of x in a strip."""
    return max(STRIP_PIXELS // (pixels * x.shape[-1]) // align, 1) * align
