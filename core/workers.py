"""Work in processes of their own, which may die: one process, and many pieces spread over several.

::

    this process -- pipe: calls, reports, results --> worker
                 -- stdin, held open ---------------> worker ends when it closes: with its parent,
                                                      however that ends
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any

_TICK = 0.5  # seconds between two looks at the workers
_DYING = 5.0  # seconds that a process may take to end by itself once it said goodbye
_LIFE = "import sys; from core.workers import serve; serve(int(sys.argv[1]))"
REPORT, RESULT, RAISED, DIED = "report", "result", "raised", "died"
"""Kinds of message that a worker gives."""


class WorkerKilled(RuntimeError):
    """A worker process died at a piece of work; the message names the signal.

    ``by``: the signal's name, None where it ended by itself.
    """

    def __init__(self, message: str, by: str | None = None) -> None:
        super().__init__(message)
        self.by = by


Report = Callable[[Any], None]
"""Given to the work as its last argument; what it is called with reaches the parent."""


class Worker:
    """A process that does one call after the other; ``begin`` prepares it.

    It begins with nothing of this process but its environment and its paths of modules, and is the
    first of a group of processes, which ends as a whole.
    """

    def __init__(self, begin: Callable[[], None] | None = None) -> None:
        self.pipe, other = multiprocessing.Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LIFE, str(other.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[other.fileno()],
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)},
        )
        other.close()  # so that the pipe ends when the process does
        self.give(_nothing if begin is None else begin)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def give(self, work: Callable, *arguments: Any) -> None:
        """Start a call; a process that is gone is noticed when its message is asked for."""
        with contextlib.suppress(OSError):
            self.pipe.send((work, arguments))

    def message(self, seconds: float = 0.0) -> tuple[str, Any] | None:
        """What the process has to say: its kind and content; None: nothing yet, after so long."""
        try:
            return self.pipe.recv() if self.pipe.poll(seconds) else None
        except (EOFError, OSError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DYING)
            self._kill()
            return DIED, _cause(self._process.wait())

    def end(self) -> None:
        """Stop the process and those that it started, whatever they are at."""
        self._kill()
        self._process.wait()
        self._process.stdin.close()  # the pipe may be in use by another thread; it closes with the last

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def spread(
    work: Callable[..., Any],
    calls: Sequence[tuple],
    jobs: int,
    *,
    report: Report | None = None,
    begin: Callable[[], None] | None = None,
) -> Iterator[tuple[tuple, Any]]:
    """``work(*call, report)`` for each of ``calls`` in ``jobs`` processes, as they are ready.

    A worker that is killed takes down only the piece it was at, which is tried once more alone, when
    nothing else wants memory.  Gives each call with its result, with what it raised, or with
    :class:`WorkerKilled`.  ``work`` and ``begin``, which prepares a process, must be functions of a
    module.  ``report`` is called here with what the work reported.  Closing the iterator ends the
    workers.
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
    waiting = deque(calls)
    at: dict[Worker, tuple] = {}

    def give(worker: Worker) -> None:
        at[worker] = waiting.popleft()
        worker.give(work, *at[worker])

    try:
        for _ in range(min(jobs, len(calls))):
            give(Worker(begin))
        while at:
            wait([worker.pipe for worker in at], _TICK)
            for worker in list(at):
                if (message := worker.message()) is None:
                    continue
                kind, content = message
                if kind == REPORT:
                    if report is not None:
                        report(content)
                    continue
                yield at[worker], content
                if kind != DIED and waiting:
                    give(worker)
                    continue
                del at[worker]
                worker.end()
                if waiting:
                    give(Worker(begin))
    finally:
        for worker in at:
            worker.end()


# -- in the worker ----------------------------------------------------------------------------------


def serve(place: int) -> None:
    """A worker's life: calls in, results out, until nobody wants any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe = Connection(place)
    begin, _ = pipe.recv()
    begin()
    while True:
        try:
            work, arguments = pipe.recv()
        except EOFError:
            return
        except Exception as error:
            _send(pipe, RAISED, error)
            continue
        try:
            kind, content = RESULT, work(*arguments, lambda said: pipe.send((REPORT, said)))
        except Exception as error:
            kind, content = RAISED, error
        del work, arguments
        _send(pipe, kind, content)
        del content


def _send(pipe: Connection, kind: str, content: Any) -> None:
    """A message; what cannot travel is told in words."""
    try:
        if kind == RAISED:
            content.add_note("".join(traceback.format_exception(content)))
            ForkingPickler.loads(ForkingPickler.dumps(content))
        pipe.send((kind, content))
    except OSError:
        os._exit(1)  # the parent is gone
    except Exception as error:
        message = content if kind == RAISED else error
        pipe.send((RAISED, RuntimeError(f"{type(message).__name__}: {message}")))


def _end_with_parent() -> None:
    """End this process and those that it started as soon as the parent is gone, even killed."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _nothing() -> None:
    """Prepares nothing."""


def _cause(code: int) -> WorkerKilled:
    """Why a process ended, by its exit code."""
    if code < 0:
        name = signal.Signals(-code).name
        perhaps = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return WorkerKilled(f"its process was ended by {name}{perhaps}", name)
    return WorkerKilled(f"its process ended by itself (exit code {code})")
