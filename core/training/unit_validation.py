"""How well the action-unit estimators hold: on known units, on labelled faces, under disturbance.

Every figure is one row of a long table (columns :data:`COLUMNS`), written beside the checkpoints.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from core.expressions import EXPRESSIONS
from core.face.landmarks import Landmarker
from core.face.regions import Region, cut
from core.face.units.estimate import Estimators, run_estimator
from core.face.units.validation import COLUMNS, LAUGHTER
from core.facs import UNITS
from core.files import whole_file, write_whole
from core.picture_files import FORMATS
from core.synthetic.morphable import (
    MorphableFace,
    make_person,
    perform_units,
    random_expression,
    random_scene,
    render,
    steady,
)
from core.synthetic.morphable.film import add_noise, jpeg, resize
from core.synthetic.sample import CRYING, LAUGHING, RATE, sample_frames
from core.training.unit_shots import FIRST_PERSON, Shots, measure

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

STILL_FRAMES = 150
"""5 s at 30 frames a second."""


def correlation(estimates: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Pearson r (17,) of intensities (n, 17); NaN frames are left out, NaN where nothing varies."""
    r = np.full(truth.shape[1], np.nan)
    for i, (a, b) in enumerate(zip(estimates.T, truth.T, strict=True)):
        there = np.isfinite(a) & np.isfinite(b)
        if there.sum() > 2 and np.ptp(a[there]) > 0 and np.ptp(b[there]) > 0:
            r[i] = np.corrcoef(a[there], b[there])[0, 1]
    return r


def consistency(estimates: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """ICC(3,1) (17,) of two raters, estimator and truth (Shrout and Fleiss 1979)."""
    icc = np.full(truth.shape[1], np.nan)
    for i, (a, b) in enumerate(zip(estimates.T, truth.T, strict=True)):
        there = np.isfinite(a) & np.isfinite(b)
        table = np.stack([a[there], b[there]], 1).astype(np.float64)
        if len(table) < 3:
            continue
        people = 2 * table.mean(1).var(ddof=1)
        residual = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
        error = (residual**2).sum() / (len(table) - 1)
        if people + error > 0:
            icc[i] = (people - error) / (people + error)
    return icc


def auc(high: np.ndarray, low: np.ndarray) -> float:
    """Chance that a value of ``high`` exceeds one of ``low``; NaN are left out, ties count half."""
    high, low = high[np.isfinite(high)], np.sort(low[np.isfinite(low)])
    if not len(high) or not len(low):
        return float("nan")
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / 2 / len(low))


