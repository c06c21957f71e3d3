"""A resumable loop: saves its state, picks it up again, tells how long it will take."""

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import safe_open
from safetensors.torch import save_file

TENSOR = "__tensor__"


class Stateful(Protocol):
    """Anything with a torch-style state: module, optimiser, average of weights."""

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Take up a saved state."""


def save_state(path: Path, parts: dict[str, Stateful], step: int) -> None:
    """Write the state of ``parts`` at ``step`` as one safetensors file, whole or not at all."""
    tensors: dict[str, torch.Tensor] = {}

    def lift(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            key = str(len(tensors))
            tensors[key] = value.detach().clone().contiguous()
            return {TENSOR: key}
        if isinstance(value, dict):
            return {"dict": [[key, lift(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return [lift(item) for item in value]
        return value

    tree = lift({name: part.state_dict() for name, part in parts.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, metadata={"step": str(step), "tree": json.dumps(tree)})
    temporary.replace(path)


def load_state(path: Path, parts: dict[str, Stateful]) -> int:
    """Put a saved state back into ``parts``; return its step."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()

        def lower(value: Any) -> Any:
            if isinstance(value, dict) and TENSOR in value:
                return file.get_tensor(value[TENSOR])
            if isinstance(value, dict):
                return {key: lower(item) for key, item in value["dict"]}
            if isinstance(value, list):
                return [lower(item) for item in value]
            return value

        states = lower(json.loads(metadata["tree"]))
    for name, part in parts.items():
        part.load_state_dict(states[name])
    return int(metadata["step"])


def saved_step(path: Path) -> int:
    """The step at which a state was saved; 0 where there is none."""
    if not path.exists():
        return 0
    with safe_open(path, framework="pt") as file:
        return int(file.metadata()["step"])


def history(state: Path, command: str) -> str:
    """Note ``command`` beside ``state``; return all that led there, one a line with its first step.

    A training that goes on with other settings is not the training of its last command alone.
    """
    notes = state.with_suffix(".commands")
    known = notes.read_text().splitlines() if notes.exists() else []
    if not known or known[-1].split(": ", 1)[1] != command:
        known.append(f"step {saved_step(state)}: {command}")
        notes.parent.mkdir(parents=True, exist_ok=True)
        temporary = notes.with_suffix(".part")
        temporary.write_text("\n".join(known) + "\n")
        temporary.replace(notes)
    return "\n".join(known)


def fit(
    step_once: Callable[[int], dict[str, float | torch.Tensor]],
    *,
    steps: int,
    parts: dict[str, Stateful],
    state: Path,
    evaluate: Callable[[int], dict[str, float]] | None = None,
    evaluate_every: int = 0,
    save_every_seconds: float = 120,
    report_every: int = 50,
) -> None:
    """Call ``step_once(step)`` for every step that is left; resume from ``state`` if it exists.

    All randomness of a step must follow from its number, so a resumed run repeats an unbroken one
    (up to the rounding of the kernels).  Scalars that ``step_once`` returns are averaged and printed
    with the time left, and appended to a ``.jsonl`` beside the state; tensors among them are summed
    where they are, so that no step waits for an accelerator.  Ctrl-C and SIGTERM save first.
    """
    first = load_state(state, parts) if state.exists() else 0
    log = state.with_suffix(".jsonl")
    log.parent.mkdir(parents=True, exist_ok=True)
    stop = False

    def ask_to_stop(*_: object) -> None:
        nonlocal stop
        stop = True

    previous = {kind: signal.signal(kind, ask_to_stop) for kind in (signal.SIGINT, signal.SIGTERM)}
    sums: dict[str, float | torch.Tensor] = {}
    started = saved = time.monotonic()
    try:
        for step in range(first, steps):
            for name, value in step_once(step).items():
                sums[name] = sums.get(name, 0.0) + value
            done = step + 1
            if done % report_every == 0 or done == steps:
                span = (done - 1) % report_every + 1
                row = {name: float(value) / min(span, done - first) for name, value in sums.items()}
                sums.clear()
                _report(log, done, steps, row, started, done - first)
            if evaluate and evaluate_every and (done % evaluate_every == 0 or done == steps):
                _report(log, done, steps, evaluate(done), started, done - first)
            if stop or done == steps or time.monotonic() - saved > save_every_seconds:
                save_state(state, parts, done)
                saved = time.monotonic()
            if stop:
                sys.exit(f"stopped after step {done} of {steps}; run the same command to go on")
    finally:
        for kind, handler in previous.items():
            signal.signal(kind, handler)


def _report(
    log: Path, done: int, steps: int, row: dict[str, float], started: float, here: int
) -> None:
    left = (time.monotonic() - started) / here * (steps - done)
    values = "  ".join(f"{name} {value:.4g}" for name, value in row.items())
    clock = f"{int(left // 3600)}:{int(left % 3600 // 60):02d}:{int(left % 60):02d}"
    print(f"step {done}/{steps}  {values}  left {clock}", file=sys.stderr, flush=True)
    with log.open("a") as file:
        file.write(json.dumps({"step": done, **row}) + "\n")
