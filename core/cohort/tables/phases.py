"""Which frames are in a phase: intervals that may overlap, of one person or of everybody."""

import numpy as np
import pandas as pd

from core.cohort.tables.columns import let_go_of


def phase_mask(frames: pd.DataFrame, events: pd.DataFrame, label: str) -> np.ndarray:
    """True for the frames in a phase by their person's events, or everybody's where they have none.

    ``frames``: columns ``participant, time``.  Starts are inside a phase, ends outside.
    """
    own = set(events["participant"].dropna())
    time = frames["time"].to_numpy()
    mask = np.zeros(len(frames), dtype=bool)
    wanted = events[events["label"] == label]
    shared = wanted[wanted["participant"].isna()]
    by_person = dict(iter(wanted.dropna(subset=["participant"]).groupby("participant")))
    for person, rows in blocks(frames["participant"]):
        log = by_person.get(person) if person in own else shared
        if log is None:
            continue
        for start, end in zip(log["start"], log["end"], strict=True):
            mask[rows] |= (time[rows] >= start) & (time[rows] < end)
        let_go_of(time)
    return mask


def blocks(participant: pd.Series) -> list[tuple[str, slice]]:
    """The person of each run of equal participants, and its rows."""
    column = participant.astype("category")
    codes = column.cat.codes.to_numpy()
    if not len(codes):
        return []
    edges = np.flatnonzero(np.diff(codes)) + 1
    starts, ends = np.r_[0, edges], np.r_[edges, len(codes)]
    names = column.cat.categories.astype(str)
    return [(names[codes[s]], slice(s, e)) for s, e in zip(starts, ends, strict=True)]


def files_of(frames: pd.DataFrame) -> list[tuple[str, str, slice]]:
    """Person, file and rows of each recording, in the order of the frames."""
    return [
        (person, file, slice(of_person.start + own.start, of_person.start + own.stop))
        for person, of_person in blocks(frames["participant"])
        for file, own in blocks(frames["file"].iloc[of_person])
    ]
