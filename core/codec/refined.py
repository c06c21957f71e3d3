"""What an encoder may still change once the networks have spoken: the values before the quantiser.

::

    w --> round --> z_hat --> h_s --> mean, deviation      u, w in the quantisers' own units, so that one
    u - mean * gain --> round or draw --> y_hat --> g_s    rate of learning suits every channel
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.codec.agreement import agreement
from core.codec.latents import Analysis, Latents
from core.codec.network import Prior, VariableRateCodec
from core.codec.quality import quality_of

_STIRRED = 0.15
"""Deviation (in steps) below which an element of y is left at its mean: it is all but never coded."""

_EDGE = 1e-4
"""How near to a whole number annealed rounding still tells two of them apart."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where refinement stands; means and deviations of y (B, M, h, w) follow from z."""

    residual: Tensor  # of y, in steps, with gradients
    hard: Tensor  # its whole numbers
    soft: Tensor  # what the decoder would be given: whole, or drawn between two, with gradients
    z: Tensor  # whole numbers of z (B, N, h/4, w/4)
    means: Tensor
    deviations: Tensor


class Refined:
    """The variables of pictures of one size: ``u`` (y) and ``w`` (z), both in steps.

    ``plain``: the latents from which refinement starts.
    """

    def __init__(
        self, codec: VariableRateCodec, analyses: Sequence[Analysis], plain: Sequence[Latents]
    ) -> None:
        shared = agreement(codec)
        indices = [each.quality_index for each in plain]
        steps = torch.tensor([shared.z_step(index) for index in indices])
        self._codec = codec
        self._gains = torch.stack([shared.gains(index) for index in indices]).float().flatten(1)
        self._z_steps = steps.float()
        self._prior = Prior(torch.stack([each.spread.means for each in plain]), None)
        self._deviations = torch.stack([each.spread.deviations for each in plain])
        self._z = torch.from_numpy(np.stack([each.z for each in plain])).float()
        self._y = torch.from_numpy(np.stack([each.y for each in plain])).float()
        self._free = self._deviations > _STIRRED
        self.lmbda = codec.lmbda(torch.tensor([quality_of(index) for index in indices]))
        y = torch.stack([each.y for each in analyses])
        z = torch.stack([each.z for each in analyses])
        self.u = (y * _across(self._gains)).requires_grad_(True)
        self.w = (z / _across(self._z_steps)).requires_grad_(True)

    def variables(self, z: bool) -> list[Tensor]:
        """What the optimiser may change."""
        return [self.u, self.w] if z else [self.u]

    def symbols(self) -> tuple[Tensor, Tensor]:
        """Whole numbers of y and z as they are without refinement."""
        return self._y, self._z

    def state(self, z: bool, warmth: float | None, draw: torch.Generator) -> State:
        """The state of the variables now; ``z``: whether z follows ``w``.

        Rounded, with gradients passed straight through; at a ``warmth`` (a temperature) drawn
        between the two neighbours, the nearer one more often.
        """
        symbols, means, deviations = self._z, self._prior.means, self._deviations
        if z:
            symbols = self.w.detach().round()
            z_hat = (self.w + (symbols - self.w).detach()) * _across(self._z_steps)
            prior = self._codec.prior(z_hat)
            means, deviations = prior.means, self._codec.scaled_deviations(prior, self._gains)
        residual = torch.where(self._free, self.u - means * _across(self._gains), self._y)
        hard = residual.detach().round()
        if warmth is None:
            soft = residual + (hard - residual).detach()
        else:
            soft = torch.where(self._free, _drawn(residual, warmth, draw), self._y)
        return State(residual, hard, soft, symbols, means, deviations)

    def reconstructed(self, state: State, size: torch.Size) -> Tensor:
        """x_hat (B, 3, *size) in 0..1; files are made from the symbols, not from this."""
        with torch.no_grad():
            y_hat = self._codec.reconstruct(
                state.hard, state.deviations, Prior(state.means, None), self._gains
            )
        y_hat = y_hat + (state.soft - state.hard) / _across(self._gains)
        y_hat = y_hat + (state.means - state.means.detach())
        with torch.autocast("cpu", torch.bfloat16):
            x_hat = self._codec.synthesise(y_hat.contiguous(memory_format=torch.channels_last))
        return x_hat[..., : size[0], : size[1]].clamp(0, 1)

    def bits(self, state: State) -> Tensor:
        """Bits (B,) of the whole numbers, of z as far as it may change."""
        return self._y_bits(state.hard, state) + self._z_bits(state.z)

    def expected_bits(self, state: State, warmth: float | None, draw: torch.Generator) -> Tensor:
        """Bits (B,) with gradients: of values under uniform noise, or as they were drawn."""
        values = state.soft
        if warmth is None:
            values = state.residual + _noise(state.residual, draw)
        w = state.z if state.z is self._z else self.w + _noise(self.w, draw)
        return self._y_bits(values, state) + self._z_bits(w)

    def _y_bits(self, values: Tensor, state: State) -> Tensor:
        likelihoods = self._codec.y_likelihoods(values, state.deviations)
        return -torch.log2(likelihoods).flatten(1).sum(dim=1)

    def _z_bits(self, w: Tensor) -> Tensor:
        if w is self._z:  # the same for all that is compared
            return torch.zeros(len(w))
        z = w * _across(self._z_steps)
        return -torch.log2(self._codec.z_likelihoods(z, self._z_steps)).flatten(1).sum(dim=1)


def _drawn(values: Tensor, warmth: float, draw: torch.Generator) -> Tensor:
    """Values between their two neighbours: a binary Gumbel-softmax at temperature ``warmth``."""
    low = values.detach().floor()
    part = (values - low).clamp(_EDGE, 1 - _EDGE)
    leaning = (torch.atanh(part) - torch.atanh(1 - part)) / warmth
    chance = torch.rand(values.shape, generator=draw).clamp(_EDGE, 1 - _EDGE)
    return low + torch.sigmoid((leaning + torch.logit(chance)) / warmth)


def _noise(values: Tensor, draw: torch.Generator) -> Tensor:
    return torch.rand(values.shape, generator=draw) - 0.5


def _across(values: Tensor) -> Tensor:
    """(B,) or (B, C) -> against (B, C, h, w)."""
    return values.view(len(values), -1, 1, 1)
