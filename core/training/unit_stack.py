"""Fitting the stack of estimators: weights on shots, calibration on people that the weights did not see.

::

    looks -> folds by person -> raw intensities of people left out -> rising curves, one a unit
          -> weights on all people; what is hidden, and the chance of being right
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.isotonic import IsotonicRegression
from torch.nn import functional

from core.face.units.bar import ZERO
from core.face.units.networks import UnitNetworks
from core.face.units.stacking import StackedUnits
from core.face.units.weighing import Look, look
from core.facs import MAX_INTENSITY, UNITS
from core.training.unit_agreement import correlation, line
from core.training.unit_shots import Shots

FOLDS = 3
GOAL_SLOPE = 0.92
"""Between 0.75 and 1.25, as near to 1 as little noise at rest allows."""
LEAST_SMILE, PHOTOGRAPHS = 2.0, 0.5
"""AU12 that a photographed smile shows at least, and the weight of what photographs tell."""
LEAST_STRETCHED = 0.5
"""A unit whose raw r is lower is not stretched: it would be noise on a larger scale."""
MOST_AT_REST, MOST_QUIET = 0.07, 0.25
"""Means that the calibration allows: on neutral faces (the aim is 0.1), and on faces that move other
units only."""


@dataclass(frozen=True, slots=True)
class Photographed:
    """People photographed twice, at ``rest`` and with a ``smile``; ``person`` (n,) their numbers."""

    rest: Look
    smile: Look
    person: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def __getitem__(self, chosen: np.ndarray) -> "Photographed":
        return Photographed(self.rest[chosen], self.smile[chosen], self.person[chosen])


def look_at(networks: UnitNetworks, shots: Shots) -> Look:
    """The shots as the estimators see them, in parts so that memory stays flat."""
    parts = []
    for rows in np.array_split(np.arange(len(shots)), max(1, len(shots) // 256)):
        part = shots[rows]
        parts.append(look(networks, part.landmarks, part.blendshapes, part.crops, part.presence))
    return Look(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in Look.__dataclass_fields__)
    )


def fit_stack(
    stack: StackedUnits, seen: Look, shots: Shots, known: Photographed, steps: int, seed: int = 0
) -> np.ndarray:
    """Fit the stack in place; what was read of people left out comes back.

    ``seen``, ``shots``: faces with known units; ``known``: photographs at rest and smiling.  The units
    (n, 17) that come back are each person's as read by weights that did not see that person.
    """
    _normalise(stack, seen)
    fold = person_folds(shots.person, FOLDS, seed)
    rest_fold = person_folds(known.person, FOLDS, seed)
    raw, raw_rest = np.empty_like(shots.units), np.empty((len(known), len(UNITS)), np.float32)
    for number in range(FOLDS):
        part, inside, there = copy.deepcopy(stack), fold != number, rest_fold != number
        _fit_weights(part, seen[inside], shots[inside], known[there], steps, seed)
        raw[~inside] = _raw(part, seen[~inside])
        raw_rest[~there] = _raw(part, known.rest[~there])
    _fit_weights(stack, seen, shots, known, steps, seed)
    _fit_curves(stack, raw, shots, raw_rest)
    with torch.inference_mode():
        return stack.calibration(torch.from_numpy(raw)).clamp(0, MAX_INTENSITY).numpy()


def person_folds(person: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """(n,) the fold of each shot; a person is in one."""
    people, of = np.unique(person, return_inverse=True)
    return np.random.default_rng(seed).permutation(np.arange(len(people)) % folds)[of]


def _normalise(stack: StackedUnits, seen: Look) -> None:
    pooled = torch.from_numpy(np.concatenate([seen.pooled, seen.pooled_mirrored]))
    torch.manual_seed(0)
    stack.pool_mean.copy_(pooled.mean(0))
    _, spread, axes = torch.pca_lowrank(pooled, stack.pool_axes.shape[1], niter=3)
    stack.pool_axes.copy_(axes * (len(pooled) ** 0.5 / (spread + 1e-3)))
    both = [
        stack.join(torch.from_numpy(pooled_part), torch.from_numpy(seen_part))
        for pooled_part, seen_part in (
            (seen.pooled, seen.seen), (seen.pooled_mirrored, seen.seen_mirrored)
        )
    ]  # fmt: skip
    joined = torch.cat(both)
    stack.mean.copy_(joined.mean(0))
    stack.spread.copy_(joined.std(0) + 1e-3)
    stack.seen_mean.copy_(torch.from_numpy(seen.seen_as.mean(0)))
    stack.seen_spread.copy_(torch.from_numpy(seen.seen_as.std(0) + 1e-3))


def _sides_of(stack: StackedUnits, seen: Look) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        return (
            stack.normal(torch.from_numpy(seen.pooled), torch.from_numpy(seen.seen)),
            stack.normal(
                torch.from_numpy(seen.pooled_mirrored), torch.from_numpy(seen.seen_mirrored)
            ),
        )


def _fit_weights(
    stack: StackedUnits, seen: Look, shots: Shots, known: Photographed, steps: int, seed: int
) -> None:
    """Smooth L1 on both sides of the mirror; what is hidden weighs less.

    Of photographs only this is known: at rest nothing moves, and a smile is an AU12 of 2 at least.
    """
    features = torch.cat(_sides_of(stack, seen))
    goal = torch.from_numpy(np.concatenate([shots.units, shots.units]))
    open_part = 1 - np.nan_to_num(shots.occlusion)
    weight = torch.from_numpy(np.concatenate([open_part, open_part]).astype(np.float32))
    rest, smile = (torch.cat(_sides_of(stack, part)) for part in (known.rest, known.smile))
    corner = list(UNITS).index("AU12")
    torch.manual_seed(seed)
    torch.nn.init.zeros_(stack.linear.weight)
    parameters = [*stack.linear.parameters(), *stack.layers.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, weight_decay=0.3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps)
    stack.train()
    for _ in range(steps):
        rows = torch.randint(len(goal), (256,))
        predicted = _noisy(stack, features[rows])
        cost = functional.smooth_l1_loss(predicted, goal[rows], reduction="none", beta=0.5)
        cost = cost.masked_fill((goal[rows] <= ZERO) & (predicted < 0), 0).mean(1)
        loss = (cost * weight[rows]).mean()
        calm, glad = (
            _noisy(stack, part[torch.randint(len(part), (32,))]) for part in (rest, smile)
        )
        too_much, too_little = calm.clamp(0).mean(), (LEAST_SMILE - glad[:, corner]).clamp(0).mean()
        loss = loss + PHOTOGRAPHS * (too_much + too_little / len(UNITS))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
    stack.eval()


def _noisy(stack: StackedUnits, features: torch.Tensor) -> torch.Tensor:
    """Raw intensities while learning: noise and dropout on what is seen."""
    x = features + 0.1 * torch.randn_like(features)
    return stack.linear(functional.dropout(x, 0.5)) + stack.layers(x)


@torch.no_grad()
def _raw(stack: StackedUnits, seen: Look) -> np.ndarray:
    normal, mirrored = _sides_of(stack, seen)
    return ((stack.raw(normal) + stack.raw(mirrored)) / 2).numpy()


def _fit_curves(stack: StackedUnits, raw: np.ndarray, shots: Shots, rest: np.ndarray) -> None:
    open_faces = shots.occlusion == 0
    r = correlation(raw[open_faces], shots.units[open_faces])
    for i in range(len(UNITS)):
        x, y = rising_curve(
            raw[open_faces, i],
            shots.units[open_faces, i],
            rest[:, i],
            stack.calibration.x.shape[1],
            stretch=r[i] >= LEAST_STRETCHED,
        )
        stack.calibration.x[i] = torch.from_numpy(x)
        stack.calibration.y[i] = torch.from_numpy(y)


def rising_curve(
    raw: np.ndarray, truth: np.ndarray, rest: np.ndarray, knots: int, *, stretch: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Knots (x, y) of a rising curve from raw estimates (n,) to intensities 0..5.

    Isotonic regression tells the mean truth behind an estimate, which shrinks towards the mean: its
    slope against the truth is r squared.  ``stretch``: it is drawn out to the slope that is wanted,
    and lowered until faces at rest (``rest``: their raw estimates) stay near zero.
    """
    model = IsotonicRegression(out_of_bounds="clip").fit(raw, truth)
    x = np.unique(np.quantile(raw, np.linspace(0.0, 1.0, knots)).astype(np.float64))
    x = np.interp(np.linspace(0, len(x) - 1, knots), np.arange(len(x)), x)
    x = np.maximum.accumulate(x + 1e-5 * np.arange(knots))
    smooth = np.interp(x, *_midpoints(model, raw))
    low, high, y = 0.0, 6.0, smooth
    quiet = raw[truth < ZERO]
    for _ in range(30):  # the stretch that gives the slope, by bisection
        size = (low + high) / 2 if stretch else 1.0
        y = _lowered(x, size * smooth, rest, quiet)
        slope = line(np.interp(raw, x, y), truth)[0]
        if not stretch:
            break
        low, high = (size, high) if slope < GOAL_SLOPE else (low, size)
    return x.astype(np.float32), np.maximum.accumulate(y).astype(np.float32)


