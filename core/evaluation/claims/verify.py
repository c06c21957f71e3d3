"""Checks what ships: weights against their cards, tables and studies against their sidecars."""

from dataclasses import dataclass
from pathlib import Path

from core import checkpoints
from core.clip_documents import read_shipped, shipped_paths
from core.errors import InputError
from core.evaluation.measuring import label_codec
from core.evaluation.measuring.readings import read_readings_card, readings_paths
from core.evaluation.measuring.table import read_provenance, table_paths
from core.recognition import known_classifiers, strangers


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
    So must the strangers' files be those of their cards, the mean faces those of theirs, and every
    table of readings its sidecar's, read by the classifiers that are here.  Reads each file once.
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
    checks += _check_strangers()
    checks += [_check_readings(path, cards) for path in readings_paths(results)]
    if label_codec.folder().is_dir():
        checks.append(_check_label(cards))
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


def _check_strangers() -> list[Check]:
    checks = []
    for id in strangers.ids():
        try:
            card = next(card for card in strangers.cards() if card.id == id)
            strangers.load_stranger(card)
        except (InputError, StopIteration) as error:
            checks.append(Check(f"strangers/{id}", False, str(error) or "Its card has another id."))
        else:
            text = f"{len(card.files)} files of {card.package} {card.version} as its card says."
            checks.append(Check(f"strangers/{id}", True, text))
    return checks


def _check_label(cards: dict[str, checkpoints.Card]) -> Check:
    name = f"{label_codec.folder().name}/mean-faces.png"
    try:
        _, card = label_codec.load_label_codec()
    except (InputError, ValueError, KeyError, OSError) as error:
        return Check(name, False, str(error))
    if _other_weights({"base": card["classifier"]}, cards):
        return Check(name, False, "They were made with another base classifier.")
    return Check(name, True, f"SHA-256 {card['fingerprint'][:12]} … as its card says.")


def _check_readings(path: Path, cards: dict[str, checkpoints.Card]) -> Check:
    name = f"{path.parent.name}/{path.name}"
    try:
        card = read_readings_card(path)
    except InputError as error:
        return Check(name, False, str(error))
    if card is None:
        return Check(name, False, "It lacks its sidecar.")
    if checkpoints.fingerprint(path) != card.sha256:
        return Check(name, False, "Its SHA-256 is not the one in its sidecar.")
    fingerprints = {known.id: known.fingerprint for known in known_classifiers(every=True)}
    other = _other_weights(card.checkpoints, cards)
    other += [id for id, print_ in card.readers.items() if fingerprints.get(id) != print_]
    if other:
        return Check(name, False, f"It was made with other weights of {', '.join(other)}.")
    return Check(name, True, f"SHA-256 {card.sha256[:12]} … as its sidecar says.")


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
