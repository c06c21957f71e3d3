"""Runs the analysis and synthesis networks with fewer copies than their modules make."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_NORMALISED = 2**22
"""Numbers that are normalised at a time."""

SMALL = 64 * 64
"""Batches of at most this many pixels stay in torch's default layout, which is faster for them."""


@torch.no_grad()
def transform(network: nn.Sequential, x: Tensor, pixels: int) -> Tensor:
    """``network(x)`` in inference, where one element of x (B, C, h, w) stands for ``pixels``."""
    from compressai.layers import GDN

    if pixels * len(x) * x.shape[-2] * x.shape[-1] > SMALL:
        x = x.contiguous(memory_format=torch.channels_last)
    for module in network:
        x = _normalise(module, x) if type(module) is GDN else module(x)
    return x.contiguous()


def _normalise(gdn: nn.Module, x: Tensor) -> Tensor:
    """Generalised divisive normalisation; x (B, C, h, w) becomes the result, some rows at a time."""
    gamma, beta = gdn.gamma_reparam(gdn.gamma)[..., None, None], gdn.beta_reparam(gdn.beta)
    rows = max(1, _NORMALISED * x.shape[-2] // x.numel())
    for part in x.split(rows, dim=-2):
        norm = F.conv2d(part * part, gamma, beta)
        part *= norm.sqrt_() if gdn.inverse else norm.rsqrt_()
    return x
