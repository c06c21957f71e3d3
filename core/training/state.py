"""The state of an unfinished training: one safetensors file, and the one before it.

A file that was cut off (a full disk, a machine that went away) is passed over for the one before.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from core.errors import InputError
from core.files import whole_file, write_whole

_TENSOR = "__tensor__"


class Stateful(Protocol):
    """Anything with a torch-style state: module, optimiser, average of weights."""

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Take up a saved state."""


@dataclass(frozen=True, slots=True)
class StepsDone:
    """How far a training is: steps done, and the seconds that they took."""

    step: int = 0
    seconds: float = 0.0


def save_state(path: Path, parts: dict[str, Stateful], progress: StepsDone) -> None:
    """Write the state of ``parts``; the file that was there becomes the one before."""
    tensors: dict[str, torch.Tensor] = {}

    def lift(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            key = str(len(tensors))
            tensors[key] = value.detach().clone().contiguous()
            return {_TENSOR: key}
        if isinstance(value, dict):
            return {"dict": [[key, lift(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return [lift(item) for item in value]
        return value

    tree = lift({name: part.state_dict() for name, part in parts.items()})
    metadata = {"step": progress.step, "seconds": progress.seconds, "tree": json.dumps(tree)}
    with whole_file(path) as temporary:
        save_file(tensors, temporary, metadata={key: str(v) for key, v in metadata.items()})
        if path.exists():
            os.replace(path, before(path))


def load_state(path: Path, parts: dict[str, Stateful]) -> StepsDone:
    """Put the last whole state back into ``parts``; the beginning where there is none.

    Raises InputError where there are states and none of them can be read, or fits.
    """
    files = [file for file in (path, before(path)) if file.exists()]
    for file in files:
        try:
            states, progress = _read(file)
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            print(f"{file} cannot be read ({error})", file=sys.stderr)
            continue
        try:
            for name, part in parts.items():
                part.load_state_dict(states[name])
        except (KeyError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0][:200]
            raise InputError(
                f"{file} is the state of another training ({reason}): move it away to begin anew, or "
                "give the options that it was begun with."
            ) from error
        return progress
    if files:
        raise InputError(f"No state in {path} can be read: move it away to begin anew.")
    return StepsDone()


def saved_progress(path: Path) -> StepsDone:
    """How far the last whole state is; the beginning where there is none."""
    for file in (path, before(path)):
        try:
            with safe_open(file, framework="pt") as opened:
                return _progress(opened.metadata())
        except (SafetensorError, OSError, KeyError, ValueError):
            continue
    return StepsDone()


def before(path: Path) -> Path:
    """Where the state before the last one is."""
    return path.with_name(f"{path.stem}-before{path.suffix}")


def history(state: Path, command: str) -> str:
    """Note ``command`` beside ``state``; return all that led there, one a line with its first step.

    A training that goes on with other settings is not the training of its last command alone.
    """
    notes = state.with_suffix(".commands")
    known = notes.read_text().splitlines() if notes.exists() else []
    if not known or known[-1].split(": ", 1)[1] != command:
        known.append(f"step {saved_progress(state).step}: {command}")
        write_whole(notes, ("\n".join(known) + "\n").encode())
    return "\n".join(known)


def _read(path: Path) -> tuple[dict[str, Any], StepsDone]:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()

        def lower(value: Any) -> Any:
            if isinstance(value, dict) and _TENSOR in value:
                return file.get_tensor(value[_TENSOR])
            if isinstance(value, dict):
                return {key: lower(item) for key, item in value["dict"]}
            if isinstance(value, list):
                return [lower(item) for item in value]
            return value

        return lower(json.loads(metadata["tree"])), _progress(metadata)


def _progress(metadata: dict[str, str]) -> StepsDone:
    return StepsDone(int(metadata["step"]), float(metadata.get("seconds", 0.0)))
