"""Rate-distortion training of the variable-rate codec on faces and photographs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.data.faces import Faces, as_tensor, at_face_size
from core.data.photographs import Photographs, random_crops
from core.precision import autocast, codec_layout, device_of, spare_cores
from core.training.average import Average
from core.training.losses import rate_distortion
from core.training.optimisers import CodecOptimiser
from core.training.pca_init import start_from_components
from core.training.prefetch import Ahead
from core.training.progress import fit

PHOTOGRAPH_SIDES = (64, 128, 256)


@dataclass(frozen=True)
class CodecConfig:
    """How the codec is trained; stored in the checkpoint's card.

    Every step sees ``faces`` faces of 64x64 and photographs of the same number of pixels, at one of
    ``PHOTOGRAPH_SIDES`` in turn; each picture has its own random quality.  ``M`` bounds the quality:
    the transforms as they start give validation photographs back at 40.5 dB with 192 channels, 42.1
    with 240 and 44.4 with 320, before anything is quantised; the hyperprior grows with its square.
    ``start`` names a checkpoint to start from instead, whose ``N`` and ``M`` then hold.
    """

    start: str = ""
    N: int = 128
    M: int = 240
    faces: int = 8
    steps: int = 30_000
    cooldown: int = 30_000
    warmup: int = 100
    transform_rate: float = 1e-4
    muon_rate: float = 1.5e-3
    adam_rate: float = 1.5e-3
    slow_rate: float = 3e-5
    average_decay: float = 0.998
    seed: int = 0


def trapezoid(step: int, steps: int, warmup: int, cooldown: int) -> float:
    """Share of the peak learning rate: a linear rise, a plateau, a linear fall to 0.

    The plateau does not know its length, so a training can be prolonged, or cooled down from a copy
    of its state, without having been planned so (Haegele et al. 2024, arXiv 2405.18392).
    """
    return min(1.0, (step + 1) / warmup, (steps - step) / cooldown)


def face_batch(pixels: np.ndarray, step: int, size: int, seed: int) -> tuple[np.ndarray, Tensor]:
    """Indices and a mirrored-at-random batch (size, 3, 64, 64) of faces for ``step``."""
    per_epoch = len(pixels) // size
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng((seed, epoch)).permutation(len(pixels))
    chosen = order[place * size : (place + 1) * size]
    x = as_tensor(pixels[chosen])
    mirrored = torch.from_numpy(np.random.default_rng((seed, 1, step)).random(size) < 0.5)
    return chosen, torch.where(mirrored.view(-1, 1, 1, 1), x.flip(-1), x)


def photograph_batch(photographs: Photographs, step: int, faces: int, seed: int) -> Tensor:
    """Photograph crops for ``step`` with as many pixels as ``faces`` faces of 64x64."""
    side = PHOTOGRAPH_SIDES[step % len(PHOTOGRAPH_SIDES)]
    count = max(1, faces * 64 * 64 // side**2)
    return random_crops(photographs, count, side, np.random.default_rng((seed, 2, step)))


def starting_pictures(pixels: np.ndarray, photographs: Photographs, seed: int) -> Tensor:
    """As many faces as photograph crops (512, 3, 64, 64), for the transforms to start from."""
    rng = np.random.default_rng((seed, 3))
    faces = pixels[rng.permutation(len(pixels))[:256]]
    return torch.cat([as_tensor(faces), random_crops(photographs, 256, 64, rng)])


def train_codec(
    faces: Faces,
    photographs: Photographs,
    config: CodecConfig,
    state: Path,
    device: str = "cpu",
) -> VariableRateCodec:
    """Train on the train split's faces and the given photographs, on ``device``.

    Returns the averaged weights.
    Resumes from ``state``.  All randomness of a step follows from its number.
    """
    torch.manual_seed(config.seed)
    train, val = faces.split("train"), faces.split("val")
    pixels = at_face_size(train.pixels)
    if config.start:
        codec, _ = load_codec(config.start)
        codec.requires_grad_(True)
        codec.net.entropy_bottleneck.quantiles.requires_grad_(False)
    else:
        codec = VariableRateCodec(config.N, config.M)
        start_from_components(codec, starting_pictures(pixels, photographs, config.seed))
    codec.to(device, memory_format=codec_layout(device))
    average = Average(codec, config.average_decay)
    optimiser = CodecOptimiser(
        codec, config.transform_rate, config.muon_rate, config.adam_rate, config.slow_rate
    )

    def batches(step: int) -> tuple[Tensor, Tensor]:
        _, x = face_batch(pixels, step, config.faces, config.seed)
        return x, photograph_batch(photographs, step, config.faces, config.seed)

    def step_once(step: int) -> dict[str, Tensor]:
        codec.train()
        torch.manual_seed(config.seed * 1_000_003 + step)
        optimiser.set_rate(trapezoid(step, config.steps, config.warmup, config.cooldown))
        optimiser.zero_grad()
        scalars = {}
        for name, batch in zip(("faces", "photographs"), prepared(step), strict=True):
            batch, quality = batch.to(device), stratified_quality(len(batch)).to(device)
            cost = rate_distortion(forward(codec, batch, quality), batch, quality)
            (cost.total() / 2).backward()
            scalars[name] = cost.total().detach()
        optimiser.step()
        average.update(codec)
        return scalars

    with Ahead(batches, spare_cores(device)) as prepared:
        fit(
            step_once,
            steps=config.steps,
            parts={"codec": codec, "average": average, "optimiser": optimiser},
            state=state,
            evaluate=lambda _: validate(average.model, at_face_size(val.pixels[:512])),
            evaluate_every=1000,
        )
    return average.model


def forward(codec: VariableRateCodec, x: Tensor, quality: Tensor) -> dict:
    """The codec's forward pass with fast convolutions; likelihoods stay in float32."""
    with autocast(x.device.type):
        return codec(x.contiguous(memory_format=codec_layout(x.device.type)), quality)


def stratified_quality(count: int) -> Tensor:
    """Qualities (count,) in 0..1, one from each of ``count`` equal slices, in random order."""
    slices = (torch.arange(count) + torch.rand(count)) / count
    return slices[torch.randperm(count)]


@torch.inference_mode()
def validate(codec: VariableRateCodec, pixels: np.ndarray) -> dict[str, float]:
    """Estimated bpp and PSNR (dB) of uint8 faces at quality 0, 1/2 and 1."""
    codec.eval()
    x = as_tensor(pixels).to(device_of(codec))
    scalars = {}
    for q in (0.0, 0.5, 1.0):
        quality = torch.full((len(x),), q, device=x.device)
        output = forward(codec, x, quality)
        output["x_hat"] = output["x_hat"].clamp(0, 1)
        cost = rate_distortion(output, x, quality)
        scalars[f"bpp@{q:g}"] = float(cost.bpp.mean())
        scalars[f"psnr@{q:g}"] = float((10 * torch.log10(255**2 / cost.mse)).mean())
    return scalars
