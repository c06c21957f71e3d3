"""Training faces as JPEG or AVIF gives them back, coded once and kept: the fair fight.

A classical codec is given what the learned one has: a classifier that has seen its output.  Faces
are coded as in the evaluation, 64 to a sheet, at the evaluation's settings.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.classical import SETTINGS
from core.data.faces import FACE_SIZE, Faces, as_tensor, at_face_size
from core.evaluation.measuring.coding import NATIVE_SAMPLE, classic, native_is_better
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.files import whole_file
from core.folders import state_folder
from core.training.batches import Batch, mirror
from core.training.settings import ClassicalConfig
from core.training.tuning import Coded

PER_SHEET = 64


def output_of_classical(method: str, faces: Faces, config: ClassicalConfig) -> Coded:
    """What ``method`` makes of the train split's faces, for :func:`core.training.tuning.tune_classifier`.

    Codes what is not yet kept in the state folder; goes on after an interruption.
    """
    train = faces.split("train")
    val = faces.split("val")
    sample = np.random.default_rng(ORDER_SEED).permutation(len(val))[:NATIVE_SAMPLE]
    native, _ = native_is_better(method, _as_pictures(val, sample, "val"))
    rounds = [
        np.load(_kept(method, train, native, number, config.seed), mmap_mode="r")
        for number in range(config.rounds)
    ]

    def coded(step: int, batch: Batch) -> tuple[Tensor, Tensor]:
        decoded = rounds[step % len(rounds)][batch.places.cpu().numpy()]
        x_hat = mirror(as_tensor(decoded).to(batch.x.device), batch.mirrored)
        return x_hat, torch.ones(len(x_hat), device=x_hat.device)

    return coded


def code_round(method: str, train: Faces, native: bool, rng: np.random.Generator) -> np.ndarray:
    """Every face once, uint8 (n, 64, 64[, 3]): random sheets of 64, each at a random setting."""
    order = rng.permutation(len(train))
    pictures = _as_pictures(train, order, "train")
    decoded = np.empty((len(train), *at_face_size(train.pixels[:1]).shape[1:]), np.uint8)
    for start in range(0, len(train), PER_SHEET):
        sheet = pictures.part(start, min(start + PER_SHEET, len(train)))
        setting = rng.choice(SETTINGS[method])
        (coding,) = classic(method, sheet, native, [float(setting)])
        for place, picture in zip(order[start : start + PER_SHEET], coding.pictures, strict=True):
            decoded[place] = picture if decoded.ndim == 4 else picture[..., 0]
    return decoded


def _kept(method: str, train: Faces, native: bool, number: int, seed: int) -> Path:
    """The file of one round; made where it is missing."""
    size = train.pixels.shape[1] if native else FACE_SIZE
    name = f"{method}-{train.fingerprint}-{size}-s{seed}-{number}.npy"
    path = state_folder() / "coded-faces" / name
    if not path.exists():
        print(f"coding {len(train)} faces as {method}, round {number + 1}", file=sys.stderr)
        rng = np.random.default_rng((seed, 7, number))
        with whole_file(path) as temporary:
            np.save(temporary, code_round(method, train, native, rng), allow_pickle=False)
    return path


def _as_pictures(faces: Faces, order: np.ndarray, split: str) -> Pictures:
    chosen = faces[order]
    grey = chosen.pixels.ndim == 3
    return Pictures(
        data="fer2013",
        split=split,
        names=tuple(map(str, chosen.names)),
        md5=tuple(map(str, chosen.md5)),
        labels=tuple(chosen.classes[label] for label in chosen.labels),
        judged=tuple(at_face_size(chosen.pixels)),
        native=tuple(chosen.pixels) if grey else None,
        sheeted=True,
    )