def _midpoints(model: IsotonicRegression, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The isotonic steps as a line through the middle of each piece of 40 neighbours."""
    order = np.sort(raw)
    pieces = np.array_split(order, max(2, len(order) // 40))
    middle = np.array([piece.mean() for piece in pieces])
    return middle, np.array([model.predict(piece).mean() for piece in pieces])


def _lowered(x, y, rest, quiet) -> np.ndarray:
    """The curve moved down until the mean at rest is small; within 0..5."""
    low, high = 0.0, float(max(y.max(), 0.0))
    for _ in range(25):
        shift = (low + high) / 2
        fine = all(
            np.clip(np.interp(part, x, y - shift), 0, MAX_INTENSITY).mean() <= most
            for part, most in ((rest, MOST_AT_REST), (quiet, MOST_QUIET))
            if len(part)
        )
        low, high = (low, shift) if fine else (shift, high)
    return np.clip(y - high, 0, MAX_INTENSITY)


def fit_quality(
    stack: StackedUnits, looks: Sequence[Look], hidden: Sequence[np.ndarray],
    right: Sequence[np.ndarray], steps: int, seed: int = 0,
) -> None:  # fmt: skip
    """Fit what is hidden (share, NaN unknown) and the chance of being right (0 or 1) of looks.

    All kinds of looks are drawn equally often, so that few odd ones count; what people left out show,
    in the numbers that there are, bends the chance into a calibrated probability.
    """

    def inputs(seen: Look) -> torch.Tensor:
        normal, mirrored = _sides_of(stack, seen)
        how = (torch.from_numpy(seen.seen_as) - stack.seen_mean) / stack.seen_spread
        return torch.cat([(normal + mirrored) / 2, how], 1)

    x = torch.cat([inputs(seen) for seen in looks])
    shares = torch.from_numpy(np.concatenate(hidden).astype(np.float32))
    goal = torch.from_numpy(np.concatenate(right).astype(np.float32))
    known = torch.isfinite(shares)
    often = np.concatenate([np.full(len(seen.seen_as), 1 / len(seen.seen_as)) for seen in looks])
    often = torch.from_numpy(often)
    fold = torch.from_numpy(np.random.default_rng(seed).integers(0, FOLDS, len(x)))
    held_out = torch.empty(len(x))
    for number in range(FOLDS):
        part = copy.deepcopy(stack.quality)
        _fit_chances(part, x, shares, goal, known, often * (fold != number), steps, seed)
        with torch.no_grad():
            held_out[fold == number] = part(x[fold == number])[:, 1]
    _fit_chances(stack.quality, x, shares, goal, known, often, steps, seed)
    logits = held_out.numpy().astype(np.float64)
    model = IsotonicRegression(out_of_bounds="clip").fit(logits, goal.numpy())
    count = stack.certainty.x.shape[1]
    knots = np.quantile(logits, np.linspace(0, 1, count)) + 1e-5 * np.arange(count)
    stack.certainty.x[0] = torch.from_numpy(knots.astype(np.float32))
    shape = np.interp(knots, *_midpoints(model, logits))
    stack.certainty.y[0] = torch.from_numpy(np.maximum.accumulate(shape).astype(np.float32))


def _fit_chances(network, x, shares, goal, known, often, steps, seed) -> None:
    """``often`` (n,): how often each face is drawn, 0 never."""
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps)
    network.train()
    for _ in range(steps):
        at = torch.multinomial(often, 256, replacement=True)
        predicted = network(x[at] + 0.1 * torch.randn(256, x.shape[1]))
        there = known[at]
        loss = functional.binary_cross_entropy_with_logits(predicted[:, 1], goal[at])
        if there.any():
            loss = loss + functional.binary_cross_entropy_with_logits(
                predicted[there, 0], shares[at][there]
            )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
    network.eval()
