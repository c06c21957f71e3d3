"""Codes the pictures behind a results table again and lets other classifiers look at them, resumably.

::

    table -> its pictures and qualities -> the same files again -> decoded -> every classifier -> readings
                                             |
                                             +-> must cost the bytes that the table says
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from core import checkpoints
from core.codec.loading import load_codec
from core.evaluation.measuring.cases import Case
from core.evaluation.measuring.coding import Coded, classic, learned
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.readings import ReadingsCard, write_readings
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.run import measuring_code
from core.evaluation.measuring.table import read_rows, results_folder
from core.expressions import EXPRESSIONS
from core.files import whole_file
from core.folders import state_folder
from core.progress import Progress
from core.recognition import Classifier

ALLOWED_BYTES = 0.05
"""Share of pictures that may cost other bytes than the table says (another processor) before it is said."""


@dataclass(frozen=True, slots=True)
class Read:
    """The readings of one table, and how many of its pictures cost other bytes than it says."""

    name: str
    rows: pd.DataFrame
    pictures: int
    other_bytes: int


def reread(
    case: Case,
    rows: pd.DataFrame,
    pictures: Pictures,
    classifiers: Sequence[Classifier],
    *,
    points: int | None = None,
    progress: Progress | None = None,
) -> Read:
    """What ``classifiers`` say of the pictures of ``case``, whose ``rows`` are those of its table.

    Of the table's quality indices at most ``points``, evenly, both ends among them.  A chunk of
    pictures is kept in the state folder as soon as it is read, so that the same call goes on after an
    interruption; cases of one codec share their chunks.
    """
    rows = rows[(rows["data"] == pictures.data) & (rows["split"] == pictures.split)]
    quality_indices = _quality_indices(rows, points)
    native = bool((rows["coded_height"] < rows["height"]).any())
    parts, done = [], 0
    for chunk in pictures.chunks(pixels=2**18):
        parts.append(_chunk(case, chunk, quality_indices, native, classifiers))
        done += len(chunk)
        if progress:
            progress(done, len(pictures), f"{case.name} on {pictures.data}/{pictures.split}")
    readings = pd.concat(parts, ignore_index=True).assign(
        data=pictures.data,
        split=pictures.split,
        method=case.method,
        gamma=case.gamma,
        seed=pd.array([case.seed] * sum(map(len, parts)), dtype="Int16"),
    )
    return Read(case.name, readings, len(readings), _other_bytes(readings, rows))


def write(
    case: Case,
    parts: Sequence[Read],
    classifiers: Sequence[Classifier],
    *,
    folder: Path | None = None,
    command: str = "",
) -> Path:
    """Write the readings of one case beside its table."""
    card = ReadingsCard(
        version=measuring_code(),
        command=command,
        checkpoints={} if case.codec is None else _codec_print(case),
        readers={classifier.id: classifier.fingerprint for classifier in classifiers},
        faces={},
        notes={"other_bytes": sum(each.other_bytes for each in parts)},
    )
    rows = pd.concat([each.rows for each in parts], ignore_index=True)
    return write_readings(rows, case.name, card, folder)


def table_rows(case: Case, folder: Path | None = None) -> pd.DataFrame | None:
    """The rows of a case's table; None where there is none."""
    path = (folder or results_folder()) / f"{case.name}.parquet"
    return read_rows([path]) if path.is_file() else None


def codings(cases: Sequence[Case]) -> list[Case]:
    """Of cases whose pictures are the same one after the other, so that chunks are shared."""
    return sorted(cases, key=lambda case: str(case.codec or case.method))


def _chunk(
    case: Case,
    chunk: Pictures,
    quality_indices: list[float],
    native: bool,
    classifiers: Sequence[Classifier],
) -> pd.DataFrame:
    """Readings of a chunk by every classifier, from the state folder as far as they are there."""
    paths = {
        classifier.id: _part_path(case, chunk, quality_indices, native, classifier)
        for classifier in classifiers
    }
    missing = [classifier for classifier in classifiers if not paths[classifier.id].exists()]
    if missing:
        tables: dict[str, list[pd.DataFrame]] = {classifier.id: [] for classifier in missing}
        with one_thread():
            for coded in _coded(case, chunk, quality_indices, native):
                for classifier in missing:
                    tables[classifier.id].append(_said(chunk, coded, classifier))
        for id, frames in tables.items():
            paths[id].parent.mkdir(parents=True, exist_ok=True)
            with whole_file(paths[id]) as temporary:
                pd.concat(frames, ignore_index=True).to_parquet(temporary, compression="zstd")
    return pd.concat([pq.read_table(path).to_pandas() for path in paths.values()])


