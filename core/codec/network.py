"""The variable-rate mean-scale hyperprior: CompressAI's network, gains that follow the quality.

    x -> g_a -> y -> * gains -> Q -> / gains -> y_hat -> g_s -> x_hat
              |        ^ mean, scale                  ^
              h_a -> z -> Q(step(gain)) -> z_hat -> h_s

Kamisli, Racape and Choi, "Variable-Rate Learned Image Compression with Multi-Objective Optimization
and Quantization-Reconstruction Offsets", DCC 2024; Minnen, Balle and Toderici, "Joint Autoregressive
and Hierarchical Priors for Learned Image Compression", NeurIPS 2018 (mean-scale variant); a gain for
every channel: Cui et al., "Asymmetric Gained Deep Image Compression With Continuous Rate Adaptation",
CVPR 2021.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compressai_parts import load_networks

STRIDE = 64
"""Pictures are padded to a multiple of this many pixels: 16 for y, 4 more for z."""

LAMBDA_RANGE = (6e-5, 8e-2)
"""Distortion weight (of 255^2 MSE against bits per pixel) at quality 0 and 1."""

GAIN_MAX = 16.0
"""Gain at quality 1.  Where the transforms keep lengths (see ``core.training.pca_init``), the best step
of a uniform quantiser is sqrt(18 / (ln 2 * lambda * 255^2)): 1 / 14 at the largest lambda."""

KNOTS = 16
"""Qualities, evenly from 0 to 1, for which every channel has its share of the gain; linear between."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What the decoder knows of y before reading it: (B, M, h, w) each, in units of y."""

    means: Tensor
    scales: Tensor


