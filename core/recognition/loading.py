"""A classifier from its checkpoint."""

import torch

from core import checkpoints
from core.checkpoints import Card
from core.recognition.classifier import ExpressionClassifier


def load_classifier(id: str) -> tuple[ExpressionClassifier, Card]:
    """The expression classifier ``id`` and its card.

    Raises InputError for an unknown id, a checkpoint of another kind, and weights that are missing or
    are not those that the card describes.
    """
    classifier = ExpressionClassifier(**checkpoints.of_kind(id, "classifier").architecture)
    classifier.to(memory_format=torch.channels_last)  # a sixth less time on a CPU
    return classifier, checkpoints.load(classifier, id)