def read_pictures_of(
    case: Case, chunk: Pictures, quality_indices: list[float], classifiers: Sequence[Classifier]
) -> pd.DataFrame:
    """What ``classifiers`` read on files of ``chunk`` made now, whatever is kept; not of sheets."""
    with one_thread():
        frames = [
            _said(chunk, coded, classifier)
            for coded in _coded(case, chunk, quality_indices, native=False)
            for classifier in classifiers
        ]
    return pd.concat(frames, ignore_index=True)


def _said(chunk: Pictures, coded: Coded, classifier: Classifier) -> pd.DataFrame:
    probabilities = classifier.read(coded.pictures)
    return readings_of(chunk.names, chunk.labels, probabilities, classifier.id).assign(
        quality_index=np.float32(coded.quality_index),
        file_bytes=coded.file_bytes.astype(np.float32),
    )


def readings_of(
    names: Sequence[str], labels: Sequence[str | None], probabilities: np.ndarray, classifier: str
) -> pd.DataFrame:
    """``image``, ``reader``, ``prediction`` and ``p_true`` from probabilities (n, 7)."""
    places = np.array([EXPRESSIONS.index(x) if x in EXPRESSIONS else -1 for x in labels])
    true = probabilities[np.arange(len(places)), places.clip(min=0)]
    return pd.DataFrame(
        {
            "image": list(names),
            "reader": classifier,
            "prediction": [EXPRESSIONS[i] for i in probabilities.argmax(axis=1)],
            "p_true": np.where(places >= 0, true, np.nan).astype(np.float32),
        }
    )


def _coded(
    case: Case, chunk: Pictures, quality_indices: list[float], native: bool
) -> Iterator[Coded]:
    if case.codec is not None:
        codec, card = load_codec(case.codec)
        return learned(codec, card.fingerprint, chunk, [int(index) for index in quality_indices])
    if case.method == "original":
        unknown = np.full(len(chunk), np.nan)
        heights = [picture.shape[0] for picture in chunk.judged]
        none = [None] * len(chunk)
        return iter([Coded(np.nan, list(chunk.judged), unknown, unknown, none, heights)])
    return classic(case.method, chunk, native, quality_indices)


def _quality_indices(rows: pd.DataFrame, points: int | None) -> list[float]:
    """Quality indices that were measured on the most pictures; NaN alone for originals."""
    counts = rows.groupby("quality_index")["image"].nunique()
    if counts.empty:
        return [np.nan]
    indices = sorted(float(quality_index) for quality_index in counts.index[counts == counts.max()])
    if points is not None and points < len(indices):
        places = np.linspace(0, len(indices) - 1, points).round().astype(int)
        indices = [indices[i] for i in np.unique(places)]
    return indices


def _other_bytes(readings: pd.DataFrame, rows: pd.DataFrame) -> int:
    """How many decoded pictures cost other bytes than their row in the table says."""
    key = ["image", "quality_index"]
    now = readings.drop_duplicates(key)
    then = rows.drop_duplicates(key).astype({"image": object})
    both = now[[*key, "file_bytes"]].merge(then[[*key, "file_bytes"]], on=key)
    different = (both["file_bytes_x"] - both["file_bytes_y"]).abs() > 0.01
    if different.mean() > ALLOWED_BYTES:
        print(
            f"{different.mean():.0%} of the files have other sizes than the table says: it was "
            "measured with other code, weights or settings.",
            file=sys.stderr,
        )
    return int(different.sum())


def _codec_print(case: Case) -> dict[str, str]:
    return {case.codec: checkpoints.card(case.codec).fingerprint}


def _part_path(
    case: Case, chunk: Pictures, quality_indices: list[float], native: bool, classifier: Classifier
) -> Path:
    coding = _codec_print(case) if case.codec else case.method
    place = f"{chunk.fingerprint}{chunk.names}{chunk.first}{quality_indices}{native}"
    key = f"{coding}{place}{classifier.fingerprint}"
    key = hashlib.sha256(key.encode()).hexdigest()[:16]
    what = case.codec or case.method
    return state_folder() / "readings" / f"{what}-{classifier.id}-{chunk.data}-{key}.parquet"
