"""Rows of the tables done again, here and now, from the shipped weights, beside what the tables say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core import checkpoints
from core.codec.loading import load_codec
from core.errors import InputError
from core.evaluation.measuring.cases import Case, cases
from core.evaluation.measuring.coding import classic, learned
from core.evaluation.measuring.pictures import Pictures, gallery, labelled_faces
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.table import CURVE
from core.evaluation.results.curves import select
from core.expressions import EXPRESSIONS
from core.folders import data_folder
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
class Point:
    """One operating point of the table, and who can measure it again."""

    case: Case
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


def points(
    rows: pd.DataFrame, data: str = "gallery", methods: Sequence[str] | None = None
) -> list[Point]:
    """The operating points of a data set that the weights here can do again, by case and quality index.

    ``rows`` as ``read_results`` gives them; those of weights that do not ship are passed over.
    ``methods``: methods or checkpoint ids, by default all.
    """
    there = rows[(rows["data"] == data) & (rows["split"] == "test") & rows["shipped"]]
    operating_points = []
    for case in cases(methods):
        wanted = {name: getattr(case, name) for name in CURVE}
        part = select(there, **wanted)
        for quality_index, at_index in part.groupby("quality_index", dropna=False, sort=True):
            native = bool((at_index["coded_height"] < at_index["height"]).any())
            operating_points.append(Point(case, data, float(quality_index), at_index, native))
    return operating_points


def spread(operating_points: Sequence[Point], count: int) -> list[Point]:
    """Of every case ``count`` points, evenly over its range, both ends among them."""
    by_case: dict[str, list[Point]] = {}
    for point in operating_points:
        by_case.setdefault(point.case.name, []).append(point)
    return [
        group[i]
        for group in by_case.values()
        for i in np.unique(np.linspace(0, len(group) - 1, max(count, 1)).round().astype(int))
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
    parts = []
    for first in range(0, count, size):
        if progress:
            progress(first, count, f"{point.case.name}, {first} of {count} pictures")
        with one_thread():
            parts.append(_now(point, pictures.part(first, min(first + size, count))))
    if progress:
        progress(count, count, f"{point.case.name}, {count} pictures")
    now = pd.concat(parts, ignore_index=True)
    return Recomputed(point, _beside(now, point.rows, tolerance))


def recompute_here(
    point: Point,
    data: str,
    count: int,
    *,
    tolerance: int = 0,
    progress: Progress | None = None,
) -> Recomputed:
    """:func:`recompute` on this machine's own pictures of a data set, ``gallery`` or ``fer2013``.

    Raises InputError where they are not here.
    """
    pictures = gallery() if data == "gallery" else labelled_faces(data_folder(None), "test")
    if pictures is None:
        raise InputError(f"There is no gallery in {checkpoints.folder()}.")
    return recompute(point, pictures, count, tolerance=tolerance, progress=progress)


def _now(point: Point, pictures: Pictures) -> pd.DataFrame:
    """What these pictures cost and what is read on them, here and now."""
    case = point.case
    if case.codec is not None:
        codec, card = load_codec(case.codec)
        (coded,) = learned(codec, card.fingerprint, pictures, [int(point.quality_index)])
        decoded, sizes = coded.pictures, coded.file_bytes
    elif case.method in CLASSICAL:
        # one sheet at a time: the whole set's number of the sheet plays no part here
        (coded,) = classic(
            case.method, replace(pictures, first=0), point.native, [point.quality_index]
        )
        decoded, sizes = coded.pictures, coded.file_bytes
    else:
        decoded, sizes = list(pictures.judged), np.full(len(pictures), np.nan)
    classifier, _ = load_classifier(case.classifier)
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
