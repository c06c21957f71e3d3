"""Compiled networks, where they are right and faster; plain ones elsewhere, and why.

A compiler that is missing, an operator that it does not know, or a machine on which it gains nothing must
not cost a training: every part is tried on a batch first.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from core.precision import autocast, device_of

_TIMED = 5
_AGREEMENT = 0.05
"""Largest relative difference of the outputs: bfloat16 in another order."""


def compile_in_place(
    name: str, module: nn.Module, example: Tensor, say: Callable[[str], None]
) -> bool:
    """Compile ``module`` if that is right and faster on ``example``; tell ``say`` how it went.

    Weights and running statistics are as before.  Returns whether it is compiled now.
    """
    state = {key: value.clone() for key, value in module.state_dict().items()}
    try:
        plain, slow = _tried(module, example)
        begun = time.monotonic()
        module.compile()
        _tried(module, example, timed=0)
        took = time.monotonic() - begun
        fast_output, fast = _tried(module, example)
        apart = (fast_output - plain).norm() / plain.norm().clamp(min=1e-6)
        if not apart < _AGREEMENT:  # NaN too
            raise RuntimeError(f"its output differs by {float(apart):.1%}")
        if fast >= slow:
            raise RuntimeError(f"{fast * 1e3:.1f} ms a step against {slow * 1e3:.1f} without")
        say(
            f"{name}: compiled in {took:.0f} s, {fast * 1e3:.1f} ms a step instead of "
            f"{slow * 1e3:.1f}"
        )
        return True
    except Exception as error:  # compilers raise whatever they like; none of it may end a training
        module._compiled_call_impl = None
        say(f"{name}: not compiled ({str(error).strip().splitlines()[0][:200]})")
        return False
    finally:
        module.load_state_dict(state)
        module.zero_grad(set_to_none=True)


def _tried(module: nn.Module, example: Tensor, timed: int = _TIMED) -> tuple[Tensor, float]:
    """What the module makes of ``example``, and the seconds of a forward and a backward pass."""
    state = {key: value.clone() for key, value in module.state_dict().items()}
    device = device_of(module)
    with autocast(device.type):
        output = module(example)
    output.float().square().mean().backward()
    _wait(device)
    begun = time.monotonic()
    for _ in range(timed):
        with autocast(device.type):
            each = module(example)
        each.float().square().mean().backward()
    _wait(device)
    seconds = (time.monotonic() - begun) / max(1, timed)
    module.load_state_dict(state)
    return output.detach().float(), seconds


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
