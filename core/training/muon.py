"""Muon (Jordan et al. 2024): steps along the orthogonalised momentum of a weight matrix.

Ours because torch's always computes in bfloat16, which a processor without it emulates in 17 times the
time; the arithmetic is torch's otherwise, and so is the form of the state.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from core.precision import has_bfloat16

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_LEAST_NORM = 1e-7


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, scaled to Adam's usual step size.

    Takes matrices (out, in).  A step of ``rate`` moves a matrix by 0.2 * rate * sqrt(max(out, in))
    times an orthogonal matrix (Liu et al. 2025, "Muon is Scalable for LLM Training").
    """

    def __init__(self, matrices: Iterable[Tensor], rate: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": rate, "momentum": momentum})
        if any(matrix.ndim != 2 for group in self.param_groups for matrix in group["params"]):
            raise ValueError("Muon moves matrices only")

    @torch.no_grad()
    def step(self) -> None:
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(matrix.grad)
                buffer = state["momentum_buffer"]
                buffer.lerp_(matrix.grad, 1 - group["momentum"])
                direction = orthogonalised(matrix.grad.lerp(buffer, group["momentum"]))
                size = 0.2 * max(matrix.shape) ** 0.5
                matrix.add_(direction, alpha=-group["lr"] * size)


def orthogonalised(matrix: Tensor) -> Tensor:
    """About ``U V^T`` of the singular value decomposition ``U S V^T`` of ``matrix``.

    Five Newton-Schulz iterations; singular values end in 0.5 .. 1.5.  In bfloat16 where the device
    computes in it, else in float32.
    """
    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.bfloat16() if has_bfloat16(matrix.device.type) else matrix.float()
    x = x.T if tall else x
    x = x / x.norm().clamp(min=_LEAST_NORM)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x
