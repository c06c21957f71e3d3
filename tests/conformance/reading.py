"""Reads stored files in whatever environment it is started in, and prints what it found as JSON.

``python -m tests.conformance.reading FOLDER CHECKPOINTS ...`` decodes every ``.xpr`` of each folder with
the checkpoints named after it, with one thread and a third of them with two.  Pixels are hashed as double
precision gives them, which is the same everywhere to within 1e-12 of a level; how far the product's own
pixels, in single precision, are from those is told beside.
"""

import copy
import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import torch

from core.checkpoints import Card
from core.codec import unpack
from core.codec.agreement import agreement
from core.codec.codec import Codec, decode_file, load
from core.codec.collection import Collection
from core.codec.entropy import LOWEST_DEVIATION
from core.codec.file_format import EXACT, MANY, card_of, find_card, kind_of
from core.codec.latents import Latents, synthesise_picture
from core.codec.many import _latents, read_many
from core.codec.network import Prior, VariableRateCodec

THREADS = {1: 1, 2: 3}
"""Numbers of threads, and which of the files each reads: all, and every third."""


def read_all(folder: Path, every: int = 1) -> dict:
    """For each file, or ``every`` third: hashes of symbols and pixels, and the product's distance."""
    paths = sorted(folder.glob("*.xpr"))[::every]
    return {path.name: read_one(path.read_bytes()) for path in paths}


def read_one(file: bytes) -> dict:
    """Hashes of the symbols and of the pixels in a file, and the largest difference in levels."""
    if kind_of(file) == EXACT:
        return {"symbols": "", "pixels": _hash(decode_file(file)), "levels_off": 0}
    if kind_of(file) == MANY:
        many = read_many(file)
        collection = Collection(_codec(card_of(many.fingerprint)), many)
        pictures = [
            _latents(collection.codec.network, stored) for stored in collection.many.pictures
        ]
        return _summed(collection.codec, pictures, list(collection))
    codec = _codec(find_card(file))
    latents = unpack(codec.network, codec.fingerprint, file)
    return _summed(codec, [latents], [synthesise_picture(codec.network, latents)])


def _summed(codec: Codec, latents: list[Latents | None], pictures: list[np.ndarray]) -> dict:
    """``latents`` are None for pictures without loss, which stand for themselves."""
    exact = [
        picture if each is None else exact_picture(codec, each)
        for each, picture in zip(latents, pictures, strict=True)
    ]
    off = [np.abs(a.astype(int) - b).max() for a, b in zip(exact, pictures, strict=True)]
    return {
        "symbols": _hash(*(part for each in latents if each for part in (each.z, each.y))),
        "pixels": _hash(*exact),
        "levels_off": int(max(off)),
    }


@torch.no_grad()
def exact_picture(codec: Codec, latents: Latents) -> np.ndarray:
    """The picture of latents by the published network in double precision throughout."""
    network = _double(codec)
    shared = agreement(codec.network)
    gains = shared.gains(latents.quality_index)
    z_hat = torch.from_numpy(latents.z)[None].double() * shared.z_step(latents.quality_index)
    scales, means = network.net.h_s(z_hat).chunk(2, dim=1)
    deviations = (scales * gains).clamp(min=LOWEST_DEVIATION)
    symbols = torch.from_numpy(latents.y)[None].double()
    y_hat = network.reconstruct(symbols, deviations, Prior(means, None), gains.view(1, -1))
    x_hat = network.net.g_s(y_hat)[0, :, : latents.height, : latents.width].clamp(0, 1)
    return (255 * x_hat).round().to(torch.uint8).permute(1, 2, 0).numpy()


@cache
def _loaded(id: str, fingerprint: str) -> Codec:
    return load(id)


def _codec(card: Card) -> Codec:
    return _loaded(card.id, card.fingerprint)


@cache
def _double(codec: Codec) -> VariableRateCodec:
    return copy.deepcopy(codec.network).double()


def _hash(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def main(*folders: str) -> None:
    """Read with every number of threads; print one JSON object."""
    found = []
    for folder, checkpoints in zip(folders[::2], folders[1::2], strict=True):
        os.environ["EXPRESSRATE_CHECKPOINTS"] = checkpoints
        for threads, every in THREADS.items():
            torch.set_num_threads(threads)
            found.append(read_all(Path(folder), every))
    print(json.dumps({"capability": torch.backends.cpu.get_cpu_capability(), "found": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
