"""Shards are measured in this process, over processes of this machine, or on a Dask cluster.

The rows are the same everywhere: every process computes with one thread.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd
import torch

from core.cluster import call_on_cluster
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.rows import Shard, measure
from core.workers import spread


class Workers:
    """Who measures: ``count`` processes here (default: one a core; 1: this one), or a cluster.

    The processes end with this one, however it ends; a shard whose process dies is done again.
    ``scheduler``: address of a Dask cluster.  Its workers read the pictures from the paths where
    they lie here, which must mean the same to them.
    """

    def __init__(self, count: int | None = None, scheduler: str | None = None) -> None:
        self._count = count or os.cpu_count() or 1
        self._scheduler = scheduler

    def measure(self, shards: Sequence[Shard]) -> Iterator[tuple[int, pd.DataFrame]]:
        """Number and rows of every shard, as they are ready."""
        if self._scheduler is not None:
            yield from self._on_cluster(shards)
        elif self._count > 1:
            calls = list(enumerate(shards))
            for (number, _), result in spread(_measure_beside, calls, self._count, begin=_begin):
                if isinstance(result, Exception):
                    raise result
                yield number, result
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


def _begin() -> None:
    """Give a process one thread."""
    torch.set_num_threads(1)


def _measure_beside(number: int, shard: Shard, report) -> pd.DataFrame:
    """In a process of this machine."""
    return measure(shard)


def _measure_there(number: int, shard: Shard) -> pd.DataFrame:
    """On a worker of a cluster; it may measure several shards at once, so the one thread stays."""
    torch.set_num_threads(1)
    return measure(replace(shard, pictures=shard.pictures.with_pixels()))
