"""Adam for the transforms, Muon for the hyperprior's kernels, Adam for the rest."""

import copy

import pytest
import torch

from core.codec.network import VariableRateCodec, bits_per_pixel
from core.training import muon
from core.training.muon import Muon, orthogonalised
from core.training.optimisers import CodecOptimiser

RATES = (1e-3, 2e-3, 3e-3, 1e-4)


def network(layout=torch.contiguous_format) -> VariableRateCodec:
    torch.manual_seed(0)
    return VariableRateCodec(8, 12).to(memory_format=layout).eval()


def steps(codec, optimiser, count) -> float:
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    for _ in range(count):
        optimiser.zero_grad()
        made = codec(x, torch.full((2,), 0.5))
        loss = (
            bits_per_pixel(made["likelihoods"], 64 * 64).mean()
            + 50 * (made["x_hat"] - x).square().mean()
        )
        loss.backward()
        optimiser.step()
    return loss.item()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_every_part_of_a_codec_learns(layout):
    codec, start = network(layout), network(layout)
    optimiser = CodecOptimiser(codec, *RATES)
    first = steps(codec, optimiser, 1)
    assert steps(codec, optimiser, 20) < 0.8 * first
    for part in ("g_a", "g_s", "h_a", "h_s", "entropy_bottleneck"):
        mine, before = (getattr(each.net, part).state_dict().values() for each in (codec, start))
        assert any(not torch.equal(a, b) for a, b in zip(mine, before, strict=True)), part


def test_each_weight_is_moved_by_one_optimiser():
    codec = network()
    optimiser = CodecOptimiser(codec, *RATES)
    parts = (*optimiser.transforms, *optimiser.kernels, *optimiser.others, *optimiser.slow)
    learned = {id(p) for p in codec.parameters() if p.requires_grad}
    assert len(parts) == len(learned) and {id(p) for p in parts} == learned
    assert all(p.ndim == 4 for p in optimiser.kernels)


def test_the_memory_layout_of_a_kernel_does_not_change_its_steps():
    plain, last = network(), network(torch.channels_last)
    for codec in (plain, last):
        steps(codec, CodecOptimiser(codec, *RATES), 3)
    moved, other, before = (c.net.h_s[-1].weight for c in (plain, last, network()))
    assert torch.allclose(moved, other, atol=2e-3)
    assert (moved - before).abs().max() > 1e-3


def moved(optimiser_of, shape, steps=3):
    drawn = torch.Generator().manual_seed(2)
    matrix = torch.nn.Parameter(torch.zeros(*shape))
    optimiser = optimiser_of([matrix])
    for _ in range(steps):
        matrix.grad = torch.randn(*shape, generator=drawn)
        optimiser.step()
    return matrix.detach()


@pytest.mark.parametrize("shape", [(6, 20), (20, 6)])
def test_muon_steps_as_torch_does(shape, monkeypatch):
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon")
    monkeypatch.setattr(muon, "has_bfloat16", lambda device: True)
    ours = moved(lambda matrices: Muon(matrices, 0.1), shape)
    theirs = moved(
        lambda matrices: torch.optim.Muon(
            matrices, lr=0.1, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        ),
        shape,
    )
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("shape", [(6, 20), (20, 6)])
def test_muon_steps_alike_with_and_without_bfloat16(shape, monkeypatch):
    found = {}
    for fast in (True, False):
        monkeypatch.setattr(muon, "has_bfloat16", lambda device, fast=fast: fast)
        found[fast] = moved(lambda matrices: Muon(matrices, 0.1), shape)
    apart = (found[True] - found[False]).norm() / found[False].norm()
    assert 0 < apart < 0.05


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (8, 8)])
def test_singular_values_become_about_one(shape):
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(3))
    known = torch.linalg.svdvals(orthogonalised(matrix).float())
    assert known.min() > 0.4 and known.max() < 1.5


def test_muon_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match="matrices"):
        Muon([torch.nn.Parameter(torch.zeros(3))], 0.1)


def test_the_analysis_moves_faster_where_asked():
    optimiser = CodecOptimiser(network(), *RATES, analysis=4.0)
    optimiser.set_rate(0.5)
    analysis, synthesis = (group["lr"] for group in optimiser.adam.param_groups[:2])
    assert (analysis, synthesis) == (2 * RATES[0], RATES[0] / 2)


def test_the_state_goes_on_where_it_was():
    straight, resumed = network(), network()
    optimiser = CodecOptimiser(straight, *RATES)
    steps(straight, optimiser, 2)
    resumed.load_state_dict(straight.state_dict())
    other = CodecOptimiser(resumed, *RATES)
    other.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    for each in (optimiser, other):
        each.set_rate(0.5)
    steps(straight, optimiser, 2)
    steps(resumed, other, 2)
    for part in ("g_a", "h_s"):
        mine, theirs = (getattr(codec.net, part)[-1].weight for codec in (straight, resumed))
        assert torch.allclose(mine, theirs, atol=1e-6)


def test_rates_are_set_as_a_share_of_their_peaks():
    optimiser = CodecOptimiser(network(), *RATES)
    optimiser.set_rate(0.5)
    analysis, synthesis, others, slow = (group["lr"] for group in optimiser.adam.param_groups)
    assert analysis == synthesis == RATES[0] / 2
    assert (others, slow) == (RATES[2] / 2, RATES[3] / 2)
    assert optimiser.muon.param_groups[0]["lr"] == RATES[1] / 2
