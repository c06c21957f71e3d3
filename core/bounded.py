"""Work that may fail without harm: in a process of its own, with an end to its time and its memory.

A decoder that crashes, a pattern that runs away, a file that unpacks without end: each costs the piece
of work that it belongs to, and its message says so in one sentence.
"""

import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core import workers
from core.errors import InputError
from core.workers import Report, Worker, WorkerKilled

_TICK = 0.2  # seconds between two looks at the process
_OFTEN = 0.2  # seconds between two reports of progress
PROGRESS, SHOWN = "progress", "shown"
"""Kinds of report of work that tells how far it is."""
_POLITE = 10
"""Niceness of the processes: what somebody waits for at the screen goes first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may take.

    ``seconds``: in all.  ``silence``: seconds without a report.  ``megabytes``: of memory, where the
    system can hold a process to it (Linux).
    """

    seconds: float = 12 * 3600
    silence: float = 3600
    megabytes: int = 4096


def limits() -> Limits:
    """The limits of long work: ``EXPRESSRATE_JOB_MEMORY`` (MB) and ``EXPRESSRATE_JOB_HOURS`` set them."""
    megabytes = _positive("EXPRESSRATE_JOB_MEMORY", Limits().megabytes)
    return Limits(
        seconds=3600 * _positive("EXPRESSRATE_JOB_HOURS", Limits().seconds / 3600),
        megabytes=round(megabytes),
    )


class WorkEnded(InputError):
    """Work was ended before it was done: its process died, or came to a limit."""


class Bounded:
    """A process for one visitor's work, one call after the other.

    It is started by the first call, and again after one that it did not survive.  ``end`` may be
    called from any thread; a call under way then raises :class:`WorkEnded`.  ``folder``: where its
    temporary files lie, so that they go with the visitor even if it is killed; None: the system's.
    """

    def __init__(self, limits: Limits, folder: Path | None = None) -> None:
        self._limits, self._folder = limits, folder
        self._worker: Worker | None = None
        self._alone = threading.Lock()
        self._used = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The process's number, None while there is none."""
        return None if self._worker is None else self._worker.pid

    def call(
        self,
        work: Callable[..., Any],
        *arguments: Any,
        report: Report | None = None,
        look: Callable[[], None] | None = None,
    ) -> Any:
        """``work(*arguments, report)``: its result, or what it raised.

        ``work`` is a function of a module, and what goes in and comes out travels between processes.
        ``report`` is called here with what the work reports.  ``look`` is called several times a
        second; what it raises ends the process and passes through, which is how work is cancelled.
        Raises WorkEnded where the process died or came to a limit.
        """
        with self._alone:
            if self._worker is None:
                self._worker = Worker(partial(_begin, self._limits.megabytes, self._folder))
            worker = self._worker
            worker.give(work, *arguments)
            try:
                kind, content = self._answer(worker, report, look)
            except BaseException:
                self.end()
                raise
            finally:
                self._used = time.monotonic()
            if kind == workers.DIED or _wants_memory(content):
                self.end()
        if kind == workers.RESULT:
            return content
        if _wants_memory(content):
            raise WorkEnded(_memory(self._limits)) from content
        if kind == workers.DIED:
            raise WorkEnded(_died(content)) from content
        raise content

    def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """``work(*arguments)``, which reports nothing; else as :meth:`call`."""
        return self.call(_silent, work, arguments)

    def end_if_idle(self, now: float, seconds: float) -> None:
        """Stop the process if no call is under way and the last ended so long ago."""
        if self._alone.acquire(blocking=False):
            try:
                if now - self._used >= seconds:
                    self.end()
            finally:
                self._alone.release()

    def end(self) -> None:
        """Stop the process, whatever it is at."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def _answer(self, worker: Worker, report, look) -> tuple[str, Any]:
        """The first message that is no report; WorkEnded at a limit of time."""
        begun = heard = time.monotonic()
        while True:
            if look is not None:
                look()
            message = worker.message(_TICK)
            now = time.monotonic()
            if message is not None:
                heard = now
                if message[0] != workers.REPORT:
                    return message
                if report is not None:
                    report(message[1])
            if now - begun > self._limits.seconds:
                raise WorkEnded(_late(self._limits.seconds, "was not done after"))
            if now - heard > self._limits.silence:
                raise WorkEnded(_late(self._limits.silence, "gave no sign of life for"))


def call(
    work: Callable[..., Any],
    *arguments: Any,
    limits: Limits,
    folder: Path | None = None,
    report: Report | None = None,
    look: Callable[[], None] | None = None,
) -> Any:
    """One call in a process that ends with it; as :class:`Bounded` and its :meth:`Bounded.call`."""
    process = Bounded(limits, folder)
    try:
        return process.call(work, *arguments, report=report, look=look)
    finally:
        process.end()


def with_progress(work: Callable[..., Any], shows: bool, report: Report) -> Any:
    """Work whose ``progress`` is reported, a few times a second: (`PROGRESS`, its arguments).

    ``shows``: it takes ``show`` too, whose words are reported as (`SHOWN`, words).
    """
    last = -math.inf

    def progress(done: float, total: float, text: str = "") -> None:
        nonlocal last
        if time.monotonic() - last >= _OFTEN:
            last = time.monotonic()
            report((PROGRESS, (done, total, text)))

    if shows:
        return work(progress=progress, show=lambda words: report((SHOWN, words)))
    return work(progress=progress)


def _silent(work: Callable[..., Any], arguments: tuple, report: Report) -> Any:
    """Work that reports nothing."""
    return work(*arguments)


def _begin(megabytes: int, folder: Path | None) -> None:
    """Hold this process to its memory and its folder, and let others go first."""
    os.nice(_POLITE)
    if folder is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if sys.platform == "linux":
        import resource

        most = megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    _no_dump()


def _no_dump() -> None:
    """A crash leaves no picture of this process's memory on the disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wants_memory(error: object) -> bool:
    """Whether somebody was refused memory; torch has no error of its own for that."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def _died(killed: WorkerKilled) -> str:
    return (
        f"This could not be finished: {killed}. A file that makes a decoder crash does that. Nothing else "
        "was touched; try another file, or store this one anew in another format."
    )


def _memory(limits: Limits) -> str:
    return (
        f"This needs more than {limits.megabytes:,} MB of memory, the most that one piece of work may take "
        "here. Take a shorter or smaller file, or set EXPRESSRATE_JOB_MEMORY (MB)."
    )


def _late(seconds: float, what: str) -> str:
    duration = f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
    return (
        f"This {what} {duration} and was ended. Nothing else was touched; "
        "take a shorter or smaller file."
    )


def _positive(name: str, otherwise: float) -> float:
    """A positive number in the environment."""
    text = os.environ.get(name)
    if not text:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise InputError(f"{name} is {text!r}; it must be a number above 0.")
    return number
