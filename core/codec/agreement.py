"""What coder and decoder must compute alike: the probabilities of the symbols.

Float32 results of one network differ in their last digits between processors, thread counts and
batch sizes, and one deviation that falls on the other side of a rounding boundary ruins a stream.
So everything that decides a frequency table is computed in double precision here: differences are
then about 1e-14, and a picture of a thousand symbols meets a boundary once in about 1e10 files.
(Balle, Johnston and Minnen, "Integer networks for data compression with latent-variable models",
ICLR 2019, describe the problem and solve it with integers.)
"""

import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from core.codec.double import DoubleNetwork
from core.codec.entropy import LEVELS, LEVELS_PER_OCTAVE, LOWEST_DEVIATION, MASS_KEPT, Tables
from core.codec.network import VariableRateCodec, gains_at
from core.codec.quality import check_quality_index, quality_of
from core.codec.strips import grouped, is_large, strips

_REACH = 1 << 13
_Z_PIXELS = 64 * 64  # of the picture, for one element of z
_HALO = 2  # rows of z beside those of a strip that its spread depends on


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What is known of y once z is: each (M, h, w).

    ``levels`` are the tables of the deviations, int16.  ``means`` in units of y and ``deviations`` of
    the quantised residual, float32; None of a large picture: :meth:`Agreement.strips` has them.
    """

    levels: np.ndarray
    means: Tensor | None = None
    deviations: Tensor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SpreadStrip:
    """The spread in some rows of y: each (M, rows, w); ``done``: share of the picture up to its end."""

    rows: slice
    means: Tensor
    deviations: Tensor
    levels: np.ndarray
    done: float


class Agreement:
    """The double-precision side of one codec's weights."""

    def __init__(self, codec: VariableRateCodec) -> None:
        net = codec.net
        self._N, self._M = codec.N, codec.M  # the codec itself would then never go
        self._gains = codec.channel_gains.detach().clone()
        self._features = DoubleNetwork(net.h_s[:-1])
        self._scales = DoubleNetwork(_outputs(net.h_s[-1], slice(0, codec.M)))
        self._means = _outputs(net.h_s[-1], slice(codec.M, None))
        self._bottleneck, self._step = (
            copy.deepcopy(part).double().eval().requires_grad_(False)
            for part in (net.entropy_bottleneck, net.gayn2zqstep)
        )
        self._lowest_step = float(net.lower_bound_zqstep.bound)
        self._tables: dict[int, Tables] = {}

    def gain(self, quality_index: int) -> float:
        """Gain before quantisation at a quality index."""
        quality = torch.tensor(quality_of(check_quality_index(quality_index)), dtype=torch.float64)
        return float(VariableRateCodec.gain(quality))

    def gains(self, quality_index: int) -> Tensor:
        """Gains (M, 1, 1) of the channels of y at a quality index, float64."""
        quality = torch.tensor(
            [quality_of(check_quality_index(quality_index))], dtype=torch.float64
        )
        with torch.no_grad():
            return gains_at(self._gains, quality).view(-1, 1, 1)

    def z_step(self, quality_index: int) -> float:
        """Quantisation step of z at a quality index."""
        slowness = torch.tensor([[1 / self.gain(quality_index)]], dtype=torch.float64)
        return max(float(self._step(slowness)), self._lowest_step)

    def z_tables(self, quality_index: int) -> Tables:
        """One alphabet for every channel of z."""
        if quality_index not in self._tables:
            self._tables[quality_index] = self._tables_of_step(self.z_step(quality_index))
        return self._tables[quality_index]

    def _tables_of_step(self, step: float) -> Tables:
        reach = 16
        while True:
            edges = (torch.arange(-reach, reach + 2, dtype=torch.float64) - 0.5) * step
            edges = edges.expand(self._N, 1, -1)
            logits = self._bottleneck._logits_cumulative(edges, stop_gradient=True)[:, 0]
            outside = torch.sigmoid(logits[:, 0]) + torch.sigmoid(-logits[:, -1])
            if reach >= _REACH or bool((outside < MASS_KEPT).all()):
                break
            reach *= 2
        # the side of the logit with the smaller sigmoid keeps its digits
        sign = -torch.sign(logits[:, :-1] + logits[:, 1:])
        mass = torch.sigmoid(sign * logits[:, 1:]) - torch.sigmoid(sign * logits[:, :-1])
        masses, first = [], []
        for channel in mass.abs().numpy():
            likely = np.flatnonzero(channel >= MASS_KEPT)
            low, high = (likely[0], likely[-1] + 1) if len(likely) else (reach, reach + 1)
            masses.append(channel[low:high])
            first.append(int(low) - reach)
        return Tables.of(masses, first)

    def spread(
        self,
        z_symbols: Tensor,
        quality_indices: list[int],
        each: Callable[[SpreadStrip], None] | None = None,
    ) -> list[Spread]:
        """What integer z (S, N, h, w), each at its own quality, tells of y.

        ``each`` is called with every strip of a large picture.
        """
        z_hat, gains = self._scaled(z_symbols, quality_indices)
        parts = zip(*(grouped(values, z_hat, _Z_PIXELS) for values in (z_hat, gains)), strict=True)
        return [spread for part in parts for spread in self._spread(*part, each)]

    def strips(self, z_symbols: Tensor, quality_index: int) -> Iterator[SpreadStrip]:
        """What integer z (N, h, w) of a large picture tells of y, strip by strip."""
        return self._strips(*self._scaled(z_symbols[None], [quality_index]))

    def is_large(self, z_symbols: Tensor) -> bool:
        """Whether a picture with z (N, h, w) goes through in strips."""
        return is_large(z_symbols[None], _Z_PIXELS, _HALO, 1)

    def _scaled(self, z_symbols: Tensor, quality_indices: list[int]) -> tuple[Tensor, Tensor]:
        """z_hat (S, N, h, w) and gains (S, M, 1, 1), float64."""
        steps = torch.tensor([self.z_step(index) for index in quality_indices], dtype=torch.float64)
        gains = torch.stack([self.gains(index) for index in quality_indices])
        return z_symbols.double() * steps.view(-1, 1, 1, 1), gains

    def _spread(
        self, z_hat: Tensor, gains: Tensor, each: Callable[[SpreadStrip], None] | None
    ) -> list[Spread]:
        if not is_large(z_hat, _Z_PIXELS, _HALO, 1):
            means, deviations, levels = self._hyper_synthesis(z_hat, gains).chunk(3, dim=1)
            levels = levels.to(torch.int16).numpy()
            return [Spread(*picture) for picture in zip(levels, means, deviations, strict=True)]
        rows, columns = (4 * side for side in z_hat.shape[-2:])
        levels = np.empty((self._M, rows, columns), np.int16)
        for strip in self._strips(z_hat, gains):
            levels[:, strip.rows] = strip.levels
            if each is not None:
                each(strip)
        return [Spread(levels)]

    def _strips(self, z_hat: Tensor, gains: Tensor) -> Iterator[SpreadStrip]:
        network = partial(self._hyper_synthesis, gains=gains)
        for rows, known, done in strips(network, z_hat, _Z_PIXELS, _HALO, 1):
            means, deviations, levels = known[0].chunk(3)
            yield SpreadStrip(rows, means, deviations, levels.to(torch.int16).numpy(), done)

    @torch.no_grad()
    def _hyper_synthesis(self, z_hat: Tensor, gains: Tensor) -> Tensor:
        """Means, deviations and levels, all float32 once they are known.

        Levels decide tables and come from double precision; no table hangs on the means: float32 is
        enough for them.
        """
        features = self._features(z_hat)
        deviations = (self._scales(features) * gains).clamp_(min=LOWEST_DEVIATION)
        levels = torch.log2(deviations / LOWEST_DEVIATION).mul_(LEVELS_PER_OCTAVE).round_()
        levels.clamp_(max=LEVELS - 1)
        return torch.cat([self._means(features.float()), deviations.float(), levels.float()], dim=1)


def _outputs(layer: nn.Conv2d, channels: slice) -> nn.Conv2d:
    """A copy of ``layer`` with some of its output channels."""
    part = copy.deepcopy(layer).requires_grad_(False)
    part.weight.data = layer.weight.detach()[channels].clone()
    part.bias.data = layer.bias.detach()[channels].clone()
    return part


_known: WeakKeyDictionary[VariableRateCodec, tuple[tuple, Agreement]] = WeakKeyDictionary()
_lock = threading.Lock()


def agreement(codec: VariableRateCodec) -> Agreement:
    """The agreement of ``codec``; made once, and again when its weights have changed."""
    state = tuple((tensor.data_ptr(), tensor._version) for tensor in codec.parameters())
    with _lock:
        known = _known.get(codec)
        if known is None or known[0] != state:
            known = _known[codec] = (state, Agreement(codec))
        return known[1]
