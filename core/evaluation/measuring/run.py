"""Measures every codec on every picture and writes the result tables; can be interrupted."""

import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.codec.classical import SETTINGS
from core.codec.loading import load_codec
from core.codec.quality import LAST_QUALITY_INDEX
from core.evaluation.measuring.cases import Subject
from core.evaluation.measuring.coding import (
    Coded,
    by_size,
    classic,
    learned,
    native_is_better,
    stacked,
)
from core.evaluation.measuring.metrics import psnr, ssim
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.table import (
    SCHEMA,
    Provenance,
    forget_matched,
    read_rows,
    write_results,
    write_rows,
)
from core.expressions import EXPRESSIONS
from core.folders import state_folder
from core.methods import CLASSICAL
from core.provenance import source_fingerprint
from core.recognition import load_classifier, read_pictures

NATIVE_SAMPLE = 512
"""Validation faces on which a classical codec's native coding is compared with coding at 64x64."""


def learned_quality_indices(count: int) -> list[int]:
    """``count`` quality indices, evenly over 0..255."""
    return [
        int(quality_index)
        for quality_index in np.unique(np.linspace(0, LAST_QUALITY_INDEX, count).round())
    ]


def run(
    subjects: Sequence[Subject],
    pictures: Sequence[Pictures],
    *,
    points: int = 16,
    workers: int | None = None,
    device: str = "cpu",
    folder: Path | None = None,
    shipped: bool = True,
    fresh: bool = False,
    command: str = "",
) -> list[Path]:
    """Write the table of every subject over all ``pictures``; return the paths.

    A part (one subject on one data set and split) is kept in the state folder as soon as it is
    complete, so that the same call goes on after an interruption; ``fresh`` measures again.
    ``workers`` processes share the work (default: one a core; 1: this process).  ``device`` runs
    the classifiers; codecs always run on the CPU.  Progress and the time left go to stderr.
    """
    quality_indices = learned_quality_indices(points)
    progress = _Progress(
        {
            _job(subject, part): part.pixels * _point_count(subject, quality_indices)
            for subject in subjects
            for part in pictures
        }
    )
    workers = workers or os.cpu_count() or 1
    written = []
    with _Workers(workers) as pool:
        for subject in subjects:
            native, notes = _native(subject, pictures)
            paths = []
            for part in pictures:
                path = _part_path(subject, part, quality_indices, native)
                if fresh or not path.exists():
                    tasks = [
                        _Task(subject, chunk, quality_indices, native, device)
                        for chunk in part.chunks()
                    ]
                    rows = []
                    for task, measured in zip(tasks, pool.map(measure, tasks), strict=True):
                        rows.append(measured)
                        progress.add(_job(subject, part), task.pictures.pixels / part.pixels)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    write_rows(pd.concat(rows, ignore_index=True), path)
                progress.finish(_job(subject, part))
                paths.append(path)
            provenance = Provenance(
                version=measuring_code(),
                seed=ORDER_SEED,
                data={f"{part.data}/{part.split}": part.fingerprint for part in pictures},
                checkpoints=subject.fingerprints,
                command=command,
                shipped=shipped,
                notes=notes,
            )
            written.append(write_results(read_rows(paths), subject.name, provenance, folder))
            forget_matched(written[-1].parent, subject.name, keep=subject.fingerprints)
            print(f"wrote {written[-1]}", file=sys.stderr)
    return written


def measure_all(
    subject: Subject,
    pictures: Pictures,
    quality_indices: Sequence[int],
    *,
    workers: int | None = None,
    device: str = "cpu",
) -> pd.DataFrame:
    """The rows of a learned codec on all ``pictures`` at ``quality_indices``."""
    tasks = [
        _Task(subject, chunk, list(quality_indices), False, device) for chunk in pictures.chunks()
    ]
    with _Workers(workers or os.cpu_count() or 1) as pool:
        return pd.concat(pool.map(measure, tasks), ignore_index=True)


@dataclass(frozen=True, slots=True)
class _Task:
    subject: Subject
    pictures: Pictures
    quality_indices: list[int]
    native: bool
    device: str


def measure(task: _Task) -> pd.DataFrame:
    """The rows of one chunk of pictures at every stop, in the schema of the table."""
    subject, prints = task.subject, task.subject.fingerprints
    classifier = _classifier(subject.classifier, prints[subject.classifier], task.device)
    return pd.concat(
        [_as_rows(task, coded, classifier, task.device) for coded in _coded(task)],
        ignore_index=True,
    )


MEASURING = ("codec", "recognition", "data", "evaluation/measuring")
"""The sources whose change may change a row: what codes, reads and shapes pixels."""


def measuring_code() -> str:
    """12 hex digits that change when a source that takes part in measuring does."""
    return source_fingerprint(MEASURING)


def _coded(task: _Task) -> Iterator[Coded]:
    subject, pictures = task.subject, task.pictures
    if subject.codec is not None:
        fingerprint = subject.fingerprints[subject.codec]
        codec = _codec(subject.codec, fingerprint)
        return learned(codec, fingerprint, pictures, task.quality_indices)
    if subject.method in CLASSICAL:
        return classic(subject.method, pictures, task.native)
    unknown = np.full(len(pictures), np.nan)
    heights = [picture.shape[0] for picture in pictures.judged]
    nothing = Coded(
        np.nan, list(pictures.judged), unknown, unknown, [None] * len(pictures), heights
    )  # fmt: skip
    return iter([nothing])


