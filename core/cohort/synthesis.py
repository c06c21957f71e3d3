"""A cohort of people who never lived: OpenFace tables with a known difference between two groups.

A person has one true level a unit, their offset from everybody's mean; frames wander around it with
a fast and a slow memory (time constants 0.8 s and 8 s), faces get lost for moments, and four phases
raise and lower what everybody shows.  Each series is scaled so that the mean over its valid frames
*is* the person's level, so an effect planted in the levels is the effect in the tables.

**What D means.**  Two demands pull apart: the effect asked for should be found in the tables
(within 0.05 at 500 people, where the sampling error of Cohen's d alone is 0.09), and with no effect
p-values must be uniform, which needs exactly that sampling error.  So:

- ``effect = 0`` plants nothing.  All levels are independent draws from one population, labels are
  dealt at random: the groups are exchangeable, every valid test is exactly calibrated.
- ``effect != 0`` plants D *in these people*: the levels of the five affected units are drawn, then
  standardised so that Cohen's d (pooled standard deviation) of this very cohort is D.  The other
  units stay independent draws.
- ``sampled=True`` plants D in the *population*: nothing is standardised and each cohort's own d
  varies around D as in real studies.  Power must be measured so; a cohort whose d is fixed
  always, or never, reaches significance.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from scipy.signal import lfilter

from core.cohort.tables.schema import Cohort, FileReport, ImportReport
from core.errors import InputError
from core.facs import MAX_INTENSITY, UNITS
from core.files import write_whole
from core.progress import Progress

AFFECTED = {"AU01": 1, "AU04": 1, "AU15": 1, "AU06": -1, "AU12": -1}
"""Unit -> direction of the effect in group 1, as reported of depression."""

PHASES = ("latency", "ei", "coping", "training")
"""Four equal parts of a recording, after arXiv 2407.13753."""

LARGEST_EFFECT = 3.0
_MEAN_LEVEL = 0.8
_SPREAD = 0.22  # standard deviation of the levels over people, as a share of the mean level
_SHARED = 0.4  # weight of a person's overall expressivity in each of their levels
_MEMORIES = ((0.8, 0.6), (8.0, 0.4))  # time constant in s, share of the variance
_LOST_SHARE, _LOST_SECONDS = 0.03, 0.5  # frames without a face, length of such a moment
_PHASE_GAIN = {"latency": 0.8, "ei": 1.3, "coping": 1.1, "training": 0.8}


class _Person(NamedTuple):
    participant: str
    time: np.ndarray  # (frames,) seconds
    success: np.ndarray  # (frames,) bool
    confidence: np.ndarray  # (frames,)
    x: np.ndarray  # (frames, 17), NaN where there is no face


def synthesize(
    people: int,
    effect: float,
    seed: int,
    seconds: float = 60.0,
    fps: float = 30.0,
    sampled: bool = False,
    progress: Progress | None = None,
) -> Cohort:
    """A synthetic cohort in memory; the same numbers as `write_synthetic` puts into files.

    ``people`` (even, at least 4) fall into groups ``0`` and ``1`` of equal size.  ``effect`` is
    Cohen's d of the person means, group 1 minus group 0: up by D in AU01, AU04, AU15, down by D in
    AU06, AU12, none elsewhere; the module says in which sense (``sampled``).  Frames without a face
    are NaN.

    Raises InputError for numbers that make no cohort.
    """
    _check(people, effect, seconds, fps)
    labels = _labels(people, seed)
    persons = []
    for person in _persons(people, effect, seed, seconds, fps, sampled):
        if progress:
            progress(len(persons), people, f"inventing {person.participant}")
        persons.append(person)
    rows = len(persons[0].time)
    names = pd.Categorical(labels["participant"], categories=labels["participant"])
    data = {
        "participant": names.repeat(rows),
        "file": names.rename_categories(lambda name: f"{name}.csv").repeat(rows),
        "frame": np.tile(np.arange(rows, dtype=np.int32), people),
        "time": np.concatenate([person.time for person in persons]),
        "success": np.concatenate([person.success for person in persons]),
        "confidence": np.concatenate([person.confidence for person in persons]).astype(np.float32),
    }
    x = np.concatenate([person.x for person in persons]).astype(np.float32)
    frames = pd.DataFrame(data | {unit: x[:, j] for j, unit in enumerate(UNITS)})
    return Cohort(
        frames=frames,
        units=tuple(UNITS),
        unit_kind="intensity",
        people=labels.set_index("participant").drop(columns="synthetic"),
        report=ImportReport(tuple(_file_report(person, fps) for person in persons)),
        synthetic=True,
        events=_events(seconds),
    )


def write_synthetic(
    folder: Path | str,
    people: int,
    effect: float,
    seed: int,
    seconds: float = 60.0,
    fps: float = 30.0,
    sampled: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Writes the cohort as OpenFace 2 tables, one a person, with ``labels.csv`` and ``events.csv``.

    Frames without a face have ``success`` 0 and intensities 0, as OpenFace writes them.  Returns
    the folder.  Raises InputError if the folder holds other tables, which would join the cohort.
    """
    _check(people, effect, seconds, fps)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    labels = _labels(people, seed)
    ours = {f"{name}.csv" for name in labels["participant"]} | {"labels.csv", "events.csv"}
    strangers = sorted(path.name for path in folder.glob("*.csv") if path.name not in ours)
    if strangers:
        raise InputError(
            f"{folder} already holds {len(strangers)} other tables ({strangers[0]} ...), which "
            "would be taken for members of the synthetic cohort. Choose an empty folder."
        )
    for done, person in enumerate(_persons(people, effect, seed, seconds, fps, sampled)):
        if progress:
            progress(done, people, f"writing {person.participant}")
        _write_csv(_openface(person), folder / f"{person.participant}.csv")
    _write_csv(labels, folder / "labels.csv")
    events = _events(seconds).rename(columns={"start": "timestamp"})
    _write_csv(events[["timestamp", "label"]], folder / "events.csv")
    note = (
        f"SYNTHETIC DATA. No person was recorded. {people} people, effect {effect:g} "
        f"({'population' if sampled else 'these people'}), seed {seed}, {seconds:g} s at {fps:g} "
        "frames per second. Made by `python -m core.cohort synthesize`.\n"
    )
    write_whole(folder / "SYNTHETIC.md", note.encode())
    return folder


