"""Which expression a face shows: the ResNet-18 classifier and what it predicts."""

from core.recognition.classifier import EXPRESSIONS, ExpressionClassifier, predict

__all__ = ["EXPRESSIONS", "ExpressionClassifier", "predict"]
