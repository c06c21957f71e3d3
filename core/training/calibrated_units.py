"""Training of the calibrated stack over the shipped estimators of units, and its validation.

It needs the shots and minutes, not the hours that the estimators themselves took.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.face.units.bar import EVIDENCE, LEAST_AUC, LEAST_R, SLOPES, passing
from core.face.units.calibrated import load_stack
from core.face.units.estimate import CHECKPOINT, load_estimators
from core.face.units.networks import UnitNetworks
from core.face.units.stacking import StackedUnits
from core.face.units.used import STACK, stack_card
from core.face.units.validation import validation_path
from core.face.units.weighing import Look, look, weigh
from core.facs import UNITS
from core.provenance import code_version
from core.synthetic.morphable import load_morphable
from core.training import unit_scenes as scenes
from core.training.settings import UnitsConfig
from core.training.unit_agreement import correlation, line, present
from core.training.unit_shots import ODD, Shots, join_shots, read_shots, there
from core.training.unit_stack import Photographed, fit_quality, fit_stack, look_at
from core.training.unit_validation import (
    LAST_KNOWN_PERSON,
    Judged,
    confidence_rows,
    sidecar_of,
    validate_units,
    were_right,
    write_validation,
)

LEARNED_FROM = (("render", "val"), ("warp", "val"))
"""Shots of people that the estimators did not learn from: what these say of others is overstated."""


def learn_stack(
    data: Path,
    folder: Path,
    config: UnitsConfig,
    command: str,
    *,
    over: str = CHECKPOINT,
    replace_earlier: bool = False,
) -> checkpoints.Card:
    """Fit the stack on the shots of ``folder`` and save checkpoint ``action-units-stack``.

    ``over``: id of the estimators that it weighs.  ``data``: with ict_facekit/ and london/.  Calibration
    is on people left out of the weights.  It speaks for the units unless the one before did not; none
    counts as validated before :func:`validate_stack`.
    """
    estimators, earlier = load_estimators(over), stack_card()
    networks = estimators.networks
    shots = join_shots(there(folder, kind, split) for kind, split in LEARNED_FROM)
    seen = look_at(networks, shots)
    photographed = _photographed(networks, data / "london", folder)
    stack = StackedUnits(**networks.stack_sizes()).eval()
    known = fit_stack(stack, seen, shots, photographed, config.stack_steps, config.seed)
    likely = likely_valid(known, shots)
    odd = join_shots(there(folder, "odd", split) for split in ("train", "val"))
    odd_seen = look_at(networks, odd)
    odd_units = read_stack(stack, odd_seen)
    fit_quality(
        stack,
        (seen, odd_seen),
        (shots.occlusion, np.where(odd.label == ODD.index("drawing"), np.nan, odd.occlusion)),
        (were_right(known, shots, likely), were_right(odd_units, odd, likely)),
        config.stack_steps,
        config.seed,
    )
    return checkpoints.save(
        stack,
        checkpoints.Card(
            id=STACK,
            kind=STACK,
            method="all estimators weighed, calibrated by a rising curve a unit",
            architecture=networks.stack_sizes(),
            config={
                "over": over,
                "fitted_on": estimators.card.fingerprint,
                "in_use": earlier is None or earlier.config["in_use"],
                "believed": likely,
                "validated": dict.fromkeys(UNITS, False),
                "steps": config.stack_steps,
            },
            seed=config.seed,
            data=f"{len(shots)} shots with known units, {len(odd)} odd ones; {len(photographed)} people "
            "photographed at rest and smiling",
            command=command,
            version=code_version(),
            metrics={"val_r": _rounded(correlation(known, shots.units))},
        ),
        replace=replace_earlier,
    )


def validate_stack(data: Path, folder: Path, command: str = "") -> checkpoints.Card:
    """Validate the stack on test people that nothing saw; its card says what the table supports.

    ``command``: how that was asked for, where it was not the training's.
    """
    stack = load_stack()
    test = {kind: read_shots(folder, kind, "test") for kind in EVIDENCE}
    table = validate_units(
        Judged(stack.estimators, stack),
        test,
        there(folder, "label", "test"),
        load_morphable(data),
        data / "london",
        folder,
    )
    believed = stack.card.config["believed"]
    odd = there(folder, "odd", "test")
    of_confidence = confidence_rows(stack, [test["render"], odd], believed)
    table = pd.concat([table, of_confidence], ignore_index=True)
    card = replace(stack.card, config=stack.card.config | {"validated": passing(table)})
    checkpoints.write_card(card)
    asked = {"validated_by": command} if command else {}
    write_validation(table, validation_path(STACK), sidecar_of(card) | asked)
    return card


def _rounded(of_units: np.ndarray) -> dict[str, float]:
    return {unit: round(float(value), 3) for unit, value in zip(UNITS, of_units, strict=True)}


def _photographed(networks: UnitNetworks, photographs: Path, folder: Path) -> Photographed:
    """The London set but for the people of the test."""
    london = scenes.kept(folder, "london", lambda: scenes.smiles(photographs))
    half = len(london["person"]) // 2
    has_face = np.isfinite(london["blendshapes"]).all(1)
    fine = has_face[:half] & has_face[half:] & (london["person"][:half] <= LAST_KNOWN_PERSON)
    names = ("landmarks", "blendshapes", "crops", "presence")
    rows = np.flatnonzero(fine)
    rest, smile = (
        look(networks, *(london[name][at] for name in names)) for at in (rows, rows + half)
    )
    return Photographed(rest, smile, london["person"][rows])


def likely_valid(units: np.ndarray, shots: Shots) -> dict[str, bool]:
    """Unit -> whether people left out say that it will pass the bar."""
    open_faces = shots.occlusion == 0
    estimated, truth = units[open_faces], shots.units[open_faces]
    r = correlation(estimated, truth)
    return {
        unit: bool(
            r[i] >= LEAST_R
            and SLOPES[0] <= line(estimated[:, i], truth[:, i])[0] <= SLOPES[1]
            and present(estimated[:, i], truth[:, i]) >= LEAST_AUC
        )
        for i, unit in enumerate(UNITS)
    }


def read_stack(stack: StackedUnits, seen: Look) -> np.ndarray:
    """Calibrated units (n, 17) of faces that were looked at."""
    return weigh(stack, seen).units.numpy()
