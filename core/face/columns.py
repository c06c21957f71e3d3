"""Names of the columns of a measured video's table, and what is needed to write and read them."""

from core.expressions import EXPRESSIONS
from core.facs import UNITS

POSE = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
BOX = ("face_left", "face_top", "face_right", "face_bottom")
EMOTIONS = tuple(f"emotion_{name}" for name in EXPRESSIONS)
RELATIVE = tuple(f"{unit}_relative" for unit in UNITS)
SIDED = ("AU02", "AU12")
"""Units whose two sides are told apart (:mod:`core.face.units.sides` says why no others)."""
SIDES = tuple(f"{unit}_{side}" for unit in SIDED for side in ("left", "right"))
"""The person's left and right, intensities 0..5; their mean is the unit."""
DEFAULT_CUTOFF = 0.5
"""Least presence of a face that is measured, 0..1."""
SHORTEST_SMOOTHING, LONGEST_SMOOTHING = 0.05, 5.0
"""Seconds of the window over which units may be smoothed."""
