"""Runs a small convolutional network in double precision, a whole batch in one matrix product.

It is our own because files must decode on every processor, which float32 does not give, and because
torch's double-precision convolutions go picture by picture, several times slower for small maps.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DoubleNetwork:
    """A float64 copy of a (nested) ``Sequential`` of convolutions and element-wise layers."""

    def __init__(self, network: nn.Module) -> None:
        self._layers = [_layer(module) for module in network.modules() if not _nested(module)]

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        """The network's result for x (B, C, h, w), float64."""
        for layer in self._layers:
            x = layer(x)
        return x


def _nested(module: nn.Module) -> bool:
    return any(True for _ in module.children())


def _layer(module: nn.Module):
    if isinstance(module, nn.ConvTranspose2d):
        return _Up(module)
    return _Convolution(module) if isinstance(module, nn.Conv2d) else module


def _geometry(module: nn.Module) -> dict:
    return {
        "kernel_size": module.kernel_size,
        "stride": module.stride,
        "padding": module.padding,
        "dilation": module.dilation,
    }


class _Convolution:
    def __init__(self, module: nn.Conv2d) -> None:
        self.matrix = module.weight.detach().double().flatten(1)  # (out, in * k * k)
        self.bias = module.bias.detach().double().view(1, -1, 1, 1)
        self.geometry = _geometry(module)

    def __call__(self, x: Tensor) -> Tensor:
        batch, _, *sides = x.shape
        columns = F.unfold(x, **self.geometry)  # (B, in * k * k, positions)
        product = self.matrix @ columns.transpose(0, 1).flatten(1)
        sides = [
            (side + 2 * padding - kernel) // stride + 1
            for side, padding, kernel, stride in zip(
                sides,
                self.geometry["padding"],
                self.geometry["kernel_size"],
                self.geometry["stride"],
                strict=True,
            )
        ]
        return product.view(-1, batch, *sides).transpose(0, 1) + self.bias


class _Up:
    def __init__(self, module: nn.ConvTranspose2d) -> None:
        self.matrix = module.weight.detach().double().flatten(1).t().contiguous()
        self.bias = module.bias.detach().double().view(1, -1, 1, 1)
        self.geometry = _geometry(module)
        self.extra = module.output_padding

    def __call__(self, x: Tensor) -> Tensor:
        batch, channels, *sides = x.shape
        product = self.matrix @ x.transpose(0, 1).reshape(channels, -1)  # (out * k * k, B * h * w)
        columns = product.view(len(product), batch, -1).transpose(0, 1)
        sides = [
            (side - 1) * stride - 2 * padding + kernel + extra
            for side, stride, padding, kernel, extra in zip(
                sides,
                self.geometry["stride"],
                self.geometry["padding"],
                self.geometry["kernel_size"],
                self.extra,
                strict=True,
            )
        ]
        return F.fold(columns, sides, **self.geometry) + self.bias
