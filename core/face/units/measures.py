"""Distances on the face that action units change, and which of them speak for which unit."""

import numpy as np

from core.face.landmarks import BLENDSHAPES
from core.facs import BLENDSHAPES_OF_UNITS, UNITS

_HEIGHTS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "inner brow": ((107, 336, 55, 285), (133, 362)),
    "middle brow": ((105, 334, 52, 282), (33, 263, 133, 362)),
    "outer brow": ((70, 300, 46, 276), (33, 263)),
    "upper lid": ((159, 386, 158, 385), (33, 263, 133, 362)),
    "lower lid": ((145, 374, 144, 373), (33, 263, 133, 362)),
    "bag": ((230, 450, 229, 449), (33, 263, 133, 362)),
    "cheek": ((50, 280, 117, 346), (33, 263, 133, 362)),
    "nose wing": ((64, 294, 48, 278), (168,)),
    "upper lip": ((0, 37, 267), (2,)),
    "upper lip sides": ((39, 269, 40, 270), (2,)),
    "mouth corner": ((61, 291), (2,)),
    "corner over lips": ((61, 291), (13, 14)),
    "lower lip": ((17, 84, 314), (2,)),
    "chin dip": ((18, 200), (2,)),
    "chin": ((152, 148, 377), (2,)),
    "chin under lip": ((199, 175), (17,)),
    "lip gap": ((13, 82, 312), (14, 87, 317)),
    "upper red": ((0, 37, 267), (13, 82, 312)),
    "lower red": ((14, 87, 317), (17, 84, 314)),
    "nasolabial": ((206, 426, 203, 423), (2,)),
}
"""Measure -> landmarks whose mean height is taken over that of the second group."""

_WIDTHS: dict[str, tuple[int, int]] = {
    "brow gap": (55, 285),
    "nose width": (48, 278),
    "mouth width": (61, 291),
    "inner mouth width": (78, 308),
    "nasolabial width": (206, 426),
}
_DEPTHS: dict[str, tuple[int, ...]] = {
    "corner depth": (61, 291),
    "cheek depth": (50, 280, 205, 425),
    "lip depth": (0, 17),
    "brow depth": (107, 336),
}

MEASURES: tuple[str, ...] = (*_HEIGHTS, *_WIDTHS, *_DEPTHS)

_READS: dict[str, tuple[str, ...]] = {
    "AU01": ("inner brow", "outer brow", "middle brow", "brow gap"),
    "AU02": ("inner brow", "outer brow", "middle brow"),
    "AU04": ("inner brow", "middle brow", "outer brow", "brow gap", "brow depth"),
    "AU05": ("upper lid", "lower lid", "middle brow"),
    "AU06": ("cheek", "bag", "lower lid", "upper lid", "cheek depth", "mouth corner", "nasolabial"),
    "AU07": ("lower lid", "upper lid", "bag", "cheek"),
    "AU09": ("nose wing", "nose width", "upper lip sides", "inner brow", "nasolabial"),
    "AU10": ("upper lip", "upper lip sides", "nose wing", "upper red", "lip gap", "nasolabial"),
    "AU12": ("mouth corner", "corner over lips", "mouth width", "corner depth", "nasolabial width"),
    "AU14": ("mouth corner", "mouth width", "corner depth", "corner over lips", "upper red"),
    "AU15": ("mouth corner", "corner over lips", "mouth width", "corner depth"),
    "AU17": ("chin dip", "chin", "chin under lip", "lower lip", "lower red", "upper lip"),
    "AU20": ("mouth width", "inner mouth width", "corner over lips", "corner depth", "lip gap"),
    "AU23": ("upper red", "lower red", "lip depth", "mouth width", "chin under lip", "lower lip"),
    "AU25": ("lip gap", "lower lip", "upper lip"),
    "AU26": ("chin", "lip gap", "lower lip", "chin under lip"),
    "AU45": ("upper lid", "lower lid"),
}


def measure(aligned: np.ndarray) -> np.ndarray:
    """:data:`MEASURES` (F, 29) of aligned landmarks (F, 478, 3), in centimetres; sides averaged."""
    height, x, depth = aligned[..., 1], aligned[..., 0], aligned[..., 2]
    columns = [
        height[:, list(above)].mean(1) - height[:, list(below)].mean(1)
        for above, below in _HEIGHTS.values()
    ]
    columns += [x[:, right] - x[:, left] for left, right in _WIDTHS.values()]
    columns += [depth[:, list(points)].mean(1) for points in _DEPTHS.values()]
    return np.stack(columns, 1).astype(np.float32)


def reads() -> np.ndarray:
    """(17, 29 + 52) True where a unit may read a measure or a blendshape."""
    columns = [*MEASURES, *BLENDSHAPES]
    mask = np.zeros((len(UNITS), len(columns)), bool)
    for row, unit in enumerate(UNITS):
        for name in (*_READS[unit], *BLENDSHAPES_OF_UNITS[unit]):
            mask[row, columns.index(name)] = True
    return mask


def plain(blendshapes: np.ndarray) -> np.ndarray:
    """Units (F, 17), 0..5, as the mean of the blendshapes (F, 52) of the same name."""
    at = {name: i for i, name in enumerate(BLENDSHAPES)}
    return 5 * np.stack(
        [blendshapes[:, [at[n] for n in BLENDSHAPES_OF_UNITS[unit]]].mean(1) for unit in UNITS], 1
    )
