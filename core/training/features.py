"""What the classifier's stages hold of a face: targets for a codec that is to keep what is read."""

from torch import Tensor

from core.recognition import ExpressionClassifier


def stage_features(classifier: ExpressionClassifier, x: Tensor) -> tuple[list[Tensor], Tensor]:
    """Features (B, C, h, w) after each of the four stages, and the logits (B, classes).

    ``x`` (B, 3, H, H) in 0..1, as for the classifier itself.
    """
    maps: list[Tensor] = []
    stages = [getattr(classifier.resnet, f"layer{number}") for number in range(1, 5)]
    hooks = [
        stage.register_forward_hook(lambda _module, _input, output: maps.append(output))
        for stage in stages
    ]
    try:
        logits = classifier(x)
    finally:
        for hook in hooks:
            hook.remove()
    return maps, logits
