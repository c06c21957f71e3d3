"""One coefficient of the codec: what it is, what it costs, and what the picture loses without it.

Every picture is the codec's own: the face is decoded once more for each cell of y whose symbols are set
to 0, and for each of the dearest coefficients alone.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from core.codec import file_format
from core.codec.agreement import agreement
from core.codec.latents import Analysis, Latents, analyse, quantise, symbol_bits, synthesise
from core.codec.network import VariableRateCodec
from core.codec.pictures import to_picture
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.versions import Picture
from core.expressions import EXPRESSIONS
from core.recognition import read_pictures
from core.site.viewer.buffer import joined, small

CHANNELS, COEFFICIENTS = 16, 48
"""The dearest channels are offered, and of their coefficients so many are left out one at a time."""


@torch.no_grad()
def pack_coefficients(
    codec: VariableRateCodec,
    fingerprint: str,
    classifier: nn.Module,
    face: Picture,
    quality_index: int,
) -> bytes:
    """The buffer of the explorable for one face of whole cells (sides multiples of 16) at one quality."""
    analysis = analyse(codec, face.pixels)
    (latents,) = quantise(codec, analysis, [quality_index])
    bits = symbol_bits(codec, latents)[1].reshape(latents.y.shape)
    channels, rows, columns = latents.y.shape
    dearest = np.argsort(-bits.sum(axis=(1, 2)), kind="stable")[:CHANNELS]
    places = list(np.ndindex(rows, columns))
    alone = [(c, *at) for c in dearest for at in places if latents.y[(c, *at)] != 0]
    alone = sorted(alone, key=lambda each: -bits[each])[:COEFFICIENTS]
    without = [_zeroed(latents, (slice(None), *at)) for at in places]
    without += [_zeroed(latents, each) for each in alone]
    decoded = [to_picture(x) for x in synthesise(codec, [latents, *without])]
    pictures = [face.pixels, *decoded]
    read = read_pictures(classifier, pictures)
    levels = psnr(np.stack([face.pixels] * len(pictures)), np.stack(pictures))
    expression = int(read[1].argmax())
    drops = [float(read[1][expression] - read[2 + i][expression]) for i in range(len(places))]
    answer = int(np.argmax(drops))
    where = {each: 2 + len(places) + i for i, each in enumerate(alone)}
    head = {
        "classes": EXPRESSIONS, "height": face.pixels.shape[0], "width": face.pixels.shape[1],
        "rows": rows, "columns": columns, "all": channels, "answer": answer,
        "first": (answer + len(places) // 2) % len(places), "bits": float(bits.sum()),
        "file": file_format.pack(codec, fingerprint, latents).file_bytes,
        "read": [
            {"p": np.round(p, 4).tolist(), "psnr": round(min(float(level), 99.0), 2)}
            for p, level in zip(read, levels, strict=True)
        ],
        "places": [
            {
                "bits": round(float(bits[:, *at].sum()), 2),
                "nonzero": int(np.count_nonzero(latents.y[:, *at])),
                "without": 2 + i,
            }
            for i, at in enumerate(places)
        ],
        "channels": [
            _channel(codec, analysis, latents, bits, int(c), [where.get((c, *at)) for at in places])
            for c in dearest
        ],
    }  # fmt: skip
    return joined(head, [small(picture) for picture in pictures])


def drop_of(buffer_head: dict) -> tuple[str, int, float, float]:
    """Expression, cell whose loss costs most of its probability, and that before and after."""
    read = buffer_head["read"]
    expression = int(np.argmax(read[1]["p"]))
    cell = buffer_head["answer"]
    after = read[buffer_head["places"][cell]["without"]]["p"][expression]
    return EXPRESSIONS[expression], cell, read[1]["p"][expression], after


def _zeroed(latents: Latents, where: tuple) -> Latents:
    """The latents with symbols set to 0: the decoder falls back on their means."""
    y = latents.y.copy()
    y[where] = 0
    return replace(latents, y=y)


def _channel(
    codec: VariableRateCodec, analysis: Analysis, latents: Latents, bits: np.ndarray, channel: int,
    without: list[int | None],
) -> dict:  # fmt: skip
    gain = float(agreement(codec).gains(latents.quality_index)[channel])
    y = analysis.y[channel].numpy().ravel()
    scaled = (y - latents.spread.means[channel].numpy().ravel()) * gain
    cost = bits[channel].ravel()
    return {
        "channel": channel,
        "total": round(float(cost.sum()), 2),
        "y": np.round(y, 3).tolist(),
        "scaled": np.round(scaled, 3).tolist(),
        "symbol": latents.y[channel].ravel().tolist(),
        "bits": np.round(cost, 3).tolist(),
        "probability": [float(f"{value:.4g}") for value in 2.0**-cost],
        "without": without,
    }
