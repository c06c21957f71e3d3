"""The networks have the published shape, repeat themselves, and see order where means see nothing."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier

from core.cohort.classify.networks import (
    Inception,
    InceptionTime,
    RecurrentNetwork,
    SequenceNetwork,
)
from core.errors import InputError


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_inception_time_has_the_published_depth():
    network = InceptionTime(17, 1000, 2)
    blocks = list(network.blocks)
    assert len(blocks) == 6
    assert len(network.shortcuts) == 2
    for number, block in enumerate(blocks):
        assert [b.kernel_size[0] for b in block.branches] == [40, 20, 10]
        assert {b.out_channels for b in block.branches} == {32}
        assert block.bottleneck.out_channels == 32
        assert block.bottleneck.in_channels == (17 if number == 0 else 128)
    assert network.head.in_features == 128


def test_kernels_shrink_together_for_short_series():
    kernels = [b.kernel_size[0] for b in Inception(3, 20).branches]
    assert kernels == [20, 10, 5]
    assert InceptionTime(3, 16, 2)(torch.zeros(2, 3, 16)).shape == (2, 2)


def test_a_shortcut_carries_the_input_past_dead_modules():
    network = InceptionTime(2, 50, 2).eval()
    for block in network.blocks:
        torch.nn.init.zeros_(block.norm.weight)
    x = torch.randn(2, 2, 50)
    assert not torch.allclose(network(x)[0], network(x)[1])


@pytest.mark.parametrize("network", [InceptionTime, RecurrentNetwork])
def test_one_unit_is_enough(network):
    assert network(1, 40, 3)(torch.zeros(4, 1, 40)).shape == (4, 3)


def _ramps(people, seed):
    """Rising or falling saw teeth from a random moment on: means, spreads and quantiles are alike."""
    rng = np.random.default_rng(seed)
    x, y = 0.4 * rng.normal(size=(people, 2, 48)), np.arange(people) % 2
    for row, group in zip(x, y, strict=True):
        tooth = (np.arange(48) + rng.integers(12)) % 12 / 6 - 1
        row[0] += tooth if group else tooth[::-1]
    return x.astype(np.float32), np.where(y, "rising", "falling")


def _window_means(x):
    windows = x.reshape(*x.shape[:2], 4, 12)
    whole = [x.mean(axis=2), x.std(axis=2)]
    return np.hstack([*whole, *(w.reshape(len(x), -1) for w in (windows.mean(3), windows.std(3)))])


def test_inception_time_sees_the_order_that_window_means_miss():
    train, y = _ramps(48, seed=0)
    test, truth = _ramps(60, seed=1)
    network = SequenceNetwork("inception", ensemble=1, epochs=10, seed=0).fit(train, y)
    forest = RandomForestClassifier(200, random_state=0).fit(_window_means(train), y)
    by_network = (network.predict(test) == truth).mean()
    by_means = (forest.predict(_window_means(test)) == truth).mean()
    assert by_network > 0.9
    assert by_network > by_means + 0.2


def test_an_lstm_learns_what_comes_late():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2, 20)).astype(np.float32)
    y = np.arange(40) % 2
    x[:, 0, 12:] += 2 * y[:, None]
    network = SequenceNetwork("lstm", ensemble=1, epochs=25, rate=1e-2).fit(x, y)
    assert (network.predict(x) == y).mean() > 0.9
    assert network.loss_[0, -1] < 0.5 * network.loss_[0, 0]


def test_the_same_seed_gives_the_same_network_and_leaves_the_global_one_alone():
    x, y = _ramps(8, seed=0)
    network = SequenceNetwork("inception", ensemble=2, epochs=1, seed=3)
    state = torch.get_rng_state()
    first = network.fit(x, y).predict_proba(x)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(clone(network).fit(x, y).predict_proba(x), first)
    other = clone(network).set_params(seed=4).fit(x, y).predict_proba(x)
    assert np.abs(other - first).max() > 1e-4
    np.testing.assert_allclose(first.sum(axis=1), 1, atol=1e-6)


def test_missing_values_one_group_and_unknown_names_are_refused():
    x, y = _ramps(8, seed=0)
    with pytest.raises(InputError, match="two groups"):
        SequenceNetwork().fit(x, np.zeros(8))
    with pytest.raises(InputError, match="transformer"):
        SequenceNetwork("transformer").fit(x, y)
    x[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="missing"):
        SequenceNetwork().fit(x, y)


def test_training_can_be_cancelled_at_every_epoch():
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SequenceNetwork("lstm", ensemble=2, epochs=5).fit(*_ramps(8, seed=0), progress=stop)
    assert seen == [(0, 10), (1, 10), (2, 10)]
