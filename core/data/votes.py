"""FER+: ten people's votes for each face of FER2013, as a label and as shares.

Barsoum, Zhang, Canton Ferrer and Zhang, "Training Deep Networks for Facial Expression Recognition with
Crowd-Sourced Label Distribution", ICMI 2016.  FER2013's own label is one search engine's; the votes
tell what people see.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.expressions import EXPRESSIONS

_COLUMNS = {
    "anger": "angry", "disgust": "disgust", "fear": "fear", "happiness": "happy",
    "sadness": "sad", "surprise": "surprise", "neutral": "neutral",
}  # fmt: skip
_FOREIGN = ("contempt", "unknown", "NF")
"""What people could vote for beside the seven expressions; NF: not a face."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes for faces: ``counts`` (n, 7), in the order of ``EXPRESSIONS``, and ``foreign`` (n, 3).

    Rows of faces that nobody was asked about are zero in both.
    """

    counts: np.ndarray
    foreign: np.ndarray

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def shares(self) -> np.ndarray:
        """Share (n, 7) of each expression among the votes for the seven; NaN where there is none.

        A single vote against the others' is left out, as in the source, unless it is all there is.
        """
        counts = self._without_single_votes()[:, : len(EXPRESSIONS)]
        total = counts.sum(axis=1, keepdims=True)
        return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)

    @property
    def majority(self) -> np.ndarray:
        """Index (n,) into ``EXPRESSIONS`` of what more than half of the votes name; else -1.

        Single votes are left out first (the source's rule).  -1 stands for no majority, for one that
        is contempt, unknown or no face, and for faces that nobody was asked about.
        """
        counts = self._without_single_votes()
        total, most = counts.sum(axis=1), counts.max(axis=1)
        leader = counts.argmax(axis=1)
        clear = (2 * most > total) & (leader < len(EXPRESSIONS))
        return np.where(clear, leader, -1)

    def _without_single_votes(self) -> np.ndarray:
        counts = np.concatenate([self.counts, self.foreign], axis=1).astype(float)
        agreed = np.where(counts > 1, counts, 0)
        return np.where(agreed.sum(axis=1, keepdims=True) > 0, agreed, counts)


def votes_file(path: str | Path) -> Path:
    """The table of votes: ``path`` itself, or where it lies in a folder; InputError without one."""
    path = Path(path)
    path = path / "ferplus" if (path / "ferplus").is_dir() else path
    path = path / "votes.csv" if path.is_dir() else path
    if not path.is_file():
        raise InputError(f"There are no FER+ votes at {path}: leave out what asks for them.")
    return path


def read_votes(path: str | Path, names: np.ndarray) -> Votes:
    """The votes of ``votes.csv`` (or of the folder ``ferplus`` that holds it) for faces ``names``.

    ``names``: file names as in FER2013's archive, in the order of the result.  Raises InputError for
    a table that lacks a column, a count that is not a whole number, and names without any votes.
    """
    path = votes_file(path)
    order = [next(c for c, ours in _COLUMNS.items() if ours == name) for name in EXPRESSIONS]
    known: dict[str, list[int]] = {}
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        missing = [c for c in ("image", *order, *_FOREIGN) if c not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"{path} is no table of FER+ votes: it lacks {', '.join(missing)}.")
        for number, row in enumerate(rows, start=2):
            try:
                counts = [int(row[column]) for column in (*order, *_FOREIGN)]
            except (TypeError, ValueError):
                raise InputError(f"{path}, line {number}: votes are whole numbers.") from None
            if min(counts) < 0:
                raise InputError(f"{path}, line {number}: votes are not negative.")
            known[row["image"]] = counts
    nobody = [0] * (len(order) + len(_FOREIGN))
    votes = np.array([known.get(str(name), nobody) for name in names], dtype=np.int64)
    votes = votes.reshape(len(names), len(nobody))
    if len(names) and not votes.any():
        raise InputError(f"{path} holds no votes for these faces (first: {names[0]}).")
    return Votes(votes[:, : len(order)], votes[:, len(order) :])
