"""A resumable loop: so many steps or so many seconds; saves its state, picks it up again."""

import json
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.progress import TerminalProgress
from core.training.state import Stateful, StepsDone, load_state, save_state


class Diverged(ArithmeticError):
    """A training whose loss is no number any more."""


Scalars = dict[str, "float | torch.Tensor"]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a training is: a number of steps, or seconds, counted over all its sessions.

    Exactly one is given.  With seconds the number of steps follows from the machine, at least one.
    """

    steps: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.seconds is None):
            raise ValueError("a training is so many steps or so many seconds long")

    def part(self, progress: StepsDone) -> float:
        """Share of the training that lies behind, 0 to 1."""
        if self.steps is not None:
            return min(1.0, progress.step / max(1, self.steps))
        if progress.step == 0:
            return 0.0
        return min(1.0, progress.seconds / self.seconds) if self.seconds > 0 else 1.0


def fit(
    step_once: Callable[[int, float], Scalars],
    *,
    length: Length,
    parts: dict[str, Stateful],
    state: Path,
    evaluate: Callable[[int], dict[str, float]] | None = None,
    evaluate_every: int = 0,
    save_every_seconds: float = 120,
    report_every: int = 50,
) -> StepsDone:
    """Call ``step_once(step, part)`` until ``length`` is reached; resume from ``state`` if it exists.

    ``part`` is the share of the training before the step.  All randomness of a step must follow from
    its number, so a resumed run of so many steps repeats an unbroken one (up to the rounding of the
    kernels).  Scalars that ``step_once`` returns are averaged, shown and appended to a ``.jsonl``
    beside the state; tensors among them are summed where they are, so that no step waits for a card.
    Ctrl-C and SIGTERM save first.  Returns how far the training is.  Raises Diverged where a scalar is
    no longer finite; the state saved before is left.
    """
    first = load_state(state, parts)
    log = _Log(state.with_suffix(".jsonl"))
    sums: Scalars = {}
    summed = 0
    done, begun = first, time.monotonic()
    saved = begun
    with _asked_to_stop() as asked, TerminalProgress() as display:
        while length.part(done) < 1:
            scalars = step_once(done.step, length.part(done))
            done = StepsDone(done.step + 1, first.seconds + time.monotonic() - begun)
            summed += 1
            for name, value in scalars.items():
                sums[name] = sums.get(name, 0.0) + value
            last = length.part(done) >= 1
            if done.step % report_every == 0 or last:
                row = {name: float(value) / summed for name, value in sums.items()}
                sums, summed = {}, 0
                if not all(math.isfinite(value) for value in row.values()):
                    raise Diverged(f"the training diverged before step {done.step}: {row}")
                display(length.part(done), 1, log.line(done.step, row))
            if evaluate and (last or (evaluate_every and done.step % evaluate_every == 0)):
                display.say(log.line(done.step, evaluate(done.step)))
            if asked or last or time.monotonic() - saved > save_every_seconds:
                save_state(state, parts, done)
                saved = time.monotonic()
            if asked and not last:
                sys.exit(f"stopped after step {done.step}; run the same command to go on")
    return done


class _Log:
    """The rows of a training, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def line(self, step: int, row: dict[str, float]) -> str:
        """Append ``row``; return it in words."""
        with self._path.open("a") as file:
            file.write(json.dumps({"step": step, **row}) + "\n")
        values = "  ".join(f"{name} {value:.4g}" for name, value in row.items())
        return f"step {step}  {values}"


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that is empty until Ctrl-C or SIGTERM comes."""
    asked: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    earlier = {kind: signal.signal(kind, lambda number, _: asked.append(number)) for kind in kinds}
    try:
        yield asked
    finally:
        for kind, handler in earlier.items():
            signal.signal(kind, handler)
