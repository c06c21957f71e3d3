"""The plain file and the aimed one, made beside the page; nothing here knows of Streamlit."""

from dataclasses import dataclass

import numpy as np

from core.codec.aimed import Aim, encode_aimed
from core.codec.file_format import Encoded, decode, encode
from core.codec.loading import load_codec
from core.progress import Progress
from core.recognition import find_classifier, known_classifiers
from core.recognition.aims import logits_of

CODEC, AIMED_AT = "baseline", "base"


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The plain file and the aimed one: bytes, decoded pictures, and what every classifier reads.

    ``readings``: title of the classifier -> probabilities (3, 7) of original, plain, aimed.
    """

    plain: Encoded
    aimed: Encoded
    pictures: tuple[np.ndarray, np.ndarray]
    readings: dict[str, np.ndarray]


def pair_of(picture: np.ndarray, quality_index: int, *, progress: Progress) -> Pair:
    """Both files of a picture, uint8 (H, W, 3), and what every classifier reads."""
    codec, card = load_codec(CODEC)
    plain = encode(codec, card.fingerprint, picture, quality_index)
    aimed = encode_aimed(
        codec, card.fingerprint, picture, quality_index, [logits_of(AIMED_AT)], Aim(), progress
    )
    pictures = tuple(decode(codec, card.fingerprint, file.payload) for file in (plain, aimed))
    readings = {
        known.title: find_classifier(known.id).read([picture, *pictures])
        for known in known_classifiers()
    }
    return Pair(plain, aimed, pictures, readings)
