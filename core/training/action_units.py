"""Training of the action-unit estimators: faces with known units, three estimators, a choice.

::

    renders, warped photographs --landmarker--> shots -+-> measured (ridge)
                                                       +-> mapped (perceptron)
    labelled faces --landmarker--> weak labels --------+-> appearance (residual network)
    validation people -> the better estimator, unit by unit -> checkpoint
"""

import copy
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core import checkpoints
from core.data.faces import Faces, clean, read_faces
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.face.units.alignment import align, mirror
from core.face.units.bar import EVIDENCE, passing
from core.face.units.calibrated import load_stack
from core.face.units.estimate import (
    CHECKPOINT,
    ESTIMATORS_KIND,
    SEEING,
    UNDER_STACK,
    load_estimators,
    run_estimator,
)
from core.face.units.features import mapped_features, measured_features, mirror_blendshapes
from core.face.units.networks import AppearanceUnits, UnitNetworks
from core.face.units.validation import read_validation, validation_path
from core.facs import UNITS
from core.precision import autocast
from core.provenance import code_version
from core.synthetic.morphable import load_morphable
from core.training.average import Average
from core.training.calibrated_units import learn_stack, validate_stack
from core.training.loop import Length, fit
from core.training.settings import UnitsConfig
from core.training.unit_agreement import correlation
from core.training.unit_crops import augment
from core.training.unit_material import SHOTS, make_shots
from core.training.unit_shots import Shots, join_shots, read_shots, there
from core.training.unit_validation import Judged, sidecar_of, validate_units, write_validation
from core.training.weak_labels import WEAK_UNITS, one_hot, vote_shares, weak_loss

_EXPRESSIONS_AT_ONCE = 4
"""Of labelled faces in one step."""


def train_units(
    data: Path,
    config: UnitsConfig,
    state: Path,
    command: str,
    device: str = "cpu",
    *,
    id: str = CHECKPOINT,
    replace_earlier: bool = False,
) -> checkpoints.Card:
    """Make the shots that are missing, train, choose, save checkpoint ``id``; validate it.

    With an appearance network the stack follows.  ``data``: folder with ict_facekit/, london/ and
    fer2013/.  ``state``: of the appearance network; shots are kept beside it.  ``device`` is where that
    network learns.  ``id``: by default of the estimators that everything uses; others serve the stack
    alone.
    """
    folder = state.parent / SHOTS
    faces = clean(read_faces(data))
    make_shots(data, faces, folder, config)
    learn_units(
        data,
        faces,
        folder,
        config,
        state,
        Length(steps=config.steps),
        command,
        device,
        id=id,
        replace_earlier=replace_earlier,
    )
    card = validate_estimators(data, folder, id=id)
    if config.steps:
        learn_stack(data, folder, config, command, over=id, replace_earlier=replace_earlier)
        validate_stack(data, folder)
    return card


def learn_units(
    data: Path,
    faces: Faces,
    folder: Path,
    config: UnitsConfig,
    state: Path,
    length: Length,
    command: str,
    device: str = "cpu",
    *,
    id: str = CHECKPOINT,
    replace_earlier: bool = False,
) -> checkpoints.Card:
    """Train all estimators on the shots of ``folder``, choose unit by unit, save checkpoint ``id``.

    ``length``: of the training of the appearance network.  No unit counts as validated before
    :func:`validate_estimators`.
    """
    train = join_shots(read_shots(folder, kind, "train") for kind in EVIDENCE)
    held_out = {kind: read_shots(folder, kind, "val") for kind in EVIDENCE}
    torch.manual_seed(config.seed)
    networks = UnitNetworks(appearance=config.steps > 0)
    fit_maps(networks, train, config)
    if config.steps:
        labelled = read_shots(folder, "label", "train")
        shares = vote_shares(data, faces, labelled)
        networks.appearance = train_appearance(
            train, labelled, held_out["warp"], config, state, device, shares=shares, length=length
        )
    networks.eval()
    evidence = {
        kind: {
            name: correlation(_run(networks, name, shots), shots.units) for name in _names(networks)
        }
        for kind, shots in held_out.items()
    }
    chosen = choose_estimators(evidence)
    saw = config.steps > 0 and config.weak > 0
    labels = {unit: saw and chosen[unit] in SEEING and unit in WEAK_UNITS for unit in UNITS}
    return checkpoints.save(
        networks,
        checkpoints.Card(
            id=id,
            kind=ESTIMATORS_KIND if id == CHECKPOINT else UNDER_STACK,
            method="chosen unit by unit",
            architecture={"appearance": config.steps > 0},
            config=asdict(config)
            | {"chosen": chosen, "validated": dict.fromkeys(UNITS, False), "saw_labels": labels},
            seed=config.seed,
            data=f"{len(train)} shots with known units; labelled faces {faces.fingerprint}",
            command=command,
            version=code_version(),
            metrics={f"val_r_{kind}": _summary(of, chosen) for kind, of in evidence.items()},
        ),
        replace=replace_earlier,
    )


