"""Classifiers that an encoder can look at: functions with gradients from pictures to logits."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.fx.experimental.optimization import fuse

from core.recognition import strangers
from core.recognition.loading import load_classifier
from core.recognition.reading import READ_AT


def logits_of(id: str) -> Callable[[Tensor], Tensor]:
    """Pictures (B, 3, H, W) in 0..1 -> logits (B, 7) of classifier ``id``, of centre squares at 64x64.

    One look each, without the mirror image.  Raises InputError for an unknown classifier, and for one that
    has no gradient here.
    """
    for card in strangers.cards():
        if card.id == id:
            network = strangers.differentiable(card)
            return lambda x: network(_square(x))
    classifier, _ = load_classifier(id)
    classifier.resnet = fuse(classifier.eval().resnet)  # no normalisation left to differentiate
    classifier.requires_grad_(False).to(memory_format=torch.channels_last)
    return lambda x: classifier(_square(x))


def _square(x: Tensor) -> Tensor:
    height, width = x.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    x = x[..., top : top + side, left : left + side]
    if side == READ_AT:
        return x
    size = (READ_AT, READ_AT)
    return F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
