"""A user's own classifier on the shipped faces' files: read anew, kept nowhere."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import Pictures, gallery
from core.evaluation.measuring.readings import as_rows
from core.evaluation.measuring.rereading import read_pictures_of, table_rows
from core.progress import Progress
from core.recognition.contract import Classifier
from core.recognition.own import own_classifier

SHOWN = ("original", "baseline", "joint", "jpeg")
POINTS = 5


def read_gallery(
    content: bytes,
    described: bytes,
    name: str,
    *,
    methods: Sequence[str] = SHOWN,
    points: int = POINTS,
    progress: Progress,
) -> pd.DataFrame:
    """Rows of results of the gallery as the ONNX file ``content`` reads them, for curves.

    ``described``: its JSON; ``name`` titles it.  Of every method that was measured on the gallery at
    most ``points`` qualities.  Raises InputError, in one sentence, where the two do not fit.
    """
    classifier = own_classifier(content, described, name)
    pictures = gallery()
    if pictures is None:
        raise InputError("There are no shipped faces here that it could read.")
    parts, tables = [], []
    chosen = [case for case in cases() if case.method in methods]
    chosen = list({(case.method, case.gamma): case for case in reversed(chosen)}.values())[::-1]
    for done, case in enumerate(chosen):
        rows = table_rows(case)
        if rows is None or pictures.data not in set(rows["data"]):
            continue
        rows = rows[(rows["data"] == pictures.data) & (rows["split"] == pictures.split)]
        share = (done, len(chosen))
        parts.append(_read(case, rows, pictures, classifier, points, share, progress))
        tables.append(rows.assign(shipped=True))
    if not parts:
        raise InputError("The tables hold no shipped faces that it could read.")
    readings, there = (pd.concat(each, ignore_index=True) for each in (parts, tables))
    return as_rows(there, readings, classifier.id)


def _read(
    case,
    rows: pd.DataFrame,
    pictures: Pictures,
    classifier: Classifier,
    points: int,
    share: tuple[int, int],
    progress: Progress,
) -> pd.DataFrame:
    """What ``classifier`` reads on the files of one table; ``share``: cases that are done, of how many."""
    indices = sorted(rows["quality_index"].dropna().unique()) or [np.nan]
    places = np.unique(np.linspace(0, len(indices) - 1, points).round().astype(int))
    chosen = [float(indices[i]) for i in places]
    frames, done = [], 0
    for chunk in pictures.chunks(pixels=2**19):
        frames.append(read_pictures_of(case, chunk, chosen, [classifier]))
        done += len(chunk)
        progress(share[0] + done / len(pictures), share[1], f"reading {case.name}")
    return pd.concat(frames, ignore_index=True).assign(
        data=pictures.data, split=pictures.split, method=case.method, gamma=case.gamma,
        seed=pd.array([case.seed] * sum(map(len, frames)), dtype="Int16"),
    )  # fmt: skip
