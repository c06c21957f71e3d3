"""Training of the calibrated stack over the shipped estimators of units, and its validation.

It needs the shots and minutes, not the hours that the estimators themselves took.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.face.units.bar import LEAST_AUC, LEAST_R, SLOPES, passing
from core.face.units.calibrated import load_stack
from core.face.units.estimate import load_estimators
from core.face.units.networks import UnitNetworks
from core.face.units.stacking import StackedUnits
from core.face.units.used import STACK
from core.face.units.validation import validation_path
from core.face.units.weighing import Look, look, weigh
from core.facs import UNITS
from core.provenance import code_version
from core.synthetic.morphable import load_morphable
from core.training import unit_scenes as scenes
from core.training.settings import UnitsConfig
from core.training.unit_agreement import correlation, line, present
from core.training.unit_shots import ODD, Shots, read_shots
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

LEARNED_FROM = (("render", "train"), ("render", "val"), ("warp", "train"), ("warp", "val"))


def train_stack(
    data: Path, folder: Path, config: UnitsConfig, command: str, *, replace_earlier: bool = False
) -> checkpoints.Card:
    """Fit the stack on the shots of ``folder``, save checkpoint ``action-units-stack``, validate it.

    ``data``: with ict_facekit/ and london/.  Calibration is on people left out of the weights, and the
    validation on test people that neither saw.
    """
    estimators = load_estimators()
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
    card = checkpoints.save(
        stack,
        checkpoints.Card(
            id=STACK,
            kind=STACK,
            method="all estimators weighed, calibrated by a rising curve a unit",
            architecture=networks.stack_sizes(),
            config={
                "fitted_on": estimators.card.fingerprint,
                "in_use": False,
                "believed": likely,
                "validated": dict.fromkeys(UNITS, False),
                "steps": config.stack_steps,
            },
            seed=config.seed,
            data=f"{len(shots)} shots with known units, {len(odd)} odd ones; {len(photographed)} people "
            "photographed at rest and smiling",
            command=command,
            version=code_version(),
            metrics={},
        ),
        replace=replace_earlier,
    )
    loaded = load_stack()
    test = {kind: read_shots(folder, kind, "test") for kind in ("render", "warp")}
    table = validate_units(
        Judged(estimators, loaded),
        test,
        there(folder, "label", "test"),
        load_morphable(data),
        data / "london",
        folder,
    )
    odd_test = there(folder, "odd", "test")
    of_confidence = confidence_rows(loaded, [test["render"], odd_test], likely)
    table = pd.concat([table, of_confidence], ignore_index=True)
    card = replace(card, config=card.config | {"validated": passing(table)})
    checkpoints.write_card(card)
    write_validation(table, validation_path(STACK), sidecar_of(card))
    return card


def join_shots(parts: Iterable[Shots | None]) -> Shots:
    """All shots as one; None among them are left out."""
    parts = [part for part in parts if part is not None]
    names = Shots.__dataclass_fields__
    return Shots(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def there(folder: Path, kind: str, split: str) -> Shots | None:
    """The shots of a folder, None where it has none of that kind."""
    try:
        return read_shots(folder, kind, split)
    except ValueError:
        return None


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
