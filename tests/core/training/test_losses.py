"""The three terms against hand-computed values, and where their gradients go."""

import math

import pytest
import torch

from core.codec.network import (
    GAIN_MAX,
    LAMBDA_RANGE,
    VariableRateCodec,
    bits_per_pixel,
    mse_255,
    pad,
)
from core.recognition import ExpressionClassifier
from core.training.joint import joint_loss, learners
from core.training.losses import BALANCE, STRAIGHT_THROUGH, rate_distortion, recognition
from core.training.reader import ReaderConfig, Reading


def test_bits_per_pixel_by_hand():
    likelihoods = {"y": torch.full((1, 4, 2, 2), 0.5), "z": torch.full((1, 2, 1, 1), 0.25)}
    assert bits_per_pixel(likelihoods, 100).item() == pytest.approx((16 * 1 + 2 * 2) / 100)


def test_mse_is_on_the_0_to_255_scale():
    x = torch.zeros(1, 3, 2, 2)
    assert mse_255(x + 2 / 255, x).item() == pytest.approx(4)


def test_rate_distortion_by_hand():
    quality = torch.tensor([1.0, 0.0])
    x = torch.zeros(2, 3, 64, 64)
    output = {"x_hat": x + 1 / 255, "likelihoods": {"y": torch.full((2, 1, 64, 64), 0.5)}}
    high, low = LAMBDA_RANGE[1], LAMBDA_RANGE[0]
    expected = ((1 + high) + (high / low) ** BALANCE * (1 + low)) / 2
    assert rate_distortion(output, x, quality).total().item() == pytest.approx(expected, rel=1e-4)


def test_the_distortion_pulls_harder_than_it_weighs():
    x = torch.zeros(1, 3, 64, 64)
    made = (x + 1 / 255).requires_grad_()
    output = {"x_hat": made, "likelihoods": {"y": torch.full((1, 1, 64, 64), 0.5)}}
    rate_distortion(output, x, torch.tensor([1.0])).total().backward()
    own = LAMBDA_RANGE[1] * 255**2 * 2 / 255 / x.numel()
    assert made.grad.mean().item() == pytest.approx(STRAIGHT_THROUGH * own, rel=1e-4)


def test_cross_entropy_by_hand():
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]])
    found = recognition(logits, torch.tensor([0, 1]))
    assert found.tolist() == pytest.approx([-math.log(0.75), math.log(2)])


def test_label_smoothing_by_hand():
    found = recognition(torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([0]), 0.1)
    assert found.item() == pytest.approx(-0.95 * math.log(0.75) - 0.05 * math.log(0.25))


def test_distillation_by_hand():
    logits, taught = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([[0.5, 0.5]])
    found = recognition(logits, torch.tensor([0]), 0.0, taught, 0.25).item()
    hard, soft = -math.log(0.75), -0.5 * math.log(0.75) - 0.5 * math.log(0.25)
    assert found == pytest.approx(0.75 * hard + 0.25 * soft)


def test_the_cross_entropy_of_a_picture_counts_with_its_rate_and_distortion():
    quality = torch.tensor([1.0, 0.0])
    x = torch.zeros(2, 3, 64, 64)
    output = {"x_hat": x + 1 / 255, "likelihoods": {"y": torch.full((2, 1, 64, 64), 0.5)}}
    high, low = LAMBDA_RANGE[1], LAMBDA_RANGE[0]
    found = rate_distortion(output, x, quality).total(0.5, torch.tensor([1.0, 3.0]))
    expected = ((1 + high + 0.5) + (high / low) ** BALANCE * (1 + low + 1.5)) / 2
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_the_ladder_ends_where_it_says():
    ends = VariableRateCodec.lmbda(torch.tensor([0.0, 1.0]))
    assert torch.allclose(ends, torch.tensor(LAMBDA_RANGE), rtol=1e-4)
    assert VariableRateCodec.gain(torch.tensor([1.0])).item() == pytest.approx(GAIN_MAX)


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (64, 64), (65, 100)])
def test_padding_mirrors_up_to_the_stride(size):
    x = torch.rand(1, 3, *size)
    padded = pad(x)
    assert padded.shape[-1] % 64 == 0 and padded.shape[-2] % 64 == 0
    assert torch.equal(padded[..., : size[0], : size[1]], x)
    if size[1] % 64:
        assert torch.equal(padded[..., : size[0], size[1]], x[..., -1])


