"""Runs the analysis and synthesis networks with fewer copies than their modules make."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
    """Generalised divisive normalisation, the norm's memory becoming the result's."""
    gamma = gdn.gamma_reparam(gdn.gamma)[..., None, None]
    norm = F.conv2d(x * x, gamma, gdn.beta_reparam(gdn.beta))
    norm = norm.sqrt_() if gdn.inverse else norm.rsqrt_()
    return norm.mul_(x)
