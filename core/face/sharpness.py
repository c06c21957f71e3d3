"""How sharp a face is: what motion, focus and too few pixels take away."""

import numpy as np


def sharpness(crops: np.ndarray) -> np.ndarray:
    """Sharpness (F,) of grey crops, uint8 (F, S, S): about 0.05 for a smear, 0.3 for a crisp face.

    Standard deviation of the Laplacian over that of the crop itself, so that light and contrast do not
    count (after the focus measure of Pech-Pacheco et al., ICPR 2000).  A crop is of a fixed size in
    faces, so a small face that was enlarged is not sharp either.  NaN for a crop of one grey.
    """
    grey = np.asarray(crops, np.int16)
    middle = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    edges = (around - 4 * middle).astype(np.float32).std((1, 2)) / 4
    contrast = grey.astype(np.float32).std((1, 2))
    return np.where(contrast > 0, edges / np.maximum(contrast, 1e-6), np.nan).astype(np.float32)
