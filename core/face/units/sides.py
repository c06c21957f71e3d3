"""How much of a smile, and of a raised brow, each side of the face shows.

Every estimator of units looks at a face and at its mirror image, so a unit has no side.  The landmarker's
blendshapes have: on renders whose sides differ, turned up to 14 degrees, the difference of the two smile
blendshapes follows the true one of AU12 with r = 0.89 to 0.94, and that of the two outer brows AU02's with
0.70.  Others do not: AU14 0.16, AU04 0.26, AU06 0.39, at less than a hundredth of the size.  Nor do
landmarks and crop together (a ridge on what changes in a mirror, 5,200 faces with natural, mostly small
differences; r on renders and warped photographs of others): AU12 0.45 and 0.36, AU02 0.27 and 0.43, AU06
0.20 and 0.26, AU14 0.16 and 0.14, AU04 0.08 and 0.05.  So AU04, AU06 and AU14 have no sides here.
"""

import numpy as np
import pandas as pd

from core.face.columns import SIDED
from core.face.landmarks import BLENDSHAPES
from core.facs import MAX_INTENSITY

_SHAPES = {"AU02": ("browOuterUp", 0.30), "AU12": ("mouthSmile", 0.44)}
"""Unit -> blendshape, and the size of the difference of its sides in the true one's."""


def estimate_sides(blendshapes: np.ndarray, units: pd.DataFrame) -> pd.DataFrame:
    """``AU02_left``, ``AU02_right`` and AU12's of F frames, the person's own sides, intensities 0..5.

    ``blendshapes`` (F, 52), 0..1; ``units``: the columns of
    :func:`core.face.units.estimate.estimate_units` for the same frames.  The mean of two sides is the
    unit, unless one of them reached 0 or 5.  NaN stays NaN.
    """
    columns = {}
    for unit in SIDED:
        shape, share = _SHAPES[unit]
        left, right = (
            blendshapes[:, BLENDSHAPES.index(shape + side)] for side in ("Left", "Right")
        )
        more = MAX_INTENSITY * (left - right) / share / 2
        for side, sign in (("left", 1), ("right", -1)):
            columns[f"{unit}_{side}"] = np.clip(units[unit] + sign * more, 0, MAX_INTENSITY)
    return pd.DataFrame(columns)
