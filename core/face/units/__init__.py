"""Action units of a face: 17 intensities from landmarks, blendshapes and a crop."""

from core.face.units.alignment import CROP, crop
from core.face.units.estimate import Estimators, estimate_units, load_estimators
from core.facs import COMPOSITES, UNITS

__all__ = [
    "COMPOSITES",
    "CROP",
    "UNITS",
    "Estimators",
    "crop",
    "estimate_units",
    "load_estimators",
]
