"""MultiRocket-Hydra's features of sequences (Tan et al. 2022; Dempster et al. 2023).

aeon draws MultiRocket's kernels and fits its biases, and computes Hydra; MultiRocket's transform is
our own loop, equal to aeon's: aeon's transform had not compiled after eight minutes of two busy cores,
ours compiles in seconds, and numba keeps neither between machines.
Biases are quantiles of training series, so both belong inside the fold.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from core.cohort.classify.rocket import COMPILED

KERNELS = 6250
_CHUNK = 10


class MultiRocketHydra:
    """Features fitted to training sequences ``x`` (recordings, units, steps), without their labels."""

    def __init__(self, x: np.ndarray, seed: int, threads: int, kernels: int = KERNELS) -> None:
        from aeon.transformations.collection.convolution_based import HydraTransformer, MultiRocket

        self._threads = threads
        self._single = x.shape[1] == 1
        x = _doubled(x) if self._single else x
        with COMPILED, _torch_state():
            state = np.random.get_state()  # aeon seeds numpy's global generator
            try:
                self._multirocket = MultiRocket(kernels, n_jobs=threads, random_state=seed).fit(x)
            finally:
                np.random.set_state(state)
            self._hydra = HydraTransformer(n_jobs=threads, random_state=seed, output_type="numpy")
            self._hydra.fit(x)

    def transform(
        self, x: np.ndarray, progress: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        """(recordings, features) float32; Hydra's counts are square-rooted as published."""
        x = (_doubled(x) if self._single else x).astype(np.float32)
        parts = []
        for start in range(0, len(x), _CHUNK):
            if progress is not None:
                progress(start, len(x))
            some = x[start : start + _CHUNK]
            with COMPILED, _torch_state():
                hydra = np.sqrt(np.maximum(self._hydra.transform(some), 0))
            parts.append(np.hstack([self.multirocket(some), hydra]))
        return np.concatenate(parts)

    def multirocket(self, x: np.ndarray) -> np.ndarray:
        """MultiRocket's own features of ``x`` (recordings, units, steps), in aeon's order."""
        import numba

        from core.cohort.classify.loops import multirocket

        base, differenced = self._multirocket.parameter, self._multirocket.parameter1
        taps = self._multirocket._indices
        # aeon takes the units of the base series' kernels for both representations
        with COMPILED:
            before = numba.get_num_threads()
            numba.set_num_threads(min(self._threads, numba.config.NUMBA_NUM_THREADS))
            try:
                parts = [
                    multirocket(series, x.shape[2], *base[:2], *parameters[2:], taps)
                    for series, parameters in ((x, base), (np.diff(x, axis=2), differenced))
                ]
            finally:
                numba.set_num_threads(before)
        return np.hstack([part.reshape(len(x), -1) for part in parts])


def _doubled(x: np.ndarray) -> np.ndarray:
    """A single unit twice: the multivariate code serves both."""
    return np.repeat(x, 2, axis=1)


@contextmanager
def _torch_state() -> Iterator[None]:
    """Put torch's seed and threads back: aeon sets both for the whole process."""
    import torch

    threads, generator = torch.get_num_threads(), torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(generator)
