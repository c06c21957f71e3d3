"""The expression network of face-api (Justadudewhohacks, Mandic), run by torch from its own file.

::

    x 112x112 -> dense block 32 (56) -> 64 (28) -> 128 (14) -> 256 (7) -> mean -> linear -> softmax

A dense block is four 3x3 convolutions, depthwise-separable but for the very first, each added to the sum
of those before it.  The weights file holds most tensors as bytes with a scale and a least value, in the
order of its manifest (TensorFlow.js "weights manifest").
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 112
"""Pixels a side that the network looks at."""

_MEAN = (122.782, 117.001, 104.298)
_WIDTHS = (32, 64, 128, 256)
_CLASSES = 7


class FaceApiNetwork(nn.Module):
    """Input: (B, 3, H, W) in 0..1, square.  Output: (B, 7) logits in the order of face-api's classes."""

    def __init__(self) -> None:
        super().__init__()
        widths = zip((3, *_WIDTHS), _WIDTHS, strict=False)
        self.blocks = nn.ModuleList(
            _DenseBlock(before, width, first=i == 0) for i, (before, width) in enumerate(widths)
        )
        self.fc = nn.Linear(_WIDTHS[-1], _CLASSES)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 7) of faces in 0..1."""
        x = (_resized(x * 255) - self.mean) / 255
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        return self.fc(F.avg_pool2d(x, 7).flatten(1))


class _DenseBlock(nn.Module):
    def __init__(self, before: int, width: int, first: bool) -> None:
        super().__init__()
        down = nn.Conv2d(before, width, 3, stride=2) if first else _Separable(before, width, 2)
        self.convolutions = nn.ModuleList([down, *(_Separable(width, width, 1) for _ in range(3))])

    def forward(self, x: Tensor) -> Tensor:
        down, *others = self.convolutions
        # "same" padding at stride 2 in TensorFlow: one row below, one column to the right
        total = F.relu(down(F.pad(x, (0, 1, 0, 1))))
        here = total
        for convolution in others:
            total = total + convolution(here)
            here = F.relu(total)
        return here


class _Separable(nn.Module):
    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        padding = 1 if stride == 1 else 0  # at stride 2 the block pads
        self.depthwise = nn.Conv2d(before, before, 3, stride, padding, groups=before, bias=False)
        self.pointwise = nn.Conv2d(before, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


def load_network(manifest: bytes, content: bytes) -> FaceApiNetwork:
    """The network with the weights of a TensorFlow.js file and its manifest.

    Raises ValueError where the file is not as long as its manifest says.
    """
    network = FaceApiNetwork()
    tensors = _tensors(manifest, content)
    state = {_our_name(name): _our_layout(name, values) for name, values in tensors.items()}
    network.load_state_dict(state)
    network.to(memory_format=torch.channels_last)  # half the time on a CPU
    return network.eval().requires_grad_(False)


def _tensors(manifest: bytes, content: bytes) -> dict[str, np.ndarray]:
    """Name -> float32 array, in TensorFlow's layout."""
    tensors, at = {}, 0
    for entry in json.loads(manifest)[0]["weights"]:
        count, packed = math.prod(entry["shape"]), entry.get("quantization")
        kind = np.dtype(packed["dtype"] if packed else entry["dtype"]).newbyteorder("<")
        if len(content) - at < count * kind.itemsize:
            raise ValueError("the weights are shorter than their manifest says")
        values = np.frombuffer(content, kind, count, at).astype(np.float32)
        if packed:
            values = values * np.float32(packed["scale"]) + np.float32(packed["min"])
        tensors[entry["name"]] = values.reshape(entry["shape"])
        at += count * kind.itemsize
    if at != len(content):
        raise ValueError("the weights are longer than their manifest says")
    return tensors


def _our_name(name: str) -> str:
    """``dense1/conv0/depthwise_filter`` -> ``blocks.1.convolutions.0.depthwise.weight``."""
    parts = name.split("/")
    if parts[0] == "fc":
        return {"weights": "fc.weight", "bias": "fc.bias"}[parts[1]]
    place = f"blocks.{parts[0][-1]}.convolutions.{parts[1][-1]}"
    first = parts[:2] == ["dense0", "conv0"]
    inside = {
        "filters": "weight",
        "depthwise_filter": "depthwise.weight",
        "pointwise_filter": "pointwise.weight",
        "bias": "bias" if first else "pointwise.bias",
    }
    return f"{place}.{inside[parts[2]]}"


def _our_layout(name: str, values: np.ndarray) -> Tensor:
    """TensorFlow's (height, width, in, out) as torch's (out, in, height, width)."""
    if values.ndim == 4:
        axes = (2, 3, 0, 1) if name.endswith("depthwise_filter") else (3, 2, 0, 1)
        values = values.transpose(axes)
    return torch.from_numpy(np.ascontiguousarray(values.T if values.ndim == 2 else values))


def _resized(x: Tensor) -> Tensor:
    """Bilinear at 112x112 as TensorFlow.js does it: pixel i of the result is at i * H / 112."""
    if x.shape[-1] == SIDE and x.shape[-2] == SIDE:
        return x
    for axis in (-2, -1):
        length = x.shape[axis]
        place = torch.arange(SIDE, dtype=torch.float32) * (length / SIDE)
        below = place.floor().long()
        above = (below + 1).clamp(max=length - 1)
        shape = [1] * x.ndim
        shape[axis] = SIDE
        part = (place - below).view(shape)
        x = x.index_select(axis, below) * (1 - part) + x.index_select(axis, above) * part
    return x
