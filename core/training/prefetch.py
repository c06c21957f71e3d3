"""Batches made before they are asked for, so that an accelerator does not wait for them."""

import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from torch.utils.data import DataLoader, Dataset

T = TypeVar("T")


class Ahead(Generic[T]):
    """``make(step)`` for steps asked for in order, made by ``workers`` processes some steps before.

    What ``make`` returns must follow from the step alone.  Without workers, and where a system cannot
    fork, it is made when asked for.
    """

    def __init__(self, make: Callable[[int], T], workers: int) -> None:
        self._make = make
        self._workers = workers if "fork" in multiprocessing.get_all_start_methods() else 0
        self._coming: Iterator[T] | None = None

    def __call__(self, step: int) -> T:
        """What ``make`` returns for ``step``."""
        if not self._workers:
            return self._make(step)
        if self._coming is None:
            self._coming = iter(
                DataLoader(
                    _Made(self._make),
                    batch_size=None,
                    sampler=itertools.count(step),
                    num_workers=self._workers,
                    prefetch_factor=4,
                    multiprocessing_context="fork",
                )
            )
        return next(self._coming)

    def __enter__(self) -> "Ahead[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._coming = None  # ends the workers


class _Made(Dataset):
    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make

    def __getitem__(self, step: int) -> T:
        return self._make(step)
