"""InceptionTime and an LSTM for sequences, behind scikit-learn's estimator interface.

InceptionTime (Ismail Fawaz et al. 2020)::

    (B, units, steps) -> [inception x 3 + shortcut] x 2 -> mean over time -> linear

    inception: bottleneck 1x1 to 32 -> convolutions of 40, 20, 10 steps, 32 filters each,
               beside max-pool 3 -> 1x1 to 32; concatenated (128), batch norm, ReLU

Training is fixed in advance (epochs, rate, schedule; nothing is chosen by looking at held-out
people): AdamW, a warm-up and cosine decay, groups weighted alike.  The published schedule is longer
(1,500 epochs on a GPU); this one suits two cores and cohorts of a hundred.
"""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from torch import Tensor, nn

from core.errors import InputError

_FILTERS = 32
_KERNELS = (40, 20, 10)
_DEPTH = 6
_RESIDUAL = 3  # a shortcut every third module


class Inception(nn.Module):
    """One module: (B, channels, T) -> (B, 4 * filters, T).

    ``kernels`` are scaled down together where the longest would exceed the series.
    """

    def __init__(self, channels: int, steps: int, filters: int = _FILTERS) -> None:
        super().__init__()
        scale = min(1.0, steps / _KERNELS[0])
        kernels = [max(2, round(k * scale)) for k in _KERNELS]
        self.bottleneck = (
            nn.Conv1d(channels, filters, 1, bias=False) if channels > 1 else nn.Identity()
        )
        inner = filters if channels > 1 else 1
        self.branches = nn.ModuleList(
            nn.Conv1d(inner, filters, k, padding="same", bias=False) for k in kernels
        )
        self.pool = nn.MaxPool1d(3, stride=1, padding=1)
        self.pooled = nn.Conv1d(channels, filters, 1, bias=False)
        self.norm = nn.BatchNorm1d(4 * filters)

    def forward(self, x: Tensor) -> Tensor:
        """Filters of three lengths and a pooled path, (B, 4 * filters, T)."""
        narrow = self.bottleneck(x)
        parts = [branch(narrow) for branch in self.branches] + [self.pooled(self.pool(x))]
        return torch.relu(self.norm(torch.cat(parts, dim=1)))


class InceptionTime(nn.Module):
    """Six inception modules with a residual shortcut every three; (B, units, T) -> (B, groups)."""

    def __init__(self, channels: int, steps: int, groups: int, filters: int = _FILTERS) -> None:
        super().__init__()
        width = 4 * filters
        widths = [channels] + [width] * (_DEPTH - 1)
        self.blocks = nn.ModuleList(Inception(w, steps, filters) for w in widths)
        self.shortcuts = nn.ModuleList(
            nn.Sequential(nn.Conv1d(w, width, 1, bias=False), nn.BatchNorm1d(width))
            for w in (channels, *[width] * (_DEPTH // _RESIDUAL - 1))
        )
        self.head = nn.Linear(width, groups)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, groups)."""
        entry = x
        for depth, block in enumerate(self.blocks, start=1):
            x = block(x)
            if depth % _RESIDUAL == 0:
                x = torch.relu(x + self.shortcuts[depth // _RESIDUAL - 1](entry))
                entry = x
        return self.head(x.mean(dim=-1))


class RecurrentNetwork(nn.Module):
    """Two LSTM layers of 64; the mean of all hidden states is read; (B, units, T) -> (B, groups)."""

    def __init__(self, channels: int, steps: int, groups: int, hidden: int = 64) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, hidden, num_layers=2, batch_first=True, dropout=0.2)
        self.head = nn.Linear(hidden, groups)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, groups)."""
        states, _ = self.lstm(x.transpose(1, 2))
        return self.head(states.mean(dim=1))


ARCHITECTURES: dict[str, type[nn.Module]] = {"inception": InceptionTime, "lstm": RecurrentNetwork}


class SequenceNetwork(ClassifierMixin, BaseEstimator):
    """An ensemble of networks as a scikit-learn classifier of (recordings, units, steps) arrays.

    Args:
        architecture: ``"inception"`` or ``"lstm"``.
        ensemble: networks that differ in their initialisation; probabilities are averaged (the
            published InceptionTime is an ensemble of 5).
        epochs: passes over the training people.
        rate: the learning rate at the start.
        batch: recordings a step.
        seed: of initialisation, order and dropout; the same seed gives the same network.

    After ``fit``: ``classes_``, ``networks_``, ``loss_`` (ensemble, epochs) training loss.
    """

    def __init__(
        self,
        architecture: str = "inception",
        ensemble: int = 5,
        epochs: int = 60,
        rate: float = 2e-3,
        batch: int = 16,
        seed: int = 0,
    ) -> None:
        self.architecture = architecture
        self.ensemble = ensemble
        self.epochs = epochs
        self.rate = rate
        self.batch = batch
        self.seed = seed

    def fit(
        self, X: np.ndarray, y: np.ndarray, progress: Callable[[int, int], None] | None = None
    ) -> "SequenceNetwork":
        """Train on ``X`` (recordings, units, steps), finite, and ``y`` (recordings,) any labels.

        ``progress(done, total)`` is called every epoch; what it raises ends the training.

        Raises:
            InputError: missing values in ``X``, one group only, or an unknown architecture.
        """
        if self.architecture not in ARCHITECTURES:
            raise InputError(f"{self.architecture!r} is not one of {', '.join(ARCHITECTURES)}.")
        x = _as_tensor(X)
        self.classes_, group = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError("A classifier needs at least two groups to tell apart.")
        target = torch.from_numpy(group)
        count = torch.bincount(target).float()
        loss = nn.CrossEntropyLoss(weight=len(target) / (len(count) * count))
        self.networks_: list[nn.Module] = []
        self.loss_ = np.zeros((self.ensemble, self.epochs))
        with torch.random.fork_rng(devices=[]):
            for member in range(self.ensemble):
                torch.manual_seed(self.seed + 1000 * member)
                network = ARCHITECTURES[self.architecture](x.shape[1], x.shape[2], len(count))
                self._train(network, x, target, loss, member, progress)
                self.networks_.append(network.eval())
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (recordings, groups), columns in the order of ``classes_``."""
        x = _as_tensor(X)
        with torch.inference_mode():
            parts = [
                torch.stack([net(part).softmax(dim=1) for net in self.networks_]).mean(dim=0)
                for part in x.split(32)
            ]
        return torch.cat(parts).double().numpy()

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most probable label of each recording."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _train(self, network, x, target, loss, member, progress) -> None:
        batches = max(1, round(len(x) / self.batch))
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.rate, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.rate, total_steps=self.epochs * batches, pct_start=0.1
        )
        network.train()
        for epoch in range(self.epochs):
            if progress is not None:
                progress(member * self.epochs + epoch, self.ensemble * self.epochs)
            for rows in torch.randperm(len(x)).tensor_split(batches):
                if len(rows) < 2:  # a batch norm of one is no norm
                    continue
                optimiser.zero_grad(set_to_none=True)
                value = loss(network(x[rows]), target[rows])
                value.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                self.loss_[member, epoch] += float(value.detach()) * len(rows) / len(x)


def _as_tensor(X: np.ndarray) -> Tensor:
    x = torch.as_tensor(np.ascontiguousarray(X, dtype=np.float32))
    if x.ndim != 3 or not len(x):
        raise InputError(f"Sequences are (recordings, units, steps); got shape {tuple(x.shape)}.")
    if not torch.isfinite(x).all():
        raise InputError("Sequences hold missing or infinite values: fill the gaps first.")
    return x
