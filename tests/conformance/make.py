"""Writes the conformance files anew: ``python -m tests.conformance.make``.

Only a change of the format is a reason to: the files stand for all that were ever written.  The weights are
untrained and small, so that they may be kept here whatever becomes of those that ship.
"""

import json
import os
from pathlib import Path

import numpy as np
import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.codec import Codec, load
from core.codec.collection import encode_many
from core.codec.file_format import encode
from core.codec.network import VariableRateCodec
from tests.conformance.reading import read_all

HERE = Path(__file__).parent
SIZES = [(16, 16), (17, 33), (48, 48), (64, 64), (96, 40), (130, 70)]
QUALITIES = (0, 60, 120, 170, 255)


def picture(kind: int, height: int, width: int) -> np.ndarray:
    """A picture that is smooth, noisy, grey or full of edges by turns."""
    rng = np.random.default_rng(10_000 * kind + 100 * height + width)
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / a + columns / b) for a, b in ((9, 14), (5, 30), (21, 6))]
    smooth = 127 + 80 * np.stack(waves, axis=-1)
    if kind == 1:
        smooth += rng.normal(0, 25, smooth.shape)
    elif kind == 2:
        smooth[..., 1:] = smooth[..., :1]
    elif kind == 3:
        smooth = 255.0 * (smooth > 127)
    return smooth.clip(0, 255).astype(np.uint8)


def untrained() -> Codec:
    """A small codec whose symbols use tables and escapes alike, in the folder's checkpoints."""
    torch.manual_seed(20)
    network = VariableRateCodec(N=12, M=16).eval().requires_grad_(False)
    network.net.g_a[-1].weight *= 20
    network.net.h_a[-1].weight *= 30
    network.net.h_s[-1].bias[:16] += 0.2
    network.channel_gains.normal_(0, 0.3)
    card = Card(
        id="baseline", kind="codec", method="baseline", architecture={"N": 12, "M": 16}, config={},
        seed=20, data="none: untrained", command="python -m tests.conformance.make", version="1",
    )  # fmt: skip
    checkpoints.save(network, card, replace=True)
    return load("baseline")


def main() -> None:
    """Write weights, forty files and what they hold."""
    os.environ["EXPRESSRATE_CHECKPOINTS"] = str(HERE / "checkpoints")
    codec, folder = untrained(), HERE / "files"
    folder.mkdir(exist_ok=True)
    for i, (height, width) in enumerate(SIZES):
        for k, quality_index in enumerate(QUALITIES):
            pixels = picture((i + k) % 4, height, width)
            file = encode(codec.network, codec.fingerprint, pixels, quality_index).payload
            (folder / f"one-{height}x{width}-q{quality_index}.xpr").write_bytes(file)
    board = (255 * np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((8, 8)))).astype(np.uint8)
    drawn = {
        "flat": np.full((40, 64, 3), (20, 60, 200), np.uint8),
        "board": board,
        "line": board * 0,
    }
    drawn["line"][20:22] = 255
    for name, pixels in drawn.items():
        (folder / f"exact-{name}.xpr").write_bytes(codec.encode(pixels, quality=1.0))
    many = {
        "squares": [picture(i, 32, 32) for i in range(4)],
        "sizes": [picture(0, 32, 32), picture(1, 20, 45), picture(2, 64, 64)],
        "single": [picture(1, 48, 48)],
    }
    for name, pictures in many.items():
        for quality in (0.2, 0.8):
            names = [f"{name} {i}" for i in range(len(pictures))] if quality > 0.5 else ()
            file = encode_many(codec, pictures, quality, names=names)
            (folder / f"many-{name}-{round(100 * quality)}.xpr").write_bytes(file)
    (folder / "many-faces-50.xpr").write_bytes(
        encode_many(codec, [picture(i % 3, 48, 48) for i in range(9)], 0.5)
    )
    expected = read_all(folder)
    for each in expected.values():
        del each["levels_off"]
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
