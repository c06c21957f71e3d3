"""Renders with known action units, seen through the real landmarker: made in chunks, resumable."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from core.face.landmarks import LANDMARKS, Landmarker
from core.face.morphable import (
    MorphableFace,
    degrade,
    make_person,
    random_expression,
    random_scene,
    render,
    truth,
)  # fmt: skip
from core.face.units.alignment import CROP, crop

PEOPLE_IN_CHUNK, SHOTS_OF_PERSON = 10, 5
FIRST_PERSON = {"train": 0, "val": 1_000_000, "test": 2_000_000}
"""Identity seeds: no person is in two splits."""


@dataclass(frozen=True, slots=True)
class Shots:
    """Faces with known units.

    ``landmarks`` (n, 478, 3) in pixels, ``blendshapes`` (n, 52), ``crops`` uint8 (n, 112, 112),
    ``units`` (n, 17) intensities 0..5, ``person`` (n,) the identity's number.  Where the landmarker
    found no face, landmarks and blendshapes are NaN.
    """

    landmarks: np.ndarray
    blendshapes: np.ndarray
    crops: np.ndarray
    units: np.ndarray
    person: np.ndarray

    def __len__(self) -> int:
        return len(self.units)

    def __getitem__(self, chosen: np.ndarray) -> "Shots":
        return Shots(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @property
    def found(self) -> np.ndarray:
        """(n,) whether the landmarker found a face."""
        return np.isfinite(self.blendshapes).all(1)


def measure(landmarker: Landmarker, pictures: Iterator[np.ndarray]) -> dict[str, np.ndarray]:
    """Landmarks, blendshapes and crops of the largest face of each picture, NaN where none is."""
    rows: dict[str, list] = {"landmarks": [], "blendshapes": [], "crops": []}
    for picture in pictures:
        faces = landmarker.find(picture, thorough=True)
        if faces:
            rows["landmarks"].append(faces[0].landmarks)
            rows["blendshapes"].append(faces[0].blendshapes)
            rows["crops"].append(crop(picture, faces[0].landmarks))
        else:
            rows["landmarks"].append(np.full((LANDMARKS, 3), np.nan, np.float32))
            rows["blendshapes"].append(np.full(52, np.nan, np.float32))
            rows["crops"].append(np.zeros((CROP, CROP), np.uint8))
    return {name: np.stack(values) for name, values in rows.items()}


def render_chunk(face: MorphableFace, landmarker: Landmarker, split: str, chunk: int) -> Shots:
    """The shots of chunk number ``chunk`` of a split; the same numbers give the same shots."""
    pictures, units, people = [], [], []
    for i in range(PEOPLE_IN_CHUNK):
        seed = FIRST_PERSON[split] + chunk * PEOPLE_IN_CHUNK + i
        person = make_person(face, seed)
        for shot in range(SHOTS_OF_PERSON):
            rng = np.random.default_rng((seed, shot))
            weights = random_expression(face, rng)
            picture = render(face, person, weights, random_scene(rng))
            pictures.append(degrade(picture, rng))
            units.append(truth(face, person.vertices, weights))
            people.append(seed)
    return Shots(
        **measure(landmarker, iter(pictures)), units=np.stack(units), person=np.array(people)
    )


def make_renders(face: MorphableFace, folder: Path, chunks: dict[str, int]) -> None:
    """Bring ``folder`` up to ``chunks`` files of each split; what is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    landmarker = Landmarker()
    wanted = [(split, i) for split, count in chunks.items() for i in range(count)]
    missing = [(split, i) for split, i in wanted if not _file(folder, split, i).exists()]
    started = time.monotonic()
    for done, (split, i) in enumerate(missing, 1):
        shots = render_chunk(face, landmarker, split, i)
        path = _file(folder, split, i)
        temporary = path.with_suffix(".part")
        save_file({f.name: getattr(shots, f.name) for f in fields(shots)}, temporary)
        temporary.replace(path)
        left = (time.monotonic() - started) / done * (len(missing) - done)
        print(
            f"renders: {done}/{len(missing)}, {left / 60:.0f} min left", file=sys.stderr, flush=True
        )


def read_renders(folder: Path, split: str) -> Shots:
    """All shots of a split that are there; those without a face are left out."""
    files = sorted(folder.glob(f"{split}-*.safetensors"))
    if not files:
        raise ValueError(f"{folder} holds no renders of the {split} split")
    parts = [load_file(file) for file in files]
    shots = Shots(**{f.name: np.concatenate([p[f.name] for p in parts]) for f in fields(Shots)})
    return shots[shots.found]


def _file(folder: Path, split: str, chunk: int) -> Path:
    return folder / f"{split}-{chunk:05d}.safetensors"
