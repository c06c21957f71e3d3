"""The codec's optimiser: Adam for the transforms, Muon for the hyperprior's kernels.

The transforms begin where they need small steps (see ``start``); the hyperprior begins nearly empty,
and Muon (Jordan et al. 2024), which steps along the orthogonalised momentum of a weight matrix, fills
it in a few hundred steps.
"""

from typing import Any

import torch
import torch.optim._muon as torch_muon
from torch import Tensor, nn

from core.codec.network import VariableRateCodec
from core.precision import has_bfloat16


class CodecOptimiser:
    """Adam for analysis and synthesis, Muon for the other convolutions, Adam for what is left.

    Muon takes matrices: a kernel (out, in, h, w) is seen as (out, in * h * w) through a view, so its
    steps change the kernel in place.  ``muon_rate`` is scaled to Adam's usual step size
    ("match_rms_adamw", Liu et al. 2025); ``clip`` bounds the norm of Adam's gradients, of the
    transforms, the slow weights and the rest apart.

    The slow weights are the channels' shares of the gain (a channel that is off gets no gradient, so
    that every step too far down is one for good) and the divisive normalisations (a synthesis that
    divides too little explodes on pictures that are larger or stronger than the last ones).
    """

    def __init__(
        self,
        codec: VariableRateCodec,
        transform_rate: float,
        muon_rate: float,
        adam_rate: float,
        slow_rate: float,
        clip: float = 1.0,
    ) -> None:
        layers = [*codec.net.g_a, *codec.net.g_s]
        normalisations = [
            p for layer in layers if hasattr(layer, "gamma") for p in layer.parameters()
        ]
        self.slow = [codec.channel_gains, *normalisations]
        known = {id(p) for p in self.slow}
        self.transforms = [p for each in layers for p in each.parameters() if id(p) not in known]
        known |= {id(p) for p in self.transforms}
        rest = [p for p in codec.parameters() if p.requires_grad and id(p) not in known]
        self.kernels = [p for p in rest if p.ndim == 4]
        self.others = [p for p in rest if p.ndim != 4]
        self.clip = clip
        self.matrices = [nn.Parameter(_as_matrix(p.data, like=p)) for p in self.kernels]
        for kernel, matrix in zip(self.kernels, self.matrices, strict=True):
            if matrix.data_ptr() != kernel.data_ptr():
                raise ValueError("a kernel's memory is neither contiguous nor channels-last")
        self.muon = torch.optim.Muon(
            self.matrices, lr=muon_rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        )
        self.adam = torch.optim.Adam(
            [
                {"params": self.transforms, "lr": transform_rate},
                {"params": self.others, "lr": adam_rate},
                {"params": self.slow, "lr": slow_rate},
            ]
        )
        self._groups = [*self.muon.param_groups, *self.adam.param_groups]
        self._peaks = (muon_rate, transform_rate, adam_rate, slow_rate)

    def set_rate(self, share: float) -> None:
        """Set all learning rates to ``share`` of their peaks."""
        for group, peak in zip(self._groups, self._peaks, strict=True):
            group["lr"] = share * peak

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in (*self.transforms, *self.kernels, *self.others, *self.slow):
            parameter.grad = None

    def step(self) -> None:
        """Move the weights along their gradients."""
        for kernel, matrix in zip(self.kernels, self.matrices, strict=True):
            matrix.grad = _as_matrix(kernel.grad, like=kernel)
        for parameters in (self.transforms, self.others, self.slow):
            nn.utils.clip_grad_norm_(parameters, self.clip)
        self.muon.step()
        self.adam.step()

    def state_dict(self) -> dict[str, Any]:
        """Momenta of both."""
        return {"muon": self.muon.state_dict(), "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up saved momenta."""
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self._groups = [*self.muon.param_groups, *self.adam.param_groups]


_orthogonal_in_bfloat16 = torch_muon._zeropower_via_newtonschulz


def _orthogonal(
    grad: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float
) -> Tensor:
    """Muon's Newton-Schulz iteration, in float32 where the processor has no bfloat16.

    Torch's own is always in bfloat16: emulated, it takes 17 times as long.
    """
    if has_bfloat16(grad.device.type):
        return _orthogonal_in_bfloat16(grad, coefficients, steps, eps)
    a, b, c = coefficients
    tall = grad.size(0) > grad.size(1)
    x = grad.T if tall else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


torch_muon._zeropower_via_newtonschulz = _orthogonal


def _as_matrix(values: Tensor, like: Tensor) -> Tensor:
    """(out, in * h * w) in the order of ``like``'s memory; a view where ``values`` is ``like``."""
    return (values if like.is_contiguous() else values.permute(0, 2, 3, 1)).flatten(1)
