import copy

import pytest
import torch

from core.codec.double import DoubleNetwork
from core.codec.transform import transform


@pytest.mark.parametrize("size", [(1, 64, 64), (2, 128, 64)])
def test_the_transforms_give_what_the_network_gives(baseline, size):
    codec, _ = baseline
    batch, height, width = size
    x = torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(0))
    kept = x.clone()
    y = transform(codec.net.g_a, x, pixels=1)
    assert torch.allclose(y, codec.net.g_a(x), rtol=1e-4, atol=1e-4) and torch.equal(x, kept)
    assert torch.allclose(
        transform(codec.net.g_s, y, pixels=256), codec.net.g_s(y), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("shape", [(1, 16, 1, 1), (3, 16, 2, 5)])
def test_the_double_network_agrees_with_torch_in_double_precision(baseline, shape):
    codec, _ = baseline
    network = copy.deepcopy(codec.net.h_s).double()
    z = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = network(z)
    assert torch.allclose(DoubleNetwork(codec.net.h_s)(z), expected, rtol=1e-12, atol=1e-13)
