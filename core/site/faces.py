"""Faces of the gallery in the versions that ship, coded at every quality."""

import hashlib
from collections.abc import Sequence
from functools import cache

from core import checkpoints
from core.codec import pictures
from core.codec.loading import load_codec
from core.evaluation.measuring.sweep import sweep_picture
from core.evaluation.measuring.versions import (
    Coded,
    Picture,
    Version,
    classical_points,
    classifier_of,
    identity,
    points_of,
)
from core.evaluation.readings import companions
from core.face.crop import face_or_middle
from core.gallery import Entry, folder
from core.methods import CLASSICAL, name_of
from core.recognition import READ_AT, load_classifier


class Models:
    """Codecs and classifiers, each loaded once."""

    def __init__(self) -> None:
        self.codec = cache(lambda id: load_codec(id)[0])
        self.classifier = cache(load_classifier)


def gallery_face(entry: Entry, side: int = READ_AT) -> Picture:
    """The face of an entry of the gallery, cut out at the size of judgement."""
    picture = pictures.read_picture(folder() / entry.file)
    pixels = face_or_middle(picture, side)
    return Picture(entry.title, pixels, hashlib.sha256(pixels.tobytes()).hexdigest(), True)


def shipped_versions() -> list[Version]:
    """One of each training (at the gamma that validation chose) and every classical codec."""
    ours = [Version(reading.name, reading.method, reading) for reading in companions()]
    return [*ours, *(Version(name_of(method), method) for method in CLASSICAL)]


def coded(face: Picture, version: Version, models: Models, other: Version | None = None) -> Coded:
    """The face at every setting of ``version``, read by its own classifier.

    A classical codec is read by that of ``other``, by the base classifier where none is given.
    """
    id = classifier_of(version, other or version)
    classifier, card = models.classifier(id)
    if version.reading is None:
        points, before = classical_points(face.pixels, version.method, classifier)
    else:
        codec_card = version.reading.codec
        codec = models.codec(codec_card.id)
        sweep = sweep_picture(codec, codec_card.fingerprint, classifier, face.pixels)
        points, before = points_of(sweep), sweep.probabilities
    name = identity(face, version, card.fingerprint)
    return Coded(name, version, id, before, points, face.shared)


def weights_of(sides: Sequence[Coded]) -> dict[str, str]:
    """Id -> fingerprint of every checkpoint behind some sides."""
    ids = {side.classifier for side in sides}
    ids |= {side.version.reading.codec.id for side in sides if side.version.reading}
    cards = {card.id: card.fingerprint for card in checkpoints.cards()}
    return {id: cards[id] for id in sorted(ids) if id in cards}
