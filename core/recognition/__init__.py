"""Which expression a face shows: our classifier, strangers, and a user's own, behind one contract."""

from core.recognition.classifier import ExpressionClassifier, predict
from core.recognition.loading import load_classifier
from core.recognition.reader import Reader, as_faces
from core.recognition.readers import known_readers, load_reader
from core.recognition.reading import READ_AT, centre_square, read_expression, read_pictures

__all__ = [
    "READ_AT",
    "ExpressionClassifier",
    "Reader",
    "as_faces",
    "centre_square",
    "known_readers",
    "load_classifier",
    "load_reader",
    "predict",
    "read_expression",
    "read_pictures",
]
