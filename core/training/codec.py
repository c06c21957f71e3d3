"""Rate-distortion training of the variable-rate codec on faces and photographs."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.data.faces import FACE_SIZE, as_tensor, at_face_size
from core.precision import autocast, codec_layout, device_of
from core.training.average import Average
from core.training.batches import FaceBatches
from core.training.crops import PhotographCrops
from core.training.loop import Length, fit
from core.training.losses import rate_distortion
from core.training.material import Material
from core.training.optimisers import CodecOptimiser
from core.training.pca_init import start_from_components
from core.training.randomness import Purpose, generator, number_of
from core.training.settings import CodecConfig

PHOTOGRAPH_SIDES = (64, 128, 256)
_VALIDATED = 512
_SECOND_HALF = 2**32  # added to a step, for crops that are not those of the step itself


def trapezoid(step: int, part: float, warmup: int, cooldown: float) -> float:
    """Share of the peak learning rate: a linear rise, a plateau, a linear fall to 0.

    ``part`` of the training lies behind; ``cooldown`` is the part of it in which the rate falls.  The
    plateau does not know its length, so a training can be prolonged, or cooled down from a copy of its
    state, without having been planned so (Haegele et al. 2024, arXiv 2405.18392).
    """
    return min(1.0, (step + 1) / warmup, (1 - part) / cooldown)


def photograph_batch(
    crops: PhotographCrops, step: int, faces: float, seed: int, sides: tuple[int, ...]
) -> Tensor:
    """Photograph crops for ``step`` with as many pixels as ``faces`` faces, of one of ``sides`` in turn."""
    side = sides[step % len(sides)]
    count = max(1, round(faces * FACE_SIZE**2) // side**2)
    return crops(step, count, side, seed)


def starting_pictures(
    train: FaceBatches | None, crops: PhotographCrops, seed: int, count: int = 256
) -> Tensor:
    """As many faces as photograph crops, for the transforms to start from: (2 count, 3, 64, 64).

    Without faces, crops alone.
    """
    drawn = crops(number_of(seed, Purpose.START) % 2**31, count, FACE_SIZE, seed)
    if train is None:
        return drawn
    order = torch.randperm(len(train), generator=generator(seed, Purpose.START))[:count]
    return torch.cat([as_tensor(train.pixels[order.to(train.device)]), drawn])


def train_codec(
    material: Material,
    config: CodecConfig,
    state: Path,
    length: Length | None = None,
    codec: VariableRateCodec | None = None,
    *,
    with_faces: bool = True,
) -> VariableRateCodec:
    """Train on the train split's faces and the photographs; return the averaged weights.

    Resumes from ``state``.  ``length`` is ``config.steps`` unless told otherwise, ``codec`` a network
    with random weights, made where it is missing.  Without faces (the *generic* baseline) photographs
    take their place.  All randomness of a step follows from its number.
    """
    torch.manual_seed(config.seed)
    if with_faces:
        material.train.check(config.faces)
    codec = _begin(material, config, codec, with_faces)
    average = Average(codec, config.average_decay)
    optimiser = CodecOptimiser(
        codec, config.transform_rate, config.muon_rate, config.adam_rate, config.slow_rate
    )
    cooldown = min(1.0, config.cooldown / config.steps)

    def batches(step: int) -> dict[str, Tensor]:
        tensors = {}
        if with_faces:
            tensors["faces"] = material.train(step, config.faces, config.seed).x
        else:
            other = step + _SECOND_HALF
            tensors["crops"] = material.crops(other, config.faces, FACE_SIZE, config.seed)
        tensors["photographs"] = photograph_batch(
            material.crops, step, config.faces, config.seed, sides_of(material.crops)
        )
        return tensors

    def step_once(step: int, part: float) -> dict[str, Tensor]:
        codec.train()
        torch.manual_seed(number_of(config.seed, Purpose.MODEL, step))
        optimiser.set_rate(trapezoid(step, part, config.warmup, cooldown))
        optimiser.zero_grad()
        scalars = {}
        for name, batch in batches(step).items():
            quality = stratified_quality(len(batch), material.device)
            cost = rate_distortion(forward(codec, batch, quality), batch, quality)
            loss = cost.total()
            (loss / 2).backward()
            scalars[name] = loss.detach()
        optimiser.step()
        average.update(codec)
        return scalars

    fit(
        step_once,
        length=length or Length(steps=config.steps),
        parts={"codec": codec, "average": average, "optimiser": optimiser},
        state=state,
        evaluate=None if length else lambda _: validate(average.model, checked_faces(material)),
        evaluate_every=1000,
    )
    return average.model


def sides_of(crops: PhotographCrops) -> tuple[int, ...]:
    """The sides of crops that the photographs are large enough for."""
    return tuple(side for side in PHOTOGRAPH_SIDES if side <= crops.largest)


def checked_faces(material: Material, count: int = _VALIDATED) -> np.ndarray:
    """The first validation faces, uint8 at 64x64."""
    return at_face_size(material.val.pixels[:count])


def _begin(
    material: Material, config: CodecConfig, codec: VariableRateCodec | None, with_faces: bool
) -> VariableRateCodec:
    """The codec before its first step, on the material's device."""
    if config.start:
        codec, _ = load_codec(config.start)
        codec.requires_grad_(True)
        codec.net.entropy_bottleneck.quantiles.requires_grad_(False)
    else:
        codec = codec or VariableRateCodec(config.N, config.M)
        train = material.train if with_faces else None
        start_from_components(
            codec.cpu(), starting_pictures(train, material.crops, config.seed).cpu()
        )
    return codec.to(material.device, memory_format=codec_layout(material.device.type))


def forward(codec: VariableRateCodec, x: Tensor, quality: Tensor) -> dict:
    """The codec's forward pass with fast convolutions; likelihoods stay in float32."""
    with autocast(x.device.type):
        return codec(x.contiguous(memory_format=codec_layout(x.device.type)), quality)


def stratified_quality(count: int, device: str | torch.device = "cpu") -> Tensor:
    """Qualities (count,) in 0..1, one from each of ``count`` equal slices, in random order."""
    line = torch.arange(count, device=device)
    slices = (line + torch.rand(count, device=device)) / count
    return slices[torch.rand(count, device=device).argsort()]


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
