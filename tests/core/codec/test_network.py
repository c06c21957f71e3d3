"""The gains of a codec's channels, and what they come to at one quality."""

import pytest
import torch

from core.codec.network import KNOTS, VariableRateCodec
from tests.benchmarks.codec import folded


@pytest.fixture
def codec():
    torch.manual_seed(0)
    made = VariableRateCodec(16, 24).eval()
    torch.nn.init.normal_(made.channel_gains, std=0.5)
    return made


@torch.no_grad()
def test_the_gains_go_through_their_knots_and_straight_between(codec):
    knots = torch.linspace(0, 1, KNOTS, dtype=torch.float64)
    shares = codec.gains(knots) / codec.gain(knots).view(-1, 1)
    assert torch.allclose(shares.log(), codec.channel_gains.double(), atol=1e-6)
    middle = (knots[3:4] + knots[4:5]) / 2
    share = (codec.gains(middle) / codec.gain(middle)).log()[0]
    assert torch.allclose(share, codec.channel_gains[3:5].double().mean(dim=0), atol=1e-6)


@torch.no_grad()
def test_at_one_quality_it_is_compressais_network_with_other_kernels(codec):
    x, quality = torch.rand(1, 3, 64, 64), torch.tensor([0.7])
    net = folded(codec, quality)
    y, z = codec.analyse(x)
    prior = codec.prior(z)
    shares = (codec.gains(quality) / codec.gain(quality)).view(1, -1, 1, 1)
    assert torch.allclose(net.g_a(x), y * shares, atol=1e-5)
    assert torch.allclose(net.h_a(y * shares), z, atol=1e-5)
    assert torch.allclose(net.g_s(y * shares), codec.synthesise(y), atol=1e-5)
    scales, means = net.h_s(z).chunk(2, dim=1)
    assert torch.allclose(scales, prior.scales * shares, atol=1e-5)
    assert torch.allclose(means, prior.means * shares, atol=1e-5)


def test_the_shares_are_learned_at_the_quality_that_is_asked_for(codec):
    x = torch.rand(1, 3, 64, 64)
    made = codec(x, torch.tensor([0.0]))
    made["likelihoods"]["y"].log().sum().backward()
    moved = codec.channel_gains.grad.abs().sum(dim=1)
    assert moved[0] > 0 and (moved[2:] == 0).all()


def test_training_states_the_rate_of_the_symbols_and_still_teaches_the_analysis(codec):
    codec, x = codec.train(), torch.rand(2, 3, 64, 64)
    made = codec(x, torch.tensor([0.3, 0.9]))
    with torch.no_grad():
        counted = codec.eval()(x, torch.tensor([0.3, 0.9]))
    assert torch.allclose(made["likelihoods"]["y"], counted["likelihoods"]["y"], rtol=1e-4)
    made["likelihoods"]["y"].log().sum().backward()
    assert codec.net.g_a[0].weight.grad.abs().sum() > 0
    assert codec.channel_gains.grad.abs().sum() > 0


@torch.no_grad()
def test_the_mass_of_far_symbols_keeps_its_digits():
    """In float32 as by the difference of two sigmoids in float64, on both sides."""
    torch.manual_seed(0)
    codec = VariableRateCodec(16, 24).eval()
    z = torch.linspace(-200, 200, 401).view(1, 1, 401, 1).expand(1, 16, 401, 1)
    found = codec.z_likelihoods(z, torch.ones(1))[0, ..., 0].double()
    edges = torch.linspace(-200.5, 200.5, 402, dtype=torch.float64).expand(16, 1, 402)
    logits = codec.double().net.entropy_bottleneck._logits_cumulative(edges, stop_gradient=True)
    upper, lower = logits[:, 0, 1:], logits[:, 0, :-1]
    mass = torch.where(
        upper + lower < 0,
        upper.sigmoid() - lower.sigmoid(),
        (-lower).sigmoid() - (-upper).sigmoid(),
    )
    known = mass > 1e-8  # nothing is less than 1e-9
    for side in (slice(0, 150), slice(150, 251), slice(251, 401)):
        assert known[:, side].any()
        error = (found / mass - 1).abs()[:, side]
        assert error[known[:, side]].max() < 1e-3
    assert (mass[known] < 1e-6).any()
