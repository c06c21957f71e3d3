"""Faces in few bytes for a visitor to name, with what the classifier read."""

from core.codec.network import VariableRateCodec
from core.errors import InputError
from core.evaluation.measuring.sweep import sweep_picture
from core.expressions import EXPRESSIONS
from core.gallery import faces
from core.site.faces import gallery_face
from core.site.viewer.buffer import joined, small

NUMBER = 8
QUALITIES = (23, 70, 0, 116)
"""Quality indices in turn: few bits, fewer, fewest, and some that leave more."""


def faces_to_read(
    codec: VariableRateCodec, fingerprint: str, classifier
) -> tuple[dict, list[bytes]]:
    """Head and pictures of the explorable: of every expression a face or two, each in few bytes.

    Raises InputError where the gallery has no labelled face.
    """
    entries = [entry for entry in faces() if entry.label in EXPRESSIONS]
    if not entries:
        raise InputError("The gallery holds no labelled face: restore it from the repository.")
    queues = [[entry for entry in entries if entry.label == label] for label in EXPRESSIONS]
    queues = [queue for queue in queues if queue]
    order = [queue[turn] for turn in range(NUMBER) for queue in queues if turn < len(queue)][
        :NUMBER
    ]
    shown, pictures = [], []
    for place, entry in enumerate(order):
        face = gallery_face(entry)
        quality = QUALITIES[place % len(QUALITIES)]
        point = sweep_picture(codec, fingerprint, classifier, face.pixels, (quality,)).points[0]
        shown.append(
            {
                "label": EXPRESSIONS.index(entry.label), "bytes": point.file.file_bytes,
                "read": int(point.probabilities.argmax()),
            }
        )  # fmt: skip
        pictures.append(small(point.picture))
    return {"classes": EXPRESSIONS, "faces": shown}, pictures


def pack_faces(head: dict, pictures: list[bytes]) -> bytes:
    """The buffer of the explorable."""
    return joined(head, pictures)
