"""Clips through codecs: what is to do, here or on a cluster, and what came of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from core.bridge.drift import COLUMNS, clip_drift
from core.bridge.methods import Method
from core.bridge.passes import DriftSettings
from core.bridge.store import Store
from core.cluster import call_on_cluster
from core.errors import InputError
from core.progress import Progress


@dataclass(frozen=True, slots=True)
class Failure:
    """A clip that could not be used, or a pass that failed: where, and the sentence that says why."""

    clip: str
    name: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class ClipDrifts:
    """What came of all clips.

    ``drift``: a table of :data:`core.bridge.drift.COLUMNS`.  ``clips``: name of a usable clip ->
    its file.  ``failures``: the rest.
    """

    drift: pd.DataFrame
    clips: dict[str, Path]
    failures: tuple[Failure, ...]


def clip_names(paths: Sequence[Path]) -> dict[str, Path]:
    """Clips by their file names without suffix, with the folder before it where names clash."""
    stems = [path.stem for path in paths]
    return {
        path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.name}": path
        for path in paths
    }


def run(
    paths: Sequence[Path],
    methods: Sequence[Method],
    settings: DriftSettings,
    store: Store,
    *,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> ClipDrifts:
    """Drift of every clip through every codec.

    A clip or pass that fails does not stop the others.  ``progress`` is told of every piece and may
    stop the work by raising; finished pieces stay in ``store``.  ``scheduler``: address of a Dask
    cluster that does the work instead, a clip through a codec a task; paths and the store's folder
    must mean the same to its workers.
    """
    clips = clip_names(paths)
    names = {path: name for name, path in clips.items()}
    report = _Report(progress, len(paths) * (1 + len(methods)))
    failures = []
    for (path, *_), why in _done([(p, None, settings, store) for p in paths], scheduler, report):
        if why is not None:
            failures.append(Failure(names[path], "", why))
    usable = [path for path in paths if names[path] not in {f.clip for f in failures}]
    calls = [(path, method, settings, store) for path, method in product(usable, methods)]
    done = set()
    for (path, method, *_), why in _done(calls, scheduler, report):
        if why is None:
            done.add((path, method))
        else:
            failures.append(Failure(names[path], method.name, why))
    parts = []
    for path in usable:
        reference = store.reference(path, settings)
        for method in methods:
            if (path, method) in done:
                coded = store.coded(path, method, settings)
                parts.append(
                    clip_drift(names[path], reference.table, reference.rate, method, coded)
                )
    drift = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return ClipDrifts(drift, {names[path]: path for path in usable}, tuple(failures))


def attempt(
    path: Path,
    method: Method | None,
    settings: DriftSettings,
    store: Store,
    progress: Progress | None = None,
) -> str | None:
    """One piece into the store: the reference of a clip, or a clip through a codec.

    Returns None, or the sentence that says why it failed: whatever one file does to a decoder or a
    codec, the others go on.
    """
    try:
        if method is None:
            store.reference(path, settings, progress)
        else:
            store.coded(path, method, settings, progress)
    except InputError as error:
        return str(error)
    except (OSError, RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _done(
    calls: list[tuple], scheduler: str | None, report: "_Report"
) -> Iterator[tuple[tuple, str | None]]:
    """Every call with None or why it failed."""
    if scheduler:
        for call, result in call_on_cluster(scheduler, attempt, calls):
            report.finish(call)
            lost = isinstance(result, BaseException)
            yield call, f"{type(result).__name__}: {result}" if lost else result
        return
    for call in calls:
        why = attempt(*call, report.inside if report.wanted else None)
        report.finish(call)
        yield call, why


class _Report:
    """Progress of one piece as a part of the whole."""

    def __init__(self, progress: Progress | None, pieces: int) -> None:
        self._progress, self._pieces, self._finished = progress, max(pieces, 1), 0
        self.wanted = progress is not None

    def inside(self, done: int, total: int, text: str) -> None:
        part = int(1000 * (self._finished + done / max(total, 1)))
        self._progress(part, 1000 * self._pieces, text)

    def finish(self, call: tuple) -> None:
        self._finished += 1
        if self._progress is not None:
            name = "the original" if call[1] is None else call[1].name
            self._progress(
                1000 * self._finished, 1000 * self._pieces, f"{call[0].name}: {name} is done"
            )
