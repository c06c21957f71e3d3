"""The label as a codec: its bytes by hand, its faces, its refusals."""

import numpy as np
import pytest

from core.codec.entropy import TOTAL
from core.errors import InputError
from core.evaluation.measuring.label_codec import (
    ALONE,
    TOGETHER,
    LabelCodec,
    coded,
    load_label_codec,
    save_label_codec,
)
from core.evaluation.measuring.pictures import Pictures
from core.expressions import EXPRESSIONS

COUNTS = (3995, 436, 4097, 7215, 4830, 3171, 4965)


@pytest.fixture
def codec() -> LabelCodec:
    faces = np.stack([np.full((64, 64), 30 * place, np.uint8) for place in range(7)])
    return LabelCodec(faces, COUNTS)


def test_a_sheet_of_labels_costs_its_entropy_and_a_byte_for_the_number(codec):
    classes = np.random.default_rng(0).choice(7, 64, p=np.array(COUNTS) / sum(COUNTS))
    by_hand = -np.log2(np.array(COUNTS) / sum(COUNTS))[classes].sum() / 8
    file = codec.encode(classes)
    assert by_hand + 1 - 0.2 < len(file) < by_hand + 1 + 1.2
    assert len(file) / 64 < 0.4  # under half a byte a face
    assert sum(COUNTS) < TOTAL  # the frequencies are not cut short


def test_what_was_encoded_comes_back(codec):
    rng = np.random.default_rng(1)
    for count in (1, 2, 7, 64, 256):
        classes = rng.integers(0, 7, count)
        assert (codec.decode(codec.encode(classes)) == classes).all()


@pytest.mark.parametrize("place", range(7))
def test_a_face_alone_takes_at_most_two_bytes(codec, place):
    assert len(codec.encode([place])) <= 2


def test_every_change_of_a_file_is_refused_or_is_another_file_of_labels(codec):
    file = codec.encode(np.arange(7).repeat(4))
    refused = 0
    for at in range(len(file)):
        for flip in (1, 16, 128):
            other = bytearray(file)
            other[at] ^= flip
            try:
                again = codec.decode(bytes(other))
            except InputError:
                refused += 1
            else:
                assert codec.encode(again) == bytes(other)
    assert refused
    for broken in (b"", file + b"\1", b"\xff" * 40):
        with pytest.raises(InputError):
            codec.decode(broken)


def test_more_faces_than_a_file_holds_is_a_mistake(codec):
    for classes in ([], [0] * 257, [7], [-1]):
        with pytest.raises(ValueError):
            codec.encode(classes)


def test_everybody_of_a_class_comes_back_as_the_same_face(codec):
    count = 70
    grey = tuple(np.full((64, 64), i, np.uint8) for i in range(count))
    names = tuple(str(i) for i in range(count))
    given = Pictures("fer2013", "test", names, names, (EXPRESSIONS[0],) * count, grey)
    classes = np.arange(count) % 7
    together, alone = coded(codec, given, classes)
    assert together.quality_index == TOGETHER and alone.quality_index == ALONE
    for each in (together, alone):
        assert all((face == 30 * (i % 7)).all() for i, face in enumerate(each.pictures))
    assert set(together.sheets) == {0, 1} and set(alone.sheets) == {None}
    assert together.file_bytes[:64].sum() == pytest.approx(len(codec.encode(classes[:64])))
    assert together.file_bytes.mean() < 0.6 and alone.file_bytes.max() <= 2
    assert (together.payload_bytes < together.file_bytes).all()


def test_mean_faces_are_kept_and_a_changed_picture_is_refused(codec, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    with pytest.raises(InputError, match="no mean faces"):
        load_label_codec()
    save_label_codec(codec, {"command": "here"})
    found, card = load_label_codec()
    assert (found.faces == codec.faces).all() and found.counts == COUNTS
    assert card["command"] == "here"
    picture = tmp_path / "label" / "mean-faces.png"
    picture.write_bytes(picture.read_bytes() + b"x")
    with pytest.raises(InputError, match="not the file that its card describes"):
        load_label_codec()
