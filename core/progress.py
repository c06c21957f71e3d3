"""How far long work is: one kind of callback, and one display of it in a terminal."""

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

Progress = Callable[[float, float, str], None]
"""Called with what is done, what there is in all (same unit), and a word on what is going on.

Called from the caller's thread between pieces of work; what it raises passes through, which is how
work is cancelled.
"""


def within(progress: Progress | None, first: float, last: float) -> Progress | None:
    """The progress of a part of the work, which takes it from share ``first`` to ``last`` of the whole."""
    if progress is None:
        return None
    return lambda done, total, text: progress(first + (last - first) * done / total, 1.0, text)


_QUIET_SECONDS = 10.0
"""Between two lines where nobody watches a terminal."""


class TerminalProgress:
    """A bar with the time left on a terminal; a line every ten seconds in a log.  A :data:`Progress`.

    Use as a context manager, so that the bar is gone when the work is done or breaks.
    """

    def __init__(self, unit: str = "") -> None:
        watched = sys.stderr.isatty()
        self._bar = tqdm(
            total=1.0,
            unit=unit,
            file=sys.stderr,
            leave=False,
            disable=not watched,
            bar_format="{percentage:3.0f}% |{bar}| {elapsed}, {remaining} left  {desc}",
        )
        self._watched, self._begun, self._said = watched, time.monotonic(), 0.0

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Show that ``done`` of ``total`` is behind us."""
        share = min(1.0, done / total) if total > 0 else 0.0
        if self._watched:
            self._bar.set_description_str(text[:80], refresh=False)
            self._bar.update(share - self._bar.n)
            return
        now = time.monotonic()
        if now - self._said < _QUIET_SECONDS and share < 1:
            return
        self._said = now
        left = ""
        if 0.01 <= share < 1:
            seconds = (now - self._begun) * (1 - share) / share
            left = f", {tqdm.format_interval(seconds)} left"
        print(f"[{share:.0%}{left}] {text}", file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        """A line of its own that stays, above the bar."""
        tqdm.write(line, file=sys.stderr)

    def __enter__(self) -> "TerminalProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
