"""Work that takes minutes: in a process of its own, which reports how far it is, can be cancelled or die
without harm to anything else, and is kept in the session, so that it goes on while one looks at another
page."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core import bounded
from core.errors import InputError
from core.formatting import duration, percent
from pages.parts.shared import keeping
from pages.parts.shared.words import plain

_TELLS_AFTER, _TELLS_FROM = 3.0, 0.03
"""Seconds, and the share, that must have gone before the time left is told."""

_turns = threading.Semaphore(max(1, (os.cpu_count() or 2) - 1))
"""Long work that runs at once, over all visitors: one core is left for everybody's pages."""


class Cancelled(Exception):
    """Raised where the work is waited for, or through its progress, when somebody asked it to stop."""


class Job:
    """One piece of work, waited for in a thread of its own; ``work`` gets a progress callback.

    ``work`` must not call Streamlit, which knows nothing of the thread.
    """

    def __init__(self, work: Callable[[Callable[[int, int, str], None]], Any]):
        self.done, self.total, self.text = 0, 1, "starting"
        self.result: Any = None
        self.error: Exception | None = None
        self._first: tuple[float, float] | None = (
            None  # when something was done first, and its share
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """True until the result, the error or the cancellation is in."""
        return self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """True if it stopped because it was asked to."""
        return isinstance(self.error, Cancelled)

    @property
    def stopping(self) -> bool:
        """True between asking it to stop and its having stopped."""
        return self._stop.is_set() and self.running

    @property
    def share(self) -> float:
        """How much of it is done, 0..1."""
        return min(max(self.done / max(self.total, 1), 0.0), 1.0)

    @property
    def seconds_left(self) -> float | None:
        """About how long it still takes, if it goes on as fast; None while that cannot be told."""
        if self._first is None:
            return None
        when, share = self._first
        gone, done = time.monotonic() - when, self.share - share
        if gone < _TELLS_AFTER or done < _TELLS_FROM:
            return None
        return gone * (1 - self.share) / done

    def cancel(self) -> None:
        """Ask it to stop."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait for the end, at most so long."""
        self._thread.join(seconds)

    def _run(self, work) -> None:
        try:
            self._wait_for_a_turn()
            try:
                self.result = work(self._progress)
            finally:
                _turns.release()
        except Exception as error:
            self.error = error

    def _wait_for_a_turn(self) -> None:
        while not _turns.acquire(timeout=0.5):
            if self._stop.is_set():
                raise Cancelled
            self.text = "waiting until other work on this machine is done"
        self.text = "starting"

    def _look(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _progress(self, done: float, total: float, text: str) -> None:
        self._look()
        self.done, self.total, self.text = done, total, text
        if done and self._first is None:
            self._first = time.monotonic(), self.share


class _Beside(Job):
    """A job whose work is done by a bounded process, which a cancellation ends at once."""

    def __init__(
        self,
        work: Callable[..., Any],
        folder: Path,
        shown: Callable[[Any], None] | None,
        then: Callable[[Any], Any] | None,
    ) -> None:
        self._work, self._folder, self._shown, self._then = work, folder, shown, then
        super().__init__(self._call)

    def _call(self, progress) -> Any:
        def report(content: tuple[str, Any]) -> None:
            kind, said = content
            if kind == bounded.SHOWN:
                self._shown(said)
            else:
                progress(*said)

        result = bounded.call(
            bounded.with_progress,
            self._work,
            self._shown is not None,
            limits=bounded.limits(),
            folder=self._folder,
            report=report,
            look=self._look,
        )
        return result if self._then is None else self._then(result)


def start(
    work: Callable[..., Any],
    *,
    shown: Callable[[Any], None] | None = None,
    then: Callable[[Any], Any] | None = None,
) -> Job:
    """Begin a job in a process of its own, which ends with the visit.

    ``work(progress=...)``: a function of a module, or a ``functools.partial`` of one, whose arguments
    and result travel between processes.  ``shown``: called with what the work gives to its further
    argument ``show``.  ``then``: makes the job's result of the work's, in a thread of this process;
    like ``shown`` it must not call Streamlit.
    """
    job = _Beside(work, keeping.folder(), shown, then)
    keeping.watch_over(job)
    return job


def show_job(job: Job, key: str, preview: Callable[[], None] | None = None) -> None:
    """The job as the page sees it: a bar and a button while it runs, its error if it failed.

    ``preview`` draws what there is to see of running work, once a second.
    """
    if job.running:
        _watch(job, key, preview)
    elif job.cancelled:
        st.info("Cancelled; nothing was kept of it.")
    elif isinstance(job.error, InputError):
        st.error(plain(job.error), icon=":material/error:")
    elif job.error is not None:
        raise job.error


def _how_far(job: Job) -> str:
    left = job.seconds_left
    if left is None:
        return f"{plain(job.text)} ({percent(job.share, 0)})"
    return f"{plain(job.text)} ({percent(job.share, 0)}, about {duration(left)} left)"


@st.fragment(run_every=1.0)
def _watch(job: Job, key: str, preview: Callable[[], None] | None) -> None:
    """Looks once a second; the whole page runs again when the job is over."""
    if not job.running:
        st.rerun()
    st.progress(job.share, text="stopping …" if job.stopping else _how_far(job))
    st.button(
        "Cancel",
        key=f"{key}_cancel",
        icon=":material/stop:",
        on_click=job.cancel,
        disabled=job.stopping,
        help="Stops at once; nothing is kept of what is not finished.",
    )
    if preview is not None:
        preview()