def small():
    torch.manual_seed(0)
    return VariableRateCodec(16, 24), ExpressionClassifier()


def test_the_gradient_reaches_the_codec_through_a_frozen_classifier():
    codec, classifier = small()
    codec.train()
    classifier.eval().requires_grad_(False)
    x, labels = torch.rand(2, 3, 64, 64), torch.tensor([0, 3])
    output = codec(x, torch.tensor([0.3, 0.9]))
    recognition(classifier(output["x_hat"]), labels).mean().backward()
    assert codec.net.g_s[0].weight.grad.abs().sum() > 0
    assert codec.net.g_a[0].weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in classifier.parameters())


def plain(classifier, **changes) -> Reading:
    return Reading(classifier, ReaderConfig(**{"augmented": 0, "label_smoothing": 0, **changes}))


def test_the_joint_loss_is_the_sum_of_its_terms():
    codec, classifier = small()
    codec.eval()
    classifier.eval()
    x, labels, quality = torch.rand(2, 3, 64, 64), torch.tensor([1, 2]), torch.ones(2)
    reading = plain(classifier)
    without, terms = joint_loss(codec, reading, x, labels, quality, gamma=0.0)
    expected = float(terms["bpp"] + LAMBDA_RANGE[1] * terms["mse"])
    assert without.item() == pytest.approx(expected, rel=1e-3)
    with_gamma, _ = joint_loss(codec, reading, x, labels, quality, gamma=2.0)
    difference = with_gamma.item() - without.item()
    assert difference == pytest.approx(2 * float(terms["cross_entropy"]), rel=2e-2)


def test_the_joint_loss_reaches_the_codec_and_not_the_frozen_classifier():
    codec, classifier = small()
    classifier.eval().requires_grad_(False)
    x, labels, quality = torch.rand(2, 3, 64, 64), torch.tensor([1, 2]), torch.ones(2)
    gradients = []
    for gamma in (0.0, 50.0):
        codec.zero_grad()
        torch.manual_seed(0)
        reading = plain(classifier, augmented=1.0)
        joint_loss(codec, reading, x, labels, quality, gamma)[0].backward()
        gradients.append(codec.net.g_s[0].weight.grad.clone())
    assert not torch.allclose(*gradients)
    assert all(p.grad is None for p in classifier.parameters())


def test_uncoded_faces_are_read_beside_the_decoded_ones():
    classifier = ExpressionClassifier().eval()
    x, labels = torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 2, 3])
    decoded, uncoded, _ = plain(classifier).cross_entropies(x / 2, x, labels, 2)
    assert decoded.shape == (4,) and uncoded.shape == (2,)
    alone, none, _ = plain(classifier).cross_entropies(x, x, labels, 0)
    assert torch.allclose(uncoded, alone[:2], atol=0.02) and none.shape == (0,)


def test_one_batch_moves_the_running_statistics_once():
    classifier = ExpressionClassifier().train()
    x, labels = torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 2, 3])
    plain(classifier).cross_entropies(x, x, labels, 4)
    assert classifier.resnet.bn1.num_batches_tracked == 1


def test_the_teacher_reads_the_uncoded_face_and_does_not_learn():
    torch.manual_seed(0)
    classifier = ExpressionClassifier().eval()
    x, labels = torch.rand(2, 3, 64, 64), torch.tensor([0, 1])
    reading = plain(classifier, distillation=1.0)
    decoded, _, _ = reading.cross_entropies(x / 2, x, labels, 0)
    taught = classifier(x).softmax(dim=1)
    expected = -(taught * classifier(x / 2).log_softmax(dim=1)).sum(dim=1)
    assert torch.allclose(decoded, expected, atol=0.02)
    decoded.sum().backward()
    assert all(p.grad is None for p in reading.teacher.parameters())


def test_who_learns_in_which_regime():
    assert learners("codec-only") == (True, False)
    assert learners("joint") == (True, True)
    assert learners("control") == (False, True)
    with pytest.raises(ValueError, match="regime"):
        learners("all")
