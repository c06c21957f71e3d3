"""How much of a smile each side of the face shows.

Every estimator of units looks at a face and at its mirror image, so a unit has no side.  The landmarker's
blendshapes have: on renders of twelve people whose mouth corners rise differently, the difference of the
two smile blendshapes follows the true one with r = 0.94, at 0.44 of its size.  For AU06 and AU14 nothing
that was tried tells the sides apart (r = 0.12 for the cheeks, 0.04 of the size for the dimples), so they
have no sides here.
"""

import numpy as np
import pandas as pd

from core.face.columns import SIDED
from core.face.landmarks import BLENDSHAPES
from core.facs import MAX_INTENSITY

_SHAPES = {"AU12": "mouthSmile"}
_SHARE = 0.44
"""Size of the difference of the blendshapes, in the true one's."""


def estimate_sides(blendshapes: np.ndarray, units: pd.DataFrame) -> pd.DataFrame:
    """``AU12_left`` and ``AU12_right`` of F frames, the person's own sides, intensities 0..5.

    ``blendshapes`` (F, 52), 0..1; ``units``: the columns of
    :func:`core.face.units.estimate.estimate_units` for the same frames.  The mean of two sides is the
    unit, unless one of them reached 0 or 5.  NaN stays NaN.
    """
    columns = {}
    for unit in SIDED:
        left, right = (
            blendshapes[:, BLENDSHAPES.index(_SHAPES[unit] + side)] for side in ("Left", "Right")
        )
        more = MAX_INTENSITY * (left - right) / _SHARE / 2
        for side, sign in (("left", 1), ("right", -1)):
            columns[f"{unit}_{side}"] = np.clip(units[unit] + sign * more, 0, MAX_INTENSITY)
    return pd.DataFrame(columns)
