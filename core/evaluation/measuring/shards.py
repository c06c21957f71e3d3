"""Shards are measured in this process, over processes of this machine, or on a Dask cluster.

The rows are the same everywhere: every process computes with one thread.
"""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pandas as pd
import torch

from core.cluster import call_on_cluster
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.rows import Shard, measure


class Workers:
    """Who measures: ``count`` processes here (default: one a core; 1: this one), or a cluster.

    ``scheduler``: address of a Dask cluster.  Its workers read the pictures from the paths where
    they lie here, which must mean the same to them; a shard whose worker dies is done again.
    """

    def __init__(self, count: int | None = None, scheduler: str | None = None) -> None:
        count = count or os.cpu_count() or 1
        self._scheduler, self._pool = scheduler, None
        if scheduler is None and count > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(count, context, torch.set_num_threads, (1,))

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def measure(self, shards: Sequence[Shard]) -> Iterator[tuple[int, pd.DataFrame]]:
        """Number and rows of every shard, as they are ready."""
        if self._scheduler is not None:
            yield from self._on_cluster(shards)
        elif self._pool is not None:
            yield from enumerate(self._pool.map(measure, shards))
        else:
            for number, shard in enumerate(shards):
                with one_thread():
                    rows = measure(shard)
                yield number, rows

    def _on_cluster(self, shards: Sequence[Shard]) -> Iterator[tuple[int, pd.DataFrame]]:
        calls = [
            (number, replace(shard, pictures=shard.pictures.without_pixels()))
            for number, shard in enumerate(shards)
        ]
        for (number, _), result in call_on_cluster(self._scheduler, _measure_there, calls):
            if isinstance(result, BaseException):
                raise result
            yield number, result


def _measure_there(number: int, shard: Shard) -> pd.DataFrame:
    """On a worker of a cluster; it may measure several shards at once, so the one thread stays."""
    torch.set_num_threads(1)
    return measure(replace(shard, pictures=shard.pictures.with_pixels()))
