"""Reading a picture of any size: the one way from pixels to the classifier's probabilities.

::

    picture (H, W[, 3]) -> centre square at 64x64 (Pillow, bicubic) -> classifier -> probabilities

Tables, pages, films and the library all read through here, so one picture has one reading.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import nn

from core import checkpoints
from core.expressions import EXPRESSIONS
from core.recognition.classifier import predict
from core.recognition.loading import load_classifier

READ_AT = 64
"""Pixels a side at which a picture is given to the classifier."""

_BATCH = 128


def centre_square(picture: np.ndarray, side: int = READ_AT) -> np.ndarray:
    """The largest square in the middle of ``picture``, uint8 (side, side, 3).

    ``picture`` is uint8 (H, W) or (H, W, 3); grey is replicated.  Scaled by Pillow (bicubic, each
    pixel of the source counted); what has that size already is left as it is.
    """
    if (
        picture.dtype != np.uint8
        or picture.ndim not in (2, 3)
        or picture.shape[2:] not in ((), (3,))
    ):
        raise ValueError(
            f"a picture is uint8 (H, W) or (H, W, 3), not {picture.dtype} {picture.shape}"
        )
    if picture.shape[:2] != (side, side):
        fitted = ImageOps.fit(Image.fromarray(picture), (side, side), Image.Resampling.BICUBIC)
        picture = np.array(fitted)
    return np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture


def read_pictures(
    classifier: nn.Module,
    pictures: Sequence[np.ndarray],
    *,
    flip: bool = True,
    device: str = "cpu",
) -> np.ndarray:
    """Probabilities float32 (n, classes) of pictures of any size, each from its centre square.

    With ``flip`` a face and its mirror image are read and averaged, as in every accuracy that is
    reported; a film's frames, which are many, are read once.
    """
    if not len(pictures):
        return np.empty((0, len(EXPRESSIONS)), np.float32)
    squares = np.stack([centre_square(picture) for picture in pictures])
    parts = []
    for first in range(0, len(squares), _BATCH):
        x = torch.from_numpy(squares[first : first + _BATCH]).float() / 255
        x = x.permute(0, 3, 1, 2)  # (B, 3, 64, 64), its memory still channels last
        parts.append(predict(classifier, x.to(device), flip=flip).float().cpu().numpy())
    return np.concatenate(parts)


def read_expression(picture: np.ndarray, classifier: str = "base") -> dict[str, float]:
    """What is read on one picture, uint8 (H, W) or (H, W, 3): class name -> probability, sum 1.

    ``classifier`` is the id of a checkpoint.  The picture should show one face that fills it: the
    centre square is read, no face is looked for.  Raises InputError for an unknown classifier or
    damaged weights.
    """
    net = _loaded(classifier, checkpoints.of_kind(classifier, "classifier").fingerprint)
    (probabilities,) = read_pictures(net, [picture])
    return dict(zip(EXPRESSIONS, map(float, probabilities), strict=True))


@lru_cache(maxsize=2)
def _loaded(id: str, fingerprint: str) -> nn.Module:
    return load_classifier(id)[0]
