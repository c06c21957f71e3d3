"""Checkpoints: the weights that ship, the card that tells where they come from, and their loading.

A checkpoint is ``ID.safetensors`` beside ``ID.json``.  The card names the file's SHA-256, its
fingerprint, so damaged or exchanged weights are refused.  Weights are never overwritten: those that
make room for others go on as ``ID-FINGERPRINT8``, so that every file made with them still decodes.
"""

import hashlib
import json
import math
import os
import runpy
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError
from core.files import check_writable, whole_file, write_whole

if TYPE_CHECKING:  # cards are read without loading torch
    from torch import nn

HALF_FROM = 4096
"""Tensors with at least this many numbers are stored in half precision, smaller ones in float32."""


RESTORE = "Restore it from the repository: git checkout -- checkpoints"

_TYPES = {
    **dict.fromkeys(("id", "kind", "method", "data", "command", "version", "fingerprint"), str),
    **dict.fromkeys(("architecture", "config", "metrics"), dict),
    "seed": int,
    "chosen": bool,
    "gamma": (int, float, type(None)),
    "classifier": (str, type(None)),
}
"""What the fields of a card may be."""


@dataclass(frozen=True)
class Card:
    """Where a checkpoint comes from.

    ``kind``: codec, classifier or action-units.  ``method``: the regime (baseline, codec, joint,
    control; base for the classifier trained on originals).  ``gamma``: weight of the cross-entropy,
    None where it plays no part; ``chosen`` marks the gamma that validation chose.  ``classifier``:
    for a codec, the id of the classifier that reads its pictures.  ``fingerprint``: SHA-256 of the
    weights file.  ``metrics`` are measured on validation.  ``replaced_by``: the id that goes on with
    other weights; such a checkpoint is kept for the files that were made with it.
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
    replaced_by: str | None = None


def folder() -> Path:
    """The folder of checkpoints: ``EXPRESSRATE_CHECKPOINTS``, or ``checkpoints`` beside the package."""
    default = Path(__file__).resolve().parent.parent / "checkpoints"
    return Path(os.environ.get("EXPRESSRATE_CHECKPOINTS", default))


def cards(kind: str | None = None, *, replaced: bool = False) -> list[Card]:
    """All cards, or those of one kind, sorted by method and gamma.

    Weights that others have replaced are left out unless ``replaced``; they come last then.  Cards that
    cannot be read are left out: one damaged file costs what it describes (see :func:`damaged`).
    """
    known = [card for card in map(_card_or_error, _paths()) if isinstance(card, Card)]
    known = [card for card in known if kind in (None, card.kind)]
    known = [card for card in known if replaced or card.replaced_by is None]
    return sorted(
        known,
        key=lambda card: (card.replaced_by is not None, card.method, card.gamma or 0.0, card.id),
    )


def units_card() -> Card | None:
    """The card of what speaks for the action units, None where nothing does.

    That is the calibrated stack where its card says ``in_use``, else the estimators one by one.
    """
    stacks = [each for each in cards("action-units-stack") if each.config.get("in_use")]
    return next(iter([*stacks, *cards("action-units")]), None)


def validated_units() -> dict[str, bool]:
    """Unit -> whether validation supports it, by the card of what speaks for the units.

    Empty without one.
    """
    card = units_card()
    return dict(card.config["validated"]) if card else {}


def damaged() -> list[str]:
    """A sentence for each card that cannot be read, with its remedy."""
    return [str(error) for error in map(_card_or_error, _paths()) if isinstance(error, InputError)]


def card(id: str) -> Card:
    """The card of checkpoint ``id``; InputError with the known ids if there is none."""
    path = folder() / f"{id}.json"
    if not id or Path(id).name != id or not path.is_file():
        known = ", ".join(card.id for card in cards()) or "none"
        raise InputError(f"There is no checkpoint {id!r}. Known: {known}.")
    return _read_card(path)


def with_fingerprint(beginning: str, kind: str) -> Card | None:
    """The checkpoint of a ``kind`` whose fingerprint begins so, replaced ones included, or None."""
    known = cards(kind, replaced=True)
    return next((card for card in known if card.fingerprint.startswith(beginning)), None)


def check_free(id: str, *, replace: bool = False) -> None:
    """Raise InputError, before any work, if weights cannot be saved as ``id``."""
    if not id or Path(id).name != id:
        raise InputError(f"{id!r} is no id of a checkpoint: letters, digits, dots and dashes.")
    check_writable(folder() / f"{id}.safetensors")
    if _weights(id).exists() and not replace:
        raise InputError(
            f"There are weights called {id!r} in {folder()}. Choose another id, or replace them "
            f"with --replace: the earlier ones are then kept as {earlier_id_of(id)!r}."
        )


def save(model: "nn.Module", card: Card, *, replace: bool = False) -> Card:
    """Write weights and card; return the card with its fingerprint.  Each file is whole or absent.

    Where the id has other weights already, InputError; with ``replace`` they are renamed to
    ``ID-FINGERPRINT8`` first, their card saying what replaced them, so that files made with them
    decode as before.  The same weights again only renew the card.
    """
    return _install(lambda path: _write_weights(model, path), card, replace)


def install(weights: Path, card: Card, *, replace: bool = False) -> Card:
    """Take over a file of ``weights`` with its ``card``, as :func:`save` writes those of a model."""
    return _install(lambda path: path.write_bytes(weights.read_bytes()), card, replace)


def write_card(card: Card) -> None:
    """Write a card, whole or not at all."""
    text = json.dumps(asdict(card), indent=1) + "\n"
    write_whole(folder() / f"{card.id}.json", text.encode())


def earlier_id_of(id: str) -> str:
    """What the weights that are called ``id`` now will be called once others replace them."""
    return f"{id}-{fingerprint(_weights(id))[:8]}"


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(model: "nn.Module", id: str) -> Card:
    """Put the weights of checkpoint ``id`` into ``model`` (float32, evaluation mode).

    Raises InputError if the file is missing or is not the one that the card describes.
    """
    described = card(id)
    path = _weights(id)
    if not path.is_file():
        raise InputError(f"The weights {path.name} are missing beside their card. {RESTORE}")
    if fingerprint(path) != described.fingerprint:
        raise InputError(
            f"{path.name} is not the file that its card describes (SHA-256 differs): "
            f"it is damaged or was exchanged. {RESTORE}"
        )
    fill(model, path)
    return described


def fill(model: "nn.Module", path: Path) -> None:
    """Put a file of weights into ``model`` (float32, evaluation mode); InputError if they do not fit."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        loaded = load_file(path)
    except SafetensorError as error:
        raise InputError(f"{path.name} holds no weights: {error}.") from error
    state = {
        name: tensor.float() if tensor.dtype == torch.float16 else tensor
        for name, tensor in loaded.items()
    }
    try:
        names = model.load_state_dict(state, strict=False)
    except RuntimeError as error:  # a tensor of another shape
        raise InputError(f"{path.name} does not fit its card's architecture.") from error
    filled = {name for name, tensor in model.state_dict().items() if tensor.numel()}
    odd = sorted({*names.unexpected_keys, *(filled & set(names.missing_keys))})
    if odd:
        raise InputError(
            f"{path.name} does not fit its card's architecture ({', '.join(odd[:5])})."
        )
    model.eval().requires_grad_(False)


