"""Does a study still say the same?  The groups of a cohort of clips compared at every rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.bridge.drift import kind_of, measures
from core.bridge.methods import Method
from core.bridge.passes import DriftSettings
from core.bridge.store import Store
from core.cohort.statistics.group_tests import primary_tests
from core.cohort.tables.labels import read_labels
from core.cohort.tables.pattern import DEFAULT_PATTERN, match_participant
from core.cohort.tables.schema import order_groups
from core.errors import InputError

LEVEL = 0.05

COLUMNS = (
    "name", "method", "gamma", "setting", "bits_per_face", "bits_per_second", "unit", "n", "effect",
    "low", "high", "p_value", "p_adjusted", "original_effect", "original_p_adjusted", "verdict",
)  # fmt: skip
"""Columns of a table of conclusions, one row a codec, setting and measure.

``effect``: Hedges' g with its 95 % interval, ``p_adjusted`` corrected over the measures of this
setting; ``original_*``: the same on the uncompressed clips.  ``verdict``: kept (significant in both,
same sign), lost (only in the original), turned (significant in both, other sign), invented (only when
coded), none (in neither), or unknown where a test cannot be made.
"""


@dataclass(frozen=True, slots=True)
class People:
    """Clip -> participant, and participant -> group; the reference group first in ``groups``."""

    participant: dict[str, str]
    group: dict[str, str]
    groups: tuple[str, ...]


def people_of(clips: Sequence[str], labels: Path | bytes, name: str = "labels.csv") -> People:
    """Who is seen in each clip, by the label file and the clips' names.

    Raises InputError where clips have no label, or fewer than two groups of two people or five people
    remain: with fewer no interval can be told.
    """
    read = read_labels(labels, name)
    known = read.people["label"].dropna().to_dict()
    participant = {}
    for clip in clips:
        stem = clip.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        named = [who for file, who in read.files.items() if Path(file).stem == stem]
        participant[clip] = named[0] if named else match_participant(stem, DEFAULT_PATTERN, known)
    without = [clip for clip in clips if participant[clip] not in known]
    if without:
        raise InputError(
            f"{name} has no label for {len(without)} of {len(clips)} clips: "
            f"{', '.join(without[:5])}. Its participants begin with "
            f"{', '.join(map(str, list(known)[:3]))}."
        )
    group = {who: known[who] for who in participant.values()}
    sizes = pd.Series(group).value_counts()
    if len(sizes) < 2 or sizes.min() < 2 or sizes.sum() < 5:
        raise InputError(
            f"These clips cannot be compared: {_counts(sizes)}. "
            "Two groups of at least two people, and five people in all, are needed."
        )
    return People(participant, group, order_groups(sizes.index))


def conclusions(
    clips: Mapping[str, Path],
    people: People,
    methods: Sequence[Method],
    settings: DriftSettings,
    store: Store,
    neutral: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The table of :data:`COLUMNS`.

    A person's value is the mean over the frames with a face of all their clips.  ``neutral``: seconds
    of a segment whose median, *in the uncompressed clip*, is subtracted from that clip and its coded
    versions alike: a neutral of the coded clip would hide what the codec did to it.
    """
    references = {clip: store.reference(path, settings) for clip, path in clips.items()}
    rest = {clip: _neutral(clip, each.table, neutral) for clip, each in references.items()}
    original = tests_of({c: measures(r.table) - rest[c] for c, r in references.items()}, people)
    parts = []
    for method in methods:
        done = {
            clip: store.coded(path, method, settings)
            for clip, path in clips.items()
            if store.is_done(path, method, settings)
        }
        if set(done) != set(clips):
            continue  # a codec that failed on someone would compare other people
        for setting in method.settings:
            values, bits, seconds = {}, [], []
            for clip, coded in done.items():
                part = coded[coded["setting"] == setting].reset_index(drop=True)
                values[clip] = measures(part) - rest[clip]
                there = references[clip].table["success"].to_numpy(bool)
                bits.append(8 * part["file_bytes"].to_numpy()[there].mean())
                seconds.append(bits[-1] * references[clip].rate * there.mean())
            tests = beside(tests_of(values, people), original)
            parts.append(
                tests.assign(
                    name=method.name, method=method.method,
                    gamma=np.nan if method.gamma is None else method.gamma, setting=setting,
                    bits_per_face=np.mean(bits), bits_per_second=np.mean(seconds),
                )[list(COLUMNS)]
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _neutral(clip: str, table: pd.DataFrame, neutral: tuple[float, float] | None) -> pd.Series:
    values = measures(table)
    if neutral is None:
        return pd.Series(0.0, values.columns)
    inside = table["time"].between(*neutral) & table["success"]
    if not inside.any():
        raise InputError(
            f"{clip} shows no face between {neutral[0]:g} s and {neutral[1]:g} s to take as neutral."
        )
    rest = values[inside.to_numpy()].median()
    return rest.where([kind_of(measure) != "emotion" for measure in rest.index], 0.0)


def tests_of(values: Mapping[str, pd.DataFrame], people: People) -> pd.DataFrame:
    """Welch over people, one row a measure."""
    frames = pd.concat(
        [table.assign(person=people.participant[clip]) for clip, table in values.items()]
    )
    means = frames.groupby("person").mean()
    table = means.assign(label=[people.group[who] for who in means.index])
    return primary_tests(table, list(means.columns), people.groups, LEVEL)


def beside(coded: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
    """Tests of coded clips with those of the uncompressed ones beside them, and the verdict."""
    table = coded.assign(
        original_effect=original["effect"], original_p_adjusted=original["p_adjusted"]
    )
    return table.assign(verdict=[_verdict(row) for _, row in table.iterrows()])


def _verdict(row: pd.Series) -> str:
    if not np.isfinite([row["p_adjusted"], row["original_p_adjusted"]]).all():
        return "unknown"
    before, after = row["original_p_adjusted"] < LEVEL, row["p_adjusted"] < LEVEL
    if before and after:
        return "kept" if row["effect"] * row["original_effect"] > 0 else "turned"
    if before:
        return "lost"
    return "invented" if after else "none"


def _counts(sizes: pd.Series) -> str:
    if sizes.empty:
        return "no labels"
    return ", ".join(f"{n} in group {group}" for group, n in sizes.items())
