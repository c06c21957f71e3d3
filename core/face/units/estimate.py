"""Seventeen intensities a frame, each from the estimator that validation chose for it."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import torch

from core import checkpoints
from core.errors import InputError
from core.face.units.alignment import align, mirror
from core.face.units.features import mapped_features, measured_features, mirror_blendshapes
from core.face.units.measures import plain
from core.face.units.networks import UnitNetworks
from core.facs import MAX_INTENSITY, UNITS

CHECKPOINT = ESTIMATORS_KIND = "action-units"
UNDER_STACK = "action-units-under-stack"
"""Kind of estimators that speak for no unit themselves: a stack was fitted on them."""
SEEING = ("appearance", "combined")
"""Estimators that look at the crop."""
COMBINED = ("mapped", "appearance")
"""Estimators whose mean is the combined one."""
ESTIMATORS = ("blendshapes", "measured", "mapped", *SEEING)
"""Plain blendshapes are there for comparison; they are never chosen."""


@dataclass(frozen=True)
class Estimators:
    """The loaded estimators, ``chosen`` (unit -> estimator) and which units are ``validated``."""

    networks: UnitNetworks
    chosen: dict[str, str]
    validated: dict[str, bool]
    card: checkpoints.Card

    @property
    def names(self) -> tuple[str, ...]:
        """Those that can be asked."""
        there = self.networks.appearance is not None
        return tuple(name for name in ESTIMATORS if there or name not in SEEING)

    @property
    def wants_crops(self) -> bool:
        """Whether any unit is read off the crop."""
        return not set(SEEING).isdisjoint(self.chosen.values())


def load_estimators(id: str = CHECKPOINT) -> Estimators:
    """The shipped estimators, kept until their weights or their card change.

    ``id``: others, which a stack was fitted on.  Raises InputError if the checkpoint is missing or damaged.
    """
    card = checkpoints.card(id)
    return _load(json.dumps(asdict(card), sort_keys=True))


@lru_cache(maxsize=2)
def _load(described: str) -> Estimators:
    card = checkpoints.Card(**json.loads(described))
    if card.kind not in (ESTIMATORS_KIND, UNDER_STACK):
        raise InputError(f"Checkpoint {card.id!r} is a {card.kind}, not of action units.")
    networks = UnitNetworks(**card.architecture)
    checkpoints.load(networks, card.id)
    return Estimators(networks, card.config["chosen"], card.config["validated"], card)


def estimate_units(
    landmarks: np.ndarray,
    blendshapes: np.ndarray,
    crops: np.ndarray | None = None,
    *,
    estimators: Estimators | None = None,
) -> pd.DataFrame:
    """Action units of F frames: columns ``AU01`` .. ``AU45``, intensities 0..5, NaN without a face.

    ``landmarks``: (F, 478, 3) in pixels.  ``blendshapes``: (F, 52).  ``crops``: uint8 (F, 112, 112)
    of :func:`core.face.units.alignment.crop`; a unit that is read off the crop falls back on the
    landmarks where there are none.  NaN in landmarks or blendshapes means that no face was found.
    """
    estimators = estimators or load_estimators()
    needed = set(estimators.chosen.values())
    if crops is None:
        needed = needed - set(SEEING) | {"mapped"}
    by_estimator = {
        name: run_estimator(estimators.networks, name, landmarks, blendshapes, crops)
        for name in needed - {"combined"} | (set(COMBINED) if "combined" in needed else set())
    }
    if "combined" in needed:
        by_estimator["combined"] = sum(by_estimator[part] for part in COMBINED) / 2
    columns = {}
    for i, unit in enumerate(UNITS):
        name = estimators.chosen[unit]
        columns[unit] = by_estimator[name if name in by_estimator else "mapped"][:, i]
    return pd.DataFrame(columns)


def run_estimator(
    networks: UnitNetworks,
    name: str,
    landmarks: np.ndarray,
    blendshapes: np.ndarray,
    crops: np.ndarray | None = None,
) -> np.ndarray:
    """One estimator's intensities (F, 17), 0..5; arguments as for :func:`estimate_units`."""
    landmarks = np.asarray(landmarks, np.float32)
    blendshapes = np.asarray(blendshapes, np.float32)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (478, 3):
        raise ValueError(f"landmarks must be (F, 478, 3), not {landmarks.shape}")
    if blendshapes.shape != (len(landmarks), 52):
        raise ValueError(f"blendshapes must be ({len(landmarks)}, 52), not {blendshapes.shape}")
    if name == "combined":
        parts = [run_estimator(networks, part, landmarks, blendshapes, crops) for part in COMBINED]
        return sum(parts) / 2
    units = np.full((len(landmarks), len(UNITS)), np.nan, np.float32)
    there = np.isfinite(landmarks).all((1, 2)) & np.isfinite(blendshapes).all(1)
    if there.any():
        if name == "blendshapes":
            intensities = plain(blendshapes[there])
        elif name == "appearance":
            intensities = _both_ways(networks.appearance, crops[there], crops[there][:, :, ::-1])
        else:
            features = measured_features if name == "measured" else mapped_features
            aligned, shapes = align(landmarks[there]), blendshapes[there]
            network = getattr(networks, name)
            as_seen = features(aligned, shapes)
            mirrored = features(mirror(aligned), shapes[:, mirror_blendshapes()])
            intensities = _both_ways(network, as_seen, mirrored)
        units[there] = np.clip(intensities, 0, MAX_INTENSITY)
    return units


@torch.inference_mode()
def _both_ways(network: torch.nn.Module, as_seen: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """The mean over a face and its mirror image: the units have no side."""
    first, second = (
        network(torch.from_numpy(np.ascontiguousarray(part))).numpy()
        for part in (as_seen, mirrored)
    )
    return (first + second) / 2