def stack_units(
    data: Path,
    config: UnitsConfig,
    state: Path,
    command: str,
    device: str = "cpu",
    *,
    id: str = CHECKPOINT,
    replace_earlier: bool = False,
) -> checkpoints.Card:
    """Fit the calibrated stack over the estimators ``id``; arguments as for train_units."""
    folder = state.parent / SHOTS
    make_shots(data, clean(read_faces(data)), folder, replace(config, faces=0))
    learn_stack(data, folder, config, command, over=id, replace_earlier=replace_earlier)
    return validate_stack(data, folder)


def validate_again(
    data: Path,
    config: UnitsConfig,
    state: Path,
    command: str,
    device: str = "cpu",
    *,
    id: str = CHECKPOINT,
    replace_earlier: bool = False,
) -> checkpoints.Card:
    """Validate the estimators ``id``, and the stack; their cards say what the tables support.

    Arguments as for train_units.
    """
    folder = state.parent / SHOTS
    card = validate_estimators(data, folder, command, id=id)
    if load_stack() is not None:
        validate_stack(data, folder, command)
    return card


def validate_estimators(
    data: Path, folder: Path, command: str = "", *, id: str = CHECKPOINT
) -> checkpoints.Card:
    """Validate the estimators on the test shots of ``folder``; the card says what the table supports.

    What was measured on labelled faces stays, as long as the weights are the same, where there are no
    shots of such faces.  ``command``: how that was asked for, where it was not the training's.
    """
    estimators = load_estimators(id)
    shots = {kind: read_shots(folder, kind, "test") for kind in EVIDENCE}
    labelled = there(folder, "label", "test")
    table = validate_units(
        Judged(estimators), shots, labelled, load_morphable(data), data / "london", folder
    )
    path = validation_path(id)
    if labelled is None and path.exists():
        before, sidecar = read_validation(path)
        if sidecar.get("fingerprint") == estimators.card.fingerprint:
            other_rows = before[before["data"] == "fer2013"]
            table = pd.concat([table, other_rows], ignore_index=True)
    card = confirm(estimators.card, table)
    asked = {"validated_by": command} if command else {}
    write_validation(table, path, sidecar_of(card) | asked)
    return card


def _summary(of: dict[str, np.ndarray], chosen: dict[str, str]) -> dict[str, float]:
    """Pearson r of every unit by its chosen estimator."""
    return {unit: round(float(of[chosen[unit]][i]), 3) for i, unit in enumerate(UNITS)}


def choose_estimators(evidence: dict[str, dict[str, np.ndarray]]) -> dict[str, str]:
    """Unit -> the estimator whose worse kind of shot is best.

    ``evidence``: kind of shot -> estimator -> Pearson r (17,) on validation people; NaN counts as
    nothing known, so it loses.
    """
    names = list(next(iter(evidence.values())))
    worst = {
        name: np.min([np.nan_to_num(of[name], nan=-1.0) for of in evidence.values()], axis=0)
        for name in names
    }
    return {unit: max(names, key=lambda name: worst[name][i]) for i, unit in enumerate(UNITS)}


def confirm(card: checkpoints.Card, table: pd.DataFrame) -> checkpoints.Card:
    """Write the card again with the units that the validation ``table`` supports.

    ``table``: :func:`core.training.unit_validation.validate_units`; the bar is that of
    :mod:`core.face.units.bar`.  Nothing is chosen by it.
    """
    confirmed = replace(card, config=card.config | {"validated": passing(table)})
    checkpoints.write_card(confirmed)
    return confirmed


