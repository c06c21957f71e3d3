"""The codec's optimiser: Adam for the transforms, Muon for the hyperprior's kernels.

The transforms begin where they need small steps (see ``pca_init``); the hyperprior begins nearly empty,
and Muon fills it in a few hundred steps.
"""

from typing import Any

import torch
from torch import Tensor, nn

from core.codec.network import VariableRateCodec
from core.precision import device_of
from core.training.muon import Muon


class CodecOptimiser:
    """Adam for analysis and synthesis, Muon for the other convolutions, Adam for what is left.

    Muon takes matrices: a kernel (out, in, h, w) is seen as (out, in * h * w) through a view, so its
    steps change the kernel in place.  ``clip`` bounds the norm of Adam's gradients, of the transforms,
    the slow weights and the rest apart.  The analysis moves ``analysis`` times as fast as the synthesis.

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
        analysis: float = 1.0,
    ) -> None:
        normalisations = [
            p
            for layer in (*codec.net.g_a, *codec.net.g_s)
            if hasattr(layer, "gamma")
            for p in layer.parameters()
        ]
        self.slow = [codec.channel_gains, *normalisations]
        known = {id(p) for p in self.slow}
        analysed = [p for p in codec.net.g_a.parameters() if id(p) not in known]
        synthesised = [p for p in codec.net.g_s.parameters() if id(p) not in known]
        self.transforms = analysed + synthesised
        known |= {id(p) for p in self.transforms}
        rest = [p for p in codec.parameters() if p.requires_grad and id(p) not in known]
        self.kernels = [p for p in rest if p.ndim == 4]
        self.others = [p for p in rest if p.ndim != 4]
        self.clip = clip
        self.matrices = [nn.Parameter(_as_matrix(p.data, like=p)) for p in self.kernels]
        for kernel, matrix in zip(self.kernels, self.matrices, strict=True):
            if matrix.data_ptr() != kernel.data_ptr():
                raise ValueError("a kernel's memory is neither contiguous nor channels-last")
        self.muon = Muon(self.matrices, muon_rate)
        peaks = (analysis * transform_rate, transform_rate, adam_rate, slow_rate)
        parts = (analysed, synthesised, self.others, self.slow)
        self.adam = torch.optim.Adam(
            [{"params": part, "lr": peak} for part, peak in zip(parts, peaks, strict=True)],
            fused=on_card(codec),
        )
        self._groups = [*self.muon.param_groups, *self.adam.param_groups]
        self._peaks = (muon_rate, *peaks)

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


def on_card(model: nn.Module) -> bool:
    """Whether an optimiser may take its step for all weights of ``model`` in one kernel."""
    return device_of(model).type == "cuda"


def _as_matrix(values: Tensor, like: Tensor) -> Tensor:
    """(out, in * h * w) in the order of ``like``'s memory; a view where ``values`` is ``like``."""
    return (values if like.is_contiguous() else values.permute(0, 2, 3, 1)).flatten(1)
