"""Where the codec starts: a truncated hierarchical principal-component transform, and its spread.

Four times, every 2x2 neighbourhood of the channels so far is turned into its principal components,
the strongest first, until the layer's channels are full; the synthesis is the transpose.  The result
is orthonormal, so that a quantiser's step means the same in y as in the picture, which is the scale
that ``GAIN_MAX`` expects.  The hyperprior starts with what is known without z: every channel's spread,
and the channels' gains as in reverse water-filling: at a rate where a channel would hardly leave its
quantiser's zero, it is off.
From random weights most of a training goes into learning to be invertible.
"""

import torch
from torch import Tensor, nn

from core.codec.network import KNOTS, VariableRateCodec

_SPREAD = 0.1  # of the usual random weights, kept everywhere so that idle channels can learn
_HEARD = 0.45  # deviation, in steps of the quantiser, below which a channel is switched off
_OFF = 3.0  # by how much, as a logarithm of its gain
_CURVATURE = 0.01  # of the divisive normalisations: nearly the identity


@torch.no_grad()
def start_from_components(codec: VariableRateCodec, x: Tensor) -> None:
    """Set ``codec`` from pictures ``x`` (B, 3, H, W) in 0..1, in place; H and W multiples of 16.

    Nothing but the pictures' covariances is used.
    """
    analysis = [layer for layer in codec.net.g_a if isinstance(layer, nn.Conv2d)]
    synthesis = [layer for layer in codec.net.g_s if isinstance(layer, nn.ConvTranspose2d)][::-1]
    for layer in (*codec.net.g_a, *codec.net.g_s):
        if hasattr(layer, "gamma"):
            identity = torch.eye(len(layer.gamma), device=x.device)
            layer.gamma.copy_(layer.gamma_reparam.init(_CURVATURE * identity))
    mean = x.mean(dim=(0, 2, 3))
    signal, used = x, x.shape[1]
    for depth, (down, up) in enumerate(zip(analysis, synthesis, strict=True)):
        basis = _components(signal[:, :used], len(down.weight))
        components = len(basis)
        for layer in (down, up):
            layer.weight.mul_(_SPREAD)
            layer.bias.zero_()
        # Of the 5x5 kernels, rows and columns 2 and 3 see the neighbourhood itself.
        down.weight[:components, :used] = 0
        down.weight[:components, :used, 2:4, 2:4] = basis
        up.weight[:components, :used] = 0
        up.weight[:components, :used, 2:4, 2:4] = basis
        if depth == 0:
            down.bias[:components] = -(basis.sum(dim=(2, 3)) @ mean)
            up.bias.copy_(mean)
        place = list(codec.net.g_a).index(down)
        signal, used = codec.net.g_a[place : place + 2](signal), components
    scales, means = codec.net.h_s[-1].bias.chunk(2)
    scales.copy_(signal.std(dim=(0, 2, 3)))
    loud = codec.gain(torch.linspace(0, 1, KNOTS)).view(-1, 1) * scales / _HEARD
    codec.channel_gains.copy_(-_OFF / (1 + loud**4))
    means.copy_(signal.mean(dim=(0, 2, 3)))
    offsets = codec.net.QuantABCD[-1]  # none until they are learned
    offsets.weight.zero_()
    offsets.bias.zero_()


def _components(x: Tensor, most: int) -> Tensor:
    """At most ``most`` principal components (K, C, 2, 2) of the 2x2 neighbourhoods of x (B, C, H, W)."""
    channels = x.shape[1]
    patches = nn.functional.unfold(x - x.mean(dim=(0, 2, 3), keepdim=True), 2, stride=2)
    flat = patches.transpose(1, 2).reshape(-1, 4 * channels).double()
    vectors = torch.linalg.eigh(flat.T @ flat).eigenvectors.flip(1).T
    return vectors[:most].float().reshape(-1, channels, 2, 2)
