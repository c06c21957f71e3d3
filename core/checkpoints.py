"""Checkpoints: the weights that ship, the card that tells where they come from, and their loading.

A checkpoint is ``ID.safetensors`` beside ``ID.json``.  The card names the file's SHA-256, so damaged
or exchanged weights are refused.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import InputError

HALF_FROM = 4096
"""Tensors with at least this many numbers are stored in half precision, smaller ones in float32."""


@dataclass(frozen=True)
class Card:
    """Where a checkpoint comes from.

    ``kind``: codec, classifier or action-units.  ``method``: the regime (baseline, codec, joint,
    control; base for the classifier trained on originals).  ``gamma``: weight of the cross-entropy,
    None where it plays no part; ``chosen`` marks the gamma that validation chose.  ``classifier``:
    for a codec, the id of the classifier that judges its pictures.  ``fingerprint``: SHA-256 of the
    weights file.  ``metrics`` are measured on validation.
    """

    id: str
    kind: str
    method: str
    architecture: dict
    config: dict
    seed: int
    data: str
    command: str
    version: str
    metrics: dict = field(default_factory=dict)
    gamma: float | None = None
    chosen: bool = False
    classifier: str | None = None
    fingerprint: str = ""


def folder() -> Path:
    """The folder of checkpoints: ``EXPRESSRATE_CHECKPOINTS``, or ``checkpoints`` beside the package."""
    default = Path(__file__).resolve().parent.parent / "checkpoints"
    return Path(os.environ.get("EXPRESSRATE_CHECKPOINTS", default))


def cards(kind: str | None = None) -> list[Card]:
    """All cards, or those of one kind, sorted by method and gamma."""
    found = [_read_card(path) for path in sorted(folder().glob("*.json"))]
    found = [card for card in found if kind in (None, card.kind)]
    return sorted(found, key=lambda card: (card.method, card.gamma or 0.0, card.id))


def card(id: str) -> Card:
    """The card of checkpoint ``id``; InputError with the known ids if there is none."""
    path = folder() / f"{id}.json"
    if not id or Path(id).name != id or not path.is_file():
        known = ", ".join(card.id for card in cards()) or "none"
        raise InputError(f"There is no checkpoint {id!r}. Known: {known}.")
    return _read_card(path)


def save(model: nn.Module, made: Card) -> Card:
    """Write weights and card; return the card with its fingerprint.  Each file is whole or absent."""
    state = {
        name: tensor.detach().half().contiguous()
        if tensor.is_floating_point() and tensor.numel() >= HALF_FROM
        else tensor.detach().clone().contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.numel()
    }
    folder().mkdir(parents=True, exist_ok=True)
    weights = folder() / f"{made.id}.safetensors"
    temporary = weights.with_suffix(".part")
    save_file(state, temporary)
    temporary.replace(weights)
    made = Card(**{**asdict(made), "fingerprint": fingerprint(weights)})
    write_card(made)
    return made


def write_card(made: Card) -> None:
    """Write a card, whole or not at all."""
    described = folder() / f"{made.id}.json"
    temporary = described.with_suffix(".card.part")
    temporary.write_text(json.dumps(asdict(made), indent=1) + "\n")
    temporary.replace(described)


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(model: nn.Module, id: str) -> Card:
    """Put the weights of checkpoint ``id`` into ``model`` (float32, evaluation mode).

    Raises InputError if the file is missing or is not the one that the card describes.
    """
    described = card(id)
    path = folder() / f"{id}.safetensors"
    if not path.is_file():
        raise InputError(f"The weights {path.name} are missing beside their card.")
    if fingerprint(path) != described.fingerprint:
        raise InputError(
            f"{path.name} is not the file that its card describes (SHA-256 differs): "
            "it is damaged or was exchanged. Restore it from the repository."
        )
    state = {
        name: tensor.float() if tensor.dtype == torch.float16 else tensor
        for name, tensor in load_file(path).items()
    }
    wanted = {name for name, tensor in model.state_dict().items() if tensor.numel()}
    if wanted != set(state):
        odd = ", ".join(sorted(wanted ^ set(state))[:5])
        raise InputError(f"{path.name} does not fit its card's architecture ({odd}).")
    model.load_state_dict(state, strict=False)
    model.eval().requires_grad_(False)
    return described


def of_kind(id: str, kind: str) -> Card:
    """The card of checkpoint ``id``; InputError if there is none or it is of another ``kind``."""
    described = card(id)
    if described.kind != kind:
        raise InputError(f"Checkpoint {id!r} is a {described.kind}, not a {kind}.")
    return described


def _read_card(path: Path) -> Card:
    try:
        return Card(**json.loads(path.read_text()))
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not the card of a checkpoint: {error}") from error
