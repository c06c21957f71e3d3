"""A picture's latents: analysed once, quantised at any quality, and back to a picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.codec.agreement import Agreement, Spread, SpreadStrip, agreement
from core.codec.entropy import bits, gaussian_tables
from core.codec.network import STRIDE, Prior, VariableRateCodec, pad
from core.codec.pictures import as_bytes, check_size, to_tensor
from core.codec.quality import check_quality_index
from core.codec.strips import STRIP_PIXELS, in_parts
from core.codec.transform import transform
from core.progress import Progress

_COUNTED = _RECONSTRUCTED = 2**20
"""Symbols of a picture that are counted or brought back at a time; 1 megapixel has as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The latents of a picture before quantisation; they serve every quality.

    ``y`` (M, h, w) and ``z`` (N, h/4, w/4), float32; ``height`` and ``width`` of the picture.
    """

    y: Tensor
    z: Tensor
    height: int
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """All that a file says of a picture: integers z (N, h/4, w/4) and y (M, h, w), int32.

    ``spread`` is what the decoder knows of y from z.
    """

    z: np.ndarray
    y: np.ndarray
    spread: Spread
    quality_index: int
    height: int
    width: int


def analyse(
    codec: VariableRateCodec, picture: np.ndarray, progress: Progress | None = None
) -> Analysis:
    """The latents of a uint8 picture (H, W, 3) of 16 to 4096 pixels a side."""
    check_size(*picture.shape[:2])
    if picture.shape[0] * picture.shape[1] <= STRIP_PIXELS:
        return analyse_batch(codec, to_tensor(picture), progress)[0]
    # a large picture stays in bytes, and becomes numbers strip by strip
    x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
    return _analysed(codec, x, lambda part: part.float() / 255, progress)[0]


def analyse_batch(
    codec: VariableRateCodec, x: Tensor, progress: Progress | None = None
) -> list[Analysis]:
    """The latents of pictures (B, 3, H, W) in 0..1."""
    return _analysed(codec, x, lambda part: part, progress)


@torch.no_grad()
def _analysed(
    codec: VariableRateCodec,
    x: Tensor,
    numbers: Callable[[Tensor], Tensor],
    progress: Progress | None,
) -> list[Analysis]:
    height, width = x.shape[-2:]

    def network(part: Tensor) -> Tensor:
        return transform(codec.net.g_a, numbers(part), pixels=1).float()

    y = in_parts(network, pad(x), 1, 32, STRIDE, _teller(progress, "analysing"))
    z = codec.net.h_a(y).float()
    if not (y.isfinite().all() and z.isfinite().all()):
        raise ValueError("the codec's latents are not finite: its weights are unfit")
    return [Analysis(*each, height, width) for each in zip(y, z, strict=True)]


def quantise(
    codec: VariableRateCodec,
    analyses: Analysis | Sequence[Analysis],
    quality_indices: Sequence[int],
    progress: Progress | None = None,
) -> list[Latents]:
    """The integers of one picture at several qualities, or of several at one quality each.

    Several pictures must have the same size.
    """
    shared = agreement(codec)
    quality_indices = [check_quality_index(index) for index in quality_indices]
    if isinstance(analyses, Analysis):
        analyses = [analyses] * len(quality_indices)
    if analyses and shared.is_large(analyses[0].z):
        return [
            _quantised(shared, *each, progress)
            for each in zip(analyses, quality_indices, strict=True)
        ]
    steps = torch.tensor([shared.z_step(index) for index in quality_indices], dtype=torch.float64)
    gains = torch.stack([shared.gains(index) for index in quality_indices]).float()
    z = torch.stack([analysis.z for analysis in analyses])
    y = torch.stack([analysis.y for analysis in analyses])
    z = (z / steps.view(-1, 1, 1, 1)).round_().to(torch.int32)
    spreads = shared.spread(z, quality_indices)
    means = torch.stack([spread.means for spread in spreads])
    y = ((y - means) * gains).round_().to(torch.int32)
    return [
        Latents(*each, quality_index, analysis.height, analysis.width)
        for *each, quality_index, analysis in zip(
            z.numpy(), y.numpy(), spreads, quality_indices, analyses, strict=True
        )
    ]


def _quantised(
    shared: Agreement, analysis: Analysis, quality_index: int, progress: Progress | None
) -> Latents:
    """The integers of one large picture, in strips of what is known of it."""
    z = (analysis.z.double() / shared.z_step(quality_index)).round_().to(torch.int32)
    gains = shared.gains(quality_index).float()
    y = torch.empty(analysis.y.shape, dtype=torch.int32)
    tell = _teller(progress, "weighing")

    def strip_done(strip: SpreadStrip) -> None:
        y[:, strip.rows] = ((analysis.y[:, strip.rows] - strip.means) * gains).round_().int()
        if tell is not None:
            tell(strip.done)

    spread = shared.spread(z[None], [quality_index], strip_done)[0]
    size = analysis.height, analysis.width
    return Latents(z.numpy(), y.numpy(), spread, quality_index, *size)


def synthesise(
    codec: VariableRateCodec, latents: Sequence[Latents], progress: Progress | None = None
) -> Tensor:
    """Pictures (S, 3, H, W) in 0..1 of latents of pictures of one size, in one batch."""
    x_hat = _synthesised(codec, latents, lambda part: part, progress)
    return x_hat.clamp(0, 1)


def synthesise_picture(
    codec: VariableRateCodec, latents: Latents, progress: Progress | None = None
) -> np.ndarray:
    """The picture, uint8 (H, W, 3), of latents: in bytes strip by strip, where it is large."""
    x_hat = _synthesised(codec, [latents], as_bytes, progress)
    return x_hat[0].permute(1, 2, 0).contiguous().numpy()


@torch.no_grad()
def _synthesised(
    codec: VariableRateCodec,
    latents: Sequence[Latents],
    finish: Callable[[Tensor], Tensor],
    progress: Progress | None,
) -> Tensor:
    y_hat = _reconstructed(codec, latents)

    def network(part: Tensor) -> Tensor:
        return finish(transform(codec.net.g_s, part, pixels=256).float())

    x_hat = in_parts(network, y_hat, 256, 2, 1, _teller(progress, "synthesising"))
    return x_hat[..., : latents[0].height, : latents[0].width]


def _reconstructed(codec: VariableRateCodec, latents: Sequence[Latents]) -> Tensor:
    """y_hat (S, M, h, w); of large pictures by rows: the offsets take a dozen numbers a symbol."""
    if latents[0].spread.means is None:
        return torch.stack([_reconstructed_by_rows(codec, each) for each in latents])
    shared = agreement(codec)
    gains = torch.stack([shared.gains(each.quality_index) for each in latents]).float().flatten(1)
    prior = Prior(torch.stack([each.spread.means for each in latents]), None)
    deviations = torch.stack([each.spread.deviations for each in latents])
    symbols = torch.from_numpy(np.stack([each.y for each in latents])).float()
    return codec.reconstruct(symbols, deviations, prior, gains)


def _reconstructed_by_rows(codec: VariableRateCodec, latents: Latents) -> Tensor:
    shared = agreement(codec)
    gains = shared.gains(latents.quality_index).float().flatten()[None]
    rows = max(1, _RECONSTRUCTED // (codec.M * latents.y.shape[-1]))
    y_hat = torch.empty(latents.y.shape)
    for strip in shared.strips(torch.from_numpy(latents.z), latents.quality_index):
        symbols = torch.from_numpy(latents.y[:, strip.rows]).float()
        parts = (values.split(rows, dim=1) for values in (symbols, strip.deviations, strip.means))
        done = [
            codec.reconstruct(symbols[None], deviations[None], Prior(means[None], None), gains)[0]
            for symbols, deviations, means in zip(*parts, strict=True)
        ]
        y_hat[:, strip.rows] = torch.cat(done, dim=1)
    return y_hat


def bit_map(codec: VariableRateCodec, latents: Latents) -> np.ndarray:
    """Bits spent on every pixel, float32 (H, W), from the symbols' probabilities.

    A latent's bits are spread evenly over the pixels it stands for; those of the mirrored margin
    count where the margin was mirrored from, so that the map sums to z_bits + y_bits.
    """
    z_bits, y_bits = symbol_bits(codec, latents)
    y_map = y_bits.reshape(latents.y.shape).sum(axis=0) / 16**2
    z_map = z_bits.reshape(latents.z.shape).sum(axis=0) / 64**2
    padded = y_map.repeat(16, axis=0).repeat(16, axis=1) + z_map.repeat(64, axis=0).repeat(
        64, axis=1
    )
    for axis, size in enumerate((latents.height, latents.width)):
        source = pad(torch.arange(size).view(1, 1, 1, -1).expand(1, 1, STRIDE, -1))[0, 0, 0]
        folded = np.zeros((size, *padded.shape[1 - axis :][:1]))
        np.add.at(folded, source.numpy(), padded if axis == 0 else padded.T)
        padded = folded if axis == 0 else folded.T
    return padded.astype(np.float32)


def coded_parts(codec: VariableRateCodec, latents: Latents) -> list[tuple]:
    """What the entropy coder writes, z and then y: symbols, their alphabets, and the tables."""
    channels = np.repeat(np.arange(codec.N, dtype=np.int16), latents.z[0].size)
    return [
        (latents.z.ravel(), channels, agreement(codec).z_tables(latents.quality_index)),
        (latents.y.ravel(), latents.spread.levels.ravel(), gaussian_tables()),
    ]


def total_bits(codec: VariableRateCodec, latents: Latents) -> tuple[float, float]:
    """Bits of z and of y by the symbols' probabilities, with memory for a part of them at a time."""
    z_bits, y_bits = (
        sum(
            float(bits(symbols[i : i + _COUNTED], alphabets[i : i + _COUNTED], tables).sum())
            for i in range(0, len(symbols), _COUNTED)
        )
        for symbols, alphabets, tables in coded_parts(codec, latents)
    )
    return z_bits, y_bits


def symbol_bits(codec: VariableRateCodec, latents: Latents) -> list[np.ndarray]:
    """Bits of every symbol of z, and of every symbol of y, by their probabilities."""
    return [bits(*part) for part in coded_parts(codec, latents)]


def _teller(progress: Progress | None, word: str) -> Callable[[float], None] | None:
    """What is called after every strip of a large picture."""
    return None if progress is None else lambda done: progress(done, 1.0, word)
