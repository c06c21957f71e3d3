"""One rule for curves that fall or stand still: what a rate reaches is the best of all cheaper ones.

A point counts where it is better than every cheaper point; a point on a plateau buys nothing, so the
curve runs from where the plateau is first reached straight to the next better point.  Bjontegaard
deltas and the fewest bytes that reach an accuracy both read curves so.
"""

import numpy as np


def ordered(rate: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both (S,) in the order of the rates, the better one first at equal rates."""
    rate, quality = (np.asarray(values, dtype=np.float64) for values in (rate, quality))
    order = np.lexsort((-quality, rate))
    return rate[order], quality[order]


def raised(rate: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The running maximum of the quality over strictly growing rates."""
    rate, quality = ordered(rate, quality)
    keep = np.diff(rate, prepend=-np.inf) > 0
    return rate[keep], np.maximum.accumulate(quality)[keep]


def without_ties(rate: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a raised curve only the points that are better than all cheaper ones."""
    keep = np.diff(quality, prepend=-np.inf) > 0
    return rate[keep], quality[keep]