def levels(people: int, effect: float, seed: int, sampled: bool = False) -> pd.DataFrame:
    """The true level of every person and unit, people x 17, and with it the planted effect."""
    rng = np.random.default_rng([seed, 0])
    group = groups(people, seed)
    shared = rng.standard_normal((people, 1))
    own = rng.standard_normal((people, len(UNITS)))
    z = pd.DataFrame(_SHARED * shared + np.sqrt(1 - _SHARED**2) * own, columns=list(UNITS))
    if effect:
        for unit, direction in AFFECTED.items():
            if not sampled:
                z[unit] = _without_difference(z[unit].to_numpy(), group)
            z[unit] += direction * effect * (group - 0.5)
    means = _MEAN_LEVEL * (0.75 + 0.5 * np.arange(len(UNITS)) / (len(UNITS) - 1))
    levels = means * (1 + _SPREAD * z)
    return levels.clip(lower=0.02).set_axis(_names(people), axis=0)


def _without_difference(z: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The values shifted and scaled to equal group means and pooled standard deviation 1."""
    within = z.copy()
    for g in (0, 1):
        within[group == g] -= z[group == g].mean()
    return z.mean() + within / np.sqrt((within**2).sum() / (len(z) - 2))


def _persons(people, effect, seed, seconds, fps, sampled) -> Iterator[_Person]:
    """One table a person, each from its own stream of random numbers."""
    rows = round(seconds * fps)
    gain = np.array([_PHASE_GAIN[phase] for phase in _phases(rows)])[:, None]
    for i, (name, level) in enumerate(levels(people, effect, seed, sampled).iterrows()):
        rng = np.random.default_rng([seed, 1, i])
        success = _face_found(rng, rows, fps)
        shape = np.maximum(gain * np.exp(0.6 * _wander(rng, rows, fps)) - 0.5, 0)
        x = _with_mean(shape, level.to_numpy(), success)
        x[~success] = np.nan
        confidence = np.where(success, 0.98, 0.1) - 0.02 * rng.integers(0, 4, rows)
        yield _Person(
            str(name), np.round(np.arange(rows) / fps, 3), success, confidence.round(2), x
        )


def _wander(rng: np.random.Generator, rows: int, fps: float) -> np.ndarray:
    """Stationary Gaussian series of variance 1, (rows, units), with the two memories."""
    total = np.zeros((rows, len(UNITS)))
    for seconds, share in _MEMORIES:
        decay = np.exp(-1 / (fps * seconds))
        noise = rng.standard_normal((rows, len(UNITS))) * np.sqrt(1 - decay**2)
        noise[0] /= np.sqrt(1 - decay**2)
        total += np.sqrt(share) * lfilter([1.0], [1.0, -decay], noise, axis=0)
    return total


def _with_mean(shape: np.ndarray, level: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """The series scaled so that its mean over valid frames is the level, in 0..5 and steps of 0.01.

    Clipping at 5 takes from the mean; the scale is raised until it is back.
    """
    shape = shape + 1e-3  # a series that is 0 throughout has no scale
    scale = level / shape[valid].mean(axis=0)
    for _ in range(8):
        x = np.minimum(shape * scale, MAX_INTENSITY)
        if not (x == MAX_INTENSITY).any():
            break
        scale *= level / x[valid].mean(axis=0)
    return np.round(np.minimum(shape * scale, MAX_INTENSITY), 2)


def _face_found(rng: np.random.Generator, rows: int, fps: float) -> np.ndarray:
    """True where the face is seen; it goes missing for moments, never in the first frame."""
    length = max(1, round(_LOST_SECONDS * fps))
    seen = np.ones(rows, dtype=bool)
    for start in np.flatnonzero(rng.random(rows) < _LOST_SHARE / length):
        seen[start : start + rng.geometric(1 / length)] = False
    seen[0] = True
    return seen


def _openface(person: _Person) -> pd.DataFrame:
    """The columns that OpenFace 2 writes with ``-aus``: frames from 1, zeros without a face."""
    x = np.nan_to_num(person.x)
    data = {
        "frame": np.arange(1, len(x) + 1),
        "face_id": np.zeros(len(x), dtype=int),
        "timestamp": person.time,
        "confidence": person.confidence,
        "success": person.success.astype(int),
    }
    data |= {f"{unit}_r": x[:, j] for j, unit in enumerate(UNITS)}
    present = {unit: (x[:, j] >= 1).astype(int) for j, unit in enumerate(UNITS)}
    present["AU28"] = np.zeros(len(x), dtype=int)  # OpenFace tells its presence alone
    return pd.DataFrame(data | {f"{unit}_c": present[unit] for unit in sorted(present)})


def _names(people: int) -> list[str]:
    width = max(3, len(str(people)))
    return [f"synthetic_{i + 1:0{width}d}" for i in range(people)]


def groups(people: int, seed: int) -> np.ndarray:
    """The group of each person, 0 or 1, (people,): equal numbers, dealt so that a name tells nothing."""
    return np.random.default_rng([seed, 2]).permutation(np.arange(people) % 2)


def _labels(people: int, seed: int) -> pd.DataFrame:
    """The label file; the score follows the label, not the face."""
    group = groups(people, seed)
    score = np.random.default_rng([seed, 3]).poisson(np.where(group == 1, 14, 4)).astype(float)
    return pd.DataFrame(
        {
            "participant": _names(people),
            "label": group.astype(str),
            "score": np.minimum(score, 27),
            "synthetic": "yes",
        }
    )


def _phases(rows: int) -> np.ndarray:
    """The phase of each frame, four equal parts."""
    return np.repeat(PHASES, [len(part) for part in np.array_split(np.arange(rows), len(PHASES))])


def _events(seconds: float) -> pd.DataFrame:
    """The event log: four equal phases, the last to the end."""
    starts = [round(seconds * i / len(PHASES), 3) for i in range(len(PHASES))]
    events = pd.DataFrame({"start": starts, "end": [*starts[1:], np.inf], "label": PHASES})
    return events.assign(participant=None)


def _file_report(person: _Person, fps: float) -> FileReport:
    return FileReport(
        name=f"{person.participant}.csv",
        participant=person.participant,
        dialect="synthetic",
        unit_kind="intensity",
        units=tuple(UNITS),
        frames=len(person.time),
        rate=float(fps),
        seconds=float(person.time[-1]),
        valid=float(person.success.mean()),
        missing=(),
        start=0.0,
        confidence=float(person.confidence[person.success].mean()),
        largest=float(np.nanmax(person.x)),
    )


def _check(people: int, effect: float, seconds: float, fps: float) -> None:
    """One error that lists everything wrong with the numbers asked for."""
    wrong = []
    if people < 4 or people % 2:
        wrong.append(f"{people} people do not make two equal groups of at least two")
    if not abs(effect) <= LARGEST_EFFECT:
        wrong.append(
            f"an effect of {effect:g} is outside -{LARGEST_EFFECT:g} .. {LARGEST_EFFECT:g}"
        )
    if not (0 < fps <= 240 and 8 <= seconds * fps <= 2e6):
        wrong.append(
            f"{seconds:g} s at {fps:g} frames per second is no recording (8 frames at least)"
        )
    if wrong:
        raise InputError("No cohort can be made: " + "; ".join(wrong) + ".")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    buffer = pa.BufferOutputStream()
    options = csv.WriteOptions(quoting_style="none", quoting_header="none")
    csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), buffer, options)
    write_whole(path, buffer.getvalue().to_pybytes())
