"""ROCKET's features of sequences, and where in time and in which unit its decision comes from.

Kernels are aeon's (Dempster et al. 2020): random lengths, dilations, biases and units, drawn from the
seed and the shape alone.  Series are scaled by the caller (inside the fold), not each by itself, so
that the amplitude of a person's movement stays visible; a person's constant level does not, because
every kernel sums to zero.
"""

from collections.abc import Callable
from threading import Lock

import numpy as np

KERNELS = 5000
"""Half of the published number: a transform of 100 people takes about 17 s of one core instead of 34."""

COMPILED = Lock()
"""One thread at a time in numba's parallel code: not all of its threading layers can be shared."""

_CHUNK = 10


class Rocket:
    """Random kernels for sequences of ``shape`` (units, steps)."""

    def __init__(self, shape: tuple[int, int], kernels: int, seed: int, threads: int) -> None:
        from aeon.transformations.collection.convolution_based import Rocket as AeonRocket

        self._rocket = AeonRocket(kernels, normalise=False, n_jobs=threads, random_state=seed)
        self._threads = threads
        with COMPILED:
            self._rocket.fit(np.zeros((2, *shape), dtype=np.float32))

    def transform(
        self, x: np.ndarray, progress: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        """(recordings, 2 * kernels) float32: share of positive values and maximum of each kernel."""
        parts = []
        for start in range(0, len(x), _CHUNK):
            if progress is not None:
                progress(start, len(x))
            with COMPILED:
                parts.append(self._rocket.transform(x[start : start + _CHUNK]))
        return np.concatenate(parts)

    def evidence(self, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Where a linear score comes from: (recordings, units, steps), summing to it.

        ``weights`` (2 * kernels,) of the raw features.  A kernel's share of positive values is spread
        over the positions that are positive, its maximum stands at the position that reaches it; each
        position's part is shared among the values under the kernel by ``|weight * value|``.  For each
        recording the map sums to ``transform(x) @ weights``.
        """
        import numba

        from core.cohort.classify.loops import spread

        weights = weights.astype(np.float64).reshape(-1, 2)
        with COMPILED:
            before = numba.get_num_threads()
            numba.set_num_threads(min(self._threads, numba.config.NUMBA_NUM_THREADS))
            try:
                return spread(x.astype(np.float32), weights, *self._rocket.kernels)
            finally:
                numba.set_num_threads(before)
