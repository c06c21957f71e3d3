"""PSNR by hand, SSIM by its formula."""

import numpy as np
import pytest
from scipy.ndimage import convolve1d

from core.evaluation.measuring.metrics import psnr, ssim


def pictures(shape, seed=0):
    rng = np.random.default_rng(seed)
    original = rng.integers(0, 256, shape).astype(np.uint8)
    noise = rng.integers(-20, 21, shape)
    return original, np.clip(original + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shape", [(3, 16, 20), (2, 16, 20, 3)])
def test_psnr_is_ten_log_of_the_peak_over_the_error(shape):
    original, coded = pictures(shape)
    for i, value in enumerate(psnr(original, coded)):
        error = np.mean((original[i].astype(float) - coded[i].astype(float)) ** 2)
        assert value == pytest.approx(20 * np.log10(255) - 10 * np.log10(error), abs=1e-4)


def test_one_level_everywhere_is_48_13_db_and_equality_is_finite():
    original = np.full((1, 16, 16), 100, np.uint8)
    assert psnr(original, original + 1)[0] == pytest.approx(48.1308, abs=1e-4)
    assert psnr(original, original)[0] == pytest.approx(58.9226, abs=1e-3)


def ssim_by_hand(a, b):
    """Wang et al. 2004, eq. 13, over the part where the window is whole."""
    window = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(x):
        return convolve1d(convolve1d(x, window, 0), window, 1)[5:-5, 5:-5]

    a, b = a.astype(float), b.astype(float)
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    cov = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    upper = (2 * mean_a * mean_b + c1) * (2 * cov + c2)
    return (upper / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean()


def test_ssim_agrees_with_the_formula():
    original, coded = pictures((3, 64, 64))
    expected = [ssim_by_hand(a, b) for a, b in zip(original, coded, strict=True)]
    np.testing.assert_allclose(ssim(original, coded), expected, atol=1e-4)


def test_ssim_of_colour_is_the_mean_over_channels():
    original, coded = pictures((1, 32, 40, 3))
    channels = [ssim_by_hand(original[0, ..., c], coded[0, ..., c]) for c in range(3)]
    assert ssim(original, coded)[0] == pytest.approx(np.mean(channels), abs=1e-4)


def test_equal_pictures_have_ssim_one():
    original, _ = pictures((2, 64, 64))
    np.testing.assert_allclose(ssim(original, original), 1, atol=1e-6)


def test_wrong_types_and_shapes_are_mistakes():
    original, coded = pictures((2, 16, 16))
    with pytest.raises(ValueError, match="uint8"):
        psnr(original.astype(float), coded)
    with pytest.raises(ValueError, match="the coded picture"):
        ssim(original, coded[:1])
