"""Which expression a face shows: our classifier, strangers, and a user's own, behind one contract."""

from core.recognition.classifier import ExpressionClassifier, predict
from core.recognition.contract import Classifier, as_faces
from core.recognition.known import find_classifier, known_classifiers
from core.recognition.loading import load_classifier
from core.recognition.reading import READ_AT, centre_square, read_expression, read_pictures

__all__ = [
    "READ_AT",
    "Classifier",
    "ExpressionClassifier",
    "Reader",
    "as_faces",
    "centre_square",
    "find_classifier",
    "known_classifiers",
    "load_classifier",
    "predict",
    "read_expression",
    "read_pictures",
]
