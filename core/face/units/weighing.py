"""What the estimators see of faces and of their mirror images, as a stack weighs it."""

from dataclasses import dataclass, fields

import numpy as np
import torch

from core.face.pose import head_pose
from core.face.sharpness import sharpness
from core.face.units.alignment import align, mirror
from core.face.units.features import mapped_features, measured_features, mirror_blendshapes
from core.face.units.networks import UnitNetworks
from core.face.units.stacking import Stacked, StackedUnits, seen_as
from core.facs import MAX_INTENSITY, UNITS

_SHAPES = 5.0
"""Blendshapes are weighed on the scale of intensities."""


@dataclass(frozen=True, slots=True)
class Look:
    """F faces as the estimators see them.

    ``pooled`` (F, P) and ``seen`` (F, S), and the same of the mirror image; ``seen_as`` (F, 7).
    """

    pooled: np.ndarray
    seen: np.ndarray
    pooled_mirrored: np.ndarray
    seen_mirrored: np.ndarray
    seen_as: np.ndarray

    def estimated(self, name: str) -> np.ndarray:
        """Intensities (F, 17), 0..5, of the estimator appearance, mapped, measured or combined."""
        if name == "combined":
            return (self.estimated("mapped") + self.estimated("appearance")) / 2
        place = ("appearance", "mapped", "measured").index(name)
        start = self.seen.shape[1] - 6 - (3 - place) * len(UNITS)
        columns = slice(start, start + len(UNITS))
        both = (self.seen[:, columns] + self.seen_mirrored[:, columns]) / 2
        return np.clip(both, 0, MAX_INTENSITY)

    def __len__(self) -> int:
        return len(self.seen)

    def __getitem__(self, chosen: np.ndarray) -> "Look":
        return Look(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


@torch.inference_mode()
def look(
    networks: UnitNetworks,
    landmarks: np.ndarray,
    blendshapes: np.ndarray,
    crops: np.ndarray,
    presence: np.ndarray,
) -> Look:
    """Look at F faces, all of them there; arguments as for :func:`core.face.units.estimate_units`."""
    aligned = align(landmarks)
    rotation = head_pose(landmarks, 480, 640).rotation.astype(np.float32)
    turn = np.array([1, -1, -1], np.float32)
    sides = (
        (aligned, blendshapes, crops, rotation),
        (
            mirror(aligned),
            blendshapes[:, mirror_blendshapes()],
            np.ascontiguousarray(crops[:, :, ::-1]),
            rotation * turn,
        ),
    )
    both_sides = [_one_side(networks, *side) for side in sides]
    apart = (both_sides[0][2] + both_sides[1][2]) / 2
    width = np.linalg.norm(landmarks[:, 454] - landmarks[:, 234], axis=1)
    how = seen_as(presence, sharpness(crops), width, rotation, apart)
    (pooled, seen, _), (pooled_mirrored, seen_mirrored, _) = both_sides
    return Look(pooled, seen, pooled_mirrored, seen_mirrored, how)


def _one_side(networks, aligned, shapes, crops, rotation) -> tuple[np.ndarray, ...]:
    """Pooled features, what else is seen, and the mean gap between two estimators."""
    maps = torch.from_numpy(np.ascontiguousarray(mapped_features(aligned, shapes)))
    measures = torch.from_numpy(np.ascontiguousarray(measured_features(aligned, shapes)))
    pooled = networks.appearance.pooled(torch.from_numpy(crops))
    seen, mapped = networks.appearance.head(pooled).numpy(), networks.mapped(maps).numpy()
    parts = [
        networks.parts(maps).numpy(),
        _SHAPES * shapes,
        seen,
        mapped,
        networks.measured(measures).numpy(),
        rotation,
        rotation**2,
    ]
    apart = np.abs(seen - mapped).mean(1)
    return pooled.flatten(1).numpy(), np.concatenate(parts, 1).astype(np.float32), apart


@torch.inference_mode()
def weigh(stack: StackedUnits, seen: Look) -> Stacked:
    """What the stack reads off faces that were looked at."""
    tensor = torch.from_numpy
    normal = stack.normal(tensor(seen.pooled), tensor(seen.seen))
    mirrored = stack.normal(tensor(seen.pooled_mirrored), tensor(seen.seen_mirrored))
    return stack(normal, mirrored, tensor(seen.seen_as))
