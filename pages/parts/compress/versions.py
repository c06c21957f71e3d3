"""The sides of the workbench, coded at every quality before it is asked for."""

from dataclasses import replace

import numpy as np

from core import checkpoints
from core.checkpoints import Card
from core.evaluation.measuring.sweep import Sweep, sweep_picture
from core.evaluation.measuring.versions import (
    Coded,
    Picture,
    Point,
    Version,
    classical_points,
    identity,
    points_of,
)
from core.evaluation.readings import Reading
from core.recognition.contract import Classifier
from pages.parts.shared import classifiers, models
from pages.parts.shared.caching import cache_by_owner


def coded(face: Picture, version: Version, classifier: str) -> Coded:
    """The face at every setting of ``version``; kept for the next time."""
    _, classifier_card = models.classifier(classifier)
    if version.reading is None:
        points, before = _by_others(
            face.digest, version.method, classifier_card.id, classifier_card.fingerprint, face.pixels,
            shared=face.shared,
        )  # fmt: skip
    else:
        sweep = sweep_of(face, version.reading)
        points, before = points_of(sweep), sweep.probabilities
    id = identity(face, version, classifier_card.fingerprint)
    return Coded(id, version, classifier, before, points, face.shared)


def read_by(side: Coded, face: Picture, classifier: str) -> Coded:
    """``side`` as another classifier reads it."""
    loaded = classifiers.classifier(classifier)
    pictures = [face.pixels, *(point.picture for point in side.points)]
    read = _read_again(f"{side.id}-{loaded.fingerprint}", loaded, pictures, shared=face.shared)
    points = zip(side.points, read[1:], strict=True)
    return replace(
        side,
        id=f"{side.id}-{loaded.fingerprint}",
        classifier=classifier,
        before=read[0],
        points=tuple(replace(point, probabilities=p) for point, p in points),
    )


@cache_by_owner(max_entries=32, show_spinner="Reading again …")
def _read_again(id: str, _who: Classifier, _pictures: list[np.ndarray]) -> np.ndarray:
    return _who.read(_pictures)


def sweep_of(
    face: Picture, reading: Reading, quality_indices: tuple[int, ...] | None = None
) -> Sweep:
    """The face at every quality of a codec of ours, read by the classifier that belongs to it."""
    classifier_card = checkpoints.card(reading.classifier)
    key = face.digest, reading.codec.fingerprint, classifier_card.id, classifier_card.fingerprint
    return _sweep(*key, quality_indices, face.pixels, reading.codec, shared=face.shared)


@cache_by_owner(max_entries=32, show_spinner="Coding every quality …")
def _sweep(
    digest: str,
    fingerprint: str,
    classifier: str,
    fingerprint_of_classifier: str,
    quality_indices: tuple[int, ...] | None,
    _pixels: np.ndarray,
    _codec: Card,
) -> Sweep:
    network, _ = models.classifier(classifier)
    return sweep_picture(models.codec(_codec), fingerprint, network, _pixels, quality_indices)


@cache_by_owner(max_entries=32, show_spinner="Asking the other codec …")
def _by_others(
    digest: str, method: str, classifier: str, fingerprint_of_classifier: str, _pixels: np.ndarray
) -> tuple[tuple[Point, ...], np.ndarray]:
    """Points of another codec, and what is read on the original."""
    network, _ = models.classifier(classifier)
    return classical_points(_pixels, method, network)
