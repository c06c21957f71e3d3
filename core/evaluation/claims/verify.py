"""Checks what ships: the files against their cards and sidecars, and rows of the table by doing them
again, now, from the shipped weights.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.codec.loading import load_codec
from core.errors import InputError
from core.evaluation.measuring.cases import Subject, subjects
from core.evaluation.measuring.coding import classic, learned
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.table import CURVE, read_provenance, results_folder
from core.evaluation.results.curves import select
from core.expressions import EXPRESSIONS
from core.methods import CLASSICAL
from core.progress import Progress
from core.recognition import load_classifier, read_pictures

SAME, ROUNDING, DIFFERS, OTHER = "same", "rounding", "differs", "other pixels"
"""What became of a row.  ``rounding``: within the tolerance; another processor's floating point can
move a latent over the border between two integers.  ``other pixels``: the picture here is not the
one that was measured, so its row says nothing about it."""

NEAR_TIE = 0.02
"""Two expressions whose probabilities are nearer than this may change places on another processor."""

SHEET = 64
"""Faces on a sheet of a classical codec, which can only be coded again together.  Learned codecs take
as many at a time, as they did for the table: batches of another size are rounded otherwise."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one file is the one that was described; ``text`` says what was found."""

    file: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """One operating point of the table, and who can measure it again."""

    subject: Subject
    data: str
    quality_index: float
    rows: pd.DataFrame  # of the table, in its order
    native: bool  # classical codecs: faces were coded as their data set stores them


@dataclass(frozen=True, slots=True, eq=False)
class Recomputed:
    """One point done again.

    ``rows``: one a picture; ``image``, ``state`` (one of the four above), ``bytes`` and
    ``prediction`` now, ``table_bytes`` and ``table_prediction``, ``margin`` between the two most
    likely expressions now.
    """

    point: Point
    rows: pd.DataFrame

    def count(self, state: str) -> int:
        """Pictures in that state."""
        return int((self.rows["state"] == state).sum())

    @property
    def passed(self) -> bool:
        """Whether no row differs."""
        return self.count(DIFFERS) == 0


# -- files ----------------------------------------------------------------------------------------


def check_files(results: Path | None = None) -> list[Check]:
    """Every weights file against its card, every table against its sidecar and the cards.

    The weights' SHA-256 must be the card's, the table's the sidecar's; a table of shipped weights
    must have been made with the weights that are here, and so must the shipped study of clips.
    Reads each file once: under a second.
    """
    found = []
    cards: dict[str, checkpoints.Card] = {}
    for path in sorted(checkpoints.folder().glob("*.json")):
        try:
            card = checkpoints.card(path.stem)
        except InputError as error:
            found.append(Check(path.name, False, str(error)))
            continue
        cards[card.id] = card
        found.append(_check_weights(card))
    for path in sorted(checkpoints.folder().glob("*.safetensors")):
        if not path.with_suffix(".json").is_file():
            found.append(Check(path.name, False, "It has no card."))
    for path in sorted((results or results_folder()).glob("*.parquet")):
        found.append(_check_table(path, cards))
    for name in ("conclusion.json", "drift.json"):
        for path in sorted(checkpoints.folder().glob(f"*/{name}")):
            found.append(_check_study(path, cards))
    return found


def _check_weights(card: checkpoints.Card) -> Check:
    path = checkpoints.folder() / f"{card.id}.safetensors"
    if not path.is_file():
        return Check(path.name, False, "The weights are missing beside their card.")
    if checkpoints.fingerprint(path) != card.fingerprint:
        return Check(path.name, False, "Its SHA-256 is not the one on its card.")
    return Check(path.name, True, f"SHA-256 {card.fingerprint[:12]} … as its card says.")


def _check_table(path: Path, cards: dict[str, checkpoints.Card]) -> Check:
    try:
        made = read_provenance(path)
    except InputError as error:
        return Check(path.name, False, str(error))
    if not made.sha256:
        return Check(path.name, False, "Its sidecar names no SHA-256; write the table again.")
    if checkpoints.fingerprint(path) != made.sha256:
        return Check(path.name, False, "Its SHA-256 is not the one in its sidecar.")
    if not made.shipped:
        return Check(path.name, True, "As its sidecar says; its weights do not ship.")
    if other := _other_weights(made.checkpoints, cards):
        return Check(path.name, False, f"It was made with other weights of {', '.join(other)}.")
    return Check(path.name, True, f"SHA-256 {made.sha256[:12]} … as its sidecar says.")


def _check_study(path: Path, cards: dict[str, checkpoints.Card]) -> Check:
    name = f"{path.parent.name}/{path.name}"
    try:
        document = json.loads(path.read_text())
        clips = {clip["file"]: clip["sha256"] for clip in document["clips"]}
        weights = dict(document["weights"])
    except (OSError, ValueError, KeyError, TypeError):
        return Check(name, False, "It names no clips and weights that could be checked.")
    for file, sha256 in clips.items():
        clip = path.with_name(file)
        if not clip.is_file() or checkpoints.fingerprint(clip) != sha256:
            return Check(name, False, f"{file} is not the clip that was measured.")
    if other := _other_weights(weights, cards):
        return Check(name, False, f"It was made with other weights of {', '.join(other)}.")
    return Check(name, True, f"Its {len(clips)} clips and {len(weights)} weights are those named.")


