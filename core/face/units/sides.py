"""How much of a smile each side of the face shows.

Every estimator of units looks at a face and at its mirror image, so a unit has no side.  The landmarker's
blendshapes have: on renders of twelve people whose mouth corners rise differently, the difference of the
two smile blendshapes follows the true one with r = 0.94, at 0.44 of its size.  Nothing that was tried
tells the sides of other units apart: with natural, small differences the best of blendshapes, landmarks
and crop follow those of AU12 with r = 0.5, and those of AU02 with 0.15 on renders and 0.48 on warped
photographs, AU04 0.11 and 0.33, AU06 0.30 and 0.43, AU14 0.17 and 0.34, at a tenth of their size or less.
So they have no sides here.
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
