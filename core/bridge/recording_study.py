"""Does a study's conclusion survive when its recordings are stored as advised?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.bridge.conclusion import LEVEL, beside, people_of, tests_of
from core.bridge.recording_work import original, stored_table
from core.bridge.recordings import Recording
from core.bridge.store import Store
from core.bridge.work import clip_names
from core.face.units.validation import trusted_units
from core.facs import UNITS
from core.progress import Progress

COLUMNS = (
    "unit", "n", "effect", "low", "high", "p_value", "p_adjusted", "original_effect",
    "original_p_adjusted", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordingStudy:
    """``table``: a row a unit, columns :data:`COLUMNS`, verdicts as in
    :data:`core.bridge.conclusion.COLUMNS`; ``clips``: how many; ``trusted``: validated units.
    """

    recording: Recording
    table: pd.DataFrame
    clips: int
    trusted: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What of the groups' differences survives, by validated units."""
        rows = self.table[self.table["unit"].isin(self.trusted)]
        there = rows[rows["original_p_adjusted"] < LEVEL]
        changed = rows[rows["verdict"].isin(["lost", "turned", "invented", "unknown"])]
        if changed.empty:
            named = ", ".join(there["unit"]) or "none"
            return f"The study says the same: of the validated units those that differ are {named}."
        verdicts = "; ".join(f"{row.unit} is {row.verdict}" for row in changed.itertuples())
        return f"The study no longer says the same: {verdicts}."


def study_of(
    paths: Sequence[Path],
    labels: Path | bytes,
    recording: Recording,
    store: Store,
    name: str = "labels.csv",
    progress: Progress | None = None,
) -> RecordingStudy:
    """The groups of a label file compared in the clips as they are and as they would be stored.

    ``labels``: the file called ``name``, or its content.  ``progress`` is told of every clip.  A
    person's value is the mean over the frames with a face of all their clips.  Raises InputError
    where clips have no label or there are too few people: two groups of two, five in all.
    """
    clips = clip_names(paths)
    people = people_of(list(clips), labels, name)
    whole, again = {}, {}
    for number, (clip, path) in enumerate(clips.items()):
        if progress is not None:
            progress(number, len(clips), f"{path.name}: as it is, and stored")
        whole[clip] = original(path, store)[0][list(UNITS)]
        again[clip] = stored_table(path, recording, store)[0][list(UNITS)]
    table = beside(tests_of(again, people), tests_of(whole, people))
    return RecordingStudy(recording, table[list(COLUMNS)], len(clips), trusted_units())
