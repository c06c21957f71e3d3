"""The path of a face through the main directions in which it moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of the measured frames of one video.

    ``scores``: row of the table x ``PC1`` ..; NaN where something was not measured.  ``loadings``:
    column x component, unit vectors.  ``share``: component -> share of the variance, 0..1.
    """

    scores: pd.DataFrame
    loadings: pd.DataFrame
    share: pd.Series


def frame_components(table: pd.DataFrame, columns: Sequence[str], most: int = 6) -> Components:
    """Components of ``columns`` over the rows of ``table``, centred, not scaled.

    Columns share a scale, so one that hardly moves must not count like one that does.  The sign of a
    component is such that its largest loading is positive.  Raises InputError where fewer than 3
    frames are measured or nothing moves.
    """
    values = table[list(columns)].dropna()
    if len(values) < 3:
        raise InputError(
            f"Components need at least 3 measured frames; this video has {len(values)}."
        )
    x = values.to_numpy(np.float64)
    x = x - x.mean(axis=0)
    covariance = x.T @ x / (len(x) - 1)
    variance, vectors = np.linalg.eigh(covariance)
    order = variance.argsort()[::-1]
    variance, vectors = variance[order], vectors[:, order]
    rank = int((variance > 1e-9 * max(variance[0], 1e-9)).sum()) if variance[0] > 1e-12 else 0
    if rank == 0:
        raise InputError("The face does not move in these measures: there is no direction to show.")
    rank = min(rank, most)
    vectors = vectors[:, :rank]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(rank)])
    names = [f"PC{i + 1}" for i in range(rank)]
    scores = pd.DataFrame(x @ vectors, index=values.index, columns=names).reindex(table.index)
    share = pd.Series(variance[:rank] / variance.sum(), index=names, name="share")
    return Components(scores, pd.DataFrame(vectors, index=list(columns), columns=names), share)
