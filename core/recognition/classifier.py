"""ResNet-18 for expressions at 64x64: what it expects, what it returns."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from core.expressions import EXPRESSIONS
from core.torchvision_ops import load_torchvision

SIDE = 48
"""Pixels a side that the network looks at: what FER2013 holds; more would be interpolation."""

_LUMA = (0.299, 0.587, 0.114)
_GREY_MEAN, _GREY_STD = 0.507, 0.255


class ExpressionClassifier(nn.Module):
    """ResNet-18 (He et al. 2016, torchvision's) for small faces.

    Colour is reduced to luma (ITU-R BT.601) because the training faces are grey.  A larger face is
    brought to 48x48 first.  The stem's convolution is 3x3 without a stride, before the max-pool: it
    sees every pixel, and the stages run at 24, 12, 6 and 3 pixels instead of ending at 2.

    Input: (B, 3, H, H) floats in 0..1, made for 64x64.  Output: (B, classes) logits.
    """

    def __init__(self, classes: int = len(EXPRESSIONS)) -> None:
        super().__init__()
        load_torchvision()
        from torchvision.models import resnet18

        self.resnet = resnet18(num_classes=classes)
        self.resnet.conv1 = nn.Conv2d(1, 64, kernel_size=3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.resnet.conv1.weight, mode="fan_out", nonlinearity="relu")
        self.register_buffer("luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes) of faces ``x`` (B, 3, H, H) in 0..1."""
        grey = (x * self.luma).sum(dim=1, keepdim=True)
        if grey.shape[-1] > SIDE:
            grey = interpolate(grey, (SIDE, SIDE), mode="bicubic", antialias=True)
        return self.resnet((grey - _GREY_MEAN) / _GREY_STD)


@torch.inference_mode()
def predict(classifier: nn.Module, x: Tensor, *, flip: bool = True) -> Tensor:
    """Probabilities (B, classes), float32, rows sum to 1.

    ``x`` is (B, 3, H, W) in 0..1.  With ``flip`` the probabilities of the face and of its mirror
    image are averaged (test-time flip), as in every accuracy that we report.
    """
    classifier.eval()
    probabilities = classifier(x).float().softmax(dim=1)
    if flip:
        mirrored = classifier(x.flip(-1)).float().softmax(dim=1)
        probabilities = (probabilities + mirrored) / 2
    return probabilities
