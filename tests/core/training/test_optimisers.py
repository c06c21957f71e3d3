"""Muon for kernels, Adam for the rest."""

import copy

import pytest
import torch
from torch import nn

from core.training.optimisers import MuonAndAdam


def network(layout=torch.contiguous_format):
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    return made.to(memory_format=layout)


def steps(model, optimiser, count):
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        x = torch.rand(4, 3, 8, 8, generator=generator)
        optimiser.zero_grad()
        loss = (model(x) - x).square().mean()
        loss.backward()
        optimiser.step()
    return loss.item()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_small_network_learns_to_copy(layout):
    model = network(layout)
    optimiser = MuonAndAdam(model, 0.02, 0.01)
    first = steps(model, optimiser, 1)
    assert steps(model, optimiser, 60) < first / 5


def test_the_memory_layout_of_a_kernel_does_not_change_its_steps():
    plain, last = network(), network(torch.channels_last)
    for model in (plain, last):
        steps(model, MuonAndAdam(model, 0.02, 0.01), 3)
    assert torch.allclose(plain[0].weight, last[0].weight, atol=2e-3)
    assert (plain[0].weight - network()[0].weight).abs().max() > 1e-2


def test_the_state_goes_on_where_it_was():
    straight, resumed = network(), network()
    optimiser = MuonAndAdam(straight, 0.02, 0.01)
    steps(straight, optimiser, 2)
    resumed.load_state_dict(straight.state_dict())
    other = MuonAndAdam(resumed, 0.02, 0.01)
    other.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    steps(straight, optimiser, 2)
    steps(resumed, other, 2)
    assert torch.allclose(straight[2].weight, resumed[2].weight, atol=1e-6)


def test_rates_are_set_as_a_share_of_their_peaks():
    optimiser = MuonAndAdam(network(), 0.02, 0.01)
    optimiser.set_rate(0.5)
    assert optimiser.muon.param_groups[0]["lr"] == 0.01
    assert optimiser.adam.param_groups[0]["lr"] == 0.005