def _other_weights(named: dict[str, str], cards: dict[str, checkpoints.Card]) -> list[str]:
    """Ids of weights that are not here as they were named (id -> fingerprint)."""
    return [id for id, print in named.items() if id not in cards or cards[id].fingerprint != print]


# -- rows -----------------------------------------------------------------------------------------


def points(
    rows: pd.DataFrame, data: str = "gallery", methods: Sequence[str] | None = None
) -> list[Point]:
    """The operating points of a data set that the weights here can do again, by subject and stop.

    ``rows`` as ``read_results`` gives them; those of weights that do not ship are passed over.
    ``methods``: methods or checkpoint ids, by default all.
    """
    there = rows[(rows["data"] == data) & (rows["split"] == "test") & rows["shipped"]]
    found = []
    for subject in subjects(methods):
        wanted = {name: getattr(subject, name) for name in CURVE}
        part = select(there, **wanted)
        for quality_index, at_index in part.groupby("quality_index", dropna=False, sort=True):
            native = bool((at_index["coded_height"] < at_index["height"]).any())
            found.append(Point(subject, data, float(quality_index), at_index, native))
    return found


def spread(found: Sequence[Point], quality_indices: int) -> list[Point]:
    """Of every subject ``quality_indices`` points, evenly over its range, both ends among them."""
    by_subject: dict[str, list[Point]] = {}
    for point in found:
        by_subject.setdefault(point.subject.name, []).append(point)
    return [
        group[i]
        for group in by_subject.values()
        for i in np.unique(
            np.linspace(0, len(group) - 1, max(quality_indices, 1)).round().astype(int)
        )
    ]


def recompute(
    point: Point,
    pictures: Pictures,
    count: int | None = None,
    *,
    tolerance: int = 0,
    progress: Progress | None = None,
) -> Recomputed:
    """Code and classify the first ``count`` pictures again and compare them with their rows.

    ``pictures``: those of the table's data set as they are on this machine.  Small faces are
    taken in whole sheets.  ``tolerance``: bytes by which a file may differ, and with it a
    prediction that is nearly a tie, without being counted as different.
    """
    count = len(pictures) if count is None else min(count, len(pictures))
    size = SHEET if pictures.sheeted else 8
    if pictures.sheeted:
        count = min(-(-count // SHEET) * SHEET, len(pictures))
        if len(pictures) > SHEET:  # a last sheet is filled up with faces from the beginning
            count = count // SHEET * SHEET
    made = []
    for first in range(0, count, size):
        if progress:
            progress(first, count, f"{point.subject.name}, {first} of {count} pictures")
        with one_thread():
            made.append(_now(point, pictures.part(first, min(first + size, count))))
    if progress:
        progress(count, count, f"{point.subject.name}, {count} pictures")
    now = pd.concat(made, ignore_index=True)
    return Recomputed(point, _beside(now, point.rows, tolerance))


def _now(point: Point, pictures: Pictures) -> pd.DataFrame:
    """What these pictures cost and what is read on them, here and now."""
    subject = point.subject
    if subject.codec is not None:
        codec, card = load_codec(subject.codec)
        (coded,) = learned(codec, card.fingerprint, pictures, [int(point.quality_index)])
        decoded, sizes = coded.pictures, coded.file_bytes
    elif subject.method in CLASSICAL:
        # one sheet at a time: the whole set's number of the sheet plays no part here
        (coded,) = classic(
            subject.method, replace(pictures, first=0), point.native, [point.quality_index]
        )
        decoded, sizes = coded.pictures, coded.file_bytes
    else:
        decoded, sizes = list(pictures.judged), np.full(len(pictures), np.nan)
    classifier, _ = load_classifier(subject.classifier)
    probabilities = read_pictures(classifier, decoded)
    best = np.sort(probabilities, axis=1)
    return pd.DataFrame(
        {
            "image": pictures.names,
            "pixels": pictures.md5,
            "bytes": np.asarray(sizes, dtype=np.float32),
            "prediction": [EXPRESSIONS[i] for i in probabilities.argmax(axis=1)],
            "margin": best[:, -1] - best[:, -2],
        }
    )


def _beside(now: pd.DataFrame, table: pd.DataFrame, tolerance: int) -> pd.DataFrame:
    """What is now beside what the table says, picture by picture."""
    columns = {"file_bytes": "table_bytes", "prediction": "table_prediction", "pixels": "measured"}
    said = table.rename(columns=columns)[["image", *columns.values()]]
    said = said.astype({name: object for name in ("image", "table_prediction", "measured")})
    both = now.merge(said, on="image", how="left")
    both["state"] = [_state(row, tolerance) for row in both.to_dict("records")]
    order = ["image", "state", "table_bytes", "bytes", "table_prediction", "prediction", "margin"]
    return both[order]


def _state(row: dict, tolerance: int) -> str:
    if row["pixels"] != row["measured"]:
        return OTHER
    off = abs(row["bytes"] - row["table_bytes"])
    off = 0.0 if math.isnan(row["bytes"]) and math.isnan(row["table_bytes"]) else off
    read = row["prediction"] == row["table_prediction"]
    if off == 0 and read:
        return SAME
    if tolerance and off <= tolerance and (read or row["margin"] < NEAR_TIE):
        return ROUNDING
    return DIFFERS
