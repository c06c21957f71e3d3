"""One way from a picture to the probabilities of its expressions."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition import (
    READ_AT,
    ExpressionClassifier,
    centre_square,
    predict,
    read_expression,
    read_pictures,
)


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    return ExpressionClassifier().eval()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_a_picture_of_the_right_size_is_left_as_it_is():
    picture = noise(READ_AT, READ_AT, 3)
    assert centre_square(picture) is picture
    grey = centre_square(picture[..., 0])
    assert (grey == picture[..., :1]).all() and grey.shape == picture.shape


@pytest.mark.parametrize("shape", [(70, 130, 3), (131, 64, 3), (17, 300), (200, 90, 3)])
def test_the_centre_is_cut_out_and_nothing_is_squashed(shape):
    picture = noise(*shape)
    short, middle = min(shape[:2]), [(side - min(shape[:2])) // 2 for side in shape[:2]]
    reach = 2 * max(1, -(-short // READ_AT)) + 1  # the filter looks a little beyond the square
    inside = tuple(slice(max(0, start - reach), start + short + 1 + reach) for start in middle)
    painted = 255 - picture
    painted[inside] = picture[inside]
    assert (painted != picture).any() == (abs(shape[0] - shape[1]) > 2 * reach + 1)
    np.testing.assert_array_equal(centre_square(painted), centre_square(picture))
    rows, columns = (np.arange(READ_AT) * short // READ_AT + start for start in middle)
    squashed = np.asarray(Image.fromarray(picture).resize((READ_AT, READ_AT)).convert("RGB"))
    points = picture[rows][:, columns].reshape(READ_AT, READ_AT, -1).astype(int)
    assert np.abs(centre_square(picture) - points).mean() < np.abs(squashed - points).mean()


def test_pictures_of_all_sizes_are_read_as_each_would_be_alone(classifier):
    pictures = [noise(48, 48), noise(90, 64, 3), noise(READ_AT, READ_AT, 3), *[noise(64, 64)] * 140]
    together = read_pictures(classifier, pictures)
    assert together.shape == (143, 7) and together.dtype == np.float32
    for place in (0, 1, 2, 142):
        alone = read_pictures(classifier, [pictures[place]])[0]
        np.testing.assert_allclose(together[place], alone, atol=1e-4)
    assert read_pictures(classifier, []).shape == (0, 7)


def test_it_is_the_classifier_that_reads_with_the_mirror_image_unless_told_otherwise(classifier):
    picture = noise(READ_AT, READ_AT, 3, seed=4)
    x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    for flip in (True, False):
        expected = predict(classifier, x, flip=flip)[0].numpy()
        found = read_pictures(classifier, [picture], flip=flip)[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(
        np.subtract(*(read_pictures(classifier, [picture], flip=f) for f in (0, 1)))
    ).max()


def test_the_front_door_names_the_classes_and_refuses_what_is_no_classifier():
    found = read_expression(noise(80, 100, 3))
    assert tuple(found) == EXPRESSIONS and sum(found.values()) == pytest.approx(1, abs=1e-5)
    with pytest.raises(InputError, match="no checkpoint 'nobody'"):
        read_expression(noise(64, 64), classifier="nobody")
    with pytest.raises(InputError, match="is a codec"):
        read_expression(noise(64, 64), classifier="baseline")


@pytest.mark.parametrize("wrong", [np.zeros((64, 64, 4), np.uint8), np.zeros((64, 64, 3))])
def test_what_is_no_picture_of_eight_bits_is_a_callers_mistake(wrong):
    with pytest.raises(ValueError, match="uint8"):
        centre_square(wrong)