class VariableRateCodec(nn.Module):
    """CompressAI's ``MeanScaleHyperpriorVbr`` with a continuous quality for every picture.

    Quality q in 0..1 sets lambda(q) on a logarithmic scale, and the gain with its square root, as
    the step of a uniform quantiser goes with the square root of the distortion it may make.  The
    quantiser of z follows the gain too (``vr_entbttlnck``), so that z is no floor under the rate.

    Every channel of y has a share of that gain, which follows the quality too: at low rates weak
    channels are switched off, so that the transforms need not give them up for the high rates.  At
    any one quality the shares fold into the kernels, and the codec is CompressAI's network again.

    Unlike CompressAI's forward, every picture of a batch may have its own quality, and z is rounded
    around zero instead of the learned median (the factorised density is learned around it anyway).
    """

    def __init__(self, N: int = 128, M: int = 240) -> None:
        super().__init__()
        load_networks()
        from compressai.models import MeanScaleHyperpriorVbr

        self.N, self.M = N, M
        self.net = MeanScaleHyperpriorVbr(N, M, vr_entbttlnck=True)
        del self.net.Gain
        self.channel_gains = nn.Parameter(torch.zeros(KNOTS, M))  # logarithms of the shares
        self.register_load_state_dict_pre_hook(_rename_gains)
        self.net.entropy_bottleneck.quantiles.requires_grad_(False)

    # -- the scale of qualities ----------------------------------------------------------------

    @staticmethod
    def lmbda(quality: Tensor) -> Tensor:
        """Distortion weight for qualities in 0..1."""
        low, high = (math.log(value) for value in LAMBDA_RANGE)
        return torch.exp(low + (high - low) * quality)

    @classmethod
    def gain(cls, quality: Tensor) -> Tensor:
        """Gain before quantisation for qualities in 0..1; GAIN_MAX at quality 1."""
        return GAIN_MAX * torch.sqrt(cls.lmbda(quality) / LAMBDA_RANGE[1])

    def gains(self, quality: Tensor) -> Tensor:
        """Gains (B, M) of the channels of y for qualities (B,) in 0..1, in the dtype of ``quality``."""
        return gains_at(self.channel_gains, quality)

    def z_step(self, gain: Tensor) -> Tensor:
        """Quantisation step of z, at least 0.5, for gains (B,)."""
        step = self.net.gayn2zqstep((1 / gain).view(-1, 1)).view(-1)
        return self.net.lower_bound_zqstep(step)

    # -- the parts ----------------------------------------------------------------------------

    def analyse(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """y (B, M, H/16, W/16) and z (B, N, H/64, W/64) of x (B, 3, H, W), H and W multiples of 64."""
        y = self.net.g_a(x)
        z = self.net.h_a(y)
        return y.float(), z.float()

    def prior(self, z_hat: Tensor) -> Prior:
        """Mean and scale of every element of y."""
        scales, means = self.net.h_s(z_hat).float().chunk(2, dim=1)
        return Prior(means, scales)

    def scaled_deviations(self, prior: Prior, gains: Tensor) -> Tensor:
        """Standard deviation of the quantised residual, at least 0.11, for gains (B, M)."""
        return self.net.gaussian_conditional.lower_bound_scale(prior.scales * _across(gains))

    def reconstruct(
        self, symbols: Tensor, deviations: Tensor, prior: Prior, gains: Tensor
    ) -> Tensor:
        """y_hat from integer residuals ``symbols``: shrunk towards the mean by the learned offset."""
        gains = _across(gains)
        parts = torch.stack([deviations, gains.expand_as(deviations)], dim=-1)
        with torch.autocast(symbols.device.type, enabled=False):
            offset = -self.net.QuantABCD(parts).squeeze(-1)
        magnitude = symbols.abs()
        offset = torch.where(magnitude < 0.5, torch.zeros_like(offset), offset)
        return symbols.detach().sign() * (magnitude + offset) / gains + prior.means

    def synthesise(self, y_hat: Tensor) -> Tensor:
        """x_hat (B, 3, H, W), not clamped."""
        return self.net.g_s(y_hat).float()

    def z_likelihoods(self, z: Tensor, step: Tensor) -> Tensor:
        """Probability mass of the interval ``z - step/2 .. z + step/2``; step (B,)."""
        bottleneck = self.net.entropy_bottleneck
        half = _across(step / 2).expand_as(z)
        values = z.transpose(0, 1).reshape(self.N, 1, -1)
        half = half.transpose(0, 1).reshape(self.N, 1, -1)
        with torch.autocast(z.device.type, enabled=False):
            lower = bottleneck._logits_cumulative(values - half, stop_gradient=False)
            upper = bottleneck._logits_cumulative(values + half, stop_gradient=False)
            sign = -torch.sign(lower + upper).detach()
            mass = (torch.sigmoid(sign * upper) - torch.sigmoid(sign * lower)).abs()
        mass = mass.view(self.N, z.shape[0], *z.shape[2:]).transpose(0, 1)
        return bottleneck.likelihood_lower_bound(mass)

    def y_likelihoods(self, values: Tensor, deviations: Tensor) -> Tensor:
        """Mass of a centred Gaussian on ``values - 1/2 .. values + 1/2``, at least 1e-9."""
        values = values.abs()
        root = -(2**-0.5) / deviations
        upper = 0.5 * torch.erfc(root * (0.5 - values))
        lower = 0.5 * torch.erfc(root * (-0.5 - values))
        return self.net.gaussian_conditional.likelihood_lower_bound(upper - lower)

    # -- the whole ----------------------------------------------------------------------------

    def forward(self, x: Tensor, quality: Tensor) -> dict:
        """Compress and reconstruct ``x`` (B, 3, H, W) in 0..1 at ``quality`` (B,) in 0..1.

        H and W are multiples of 64.  Returns ``x_hat`` (B, 3, H, W), not clamped, and
        ``likelihoods`` of ``y`` and ``z``.  In training, values come from straight-through rounding;
        z's rate comes from uniform noise; y's rate is that of the rounded symbols, from which the
        prior learns, while the analysis and the gains learn from uniform noise.
        """
        gains = self.gains(quality)
        step = self.z_step(self.gain(quality))
        y, z = self.analyse(x)
        z_rounded = _round(z / _across(step)) * _across(step)
        z_noisy = z + (torch.rand_like(z) - 0.5) * _across(step) if self.training else z_rounded
        z_likelihoods = self.z_likelihoods(z_noisy, step)

        prior = self.prior(z_rounded)
        deviations = self.scaled_deviations(prior, gains)
        residual = (y - prior.means) * _across(gains)
        symbols = _round(residual)
        y_likelihoods = self.y_likelihoods(symbols.detach(), deviations)
        if self.training:
            noisy = residual + torch.rand_like(residual) - 0.5
            smooth = self.y_likelihoods(noisy, deviations.detach())
            y_likelihoods = y_likelihoods * (smooth / smooth.detach())
        y_hat = self.reconstruct(symbols, deviations, prior, gains)
        return {
            "x_hat": self.synthesise(y_hat),
            "likelihoods": {"y": y_likelihoods, "z": z_likelihoods},
        }


def pad(x: Tensor, stride: int = STRIDE) -> Tensor:
    """Mirror ``x`` (B, C, H, W) at its right and lower edge up to multiples of ``stride``.

    Repeats the mirroring where the picture is smaller than what is missing.
    """
    for axis in (-2, -1):
        target = -(-x.shape[axis] // stride) * stride
        while x.shape[axis] < target:
            missing = min(target - x.shape[axis], x.shape[axis])
            mirrored = x.flip(axis).narrow(axis, 0, missing)
            x = torch.cat([x, mirrored], dim=axis)
    return x


def bits_per_pixel(likelihoods: dict[str, Tensor], pixels: int) -> Tensor:
    """Estimated bits per pixel (B,) of every picture: ``-sum(log2 p) / pixels``."""
    bits = [-torch.log2(mass).flatten(1).sum(dim=1) for mass in likelihoods.values()]
    return sum(bits) / pixels


def gains_at(channel_gains: Tensor, quality: Tensor) -> Tensor:
    """Gains (B, M) for qualities (B,), given the logarithms (KNOTS, M) of the channels' shares."""
    place = quality * (KNOTS - 1)
    below = place.detach().floor().clamp(0, KNOTS - 2).long()
    part = (place - below).view(-1, 1)
    log_gains = channel_gains.to(quality.dtype)
    return VariableRateCodec.gain(quality).view(-1, 1) * torch.exp(
        log_gains[below] * (1 - part) + log_gains[below + 1] * part
    )


def _across(values: Tensor) -> Tensor:
    """(B,) or (B, C) beside (B, C, H, W)."""
    return values.view(len(values), -1, 1, 1)


def _round(values: Tensor) -> Tensor:
    """Rounded values whose gradient is that of the values."""
    from compressai.ops import quantize_ste  # CompressAI takes seconds to import

    return quantize_ste(values)


def _rename_gains(_module: nn.Module, state: dict, prefix: str, *_: object) -> None:
    """Weights of the earlier form call the channels' gains ``log_shares``."""
    if f"{prefix}log_shares" in state:
        state[f"{prefix}channel_gains"] = state.pop(f"{prefix}log_shares")


def mse_255(x_hat: Tensor, x: Tensor) -> Tensor:
    """Mean squared error (B,) on the 0..255 scale of pictures in 0..1."""
    return 255**2 * F.mse_loss(x_hat, x, reduction="none").flatten(1).mean(dim=1)
