"""Pictures through every codec, point by point: what comes back, and what it cost in real bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from core.codec import classical
from core.codec.network import VariableRateCodec
from core.data.faces import as_tensor
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.results.bjontegaard import delta

NATIVE_SAMPLE = 512
"""Validation faces on which a classical codec's native coding is compared with coding at 64x64."""


@dataclass(frozen=True, slots=True)
class Coded:
    """All pictures of a part at one operating point; NaN where a figure cannot be told."""

    quality_index: float
    pictures: list[np.ndarray]  # decoded, each of the shape of the measured picture
    file_bytes: np.ndarray  # (n,) a picture's share of its file
    payload_bytes: np.ndarray  # (n,)
    sheets: list[int | None]
    coded_heights: list[int]


def learned(
    codec: VariableRateCodec, fingerprint: str, pictures: Pictures, quality_indices: Sequence[int]
) -> Iterator[Coded]:
    """Every operating point of a learned codec: one file a picture.

    Pictures of one size are synthesised in a batch from the latents that the files hold.  At every
    point one file is decoded for itself and must agree within one level, or RuntimeError.
    """
    from core.codec.file_format import decode, pack
    from core.codec.latents import analyse_batch, quantise, synthesise

    groups = by_size(pictures.judged)
    analyses = {
        size: analyse_batch(codec, as_tensor(stacked(pictures.judged, places)))
        for size, places in groups.items()
    }
    for place, quality_index in enumerate(quality_indices):
        decoded: list[np.ndarray] = [np.empty(0)] * len(pictures)
        file_bytes, payload_bytes = np.empty(len(pictures)), np.empty(len(pictures))
        for size, members in groups.items():
            latents = quantise(codec, analyses[size], [quality_index] * len(members))
            x_hat = (synthesise(codec, latents) * 255).round().to(torch.uint8)
            x_hat = x_hat.permute(0, 2, 3, 1).contiguous().numpy()
            files = [pack(codec, fingerprint, each) for each in latents]
            for i, file, picture in zip(members, files, x_hat, strict=True):
                file_bytes[i], payload_bytes[i] = file.file_bytes, file.payload_bytes
                decoded[i] = _as(picture, pictures.judged[i])
            sample = place % len(members)
            alone = decode(codec, fingerprint, files[sample].payload).astype(int)
            if np.abs(alone - x_hat[sample]).max() > 1:
                raise RuntimeError(f"the decoded file of {pictures.names[members[sample]]} differs")
        yield Coded(
            float(quality_index), decoded, file_bytes, payload_bytes,
            [None] * len(pictures), [picture.shape[0] for picture in pictures.judged],
        )  # fmt: skip


def classic(
    method: str, pictures: Pictures, native: bool = False, settings: Sequence[float] | None = None
) -> Iterator[Coded]:
    """Every setting of a classical codec: 64 faces a file on sheets, other pictures one a file.

    ``native`` codes faces as their data set stores them and resizes what is decoded (bicubic).
    """
    unknown = np.full(len(pictures), np.nan)
    sources = pictures.native if native and pictures.native else pictures.judged
    for setting in settings or classical.SETTINGS[method]:
        if pictures.sheeted:
            decoded, file_bytes, sheets = _sheets(method, pictures, sources, setting)
        else:
            files = [classical.encode(picture, method, setting) for picture in sources]
            decoded = [classical.decode(file, method) for file in files]
            file_bytes = np.array([len(file) for file in files], dtype=np.float64)
            sheets = [None] * len(files)
        decoded = [_as(a, b) for a, b in zip(decoded, pictures.judged, strict=True)]
        yield Coded(
            float(setting), decoded, file_bytes, unknown,
            sheets, [picture.shape[0] for picture in sources],
        )  # fmt: skip


def native_is_better(method: str, pictures: Pictures) -> tuple[bool, dict]:
    """Whether a classical codec does better on native faces than on faces at 64x64, and by how much.

    Decided by the BD-rate of the mean PSNR over the same 64x64 pixels, on ``pictures`` (validation).
    """
    if not (pictures.sheeted and pictures.native):
        return False, {}
    original = stacked(pictures.judged, range(len(pictures)))
    curves = []
    for native in (False, True):
        codings = list(classic(method, pictures, native))
        rates = [coded.file_bytes.mean() * 8 * len(pictures) / pictures.pixels for coded in codings]
        qualities = [
            psnr(original, stacked(coded.pictures, range(len(pictures)))).mean()
            for coded in codings
        ]
        curves.append((np.array(rates), np.array(qualities)))
    difference = delta(*curves)
    better = bool(difference.rate < 0 or (np.isnan(difference.rate) and difference.quality > 0))
    return better, {
        "native": better,
        "bd_rate_of_native": round(difference.rate, 3),
        "overlap": round(difference.overlap, 3),
        "faces": len(pictures),
        "split": pictures.split,
    }


def _sheets(
    method: str, pictures: Pictures, sources: Sequence[np.ndarray], setting: float
) -> tuple[list[np.ndarray], np.ndarray, list[int]]:
    decoded, costs, numbers = [], [], []
    side = sources[0].shape[0]
    for sheet in classical.sheets(np.stack(sources)):
        file = classical.encode(sheet.picture, method, setting)
        number = pictures.first // sheet.places + len(set(numbers))
        decoded += list(sheet.split(classical.decode(file, method), side))
        costs += [len(file) / sheet.places] * len(sheet.members)
        numbers += [number] * len(sheet.members)
    return decoded, np.array(costs), numbers


def by_size(pictures: Sequence[np.ndarray]) -> dict[tuple[int, int], list[int]]:
    """(height, width) -> places of the pictures of that size."""
    groups: dict[tuple[int, int], list[int]] = {}
    for place, picture in enumerate(pictures):
        groups.setdefault(picture.shape[:2], []).append(place)
    return groups


def stacked(pictures: Sequence[np.ndarray], places: Sequence[int]) -> np.ndarray:
    """The pictures at ``places``, all of one size, as (n, H, W, 3)."""
    chosen = np.stack([pictures[i] for i in places])
    return np.repeat(chosen[..., None], 3, axis=-1) if chosen.ndim == 3 else chosen


def _as(decoded: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """A decoded picture (H, W, 3) at the size of the measured one."""
    height, width = judged.shape[:2]
    if decoded.shape[:2] == (height, width):
        return decoded
    return np.asarray(Image.fromarray(decoded).resize((width, height), Image.Resampling.BICUBIC))
