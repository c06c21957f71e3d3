"""Strangers: classifiers that ship here but that nobody here trained, from the files of their packages.

A codec trained through our classifier may please that classifier alone.  Strangers took no part in any
training, so what they still read was kept in the picture.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np

from core import checkpoints
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition.contract import STRANGER, Classifier, in_our_order, luma


@dataclass(frozen=True)
class StrangerCard:
    """Where a stranger comes from.  ``files``: name -> SHA-256; ``classes`` in the order of its output."""

    id: str
    title: str
    runtime: str  # litert or face-api
    package: str
    version: str
    registry: str
    url: str
    licence: str
    trained_on: str
    classes: tuple[str, ...]
    files: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights."""
        return next(iter(self.files.values()))


def folder() -> Path:
    """The folder of the strangers' weights and cards, beside our checkpoints."""
    return checkpoints.folder() / "strangers"


def ids() -> list[str]:
    """Ids of the strangers that are here; none where the folder is missing."""
    names = [path.stem for path in sorted(folder().glob("*.json"))]
    return [name for name in names if not name.endswith("-weights")]


def cards() -> list[StrangerCard]:
    """The strangers that are here, by id."""
    return [_read_card(folder() / f"{id}.json") for id in ids()]


def load_stranger(card: StrangerCard) -> Classifier:
    """The classifier of a card; InputError where its files are missing or others than it describes."""
    contents = {name: _content(name, sha256) for name, sha256 in card.files.items()}
    read = _RUNTIMES[card.runtime](card, contents)
    return Classifier(card.id, card.title, STRANGER, card.fingerprint, read)


def differentiable(card: StrangerCard):
    """The torch network of a stranger that has one: (B, 3, H, W) in 0..1 -> logits in our order.

    For an encoder that looks at its classifier.  Raises InputError for a stranger without a torch network.
    """
    if card.runtime != "face-api":
        raise InputError(f"{card.title} has no gradient here: aim at another classifier.")
    network = _face_api_network(card, {n: _content(n, sha) for n, sha in card.files.items()})
    order = [card.classes.index(name) for name in EXPRESSIONS]
    return lambda x: network(x)[:, order]


def _litert(card: StrangerCard, contents: dict[str, bytes]):
    """Reads a 64x64 grey face at a time, (x / 255 - 0.5) * 2, as the package ``fer`` does."""
    from core.litert import Model

    model, alone = Model(next(iter(contents.values()))), Lock()

    def read(faces: np.ndarray) -> np.ndarray:
        outputs = []
        with alone:  # an interpreter is not to be shared between threads
            for grey in (luma(faces) / 255 - 0.5) * 2:
                model.input[:] = grey[None, :, :, None]
                outputs.append(model.run()[0][0])
        return in_our_order(np.stack(outputs), card.classes)

    return read


def _face_api(card: StrangerCard, contents: dict[str, bytes]):
    return partial(_read_by_network, _face_api_network(card, contents), card.classes)


def _face_api_network(card: StrangerCard, contents: dict[str, bytes]):
    from core.recognition.face_api import load_network

    manifest = next(n for n in contents if n.endswith(".json"))
    weights = next(n for n in contents if n.endswith(".bin"))
    return load_network(contents[manifest], contents[weights])


def _read_by_network(network, classes: tuple[str, ...], faces: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(faces)).permute(0, 3, 1, 2).float() / 255
        return in_our_order(network(x).softmax(dim=1).numpy(), classes)


_RUNTIMES = {"litert": _litert, "face-api": _face_api}


def _content(name: str, sha256: str) -> bytes:
    path = folder() / name
    if not path.is_file():
        raise InputError(f"The weights {name} of a stranger are missing beside their card.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            f"{name} is not the file that its card describes (SHA-256 differs): "
            f"it is damaged or was exchanged. {checkpoints.RESTORE}"
        )
    return content


def _read_card(path: Path) -> StrangerCard:
    try:
        values = json.loads(path.read_text())
        card = StrangerCard(**{**values, "classes": tuple(values["classes"])})
    except (json.JSONDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not the card of a stranger: {error}") from error
    if sorted(card.classes) != sorted(EXPRESSIONS) or card.runtime not in _RUNTIMES:
        raise InputError(f"{path.name} names classes or a runtime that are not known here.")
    return card
