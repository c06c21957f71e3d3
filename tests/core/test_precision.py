"""Where the networks compute."""

import torch

from core.precision import autocast, device_of, fastest_device


def test_bfloat16_is_used_only_where_the_processor_has_it():
    layer, x = torch.nn.Linear(4, 4), torch.rand(2, 4)
    with autocast():
        found = layer(x).dtype
    fast = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert found == (torch.bfloat16 if fast else torch.float32)
    assert device_of(layer).type == "cpu"
    assert fastest_device() == ("cuda" if torch.cuda.is_available() else "cpu")
