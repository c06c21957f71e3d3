"""A cohort of rendered people whose action units are known: two groups, seeded, who never lived.

Their levels are those of the synthetic tables (:func:`core.cohort.synthesis.levels`): Cohen's d of
the planted effect is the one asked for, in these very people.  Here the levels are acted on a
morphable face, so that the whole way from pixels to a conclusion can be walked with the truth known.
"""

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort import synthesis
from core.errors import InputError
from core.facs import MAX_INTENSITY, UNITS
from core.files import whole_file, write_whole
from core.progress import Progress
from core.synthetic.morphable import (
    MorphableFace,
    make_person,
    perform_units,
    random_scene,
    render,
    steady,
    truth,
)

RATE = 12.5
PIXELS = 256
_ACTED = ("AU01", "AU02", "AU04", "AU06", "AU12", "AU15", "AU25")
_MEAN, _SPREAD = 1.6, 0.45
"""Of the acted levels over people, intensities: far enough apart to be seen on a face."""
_SWING = 0.9
"""A unit moves between (1 - swing) and (1 + swing) times its level."""


def write_people(
    face: MorphableFace,
    folder: Path,
    people: int,
    effect: float,
    seed: int,
    seconds: float = 3.0,
    pixels: int = PIXELS,
    progress: Progress | None = None,
) -> Path:
    """Write ``people`` clips (H.264, ``pixels`` a side) with their known units (CSV), and ``labels.csv``.

    Group 1 shows more AU01, AU04, AU15 and less AU06, AU12 by ``effect`` standard deviations.
    A clip that is there already, whole, is not rendered again.  Raises InputError for numbers that
    make no cohort and for a folder that holds other clips.
    """
    if people < 4 or people % 2 or abs(effect) > synthesis.LARGEST_EFFECT or not 1 <= seconds <= 60:
        raise InputError(
            f"No cohort can be made of {people} people, effect {effect:g} and {seconds:g} s: take an "
            f"even number of people from 4, an effect within {synthesis.LARGEST_EFFECT:g}, 1 to 60 s."
        )
    levels = synthesis.levels(people, effect, seed)
    recipe = {
        "people": people,
        "effect": effect,
        "seed": seed,
        "seconds": seconds,
        "synthetic": True,
    } | ({} if pixels == PIXELS else {"pixels": pixels})
    _take_folder(folder, recipe)
    group = synthesis.groups(people, seed)
    labels = pd.DataFrame({"participant": levels.index, "label": group, "synthetic": "yes"})
    write_whole(folder / "labels.csv", labels.to_csv(index=False).encode())
    acted = _acted_levels(levels)
    for number, name in enumerate(levels.index):
        if progress:
            progress(number, people, f"rendering {name}")
        if not (folder / f"{name}.csv").is_file():
            path, place = folder / f"{name}.mp4", (seed, number)
            known = _film(face, path, acted.iloc[number], place, seconds, pixels)
            write_whole(folder / f"{name}.csv", known.to_csv(index=False).encode())
    return folder


def _take_folder(folder: Path, recipe: dict) -> None:
    """Make the folder ours, or say why it cannot be."""
    note = folder / "SYNTHETIC.json"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        same = json.loads(note.read_text()) == recipe
    except (OSError, ValueError):
        same = not any(folder.glob("*.mp4")) and not any(folder.glob("*.csv"))
    if not same:
        raise InputError(f"{folder} holds other clips or tables. Choose an empty folder.")
    write_whole(note, (json.dumps(recipe, indent=1) + "\n").encode())


def _acted_levels(levels: pd.DataFrame) -> pd.DataFrame:
    """The levels on the scale that is acted; differences between people keep their proportions."""
    spread = levels.std() / _SPREAD
    acted = _MEAN + (levels - levels.mean()) / spread.where(spread > 0, 1.0)
    return acted[list(_ACTED)].clip(0.2, MAX_INTENSITY / (1 + _SWING))


def _film(
    face: MorphableFace,
    path: Path,
    level: pd.Series,
    seed: tuple[int, int],
    seconds: float,
    pixels: int,
) -> pd.DataFrame:
    """One clip; its known units, one row a frame, with ``time``."""
    import av

    rng = np.random.default_rng([*seed, 7])
    person = make_person(face, int(rng.integers(2**31)))
    scene = replace(steady(random_scene(rng)), yaw=0.0, pitch=0.0, roll=0.0, size=0.62, distance=70)
    cycles = rng.integers(1, 4, len(_ACTED))  # whole ones: the mean over the clip is the level
    phase = rng.uniform(0, 2 * np.pi, len(_ACTED))
    frames = max(2, round(seconds * RATE))
    blinks = rng.choice(frames, size=max(1, frames // 30), replace=False)
    rows = []
    with (
        whole_file(path) as temporary,
        av.open(os.fspath(temporary), "w", format="mp4") as container,
    ):
        stream = container.add_stream("libx264", rate=Fraction(RATE).limit_denominator(100))
        stream.width = stream.height = pixels
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "16", "threads": "1"}
        for number in range(frames):
            turn = 2 * np.pi * cycles * number / frames + phase
            units = dict(zip(_ACTED, level * (1 + _SWING * np.sin(turn)), strict=True))
            units["AU45"] = MAX_INTENSITY if number in blinks else 0.0
            weights = perform_units(face, units)
            sway = 0.05 * np.sin(2 * np.pi * number / frames + phase[0])
            shot = replace(scene, yaw=float(sway), roll=float(sway / 2))
            picture = render(face, person, weights, shot, pixels, pixels)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            rows.append([number / RATE, *truth(face, person.vertices, weights)])
        container.mux(stream.encode())
    return pd.DataFrame(rows, columns=["time", *UNITS])
