"""Which expression a face shows: the ResNet-18 classifier and what it predicts."""

from core.recognition.classifier import ExpressionClassifier, predict
from core.recognition.loading import load_classifier

__all__ = ["ExpressionClassifier", "load_classifier", "predict"]
