"""Checks what ships: weights against their cards, tables and studies against their sidecars."""

from dataclasses import dataclass
from pathlib import Path

from core import checkpoints
from core.clip_documents import read_shipped, shipped_paths
from core.errors import InputError
from core.evaluation.measuring.table import read_provenance, table_paths


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one file is the one that was described; ``text`` says what was found."""

    file: str
    passed: bool
    text: str


def check_files(results: Path | None = None) -> list[Check]:
    """Every weights file against its card, every table against its sidecar and the cards.

    The weights' SHA-256 must be the card's, the table's the sidecar's; a table of shipped weights
    must have been made with the weights that are here, and so must the shipped study of clips.
    Reads each file once: under a second.
    """
    checks = []
    cards: dict[str, checkpoints.Card] = {}
    for path in sorted(checkpoints.folder().glob("*.json")):
        try:
            card = checkpoints.card(path.stem)
        except InputError as error:
            checks.append(Check(path.name, False, str(error)))
            continue
        cards[card.id] = card
        checks.append(_check_weights(card))
    if not cards:
        checks.append(
            Check(checkpoints.folder().name, False, "It holds no checkpoint that can be read.")
        )
    for path in sorted(checkpoints.folder().glob("*.safetensors")):
        if not path.with_suffix(".json").is_file():
            checks.append(Check(path.name, False, "It has no card."))
    for path in table_paths(results):
        checks.append(_check_table(path, cards))
    for path in shipped_paths():
        if path.is_file():
            checks.append(_check_study(path, cards))
    return checks


def _check_weights(card: checkpoints.Card) -> Check:
    path = checkpoints.folder() / f"{card.id}.safetensors"
    if not path.is_file():
        return Check(path.name, False, "The weights are missing beside their card.")
    if checkpoints.fingerprint(path) != card.fingerprint:
        return Check(path.name, False, "Its SHA-256 is not the one on its card.")
    return Check(path.name, True, f"SHA-256 {card.fingerprint[:12]} … as its card says.")


def _check_table(path: Path, cards: dict[str, checkpoints.Card]) -> Check:
    try:
        provenance = read_provenance(path)
    except InputError as error:
        return Check(path.name, False, str(error))
    if not provenance.sha256:
        return Check(path.name, False, "Its sidecar names no SHA-256; write the table again.")
    if checkpoints.fingerprint(path) != provenance.sha256:
        return Check(path.name, False, "Its SHA-256 is not the one in its sidecar.")
    if not provenance.shipped:
        return Check(path.name, True, "As its sidecar says; its weights do not ship.")
    if other := _other_weights(provenance.checkpoints, cards):
        return Check(path.name, False, f"It was made with other weights of {', '.join(other)}.")
    return Check(path.name, True, f"SHA-256 {provenance.sha256[:12]} … as its sidecar says.")


def _check_study(path: Path, cards: dict[str, checkpoints.Card]) -> Check:
    name = f"{path.parent.name}/{path.name}"
    try:
        document = read_shipped(path)
    except InputError:
        return Check(name, False, "It names no clips and weights that could be checked.")
    clips, weights = document.clips, document.weights
    ships = any(path.with_name(file).is_file() for file in clips)
    for file, sha256 in clips.items() if ships else ():
        clip = path.with_name(file)
        if not clip.is_file() or checkpoints.fingerprint(clip) != sha256:
            return Check(name, False, f"{file} is not the clip that was measured.")
    if other := _other_weights(weights, cards):
        return Check(name, False, f"It was made with other weights of {', '.join(other)}.")
    unshipped = "" if ships else ", which do not ship,"
    return Check(
        name, True, f"Its {len(clips)} clips{unshipped} and {len(weights)} weights are those named."
    )


def _other_weights(named: dict[str, str], cards: dict[str, checkpoints.Card]) -> list[str]:
    """Ids of weights that are not here as they were named (id -> fingerprint)."""
    return [id for id, print in named.items() if id not in cards or cards[id].fingerprint != print]
