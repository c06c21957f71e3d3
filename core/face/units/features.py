"""What the estimators of units read off aligned landmarks and blendshapes."""

from functools import lru_cache

import numpy as np

from core.face.landmarks import BLENDSHAPES
from core.face.units.measures import measure


def measured_features(aligned: np.ndarray, blendshapes: np.ndarray) -> np.ndarray:
    """What the measured estimator reads: (F, 81)."""
    return np.concatenate([measure(aligned), blendshapes], 1).astype(np.float32)


def mapped_features(aligned: np.ndarray, blendshapes: np.ndarray) -> np.ndarray:
    """What the mapped estimator reads: (F, 1486)."""
    flat = aligned.reshape(len(aligned), -1)
    return np.concatenate([flat, blendshapes], 1).astype(np.float32)


@lru_cache(maxsize=1)
def mirror_blendshapes() -> np.ndarray:
    """(52,) for every blendshape the one of the other side."""
    swap = {"Left": "Right", "Right": "Left"}
    other = [
        next((name.removesuffix(a) + b for a, b in swap.items() if name.endswith(a)), name)
        for name in BLENDSHAPES
    ]
    return np.array([BLENDSHAPES.index(name) for name in other])
