"""Does again what other classifiers were said to read: the same file made anew, decoded, and shown to them.

Classical codecs are left out (64 faces share a file, so that a few faces cannot be done again alone), and
so are files whose encoder looked at a classifier.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.cases import Case, cases
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.readings import read_readings
from core.evaluation.measuring.rereading import read_pictures_of
from core.methods import CLASSICAL
from core.recognition import find_classifier

TOLERANCE = 0.02
"""Difference in probability that another processor may make."""


@dataclass(frozen=True, slots=True)
class SecondReading:
    """What came of one table's rows by one classifier: pictures read again, and those that differ."""

    table: str
    classifier: str
    pictures: int
    different: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every picture was read as the table says."""
        return not self.different


def read_again(
    pictures: Pictures, images: int = 4, points: int = 2, folder: Path | None = None
) -> list[SecondReading]:
    """The first ``images`` pictures of every table of readings at ``points`` of its qualities.

    Empty where nobody else read any of ``pictures``.
    """
    readings = read_readings(folder)
    readings = readings[(readings["data"] == pictures.data) & (readings["split"] == pictures.split)]
    outcomes = []
    for case in _cases():
        rows = _of(case, readings)
        held = [i for i, name in enumerate(pictures.names) if name in set(rows["image"])][:images]
        for id, part in rows.groupby("reader", observed=True):
            if held:
                chunks = [pictures.part(i, i + 1) for i in held]
                outcomes.append(_again(case, str(id), part, chunks, points))
    return outcomes


def _cases() -> list[Case]:
    try:
        every = cases()
    except InputError:
        return []
    once = {(case.method, case.codec): case for case in reversed(every)}
    return [case for case in reversed(once.values()) if case.method not in CLASSICAL]


def _of(case: Case, readings: pd.DataFrame) -> pd.DataFrame:
    same = readings["method"] == case.method
    for name, value in (("gamma", case.gamma), ("seed", case.seed)):
        column = readings[name].astype("Float64")
        same &= column.isna() if pd.isna(value) else (column - value).abs().fillna(1) < 1e-6
    return readings[same]


def _again(
    case: Case, id: str, rows: pd.DataFrame, chunks: list[Pictures], points: int
) -> SecondReading:
    indices = sorted(rows["quality_index"].dropna().unique()) or [np.nan]
    places = np.unique(np.linspace(0, len(indices) - 1, points).round().astype(int))
    chosen = [float(indices[i]) for i in places]
    classifier = find_classifier(id)
    different, count = [], 0
    for chunk in chunks:
        now = read_pictures_of(case, chunk, chosen, [classifier])
        then = rows[rows["image"] == chunk.names[0]]
        for row in now.itertuples():
            count += 1
            key = then["quality_index"].fillna(-1) == np.nan_to_num(row.quality_index, nan=-1.0)
            if not _same(row, then[key]):
                different.append(f"{row.image} at {row.quality_index:g}")
    return SecondReading(case.name, id, count, tuple(different))


def _same(now, then: pd.DataFrame) -> bool:
    """Whether a reading is the table's; near a tie another processor may name the other class."""
    if len(then) != 1:
        return False
    row = then.iloc[0]
    if pd.isna(row["p_true"]) or pd.isna(now.p_true):
        return str(row["prediction"]) == now.prediction
    return abs(float(row["p_true"]) - float(now.p_true)) <= TOLERANCE
