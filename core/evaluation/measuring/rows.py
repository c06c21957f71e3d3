"""One shard of pictures through one case: coded, decoded, measured, read; as rows of the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import torch

from core.codec.loading import load_codec
from core.evaluation.measuring.cases import Case
from core.evaluation.measuring.coding import Coded, by_size, classic, learned, stacked
from core.evaluation.measuring.metrics import psnr, ssim
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.table import SCHEMA
from core.expressions import EXPRESSIONS
from core.methods import CLASSICAL
from core.recognition import load_classifier, read_pictures


@dataclass(frozen=True, slots=True)
class Shard:
    """What one process measures at a time: some pictures through one case at its operating points.

    ``native``: a classical codec codes faces as their data set stores them.  ``device`` runs the
    classifier; codecs always run on the CPU.
    """

    case: Case
    pictures: Pictures
    quality_indices: tuple[int, ...]
    native: bool = False
    device: str = "cpu"


def measure(shard: Shard) -> pd.DataFrame:
    """The rows of one shard at every operating point, in the schema of the table."""
    case, prints = shard.case, shard.case.fingerprints
    classifier = _classifier(case.classifier, prints[case.classifier], shard.device)
    points = []
    for coded in _coded(shard):
        probabilities = read_pictures(classifier, coded.pictures, device=shard.device)
        points.append(rows_of(case, shard.pictures, coded, probabilities))
    return pd.concat(points, ignore_index=True)


def _coded(shard: Shard) -> Iterator[Coded]:
    case, pictures = shard.case, shard.pictures
    if case.codec is not None:
        fingerprint = case.fingerprints[case.codec]
        codec = _codec(case.codec, fingerprint)
        return learned(codec, fingerprint, pictures, shard.quality_indices)
    if case.method in CLASSICAL:
        return classic(case.method, pictures, shard.native)
    unknown = np.full(len(pictures), np.nan)
    heights = [picture.shape[0] for picture in pictures.judged]
    nothing = Coded(
        np.nan, list(pictures.judged), unknown, unknown, [None] * len(pictures), heights
    )  # fmt: skip
    return iter([nothing])


def rows_of(
    case: Case, pictures: Pictures, coded: Coded, probabilities: np.ndarray
) -> pd.DataFrame:
    """Rows in the schema: ``pictures`` as ``coded`` gave them back and as they were read.

    ``probabilities`` (n, 7) in the order of ``EXPRESSIONS``.
    """
    sizes = np.array([picture.shape[:2] for picture in pictures.judged])
    labels = np.array([EXPRESSIONS.index(x) if x in EXPRESSIONS else -1 for x in pictures.labels])
    true = probabilities[np.arange(len(labels)), labels.clip(min=0)]
    distortion = np.full((2, len(pictures)), np.nan)
    if case.method != "original":
        for places in by_size(pictures.judged).values():
            pair = stacked(pictures.judged, places), stacked(coded.pictures, places)
            distortion[:, places] = psnr(*pair), ssim(*pair)
    rows = pd.DataFrame(
        {
            "data": pictures.data,
            "split": pictures.split,
            "image": pictures.names,
            "pixels": pictures.md5,
            "height": sizes[:, 0],
            "width": sizes[:, 1],
            "coded_height": coded.coded_heights,
            "label": pictures.labels,
            "ferplus": pictures.ferplus or [None] * len(pictures),
            "method": case.method,
            "classifier": case.classifier,
            "gamma": case.gamma,
            "seed": pd.array([case.seed] * len(pictures), dtype="Int16"),
            "quality_index": coded.quality_index,
            "sheet": pd.array(coded.sheets, dtype="Int16"),
            "file_bytes": coded.file_bytes,
            "payload_bytes": coded.payload_bytes,
            "bpp": 8 * coded.file_bytes / sizes.prod(axis=1),
            "psnr": distortion[0],
            "ssim": distortion[1],
            "prediction": [EXPRESSIONS[i] for i in probabilities.argmax(axis=1)],
            "p_true": np.where(labels >= 0, true, np.nan),
        }
    )
    return rows[SCHEMA.names]


@lru_cache(maxsize=1)
def _codec(id: str, fingerprint: str) -> torch.nn.Module:
    return load_codec(id)[0]


@lru_cache(maxsize=1)
def _classifier(id: str, fingerprint: str, device: str) -> torch.nn.Module:
    return load_classifier(id)[0].to(device)
