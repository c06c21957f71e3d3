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
from core.training.aimed_targets import aimed_targets, latent_distances
from core.training.batches import Batch
from core.training.features import stage_features
from core.training.losses import (
    BALANCE,
    STRAIGHT_THROUGH,
    balance,
    blended,
    feature_distances,
    mean_balance,
    rate_distortion,
    recognition,
)
from core.training.regimes import learners, regime_loss
from core.training.settings import RegimeConfig
from core.training.tuning import RecognitionLoss


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


def test_the_scale_of_qualities_ends_where_it_says():
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


def batch_of(x, labels) -> Batch:
    shares = torch.nn.functional.one_hot(labels, 7).float()
    return Batch(x, torch.arange(len(x)), torch.zeros(len(x), dtype=torch.bool), labels, shares)


def plain(**changes) -> RegimeConfig:
    return RegimeConfig(**{"augmented": 0.0, "label_smoothing": 0.0, **changes})


def test_the_loss_of_a_regime_is_the_sum_of_its_terms():
    codec, classifier = small()
    codec.eval()
    classifier.eval()
    batch = batch_of(torch.rand(2, 3, 64, 64), torch.tensor([1, 2]))
    quality = torch.ones(2)
    recognise = RecognitionLoss(classifier, plain())
    without, terms = regime_loss(codec, recognise, batch, quality, plain(gamma=0.0))
    expected = float(terms["bpp"] + LAMBDA_RANGE[1] * terms["mse"])
    assert without.item() == pytest.approx(expected, rel=1e-3)
    with_gamma, _ = regime_loss(codec, recognise, batch, quality, plain(gamma=2.0))
    difference = with_gamma.item() - without.item()
    assert difference == pytest.approx(2 * float(terms["cross_entropy"]), rel=2e-2)


@pytest.mark.parametrize(
    "changes", [{}, {"features": 1.0}, {"distillation": 1.0}, {"latents": 1.0}]
)
def test_the_loss_reaches_the_codec_and_not_the_frozen_classifier(changes):
    codec, classifier = small()
    classifier.eval().requires_grad_(False)
    batch = batch_of(torch.rand(2, 3, 64, 64), torch.tensor([1, 2]))
    gradients = []
    for gamma in (0.0, 50.0):
        codec.zero_grad()
        torch.manual_seed(0)
        config = plain(augmented=1.0, gamma=gamma, **changes)
        recognise = RecognitionLoss(classifier, config, config.features > 0, config.latents > 0)
        regime_loss(codec, recognise, batch, torch.ones(2), config)[0].backward()
        gradients.append(codec.net.g_s[0].weight.grad.clone())
    assert not torch.allclose(*gradients)
    assert all(p.grad is None for p in classifier.parameters())


def test_uncoded_faces_are_read_beside_the_decoded_ones():
    classifier = ExpressionClassifier().eval()
    batch = batch_of(torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 2, 3]))
    recognise = RecognitionLoss(classifier, plain())
    read = recognise(batch.x / 2, batch, 2)
    assert read.decoded.shape == (4,) and read.uncoded.shape == (2,)
    alone = recognise(batch.x, batch, 0)
    assert torch.allclose(read.uncoded, alone.decoded[:2], atol=0.02)
    assert alone.uncoded.shape == (0,)


def test_one_batch_moves_the_running_statistics_once():
    classifier = ExpressionClassifier().train()
    batch = batch_of(torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 2, 3]))
    RecognitionLoss(classifier, plain())(batch.x, batch, 4)
    assert classifier.resnet.bn1.num_batches_tracked == 1


def test_the_teacher_reads_the_uncoded_face_and_does_not_learn():
    torch.manual_seed(0)
    classifier = ExpressionClassifier().eval()
    batch = batch_of(torch.rand(2, 3, 64, 64), torch.tensor([0, 1]))
    recognise = RecognitionLoss(classifier, plain(distillation=1.0))
    read = recognise(batch.x / 2, batch, 0)
    taught = classifier(batch.x).softmax(dim=1)
    expected = -(taught * classifier(batch.x / 2).log_softmax(dim=1)).sum(dim=1)
    assert torch.allclose(read.decoded, expected, atol=0.02)
    read.decoded.sum().backward()
    assert all(p.grad is None for p in recognise.teacher.parameters())


def test_features_are_matched_in_all_stages_and_alike():
    torch.manual_seed(0)
    classifier = ExpressionClassifier().eval()
    x = torch.rand(3, 3, 64, 64)
    features, logits = stage_features(classifier, x)
    assert [f.shape[1] for f in features] == [64, 128, 256, 512]
    assert torch.equal(logits, classifier(x))
    assert feature_distances(features, features).tolist() == [0, 0, 0]
    doubled = [2 * f for f in features]
    assert feature_distances(doubled, features).mean().item() == pytest.approx(4, rel=1e-3)
    batch = batch_of(x, torch.tensor([0, 1, 2]))
    recognise = RecognitionLoss(classifier, plain(features=1.0), features=True)
    assert recognise(x, batch, 0).features.abs().max() < 1e-3
    assert recognise(x / 2, batch, 1).features.min() > 0.01


def test_votes_take_their_share_of_the_label():
    labels, shares = torch.tensor([0, 1]), torch.tensor([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    found = blended(labels, shares, 0.4)
    assert torch.allclose(found, torch.tensor([[0.8, 0.2, 0.0], [0.0, 1.0, 0.0]]))
    logits = torch.randn(2, 3)
    hard = recognition(logits, labels, 0.1)
    assert torch.allclose(recognition(logits, blended(labels, shares, 0.0), 0.1), hard)


def test_the_mean_weight_of_a_picture_is_that_of_many_qualities():
    qualities = (torch.arange(100_000) + 0.5) / 100_000
    expected = balance(VariableRateCodec.lmbda(qualities.double())).mean().item()
    assert mean_balance() == pytest.approx(expected, rel=1e-6)


def test_who_learns_in_which_regime():
    assert learners("codec") == (True, False)
    assert learners("joint") == (True, True)
    assert learners("control") == (False, True)
    with pytest.raises(ValueError, match="regime"):
        learners("all")


def test_refined_latents_are_nearer_to_what_the_classifier_saw_and_teach_the_analysis_alone():
    codec, classifier = small()
    codec.eval()
    classifier.eval().requires_grad_(False)
    x = torch.rand(2, 3, 64, 64)
    quality = torch.tensor([0.9, 1.0])
    before = latent_distances(codec, x, quality, torch.zeros(1), torch.ones(1))
    start, free = aimed_targets(codec, x, quality, classifier, steps=0)
    assert latent_distances(codec, x, quality, start, free).max() < 1e-4 < before.max()
    targets, free = aimed_targets(codec, x, quality, classifier, steps=3)
    assert free.any() and torch.equal(targets[~free], start[~free])
    assert 0 < (targets - start).abs().max() < 0.21  # three falling steps of at most 0.1
    assert all(p.grad is None for p in codec.parameters())
    latent_distances(codec, x, quality, targets, free).sum().backward()
    assert codec.net.g_a[0].weight.grad.abs().sum() > 0
    for part in (codec.net.g_s, codec.net.h_a, codec.net.h_s):
        assert all(p.grad is None for p in part.parameters())