def _as_rows(
    task: _Task, coded: Coded, classifier: torch.nn.Module, device: str
) -> pd.DataFrame:  # fmt: skip
    probabilities = read_pictures(classifier, coded.pictures, device=device)
    return rows_of(task.subject, task.pictures, coded, probabilities)


def rows_of(
    subject: Subject, pictures: Pictures, coded: Coded, probabilities: np.ndarray
) -> pd.DataFrame:
    """Rows in the schema: ``pictures`` as ``coded`` gave them back and as they were read.

    ``probabilities`` (n, 7) in the order of ``EXPRESSIONS``.
    """
    sizes = np.array([picture.shape[:2] for picture in pictures.judged])
    labels = np.array([EXPRESSIONS.index(x) if x in EXPRESSIONS else -1 for x in pictures.labels])
    true = probabilities[np.arange(len(labels)), labels.clip(min=0)]
    distortion = np.full((2, len(pictures)), np.nan)
    if subject.method != "original":
        for _, places in by_size(pictures.judged).items():
            pair = stacked(pictures.judged, places), stacked(coded.pictures, places)
            distortion[:, places] = psnr(*pair), ssim(*pair)
    rows = pd.DataFrame(
        {
            "data": pictures.data,
            "split": pictures.split,
            "image": pictures.names,
            "pixels": pictures.md5,
            "height": sizes[:, 0],
            "width": sizes[:, 1],
            "coded_height": coded.coded_heights,
            "label": pictures.labels,
            "method": subject.method,
            "classifier": subject.classifier,
            "gamma": subject.gamma,
            "seed": pd.array([subject.seed] * len(pictures), dtype="Int16"),
            "quality_index": coded.quality_index,
            "sheet": pd.array(coded.sheets, dtype="Int16"),
            "file_bytes": coded.file_bytes,
            "payload_bytes": coded.payload_bytes,
            "bpp": 8 * coded.file_bytes / sizes.prod(axis=1),
            "psnr": distortion[0],
            "ssim": distortion[1],
            "prediction": [EXPRESSIONS[i] for i in probabilities.argmax(axis=1)],
            "p_true": np.where(labels >= 0, true, np.nan),
        }
    )
    return rows[SCHEMA.names]


@lru_cache(maxsize=1)
def _codec(id: str, fingerprint: str) -> torch.nn.Module:
    return load_codec(id)[0]


@lru_cache(maxsize=1)
def _classifier(id: str, fingerprint: str, device: str) -> torch.nn.Module:
    return load_classifier(id)[0].to(device)


def _native(subject: Subject, pictures: Sequence[Pictures]) -> tuple[bool, dict]:
    """Whether to code faces natively, decided on validation, with the evidence for the sidecar."""
    val = [part for part in pictures if part.split == "val" and part.native is not None]
    if subject.method not in CLASSICAL or not val:
        return False, {}
    native, evidence = native_is_better(subject.method, val[0].part(0, NATIVE_SAMPLE))
    return native, {"native_faces": evidence}


def _point_count(subject: Subject, quality_indices: Sequence[int]) -> int:
    if subject.codec is not None:
        return len(quality_indices)
    return len(SETTINGS.get(subject.method, (0,)))


def _job(subject: Subject, part: Pictures) -> str:
    return f"{subject.name} on {part.data}/{part.split}"


def _part_path(
    subject: Subject, part: Pictures, quality_indices: Sequence[int], native: bool
) -> Path:
    settings = SETTINGS.get(subject.method, tuple(quality_indices))
    key = f"{asdict(subject)}{subject.fingerprints}{part.fingerprint}{settings}{native}{part.names}"
    key = hashlib.sha256(key.encode()).hexdigest()[:16]
    return (
        state_folder() / "results" / f"{subject.name}-{part.data}-{part.split}-{key}.parquet"
    )  # fmt: skip


class _Workers:
    """A pool of processes, or with one worker this process; one thread each."""

    def __init__(self, count: int) -> None:
        self._pool = None
        if count > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(count, context, torch.set_num_threads, (1,))

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function, tasks: list) -> Iterator:
        return self._pool.map(function, tasks) if self._pool else self._here(function, tasks)

    @staticmethod
    def _here(function, tasks: list) -> Iterator:
        for task in tasks:
            with one_thread():
                done = function(task)
            yield done


class _Progress:
    """Says on stderr what is done and how long the rest will take, by pixels times stops."""

    def __init__(self, work: dict[str, int]) -> None:
        self._left = dict(work)
        self._total = sum(work.values())
        self._work = work
        self._measured = 0.0
        self._started = time.monotonic()

    def add(self, job: str, share: float) -> None:
        done = share * self._work[job]
        self._measured += done
        self._left[job] -= done
        left = sum(self._left.values())
        seconds = int((time.monotonic() - self._started) * left / self._measured)
        clock = f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        print(f"{1 - left / self._total:.0%}  {job}  left {clock}", file=sys.stderr, flush=True)

    def finish(self, job: str) -> None:
        """What was found in the state folder needs no work."""
        self._left[job] = 0.0
