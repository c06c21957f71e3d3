"""The face that stands for an expression: a weighted mean of hundreds of training faces.

The plain mean of a class is so blurred that no classifier reads it as its class.  So faces that the
classifier reads surely are averaged, with weights that are tuned until it reads the mean too.  No face
weighs much: the weights' effective number (the exponential of their entropy) is kept above a hundred.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.data.faces import Faces
from core.evaluation.measuring.label_codec import SIDE, LabelCodec
from core.expressions import EXPRESSIONS
from core.recognition import as_faces, predict

_SAMPLED, _AVERAGED, _LEAST_EFFECTIVE = 1500, 400, 120
_STEPS, _RATE = 200, 0.2
_MEAN, _DEVIATION = 128.0, 45.0
"""Brightness and contrast of the mean faces, of 255."""


def make_mean_faces(
    faces: Faces, classifier: torch.nn.Module, seed: int = 0
) -> tuple[LabelCodec, dict]:
    """The codec of labels from training ``faces``, and what there is to say of its mean faces.

    ``faces`` are clean training faces in the classes of ``EXPRESSIONS``.
    """
    rng = np.random.default_rng(seed)
    drawn, effective, read = [], [], []
    for place in range(len(EXPRESSIONS)):
        members = rng.permutation(np.flatnonzero(faces.labels == place))[:_SAMPLED]
        pixels = faces.pixels[members]
        sure = _read(classifier, pixels)[:, place]
        chosen = np.argsort(-sure)[:_AVERAGED]
        mean, number = _weighted(classifier, pixels[chosen], place)
        drawn.append(mean)
        effective.append(round(number, 1))
        read.append(round(float(_read(classifier, mean[None])[0, place]), 4))
    counts = np.bincount(faces.labels, minlength=len(EXPRESSIONS))
    codec = LabelCodec(np.stack(drawn), tuple(int(n) for n in counts))
    return codec, {"effective_faces": effective, "read_as_its_class": read}


def _weighted(
    classifier: torch.nn.Module, pixels: Sequence[np.ndarray], place: int
) -> tuple[np.ndarray, float]:
    """The mean face, uint8 (64, 64), of class ``place``, and the effective number of its faces."""
    x = torch.from_numpy(np.stack(pixels).astype(np.float32))
    x = (x - x.mean((1, 2), keepdim=True)) / x.std((1, 2), keepdim=True).clamp(min=1)
    logits = torch.zeros(len(x), requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=_RATE)
    target = torch.tensor([place, place])
    classifier.eval().requires_grad_(False)
    least = np.log(min(_LEAST_EFFECTIVE, len(x)))
    with torch.enable_grad():
        for _ in range(_STEPS):
            weights = logits.softmax(0)
            face = _drawn(weights, x)
            entropy = -(weights * weights.clamp(min=1e-12).log()).sum()
            said = classifier(torch.cat([face, face.flip(-1)]).expand(-1, 3, -1, -1))
            loss = F.cross_entropy(said, target) + 20 * F.relu(least + 0.05 - entropy)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        weights = logits.softmax(0)
        entropy = float(-(weights * weights.clamp(min=1e-12).log()).sum())
        face = (_drawn(weights, x)[0, 0] * 255).round().to(torch.uint8).numpy()
    return face, float(np.exp(entropy))


def _drawn(weights: Tensor, x: Tensor) -> Tensor:
    """(1, 1, 64, 64) in 0..1: the weighted mean of standardised faces at a face's usual contrast."""
    mean = torch.einsum("n,nhw->hw", weights, x)
    mean = (mean - mean.mean()) / mean.std() * _DEVIATION + _MEAN
    face = F.interpolate(mean[None, None] / 255, (SIDE, SIDE), mode="bicubic", align_corners=False)
    return face.clamp(0, 1)


def _read(classifier: torch.nn.Module, pixels: np.ndarray) -> np.ndarray:
    faces = torch.from_numpy(as_faces(list(pixels))).permute(0, 3, 1, 2).float() / 255
    return np.concatenate([predict(classifier, part).numpy() for part in faces.split(128)])
