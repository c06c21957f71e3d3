"""Batches made before they are asked for, so that an accelerator does not wait for them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """``make(step)`` for steps asked for in order, made by ``threads`` threads some steps before.

    What ``make`` returns must follow from the step alone.  Without threads it is made when asked for.
    """

    def __init__(self, make: Callable[[int], T], threads: int) -> None:
        self._make, self._most = make, 2 * threads
        self._pool = ThreadPoolExecutor(threads) if threads else None
        self._coming: dict[int, Future[T]] = {}

    def __call__(self, step: int) -> T:
        """What ``make`` returns for ``step``."""
        if self._pool is None:
            return self._make(step)
        for coming in range(step, step + self._most):
            if coming not in self._coming:
                self._coming[coming] = self._pool.submit(self._make, coming)
        return self._coming.pop(step).result()

    def __enter__(self) -> "Ahead[T]":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
