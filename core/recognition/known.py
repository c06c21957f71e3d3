"""All classifiers that are here: ours, strangers, and a user's own; one list, one way to load them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core import checkpoints
from core.errors import InputError
from core.recognition import strangers
from core.recognition.contract import OURS, STRANGER, Classifier

if TYPE_CHECKING:  # the list is read without loading torch
    from torch import nn

BASE = "base"
"""Our classifier that was trained on originals: who reads unless somebody else is named."""


@dataclass(frozen=True, slots=True)
class Known:
    """A classifier that can be loaded: its id in tables, its title on screen, its kind."""

    id: str
    title: str
    kind: str
    fingerprint: str


def known_classifiers(*, every: bool = False) -> list[Known]:
    """The base classifier, then the strangers; with ``every`` also our other classifiers.

    Our other classifiers were tuned to one codec each and read only its pictures in the tables.
    """
    ours = [
        Known(card.id, _title(card.id), OURS, card.fingerprint)
        for card in checkpoints.cards("classifier")
        if every or card.id == BASE
    ]
    others = [Known(c.id, c.title, STRANGER, c.fingerprint) for c in strangers.cards()]
    return sorted(ours, key=lambda known: known.id != BASE) + others


def find_classifier(
    id: str, load: Callable[[str], tuple["nn.Module", checkpoints.Card]] | None = None
) -> Classifier:
    """The classifier ``id`` of :func:`known_classifiers`; InputError with the known ids else.

    ``load`` gives the network of one of ours, for whoever has it already.
    """
    for card in strangers.cards():
        if card.id == id:
            return strangers.load_stranger(card)
    known = {each.id: each for each in known_classifiers(every=True)}
    if id not in known:
        raise InputError(f"There is no classifier {id!r}. Known: {', '.join(known) or 'none'}.")
    if load is None:
        from core.recognition.loading import load_classifier as load

    classifier, card = load(id)
    return Classifier(
        id, known[id].title, OURS, card.fingerprint, partial(_read_by_ours, classifier)
    )


def title(id: str) -> str:
    """What a classifier is called on screen; its id where it is not here."""
    return {each.id: each.title for each in known_classifiers(every=True)}.get(id, id)


def described(id: str) -> str:
    """Who reads, in words that stand beside every reading."""
    if id == BASE:
        return "the base classifier"
    if any(card.id == id for card in checkpoints.cards("classifier")):
        return f"the classifier {id}"
    return title(id)


def _title(id: str) -> str:
    return "our classifier" if id == BASE else f"our classifier {id}"


def _read_by_ours(classifier, faces: np.ndarray) -> np.ndarray:
    import torch

    from core.recognition.classifier import predict

    x = torch.from_numpy(np.ascontiguousarray(faces)).permute(0, 3, 1, 2).float() / 255
    return predict(classifier, x).numpy()
