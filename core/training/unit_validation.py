"""How well the action-unit estimators hold: on known units, on labelled faces, under disturbance.

Every figure is one row of a long table (columns :data:`COLUMNS`), written beside the checkpoints.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.checkpoints import Card
from core.expressions import EXPRESSIONS
from core.face.units.bar import EVIDENCE, PRESENT
from core.face.units.calibrated import Stack, read_faces
from core.face.units.estimate import Estimators, run_estimator
from core.face.units.validation import COLUMNS, LAUGHTER
from core.facs import UNITS
from core.files import whole_file, write_whole
from core.synthetic.morphable import MorphableFace
from core.synthetic.sample import CRYING, LAUGHING, RATE
from core.training import unit_scenes as scenes
from core.training.unit_agreement import (
    auc,
    consistency,
    correlation,
    least_told,
    line,
    present,
    reliability,
    response,
)
from core.training.unit_shots import ODD, Shots

STACKED = "stacked"
LAST_KNOWN_PERSON = 121
"""Of the London set; people above are for the test alone."""
WITHIN = 1.0
"""Points within which the validated units of a frame must be for the frame to count as right."""

PAIRS: tuple[tuple[str, str], ...] = tuple(
    (expression, unit)
    for expression, units in {
        "happy": ("AU12",),
        "sad": ("AU01", "AU04", "AU15", "AU17"),
        "angry": ("AU04", "AU07", "AU23"),
        "surprise": ("AU01", "AU02", "AU05", "AU26"),
        "fear": ("AU01", "AU05", "AU20"),
        "disgust": ("AU04", "AU09", "AU10"),
    }.items()
    for unit in units
)
"""The 18 pairs of expression and unit that are expected to differ from neutral."""


def sidecar_of(card: Card) -> dict:
    """What stands beside a validation table: how what it judges was made."""
    names = ("command", "version", "data", "seed", "fingerprint")
    return {name: getattr(card, name) for name in names}


@dataclass(frozen=True)
class Judged:
    """What is validated: the estimators one by one, or with ``stack`` the calibrated stack over them."""

    estimators: Estimators
    stack: Stack | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Estimators that are compared."""
        return self.estimators.names + ((STACKED,) if self.stack else ())

    @property
    def chosen(self) -> dict[str, str]:
        """Unit -> the estimator that speaks for it."""
        return dict.fromkeys(UNITS, STACKED) if self.stack else self.estimators.chosen

    def run(self, name: str, measured: scenes.Measured) -> np.ndarray:
        """One estimator's intensities (n, 17), NaN where no face was found."""
        if name == STACKED:
            return self._stacked(measured)
        of = (measured[part] for part in ("landmarks", "blendshapes", "crops"))
        return run_estimator(self.estimators.networks, name, *of)

    def _stacked(self, measured: scenes.Measured) -> np.ndarray:
        there = np.isfinite(measured["blendshapes"]).all(1)
        units = np.full((len(there), len(UNITS)), np.nan, np.float32)
        rows = np.flatnonzero(there)
        for part in np.array_split(rows, max(1, len(rows) // 256)):
            if len(part):
                units[part] = read_faces(self.stack, *_parts(measured, part)).calibrated
        return units


def _parts(measured: scenes.Measured, rows: np.ndarray) -> list[np.ndarray]:
    return [measured[name][rows] for name in ("landmarks", "blendshapes", "crops", "presence")]


def validate_units(
    judged: Judged,
    shots: dict[str, Shots],
    labelled: Shots | None,
    face: MorphableFace,
    photographs: Path,
    folder: Path,
) -> pd.DataFrame:
    """All rows.  ``shots``: held-out renders, warps and odd pictures by name; ``labelled``: test faces,
    or None.

    What is looked at besides is kept in ``folder`` (:mod:`core.training.unit_scenes`).
    """
    exact = {kind: of[of.occlusion == 0] for kind, of in shots.items() if kind in EVIDENCE}
    london = scenes.kept(folder, "london", lambda: scenes.smiles(photographs))
    rows = [
        *itertools.chain.from_iterable(_exact(judged, kind, of) for kind, of in exact.items()),
        *_cross_talk(judged, scenes.kept(folder, "swept", lambda: scenes.swept(face))),
        *(_pairs(judged, labelled) if labelled is not None else ()),
        *_smiles(judged, london),
        *_stability(judged, scenes.kept(folder, "disturbed", lambda: scenes.disturbed(face))),
        *_floors(judged, face, folder),
        *_acted(judged, scenes.kept(folder, "acted", lambda: scenes.acted(face))),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    table["chosen"] = table["estimator"] == table["unit"].map(judged.chosen)
    return table


def confidence_rows(
    stack: Stack, shots: Sequence[Shots], validated: dict[str, bool]
) -> pd.DataFrame:
    """How far the confidence holds on held-out faces, odd ones among them, for the table."""
    stated, were_near = [], []
    for of in shots:
        reading = read_faces(stack, of.landmarks, of.blendshapes, of.crops, of.presence)
        stated.append(reading.confidence)
        were_near.append(were_right(reading.calibrated, of, validated))
    bins = reliability(np.concatenate(stated), np.concatenate(were_near))
    rows = [
        (f"confidence {name}", "render", STACKED, "", f"{i}", row[name], int(row["count"]), False)
        for i, row in bins.iterrows()
        for name in ("stated", "kept")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def were_right(units: np.ndarray, shots: Shots, validated: dict[str, bool]) -> np.ndarray:
    """(n,) whether all validated units of a frame are within a point of the truth; a drawing has none."""
    columns = [i for i, unit in enumerate(UNITS) if validated.get(unit)]
    near = np.abs(units[:, columns] - shots.units[:, columns]) <= WITHIN
    return near.all(1) & (shots.label != ODD.index("drawing"))


def write_validation(table: pd.DataFrame, path: Path, sidecar: dict) -> None:
    """Write the table and its sidecar, each whole or not at all."""
    with whole_file(path) as temporary:
        table.to_parquet(temporary, index=False)
    write_whole(path.with_suffix(".json"), (json.dumps(sidecar, indent=1) + "\n").encode())


def _of(shots: Shots) -> scenes.Measured:
    names = ("landmarks", "blendshapes", "crops", "presence")
    return {name: getattr(shots, name) for name in names}


def _exact(judged: Judged, kind: str, shots: Shots) -> Iterator[tuple]:
    """Agreement with the known units: :mod:`core.training.unit_agreement`."""
    for name in judged.names:
        estimated = judged.run(name, _of(shots))
        for measure_name, function in (("pearson", correlation), ("icc", consistency)):
            for unit, value in zip(UNITS, function(estimated, shots.units), strict=True):
                yield (measure_name, kind, name, unit, "", value, len(shots))
        for i, unit in enumerate(UNITS):
            read, known = estimated[:, i], shots.units[:, i]
            slope, intercept = line(read, known)
            yield ("slope", kind, name, unit, "", slope, len(shots))
            yield ("intercept", kind, name, unit, "", intercept, len(shots))
            there = int((known >= PRESENT).sum())
            yield ("auc present", kind, name, unit, "", present(read, known), there)
            yield ("least told", kind, name, unit, "", least_told(read, known), len(shots))
            for bin_name, row in response(read, known).iterrows():
                for column in ("truth", "estimate", "error"):
                    yield (column, kind, name, unit, bin_name, row[column], int(row["count"]))


def _cross_talk(judged: Judged, swept: scenes.Measured) -> Iterator[tuple]:
    """Mean change of every unit when one goes from 0 to 4 and the rest stay."""
    for name in judged.names:
        estimated = judged.run(name, swept).reshape(-1, 1 + len(UNITS), len(UNITS))
        mean = np.nanmean(estimated[:, 1:] - estimated[:, :1], 0)
        for (i, unit), (j, mover) in itertools.product(enumerate(UNITS), enumerate(UNITS)):
            yield ("cross-talk", "render", name, unit, mover, mean[j, i], len(estimated))


def _pairs(judged: Judged, labelled: Shots) -> Iterator[tuple]:
    """AUC of each expected pair against neutral faces."""
    kinds = {name: labelled.label == i for i, name in enumerate(EXPRESSIONS)}
    for name in judged.names:
        estimated = judged.run(name, _of(labelled))
        for expression, unit in PAIRS:
            column = estimated[:, list(UNITS).index(unit)]
            value = auc(column[kinds[expression]], column[kinds["neutral"]])
            yield ("auc", "fer2013", name, unit, expression, value, int(kinds[expression].sum()))


def _smiles(judged: Judged, london: scenes.Measured) -> Iterator[tuple]:
    """Smiling against at rest: share of people in whom a unit rises, by how much, AUC; level at rest.

    The stack learned from photographs of some of these people: ``unseen`` are those it did not see.
    """
    unseen = london["person"][: len(london["person"]) // 2] > LAST_KNOWN_PERSON
    for name in judged.names:
        estimated = judged.run(name, london)
        rest, smile = estimated[: len(estimated) // 2], estimated[len(estimated) // 2 :]
        change = smile - rest
        there = np.isfinite(change).all(1)
        count = int(there.sum())
        for i, unit in enumerate(UNITS):
            share = float((change[there, i] > 0).mean())
            yield ("share up", "london", name, unit, "smiling", share, count)
            yield ("change", "london", name, unit, "smiling", float(change[there, i].mean()), count)
            yield ("auc", "london", name, unit, "smiling", auc(smile[:, i], rest[:, i]), count)
            value = auc(smile[unseen, i], rest[unseen, i])
            yield ("auc", "london unseen", name, unit, "smiling", value, int(unseen.sum()))
            level = float(np.nanmean(rest[:, i]))
            yield ("level at rest", "london", name, unit, "neutral", level, count)


def _stability(judged: Judged, disturbed: scenes.Measured) -> Iterator[tuple]:
    """Mean absolute change under disturbances."""
    for name in judged.names:
        estimated = judged.run(name, disturbed)
        plain, *changed = estimated.reshape(1 + len(scenes.DISTURBANCES), -1, len(UNITS))
        for kind, values in zip(scenes.DISTURBANCES, changed, strict=True):
            change = np.nanmean(np.abs(values - plain), 0)
            for unit, value in zip(UNITS, change, strict=True):
                yield ("mean change", "render", name, unit, kind, value, len(plain))


def _floors(judged: Judged, face: MorphableFace, folder: Path) -> Iterator[tuple]:
    """Spread on still, noisy faces, within a person, at two sizes: the noise floor."""
    for size, width in scenes.FLOORS.items():
        name_of_set = f"still-{width or 'webcam'}"
        still = scenes.kept(folder, name_of_set, lambda width=width: scenes.still(face, width))
        for name in judged.names:
            estimated = judged.run(name, still)
            frames = estimated.reshape(scenes.STILL_PEOPLE, -1, len(UNITS))
            spread = np.sqrt(np.nanmean(np.nanvar(frames, 1), 0))
            for unit, value in zip(UNITS, spread, strict=True):
                yield ("still spread", "render", name, unit, size, value, len(estimated))


def _acted(judged: Judged, clip: scenes.Measured) -> Iterator[tuple]:
    """The sample clip: r with the known units over time, and what changes from crying to laughing."""
    known = clip["units"]
    time = np.arange(len(known)) / RATE
    crying, laughing = ((time >= start) & (time < end) for start, end in (CRYING, LAUGHING))
    for name in judged.names:
        estimated = judged.run(name, clip)
        change = np.nanmean(estimated[laughing], 0) - np.nanmean(estimated[crying], 0)
        level = np.nanmean(estimated[crying], 0)
        for i, (unit, r) in enumerate(zip(UNITS, correlation(estimated, known), strict=True)):
            yield ("pearson", "clip", name, unit, "", r, len(known))
            yield ("change", "clip", name, unit, LAUGHTER, change[i], int(laughing.sum()))
            yield ("level crying", "clip", name, unit, "", level[i], int(crying.sum()))