def of_kind(id: str, kind: str) -> Card:
    """The card of checkpoint ``id``; InputError if there is none or it is of another ``kind``."""
    described = card(id)
    if described.kind != kind:
        raise InputError(f"Checkpoint {id!r} is a {described.kind}, not a {kind}.")
    return described


def _install(write: Callable[[Path], object], card: Card, replace: bool) -> Card:
    """Put what ``write`` writes under the card's id; return the card with its fingerprint."""
    folder().mkdir(parents=True, exist_ok=True)
    path = _weights(card.id)
    with whole_file(path) as temporary:
        write(temporary)
        written = fingerprint(temporary)
        if path.exists() and fingerprint(path) != written:
            check_free(card.id, replace=replace)
            _keep_earlier(card.id)
    card = Card(**{**asdict(card), "fingerprint": written})
    write_card(card)
    return card


def _weights(id: str) -> Path:
    return folder() / f"{id}.safetensors"


def _write_weights(model: "nn.Module", path: Path) -> None:
    from safetensors.torch import save_file

    state = {
        name: tensor.detach().half().contiguous()
        if tensor.is_floating_point() and tensor.numel() >= HALF_FROM
        else tensor.detach().clone().contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.numel()
    }
    save_file(state, path)


def _keep_earlier(id: str) -> None:
    """Give weights and card another name; the card is written last, and tells what replaced them."""
    earlier_id = earlier_id_of(id)
    try:
        earlier = card(id)
    except InputError:  # weights without a card cannot be decoded with, but are nobody's to delete
        earlier = None
    path = _weights(id)
    with whole_file(_weights(earlier_id)) as temporary:
        temporary.write_bytes(path.read_bytes())
    if earlier is not None and earlier.fingerprint == fingerprint(path):
        write_card(replace(earlier, id=earlier_id, chosen=False, replaced_by=id))


def _paths() -> list[Path]:
    return sorted(folder().glob("*.json"))


def _card_or_error(path: Path) -> Card | InputError:
    try:
        return _read_card(path)
    except InputError as error:
        return error


def _read_card(path: Path) -> Card:
    try:
        read = Card(**json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"{path.name} is not the card of a checkpoint: {error}. {RESTORE}"
        ) from error
    wrong = [name for name, types in _TYPES.items() if not isinstance(getattr(read, name), types)]
    if isinstance(read.gamma, float) and not math.isfinite(read.gamma):
        wrong.append("gamma")
    if wrong or read.id != path.stem:
        wrong = wrong or ["id"]
        raise InputError(f"The card {path.name} has an unusable {', '.join(wrong)}. {RESTORE}")
    return read


if __name__ == "__main__":  # `adopt` knows the networks, which know this module
    runpy.run_module("core.adoption", run_name="__main__", alter_sys=True)
