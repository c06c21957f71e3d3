"""How few bits an expression needs at all: the entropy of the label, and what less than certainty costs.

Shannon's rate-distortion function, by Blahut and Arimoto's algorithm (Blahut, "Computation of channel
capacity and rate-distortion functions", IEEE Trans. Inf. Theory, 1972).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.measuring.table import correct
from core.expressions import EXPRESSIONS

AGREEMENT = 0.95
"""Share of agreement whose price is told."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bits a face, whatever the codec, to hand on what was read on the original.

    ``label_bits``: entropy of the class that the classifier reads.  ``agreement_bits``: least bits
    that let the receiver name that class in ``agreement`` of the cases.  ``accuracy_bits``: least
    bits that let the receiver name the *label* as often as ``agreement`` of the classifier's own
    accuracy, which the confusion of the two allows.
    """

    label_bits: float
    agreement: float
    agreement_bits: float
    accuracy: float  # of the classifier on originals
    accuracy_bits: float
    faces: int


def limits(originals: pd.DataFrame, agreement: float = AGREEMENT) -> Limits:
    """The limits from rows of originals (columns ``label`` and ``prediction``) of one classifier."""
    rows = originals[originals["label"].notna()]
    counts = pd.crosstab(rows["prediction"].astype(str), rows["label"].astype(str))
    counts = counts.reindex(index=EXPRESSIONS, columns=EXPRESSIONS, fill_value=0).to_numpy(float)
    counts = counts[counts.sum(axis=1) > 0]
    read = counts.sum(axis=1) / counts.sum()  # how often each class is read
    wrong = 1 - counts / counts.sum(axis=1, keepdims=True)  # by what is named to the receiver
    accuracy = float(correct(rows).mean())
    return Limits(
        label_bits=entropy_bits(read),
        agreement=agreement,
        agreement_bits=rate_at(read, 1 - np.eye(len(read)), 1 - agreement),
        accuracy=accuracy,
        accuracy_bits=rate_at(read, wrong, 1 - agreement * accuracy),
        faces=len(rows),
    )


def entropy_bits(probabilities: np.ndarray) -> float:
    """Entropy of a distribution, in bits."""
    p = np.asarray(probabilities, dtype=np.float64)
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def rate_at(source: np.ndarray, distortion: np.ndarray, level: float) -> float:
    """Least bits a symbol at a mean distortion of at most ``level``.

    ``source`` (n,) are probabilities, ``distortion`` (n, m) the cost of handing on each symbol as each
    reproduction.  Bisection over the slope of the curve; infinite where ``level`` is below the least
    distortion that there is.
    """
    source, distortion = np.asarray(source, float), np.asarray(distortion, float)
    least = float(source @ distortion.min(axis=1))
    if level < least - 1e-12:
        return float("inf")
    if level >= (source @ distortion).min():
        return 0.0
    low, high = 0.0, 1.0
    while high < 2**12 and blahut_arimoto(source, distortion, high)[1] > level:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        if blahut_arimoto(source, distortion, middle)[1] > level:
            low = middle
        else:
            high = middle
    return blahut_arimoto(source, distortion, high)[0]


def blahut_arimoto(
    source: np.ndarray, distortion: np.ndarray, slope: float, steps: int = 3000
) -> tuple[float, float]:
    """The point (bits, distortion) of the rate-distortion curve where it falls with ``slope``.

    ``slope`` in nats a unit of distortion, not negative.
    """
    kernel = np.exp(-slope * (distortion - distortion.min(axis=1, keepdims=True)))
    out = np.full(distortion.shape[1], 1 / distortion.shape[1])
    for _ in range(steps):
        joint = source[:, None] * out * kernel / (kernel @ out)[:, None]
        new = joint.sum(axis=0)
        moved, out = np.abs(new - out).max(), new
        if moved < 1e-13:
            break
    given = out * kernel / (kernel @ out)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(given > 0, given * np.log2(given / out), 0.0)
    return float(source @ terms.sum(axis=1)), float((source[:, None] * given * distortion).sum())