def fit_maps(networks: UnitNetworks, train: Shots, config: UnitsConfig) -> None:
    """Fit the measured and the mapped estimator; seconds to minutes."""
    aligned, shapes = align(train.landmarks), train.blendshapes
    both = np.concatenate([aligned, mirror(aligned)])
    both_shapes = np.concatenate([shapes, shapes[:, mirror_blendshapes()]])
    units = np.concatenate([train.units, train.units])
    networks.measured.fit(measured_features(both, both_shapes), units)
    features = mapped_features(both, both_shapes)
    network = networks.mapped
    network.find_components(features)
    parts = ((torch.from_numpy(features) - network.mean) / network.spread) @ network.axes.T
    goal = torch.from_numpy(units)
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, max(config.mapped_steps, 2))
    generator = torch.Generator().manual_seed(config.seed)
    network.train()
    for step in range(config.mapped_steps):
        rows = torch.randint(len(goal), (256,), generator=generator)
        noisy = parts[rows] + 0.1 * torch.randn(256, parts.shape[1], generator=generator)
        loss = _regression(network.linear(noisy) + network.layers(noisy), goal[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
        if (step + 1) % 1000 == 0:
            print(f"mapped: step {step + 1}, loss {loss.item():.4f}", file=sys.stderr)
    network.eval()


def train_appearance(
    train: Shots,
    labelled: Shots,
    held_out: Shots,
    config: UnitsConfig,
    state: Path,
    device: str = "cpu",
    *,
    shares: np.ndarray | None = None,
    length: Length | None = None,
) -> AppearanceUnits:
    """The appearance network, resumed from ``state`` if that exists; on the CPU again at the end.

    ``shares`` (n, 7): of each expression among the votes for a labelled face; None: its label alone.
    ``length``: by default the steps of ``config``.
    """
    shares = one_hot(labelled.label) if shares is None else shares
    length = length or Length(steps=config.steps)
    torch.manual_seed(config.seed)
    network = _beginning(config.start).to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), config.rate, weight_decay=config.decay)
    average = Average(network)
    classes = [np.flatnonzero(labelled.label == i) for i in range(len(EXPRESSIONS))]
    classes = [rows for rows in classes if len(rows)]
    weigh_labels = config.weak if len(classes) >= _EXPRESSIONS_AT_ONCE else 0.0

    def look(crops: np.ndarray, rng: np.random.Generator) -> Tensor:
        with autocast(device):
            return network(augment(crops, rng, device)).float()

    def step_once(step: int, part: float) -> dict[str, Tensor]:
        for group in optimiser.param_groups:
            group["lr"] = config.rate * one_cycle(part)
        rng = np.random.default_rng((config.seed, step))
        torch.manual_seed(int(rng.integers(2**31)))
        network.train()
        rows = rng.integers(len(train), size=config.batch)
        known = look(train.crops[rows], rng)
        loss = exact = _regression(known, torch.from_numpy(train.units[rows]).to(device))
        weak = torch.zeros((), device=device)
        if weigh_labels and step % 2:  # twice the weight every other step is half the work
            kinds = rng.choice(len(classes), _EXPRESSIONS_AT_ONCE, replace=False)
            each = config.batch // _EXPRESSIONS_AT_ONCE
            rows = np.concatenate([rng.choice(classes[kind], each) for kind in kinds])
            guessed = look(labelled.crops[rows], rng).unflatten(0, (len(kinds), each))
            weak = weak_loss(
                guessed, torch.from_numpy(shares[rows]).unflatten(0, (len(kinds), each))
            )
            loss = exact + 2 * weigh_labels * weak
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update(network)
        return {"exact": exact.detach(), "weak": weak.detach()}

    def evaluate(step: int) -> dict[str, float]:
        model = average.model.eval()
        with torch.inference_mode():
            parts = torch.from_numpy(held_out.crops).split(256)
            estimates = torch.cat([model(part.to(device)).cpu() for part in parts]).numpy()
        return {"r_warp": float(np.nanmean(correlation(estimates, held_out.units)))}

    fit(
        step_once,
        length=length,
        parts={"model": network, "optimiser": optimiser, "average": average},
        state=state,
        evaluate=evaluate,
        evaluate_every=500,
    )
    return average.model.eval().cpu()


def _beginning(start: str) -> AppearanceUnits:
    """An appearance network with random weights, or with those of checkpoint ``start``.

    Raises InputError where that has none.
    """
    if not start:
        return AppearanceUnits()
    appearance = copy.deepcopy(load_estimators(start).networks.appearance)
    if appearance is None:
        raise InputError(f"Checkpoint {start!r} has no appearance network to start from.")
    return appearance.requires_grad_(True)


def one_cycle(part: float, rise: float = 0.15) -> float:
    """The learning rate as a share of its peak, ``part`` of the way: a rise, then a cosine to 0."""
    if part < rise:
        return 0.04 + 0.96 * part / rise
    return 0.5 + 0.5 * float(np.cos(np.pi * (part - rise) / (1 - rise)))


def _regression(estimates: Tensor, units: Tensor) -> Tensor:
    """Smooth L1 over all units; what lies beyond 0..5 on the right side costs nothing."""
    below = (units <= 0) & (estimates < 0)
    above = (units >= 5) & (estimates > 5)
    cost = torch.nn.functional.smooth_l1_loss(estimates, units, reduction="none", beta=0.5)
    return cost.masked_fill(below | above, 0).mean()


def _names(networks: UnitNetworks) -> tuple[str, ...]:
    there = networks.appearance is not None
    return ("measured", "mapped", *(SEEING if there else ()))


def _run(networks: UnitNetworks, name: str, shots: Shots) -> np.ndarray:
    return run_estimator(networks, name, shots.landmarks, shots.blendshapes, shots.crops)
