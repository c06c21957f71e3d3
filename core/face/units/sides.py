"""How much of a unit each side of the face shows.

The unit itself has no side: every estimator looks at a face and at its mirror image.  Here the face is
completed twice, from its left half and from its right half, and the landmark estimator reads both; half
their difference is what one side is above the unit and the other below.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
import torch

from core.face.columns import SIDED
from core.face.landmarks import BLENDSHAPES
from core.face.units.alignment import align, mirror, mirror_order, reference
from core.face.units.estimate import Estimators, mapped_features, mirror_blendshapes
from core.facs import MAX_INTENSITY, UNITS


def estimate_sides(
    landmarks: np.ndarray, blendshapes: np.ndarray, units: pd.DataFrame, *, estimators: Estimators
) -> pd.DataFrame:
    """``AU06_left``, ``AU06_right`` .. of F frames, the person's own sides, intensities 0..5.

    ``landmarks`` (F, 478, 3) in pixels, ``blendshapes`` (F, 52), all measured; ``units``: the
    columns of :func:`core.face.units.estimate.estimate_units` for the same frames.  The mean of two
    sides is the unit, unless one of them reached 0 or 5.  Only landmarks tell the sides apart: a
    difference that shows in the skin alone is not seen.
    """
    aligned, shapes = align(landmarks), np.asarray(blendshapes, np.float32)
    left, right = (
        _mapped(estimators, _completed(aligned, side), _of_side(shapes, name))
        for side, name in ((1, "Left"), (-1, "Right"))
    )
    columns = {}
    for unit in SIDED:
        place = list(UNITS).index(unit)
        more = (left[:, place] - right[:, place]) / 2
        for side, sign in (("left", 1), ("right", -1)):
            columns[f"{unit}_{side}"] = np.clip(units[unit] + sign * more, 0, MAX_INTENSITY)
    return pd.DataFrame(columns)


@torch.inference_mode()
def _mapped(estimators: Estimators, aligned: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """The landmark estimator's units (F, 17), 0..5, of symmetrical faces."""
    features = torch.from_numpy(mapped_features(aligned, shapes))
    return estimators.networks.mapped(features).numpy().clip(0, MAX_INTENSITY)


def _completed(aligned: np.ndarray, side: int) -> np.ndarray:
    """Faces (F, 478, 3) whose other half mirrors the person's left (1) or right (-1) one."""
    other = mirror(aligned)
    keep = (side * _side() > 0)[:, None]
    middle = (_side() == 0)[:, None]
    return np.where(middle, (aligned + other) / 2, np.where(keep, aligned, other))


def _of_side(shapes: np.ndarray, side: str) -> np.ndarray:
    """Blendshapes (F, 52) in which both sides have the values of one."""
    other = mirror_blendshapes()
    taken = [i if name.endswith(side) else other[i] for i, name in enumerate(BLENDSHAPES)]
    paired = np.array([name.endswith(("Left", "Right")) for name in BLENDSHAPES])
    return np.where(paired, shapes[:, taken], shapes)


@lru_cache(maxsize=1)
def _side() -> np.ndarray:
    """(478,) 1 for landmarks of the person's left half, -1 for the right, 0 for the middle line."""
    across = reference()[:, 0]  # to the picture's right, where the person's left is
    iris = np.repeat([across[133], across[362]], 5)  # each beside its eye's inner corner
    side = np.sign(np.concatenate([across, iris]))
    side[mirror_order() == np.arange(478)] = 0
    return side
