"""A study of clips and what it still says at every rate: the one that ships, or one brought along.

The shipped study is a cohort of rendered people (:mod:`core.synthetic.rendered_people`) with what
``python -m core.bridge drift`` wrote about it, in ``checkpoints/cohort``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import checkpoints
from core.bridge.conclusion import COLUMNS, LEVEL
from core.clip_documents import cohort_conclusion, read_document
from core.errors import InputError

_NUMBERS = (
    "gamma", "setting", "bits_per_face", "bits_per_second", "n", "effect", "low", "high", "p_value",
    "p_adjusted", "original_effect", "original_p_adjusted",
)  # fmt: skip
_NAMED = 3
"""Units that are named one by one in a sentence; more are counted."""
_NO_STUDY = (
    "is not what `python -m core.bridge drift CLIPS --labels labels.csv --json OUT.json` writes"
)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """``conclusion``: the rows of :data:`core.bridge.conclusion.COLUMNS`; NaN where nothing is known.

    ``clips``: how many; ``stale``: ids of weights that it was measured with and that are no longer
    the ones here.
    """

    conclusion: pd.DataFrame
    clips: int
    command: str
    version: str
    stale: tuple[str, ...]

    @property
    def different_units(self) -> tuple[str, ...]:
        """Measures in which the groups differ in the uncompressed clips, corrected p under 0.05."""
        there = self.conclusion["original_p_adjusted"] < LEVEL
        return tuple(dict.fromkeys(self.conclusion.loc[there, "unit"]))


def shipped_study() -> Study:
    """The study that ships; InputError, with the commands that make one, where there is none."""
    path = cohort_conclusion()
    if not path.is_file():
        raise InputError(
            f"There is no study in {path.parent.name}. Make one: python -m core.synthetic cohort "
            "checkpoints/cohort, then python -m core.bridge drift checkpoints/cohort --labels "
            f"checkpoints/cohort/labels.csv --brief --json checkpoints/cohort/{path.name}."
        )
    return read_study(path.read_bytes(), path.name)


def read_study(content: bytes, name: str) -> Study:
    """A document with a conclusion; InputError, naming the file and what is wrong, for another."""
    try:
        document = read_document(content, name)
        rows = document.content["conclusion"]
    except (InputError, KeyError):
        raise InputError(f"{name} {_NO_STUDY}.") from None
    if rows is None:
        raise InputError(f"{name} compares no groups: measure the clips again with --labels.")
    try:
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        table = table.astype(dict.fromkeys(_NUMBERS, np.float64))
    except (ValueError, TypeError):
        raise InputError(f"{name} {_NO_STUDY}.") from None
    if table.empty or table[["name", "method", "unit", "verdict"]].isna().any(axis=None):
        raise InputError(f"{name} holds no complete row of a conclusion.")
    here = {card.id: card.fingerprint for card in checkpoints.cards()}
    stale = tuple(id for id, print in document.weights.items() if here.get(id) != print)
    return Study(table, len(document.clips), document.command, document.version, stale)


def least_rates(conclusion: pd.DataFrame, units: tuple[str, ...]) -> pd.DataFrame:
    """One row a codec: the lowest rate from which on, upwards, the study says the same of ``units``.

    The same: each of them that differs between the groups in the uncompressed clips still does, with
    the same sign, and no other does.  Columns ``name, method, gamma, setting, bits_per_face,
    bits_per_second, why``; NaN where even the highest rate says something else, ``why`` tells what
    changes below.
    """
    conclusions = conclusion[conclusion["unit"].isin(units)]
    return pd.DataFrame([_least(part) for _, part in conclusions.groupby("name", sort=False)])


def _least(codec: pd.DataFrame) -> dict:
    lowest = {key: codec[key].iloc[0] for key in ("name", "method", "gamma")}
    best, why = None, "its lowest rate still says the same"
    rates = codec.drop_duplicates("setting").sort_values("bits_per_face", ascending=False)
    for _, rate in rates.iterrows():
        here = codec[codec["setting"] == rate["setting"]]
        changed = here[here["verdict"].isin(["lost", "turned", "invented", "unknown"])]
        if len(changed):
            why = "; ".join(_changes(units, v) for v, units in changed.groupby("verdict")["unit"])
            break
        best = rate
    costs = ("setting", "bits_per_face", "bits_per_second")
    return lowest | {key: np.nan if best is None else best[key] for key in costs} | {"why": why}


def _changes(units: pd.Series, verdict: str) -> str:
    """``AU12 is lost``, ``17 units can no longer be compared``."""
    named = ", ".join(units) if len(units) <= _NAMED else f"{len(units)} units"
    if verdict == "unknown":
        return f"{named} can no longer be compared"
    return f"{named} {'is' if len(units) == 1 else 'are'} {verdict}"