def validate_units(
    estimators: Estimators,
    shots: dict[str, Shots],
    labelled: Shots,
    face: MorphableFace,
    photographs: Path,
) -> pd.DataFrame:
    """All rows.  ``shots``: held-out renders and warps by name; ``labelled``: test faces."""
    landmarker = Landmarker()
    rows = [
        *itertools.chain.from_iterable(_exact(estimators, kind, of) for kind, of in shots.items()),
        *_cross_talk(estimators, face, landmarker),
        *_pairs(estimators, labelled),
        *_smiles(estimators, photographs, landmarker),
        *_stability(estimators, face, landmarker),
        *_acted(estimators, face, landmarker),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    table["chosen"] = table["estimator"] == table["unit"].map(estimators.chosen)
    return table


def write_validation(table: pd.DataFrame, path: Path, sidecar: dict) -> None:
    """Write the table and its sidecar, each whole or not at all."""
    with whole_file(path) as temporary:
        table.to_parquet(temporary, index=False)
    write_whole(path.with_suffix(".json"), (json.dumps(sidecar, indent=1) + "\n").encode())


def _run(estimators: Estimators, name: str, measured: dict[str, np.ndarray]) -> np.ndarray:
    return run_estimator(
        estimators.networks, name, measured["landmarks"], measured["blendshapes"], measured["crops"]
    )


def _of(shots: Shots) -> dict[str, np.ndarray]:
    return {name: getattr(shots, name) for name in ("landmarks", "blendshapes", "crops")}


def _exact(estimators: Estimators, kind: str, shots: Shots) -> Iterator[tuple]:
    """Pearson r and ICC with the known units."""
    for name in estimators.names:
        estimates = _run(estimators, name, _of(shots))
        for measure_name, function in (("pearson", correlation), ("icc", consistency)):
            for unit, value in zip(UNITS, function(estimates, shots.units), strict=True):
                yield (measure_name, kind, name, unit, "", value, len(shots))


def _cross_talk(
    estimators: Estimators, face: MorphableFace, landmarker: Landmarker, people: int = 8
) -> Iterator[tuple]:
    """Mean change of every unit when one goes from 0 to 4 and the rest stay."""
    moved: dict[str, list[dict[str, np.ndarray]]] = {}
    for i in range(people):
        person = make_person(face, FIRST_PERSON["test"] + 500_000 + i)
        scene = steady(random_scene(np.random.default_rng(i)))
        pictures = [
            render(face, person, perform_units(face, units), scene)
            for units in ({}, *({unit: 4.0} for unit in UNITS))
        ]
        measured = measure(landmarker, iter(pictures))
        for name in estimators.names:
            estimates = _run(estimators, name, measured)
            moved.setdefault(name, []).append(estimates[1:] - estimates[0])
    for name, changes in moved.items():
        mean = np.nanmean(changes, 0)
        for (i, unit), (j, mover) in itertools.product(enumerate(UNITS), enumerate(UNITS)):
            yield ("cross-talk", "render", name, unit, mover, mean[j, i], people)


def _pairs(estimators: Estimators, labelled: Shots) -> Iterator[tuple]:
    """AUC of each expected pair against neutral faces."""
    kinds = {name: labelled.label == i for i, name in enumerate(EXPRESSIONS)}
    for name in estimators.names:
        estimates = _run(estimators, name, _of(labelled))
        for expression, unit in PAIRS:
            column = estimates[:, list(UNITS).index(unit)]
            value = auc(column[kinds[expression]], column[kinds["neutral"]])
            yield ("auc", "fer2013", name, unit, expression, value, int(kinds[expression].sum()))


def _smiles(estimators: Estimators, photographs: Path, landmarker: Landmarker) -> Iterator[tuple]:
    """Share of people whose unit is higher when they smile than at rest, and by how much."""
    at_rest = sorted(photographs.glob("*_neutral.jpg"))
    twins = [(path, path.with_name(path.name.replace("neutral", "smiling"))) for path in at_rest]
    twins = [pair for pair in twins if pair[1].is_file()]
    measured = [
        measure(
            landmarker,
            (np.asarray(Image.open(pair[i], formats=FORMATS).convert("RGB")) for pair in twins),
        )
        for i in range(2)
    ]
    for name in estimators.names:
        rest, smile = (_run(estimators, name, m) for m in measured)
        change = smile - rest
        there = np.isfinite(change).all(1)
        for i, unit in enumerate(UNITS):
            share = float((change[there, i] > 0).mean())
            yield ("share up", "london", name, unit, "smiling", share, int(there.sum()))
            level = float(change[there, i].mean())
            yield ("change", "london", name, unit, "smiling", level, int(there.sum()))


def _stability(
    estimators: Estimators, face: MorphableFace, landmarker: Landmarker, people: int = 12
) -> Iterator[tuple]:
    """Mean absolute change under disturbances, and the spread over a noisy still clip."""
    pictures = []
    for i in range(people):
        rng = np.random.default_rng((i, 7))
        person = make_person(face, FIRST_PERSON["test"] + 600_000 + i)
        shot = steady(random_scene(rng))
        pictures.append(render(face, person, random_expression(face, rng), shot, 384, 384))
    plain = measure(landmarker, iter(pictures))
    disturbed = {
        "mirror": [p[:, ::-1] for p in pictures],
        **{f"rotation {a}": [_turn(p, np.deg2rad(a)) for p in pictures] for a in (5, 10, 15)},
        "half resolution": [resize(p, 192, 192) for p in pictures],
        "jpeg 50": [jpeg(p, 50) for p in pictures],
    }
    for kind, changed in disturbed.items():
        measured = measure(landmarker, (np.ascontiguousarray(p) for p in changed))
        for name in estimators.names:
            change = np.abs(_run(estimators, name, measured) - _run(estimators, name, plain))
            for unit, value in zip(UNITS, np.nanmean(change, 0), strict=True):
                yield ("mean change", "render", name, unit, kind, value, people)
    rng = np.random.default_rng(11)
    still = measure(landmarker, (add_noise(pictures[0], 4, rng) for _ in range(STILL_FRAMES)))
    for name in estimators.names:
        spread = np.nanstd(_run(estimators, name, still), 0)
        for unit, value in zip(UNITS, spread, strict=True):
            yield ("still spread", "render", name, unit, "noise 4", value, STILL_FRAMES)


def _acted(estimators: Estimators, face: MorphableFace, landmarker: Landmarker) -> Iterator[tuple]:
    """The sample clip: r with the known units over time, and what changes from crying to laughing."""
    known: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        for picture, units in sample_frames(face):
            known.append(units)
            yield picture

    measured = measure(landmarker, pictures())
    time = np.arange(len(known)) / RATE
    crying, laughing = ((time >= start) & (time < end) for start, end in (CRYING, LAUGHING))
    for name in estimators.names:
        estimates = _run(estimators, name, measured)
        change = np.nanmean(estimates[laughing], 0) - np.nanmean(estimates[crying], 0)
        for i, (unit, r) in enumerate(
            zip(UNITS, correlation(estimates, np.stack(known)), strict=True)
        ):
            yield ("pearson", "clip", name, unit, "", r, len(known))
            yield ("change", "clip", name, unit, LAUGHTER, change[i], int(laughing.sum()))


def _turn(picture: np.ndarray, angle: float) -> np.ndarray:
    height, width = picture.shape[:2]
    return cut(picture, Region(width / 2, height / 2, width, angle), width).astype(np.uint8)
