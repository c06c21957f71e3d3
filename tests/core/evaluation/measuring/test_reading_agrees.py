"""Everybody who reads a picture reads the same: table, sweep, stored file, library, recompute."""

import numpy as np
import pytest

from core import checkpoints
from core.codec.file_format import decode, encode
from core.codec.loading import load_codec
from core.codec.pictures import read_picture
from core.evaluation.claims import recompute
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.rows import Shard, measure
from core.evaluation.measuring.sweep import sweep_picture
from core.expressions import EXPRESSIONS
from core.recognition import load_classifier, read_expression, read_pictures


@pytest.fixture(scope="module")
def face():
    """A face of the gallery with wide margins above and below: far from square."""
    folder = checkpoints.folder() / "gallery"
    picture = read_picture(next(iter(sorted(folder.glob("*.png")))))
    picture = picture[:, 32:-32] if picture.shape[1] > 128 else picture
    return np.pad(picture, ((40, 90), (0, 0), (0, 0)), mode="edge")[:504]


@pytest.fixture(scope="module")
def pictures(face):
    return Pictures("gallery", "test", ("face",), ("0" * 32,), ("happy",), (face,))


def rows_of(method, pictures):
    (case,) = [s for s in cases([method]) if s.classifier == "base"]
    return measure(Shard(case, pictures, (128,)))


def test_the_original_is_read_alike_by_everybody(face, pictures):
    assert face.shape[0] != face.shape[1]
    codec, card = load_codec("baseline")
    classifier, _ = load_classifier("base")
    door = read_expression(face)
    row = rows_of("original", pictures).iloc[0]
    sweep = sweep_picture(codec, card.fingerprint, classifier, face, (128,))
    assert row["prediction"] == max(door, key=door.get)
    assert row["p_true"] == pytest.approx(door["happy"], abs=1e-5)
    np.testing.assert_allclose(sweep.probabilities, list(door.values()), atol=1e-5)


def test_the_coded_picture_is_read_alike_by_everybody(face, pictures):
    codec, card = load_codec("baseline")
    classifier, _ = load_classifier("base")
    rows = rows_of("baseline", pictures)
    point = sweep_picture(codec, card.fingerprint, classifier, face, (128,)).points[0]
    file = encode(codec, card.fingerprint, face, 128)
    stored = read_pictures(classifier, [decode(codec, card.fingerprint, file.payload)])[0]
    np.testing.assert_allclose(point.probabilities, stored, atol=5e-3)
    assert rows["p_true"].iloc[0] == pytest.approx(stored[EXPRESSIONS.index("happy")], abs=5e-3)
    (case,) = cases(["baseline"])
    point = recompute.Point(case, "gallery", 128.0, rows.assign(pixels="0" * 32), False)
    assert recompute.recompute(point, pictures).count(recompute.SAME) == 1
