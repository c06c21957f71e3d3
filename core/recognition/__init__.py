"""Which expression a face shows: our classifier, strangers, and a user's own, behind one contract."""

from core.recognition.classifier import ExpressionClassifier, predict
from core.recognition.loading import load_classifier
from core.recognition.reader import Reader, as_faces
from core.recognition.readers import known_readers, load_reader

__all__ = [
    "ExpressionClassifier",
    "Reader",
    "as_faces",
    "known_readers",
    "load_classifier",
    "load_reader",
    "predict",
]
