"""Faces read by the stack: calibrated units, what is hidden, and how far to believe it.

The stack is a checkpoint of its own beside the estimators that it weighs.
"""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np

from core import checkpoints
from core.errors import InputError
from core.face.units.estimate import CHECKPOINT, Estimators, load_estimators
from core.face.units.stacking import Stacked, StackedUnits
from core.face.units.used import STACK, over_which, stack_card
from core.face.units.weighing import look, weigh
from core.facs import UNITS


@dataclass(frozen=True)
class Stack:
    """The loaded stack, and the estimators that it was fitted on."""

    network: StackedUnits
    estimators: Estimators
    card: checkpoints.Card

    @property
    def validated(self) -> dict[str, bool]:
        """Unit -> whether the bar supports it."""
        return dict(self.card.config["validated"])


@dataclass(frozen=True, slots=True)
class Reading:
    """F faces.

    ``units`` (F, 17), 0..5, by the estimators under the stack; ``calibrated`` the stack's.
    ``occlusion`` (F,) is the share of the face that is hidden, ``confidence`` (F,) the chance that all
    calibrated units which the bar supports are within a point, both 0..1.
    """

    units: np.ndarray
    calibrated: np.ndarray
    occlusion: np.ndarray
    confidence: np.ndarray


def load_stack() -> Stack | None:
    """The shipped stack, kept until its card changes; None without it or without what it weighs.

    Raises InputError where it was fitted on other estimators than those here, or is damaged.
    """
    card = stack_card()
    if card is None or not checkpoints.cards(CHECKPOINT):
        return None
    over = over_which(card)
    estimators = load_estimators(over)
    if estimators.networks.appearance is None:
        return None
    if card.config["fitted_on"] != estimators.card.fingerprint:
        raise InputError(
            f"Checkpoint {STACK!r} was fitted on other estimators than those of {over!r}: "
            "python -m core.training action-units fits both."
        )
    return _load(json.dumps(asdict(card), sort_keys=True), estimators.card.fingerprint)


@lru_cache(maxsize=1)
def _load(described: str, fingerprint: str) -> Stack:
    card = checkpoints.Card(**json.loads(described))
    network = StackedUnits(**card.architecture)
    checkpoints.load(network, card.id)
    return Stack(network.eval(), load_estimators(over_which(card)), card)


def read_faces(
    stack: Stack,
    landmarks: np.ndarray,
    blendshapes: np.ndarray,
    crops: np.ndarray,
    presence: np.ndarray,
) -> Reading:
    """Read F faces, all of them there; arguments as for :func:`core.face.units.estimate_units`.

    ``presence`` (F,): how sure the landmarker is of each.
    """
    seen = look(stack.estimators.networks, landmarks, blendshapes, crops, presence)
    by_name = {name: seen.estimated(name) for name in set(stack.estimators.chosen.values())}
    columns = [by_name[stack.estimators.chosen[unit]][:, i] for i, unit in enumerate(UNITS)]
    read: Stacked = weigh(stack.network, seen)
    return Reading(
        np.stack(columns, 1),
        read.units.numpy(),
        read.occlusion.numpy(),
        read.confidence.numpy(),
    )
