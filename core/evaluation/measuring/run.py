"""Measures every case on every picture and writes the result tables; can be interrupted.

::

    case x data set -> shards of pictures -> rows (here, over processes, on a cluster)
                    -> a part in the state folder -> all parts of the case: its table
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from core.codec.classical import SETTINGS
from core.codec.quality import LAST_QUALITY_INDEX
from core.errors import InputError
from core.evaluation.measuring.cases import Case
from core.evaluation.measuring.coding import NATIVE_SAMPLE, native_is_better
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.evaluation.measuring.rows import Shard
from core.evaluation.measuring.shards import Workers
from core.evaluation.measuring.table import (
    Provenance,
    beside_other_sets,
    forget_matched,
    read_rows,
    results_folder,
    write_results,
    write_rows,
)
from core.files import check_writable
from core.folders import state_folder
from core.methods import CLASSICAL
from core.progress import Progress
from core.provenance import source_fingerprint

MEASURING = ("codec", "recognition", "data", "evaluation/measuring")
"""The sources whose change may change a row: what codes, reads and shapes pixels."""


def measuring_code() -> str:
    """12 hex digits that change when a source that takes part in measuring does."""
    return source_fingerprint(MEASURING)


def learned_quality_indices(count: int) -> tuple[int, ...]:
    """``count`` quality indices, evenly over 0..255."""
    return tuple(int(i) for i in np.unique(np.linspace(0, LAST_QUALITY_INDEX, count).round()))


def run(
    cases: Sequence[Case],
    pictures: Sequence[Pictures],
    *,
    points: int = 16,
    workers: int | None = None,
    scheduler: str | None = None,
    device: str = "cpu",
    folder: Path | None = None,
    shipped: bool = True,
    fresh: bool = False,
    command: str = "",
    progress: Progress | None = None,
) -> list[Path]:
    """Write the table of every case over all ``pictures``; return the paths.

    Rows of other data sets that a table holds of the same weights stay.

    A part (one case on one data set and split) is kept in the state folder as soon as it is
    complete, so that the same call goes on after an interruption; ``fresh`` measures again.
    ``points``: operating points of a learned codec, at least 2.  ``workers`` and ``scheduler`` as
    :class:`~core.evaluation.measuring.shards.Workers` takes them.  ``device`` runs the classifiers.
    ``progress`` counts pixels times operating points.  Raises InputError where no table can be
    written, before anything is measured.
    """
    folder = folder or results_folder()
    check_results_folder(folder)
    quality_indices = learned_quality_indices(points)
    work = _Work(cases, pictures, quality_indices, progress)
    written = []
    pool = Workers(workers, scheduler)
    for case in cases:
        native, notes = _native(case, pictures)
        paths = []
        for part in pictures:
            path = _part_path(case, part, quality_indices, native)
            if fresh or not path.exists():
                shards = [
                    Shard(case, chunk, quality_indices, native, device) for chunk in part.chunks()
                ]
                write_rows(_measured(pool, shards, work), path)
            else:
                work.skip(case, part)
            paths.append(path)
        provenance = Provenance(
            version=measuring_code(),
            seed=ORDER_SEED,
            data={f"{part.data}/{part.split}": part.fingerprint for part in pictures},
            checkpoints=case.fingerprints,
            command=command,
            shipped=shipped,
            notes=notes,
        )
        rows, provenance = beside_other_sets(read_rows(paths), case.name, provenance, folder)
        written.append(write_results(rows, case.name, provenance, folder))
        forget_matched(folder, case.name, keep=case.fingerprints)
    return written


def measure_all(
    case: Case,
    pictures: Pictures,
    quality_indices: Sequence[int],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The rows of a learned codec on all ``pictures`` at ``quality_indices``."""
    quality_indices = tuple(quality_indices)
    work = _Work([case], [pictures], quality_indices, progress)
    shards = [
        Shard(case, chunk, quality_indices, device=device) for chunk in pictures.chunks()
    ]  # fmt: skip
    return _measured(Workers(workers, scheduler), shards, work)


def check_results_folder(folder: Path) -> None:
    """Raise InputError unless tables can be written into ``folder``, which need not exist yet."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: --results names the folder of the tables.")
    check_writable(folder / "table.parquet")


def _measured(pool: Workers, shards: Sequence[Shard], work: "_Work") -> pd.DataFrame:
    """The rows of shards, one after the other whoever was ready first."""
    rows: dict[int, pd.DataFrame] = {}
    for number, measured in pool.measure(shards):
        rows[number] = measured
        work.add(shards[number])
    return pd.concat([rows[number] for number in sorted(rows)], ignore_index=True)


def _native(case: Case, pictures: Sequence[Pictures]) -> tuple[bool, dict]:
    """Whether to code faces natively, decided on validation, with the evidence for the sidecar."""
    val = [part for part in pictures if part.split == "val" and part.native is not None]
    if case.method not in CLASSICAL or not val:
        return False, {}
    native, evidence = native_is_better(case.method, val[0].part(0, NATIVE_SAMPLE))
    return native, {"native_faces": evidence}


def _part_path(
    case: Case, part: Pictures, quality_indices: Sequence[int], native: bool
) -> Path:  # fmt: skip
    settings = SETTINGS.get(case.method, tuple(quality_indices))
    key = (
        f"{asdict(case)}{case.fingerprints}{part.fingerprint}{settings}{native}{part.names}"
        f"{part.ferplus}"
    )
    key = hashlib.sha256(key.encode()).hexdigest()[:16]
    return state_folder() / "results" / f"{case.name}-{part.data}-{part.split}-{key}.parquet"


class _Work:
    """How much is done, in pixels times operating points; what needs no work is no work."""

    def __init__(
        self,
        cases: Sequence[Case],
        pictures: Sequence[Pictures],
        quality_indices: Sequence[int],
        progress: Progress | None,
    ) -> None:
        self._points = len(quality_indices)
        self._progress = progress
        self._done = 0.0
        self._total = float(sum(self._size(c, p) for c in cases for p in pictures))

    def add(self, shard: Shard) -> None:
        self._done += self._size(shard.case, shard.pictures)
        if self._progress:
            part = shard.pictures
            text = f"{shard.case.name} on {part.data}/{part.split}"
            self._progress(self._done, self._total, text)

    def skip(self, case: Case, part: Pictures) -> None:
        self._total -= self._size(case, part)

    def _size(self, case: Case, part: Pictures) -> int:
        points = self._points if case.codec is not None else len(SETTINGS.get(case.method, (0,)))
        return part.pixels * points
