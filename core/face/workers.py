"""Work spread over processes that may die, one piece at a time each.

A worker that is killed takes down only the piece it was at, which is tried once more alone, when nothing
else wants memory.  Workers end when their parent does, however it ends.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

_TICK = 0.5  # seconds between two looks at the workers


class WorkerKilled(RuntimeError):
    """A worker process died at a piece of work, twice; the message names the signal."""


Report = Callable[[Any], None]
"""Given to the work as its last argument; what it is called with reaches the parent."""


def spread(
    work: Callable[..., Any],
    calls: Sequence[tuple],
    jobs: int,
    *,
    report: Report | None = None,
    begin: Callable[[], None] | None = None,
) -> Iterator[tuple[tuple, Any]]:
    """``work(*call, report)`` for each of ``calls`` in ``jobs`` processes, as they are ready.

    Gives each call with its result, with what it raised, or with :class:`WorkerKilled`.  ``work`` and
    ``begin``, which prepares a process, must be functions of a module.  ``report`` is called here
    with what the work reported.  Closing the iterator ends the workers.
    """
    again: list[tuple] = []
    for call, result in _attempt(work, calls, jobs, report, begin):
        if isinstance(result, WorkerKilled):
            again.append(call)
        else:
            yield call, result
    for call in again:
        yield from _attempt(work, [call], 1, report, begin)


def _attempt(work, calls, jobs, report, begin) -> Iterator[tuple[tuple, Any]]:
    """Every call once; a call whose process died gives WorkerKilled."""
    waiting = deque(enumerate(calls))
    workers: list[_Worker] = []
    try:
        for _ in range(min(jobs, len(calls))):
            workers.append(_Worker(work, begin))
            workers[-1].give(*waiting.popleft())
        while workers:
            wait([worker.pipe for worker in workers], _TICK)
            for worker in list(workers):
                number, message = worker.number, worker.message()
                if message is None:
                    continue
                kind, content = message
                if kind == "report":
                    if report is not None:
                        report(content)
                    continue
                yield calls[number], content
                if kind == "died":
                    workers.remove(worker)
                    if waiting:
                        workers.append(_Worker(work, begin))
                        workers[-1].give(*waiting.popleft())
                elif waiting:
                    worker.give(*waiting.popleft())
                else:
                    workers.remove(worker)
                    worker.end()
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process with a pipe to it, and the number of the call that it is at."""

    def __init__(self, work: Callable, begin: Callable | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.number = -1
        self._process = context.Process(target=_serve, args=(other, work, begin), daemon=True)
        self._process.start()
        other.close()  # so that the pipe ends when the process does

    def give(self, number: int, call: tuple) -> None:
        """Start a call; a process that is gone is noticed when its message is asked for."""
        self.number = number
        with contextlib.suppress(OSError):
            self.pipe.send(call)

    def message(self) -> tuple[str, Any] | None:
        """What the process has to say: a report, a result, or that it died; None: nothing yet."""
        try:
            return self.pipe.recv() if self.pipe.poll() else None
        except (EOFError, OSError):
            self._process.join()
            return "died", WorkerKilled(_cause(self._process.exitcode))

    def end(self) -> None:
        """Stop the process, whatever it is at."""
        self._process.terminate()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, work: Callable, begin: Callable | None) -> None:
    """A worker's life: calls in, results out, until nobody wants any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin()
    while True:
        try:
            call = pipe.recv()
        except EOFError:
            return
        try:
            result = work(*call, lambda content: pipe.send(("report", content)))
        except Exception as error:
            result = error
        pipe.send(("result", result))


def _end_with_parent() -> None:
    """End this process as soon as its parent is gone, even killed."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _cause(code: int | None) -> str:
    """Why a process ended, by its exit code."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        perhaps = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return f"its process was ended by {name}{perhaps}"
    return f"its process ended by itself (exit code {code})"
