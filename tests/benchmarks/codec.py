"""Speed and size of the codec beside CompressAI's own coder of the same weights.

``python -m tests.benchmarks.codec`` measures ratios in one process on the same pictures and merges
them under ``codec`` into ``checkpoints/results/benchmarks.json``.
"""

import argparse
import copy
import json
import time
from collections.abc import Callable

import numpy as np
import torch

from core import checkpoints
from core.codec.file_format import decode, encode, pack
from core.codec.latents import analyse, quantise, synthesise
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec, bits_per_pixel
from core.codec.pictures import read_picture, to_tensor
from core.codec.quality import LAST_QUALITY_INDEX, quality_of
from tests.benchmarks.record import merge

MEASURED = (0, 64, 128, 192, LAST_QUALITY_INDEX)
SLIDER = tuple(np.linspace(0, LAST_QUALITY_INDEX, 16).round().astype(int).tolist())


class CompressAi:
    """CompressAI's ``compress`` and ``decompress`` on the weights of our codec at one quality."""

    def __init__(self, codec: VariableRateCodec, quality_index: int) -> None:
        quality = torch.tensor([quality_of(quality_index)])
        self.scale = codec.gain(quality)
        self.net = folded(codec, quality)
        self.net.entropy_bottleneck.quantiles.data[:] = torch.tensor([-48.0, 0.0, 48.0])
        self.net.update(force=True, scale=self.scale)

    @torch.no_grad()
    def compress(self, picture: np.ndarray) -> dict:
        return self.net.compress(to_tensor(picture), inputscale=self.scale)

    @torch.no_grad()
    def decompress(self, compressed: dict) -> torch.Tensor:
        return self.net.decompress(**compressed, inputscale=self.scale)["x_hat"]


@torch.no_grad()
def folded(codec: VariableRateCodec, quality: torch.Tensor) -> torch.nn.Module:
    """The network of ``codec`` with the channels' shares of the gain inside its kernels."""
    net = copy.deepcopy(codec.net)
    shares = codec.gains(quality)[0] / codec.gain(quality)
    for layer in (net.g_a[-1], net.h_s[-1]):
        rows = shares if layer is net.g_a[-1] else shares.repeat(2)
        layer.weight.mul_(rows.view(-1, 1, 1, 1))
        layer.bias.mul_(rows)
    net.g_s[0].weight.div_(shares.view(-1, 1, 1, 1))
    net.h_a[0].weight.div_(shares.view(1, -1, 1, 1))
    return net


def pictures_of(side: int, count: int) -> list[np.ndarray]:
    """Crops (side, side, 3) of the gallery's faces."""
    files = sorted((checkpoints.folder() / "gallery").glob("*.png"))
    rng = np.random.default_rng(side)
    crops = []
    for index in range(count):
        picture = torch.from_numpy(read_picture(files[index % len(files)])).permute(2, 0, 1)
        part = rng.uniform(0.6, 1)
        size = [int(edge * part) for edge in picture.shape[1:]]
        top, left = (
            rng.integers(0, e - s + 1) for e, s in zip(picture.shape[1:], size, strict=True)
        )
        crop = picture[None, :, top : top + size[0], left : left + size[1]].float()
        x = torch.nn.functional.interpolate(crop, (side, side), mode="bicubic", antialias=True)
        crops.append(x[0].clamp(0, 255).byte().permute(1, 2, 0).numpy())
    return crops


def paired_seconds(*actions: Callable[[], object], repeats: int) -> list[float]:
    """Median seconds of every action, the actions taking turns."""
    seconds = [[] for _ in actions]
    for action in actions:
        action()
    for _ in range(repeats):
        for action, spent in zip(actions, seconds, strict=True):
            start = time.perf_counter()
            action()
            spent.append(time.perf_counter() - start)
    return [float(np.median(each)) for each in seconds]


def speed(codec: VariableRateCodec, fingerprint: str, side: int, repeats: int) -> dict:
    """Encoding and decoding time at quality 0.5, ours and CompressAI's, in milliseconds."""
    theirs = CompressAi(codec, 128)
    picture = pictures_of(side, 1)[0]
    file = encode(codec, fingerprint, picture, 128).payload
    compressed = theirs.compress(picture)
    ours_in, theirs_in = paired_seconds(
        lambda: encode(codec, fingerprint, picture, 128),
        lambda: theirs.compress(picture),
        repeats=repeats,
    )
    ours_out, theirs_out = paired_seconds(
        lambda: decode(codec, fingerprint, file),
        lambda: theirs.decompress(compressed),
        repeats=repeats,
    )
    return {
        "encode_ms": 1e3 * ours_in,
        "encode_ratio": ours_in / theirs_in,
        "decode_ms": 1e3 * ours_out,
        "decode_ratio": ours_out / theirs_out,
    }


def slider(codec: VariableRateCodec, fingerprint: str, side: int, repeats: int) -> dict:
    """Files and pictures of one picture at 16 qualities, against those of one quality."""
    picture = pictures_of(side, 1)[0]

    def cost(quality_indices: tuple[int, ...]) -> Callable[[], object]:
        def run() -> None:
            latents = quantise(codec, analyse(codec, picture), quality_indices)
            for each in latents:
                pack(codec, fingerprint, each)
            synthesise(codec, latents)

        return run

    single, all_sixteen = paired_seconds(cost(SLIDER[8:9]), cost(SLIDER), repeats=repeats)
    return {"one_ms": 1e3 * single, "sixteen_ms": 1e3 * all_sixteen, "ratio": all_sixteen / single}


@torch.no_grad()
def overhead(codec: VariableRateCodec, fingerprint: str, count: int) -> dict:
    """Bytes over the ideal code length a 64x64 picture, headers left out."""
    ours, theirs = [], []
    for quality_index in MEASURED:
        coder = CompressAi(codec, quality_index)
        for picture in pictures_of(64, count):
            output = codec(to_tensor(picture), torch.tensor([quality_of(quality_index)]))
            ideal = float(bits_per_pixel(output["likelihoods"], 1)) / 8
            ours.append(encode(codec, fingerprint, picture, quality_index).payload_bytes - ideal)
            strings = coder.compress(picture)["strings"]
            theirs.append(sum(len(part[0]) for part in strings) - ideal)
    return {
        "pictures": count,
        "stops": MEASURED,
        "ours_mean": float(np.mean(ours)),
        "ours_max": float(np.max(ours)),
        "compressai_mean": float(np.mean(theirs)),
    }


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="baseline")
    parser.add_argument("--pictures", type=int, default=40, help="for the overhead, at 64x64")
    parser.add_argument("--repeats", type=int, default=31)
    options = parser.parse_args()
    codec, card = load_codec(options.checkpoint)
    sides = (64, 256, 512)
    figures = {
        "checkpoint": card.id,
        "fingerprint": card.fingerprint,
        "threads": torch.get_num_threads(),
        "overhead_bytes": overhead(codec, card.fingerprint, options.pictures),
        "speed": {s: speed(codec, card.fingerprint, s, options.repeats) for s in sides},
        "slider": {s: slider(codec, card.fingerprint, s, options.repeats) for s in sides[:2]},
    }
    merge("codec", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
