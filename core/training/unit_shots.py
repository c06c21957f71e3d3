"""Faces with known action units, seen through the real landmarker: made in chunks, resumable.

Renders of the morphable face, and photographs warped by its motion.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.data.faces import Faces
from core.data.photographs import split_of
from core.face.landmarks import LANDMARKS, LEAST_PRESENCE, Landmarker
from core.face.regions import Region, cut
from core.face.units.alignment import CROP, crop
from core.facs import UNITS
from core.picture_files import FORMATS
from core.synthetic.morphable import (
    MorphableFace,
    degrade,
    make_person,
    random_expression,
    random_scene,
    render,
    truth,
)
from core.synthetic.morphable.warp import FittedPhoto, fit_photo, landmark_vertices, warp

PEOPLE_IN_CHUNK, SHOTS_OF_PERSON, SHOTS_OF_PHOTO = 16, 3, 16
FACES_IN_CHUNK = 128
PHOTO_SIDE = 384
FIRST_PERSON = {"train": 0, "val": 1_000_000, "test": 2_000_000}
"""Identity seeds: no person is in two splits."""


@dataclass(frozen=True, slots=True)
class Shots:
    """Faces with known units.

    ``landmarks`` (n, 478, 3) in pixels, ``blendshapes`` (n, 52), ``crops`` uint8 (n, 112, 112),
    ``units`` (n, 17) intensities 0..5, NaN where unknown; ``person`` (n,) the identity's number, or
    the face's in its data set; ``label`` (n,) the expression's index, -1 where unknown.  Where the
    landmarker found no face, landmarks and blendshapes are NaN.
    """

    landmarks: np.ndarray
    blendshapes: np.ndarray
    crops: np.ndarray
    units: np.ndarray
    person: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.units)

    def __getitem__(self, chosen: np.ndarray) -> "Shots":
        return Shots(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @property
    def has_face(self) -> np.ndarray:
        """(n,) whether the landmarker found a face."""
        return np.isfinite(self.blendshapes).all(1)


def measure(
    landmarker: Landmarker, pictures: Iterator[np.ndarray], guess: Region | None = None
) -> dict[str, np.ndarray]:
    """Landmarks, blendshapes and crops of the largest face of each picture, NaN where none is.

    ``guess``: where a face is looked for if the detector finds none.
    """
    rows: dict[str, list] = {"landmarks": [], "blendshapes": [], "crops": []}
    for picture in pictures:
        faces = landmarker.find(picture, thorough=True)
        if not faces and guess is not None:
            face = landmarker.measure(picture, guess)
            faces = [face] if face.presence >= LEAST_PRESENCE else []
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
    """The renders of chunk number ``chunk`` of a split; the same numbers give the same shots."""
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
    measured = measure(landmarker, iter(pictures))
    unknown = np.full(len(units), -1)
    return Shots(**measured, units=np.stack(units), person=np.array(people), label=unknown)


def warp_chunk(
    face: MorphableFace, landmarker: Landmarker, photo: FittedPhoto, person: int, chunk: int
) -> Shots:
    """Shots of one photograph under random expressions, turned and scaled a little."""
    pictures, units = [], []
    for shot in range(SHOTS_OF_PHOTO):
        rng = np.random.default_rng((person, chunk, shot))
        weights = random_expression(face, rng)
        picture = warp(face, photo, weights, rng, another=rng.choice([0.0, 0.4]))
        middle, apart = photo.at.mean(0), float(np.ptp(photo.at[:, 0]))
        square = Region(
            *(float(m) for m in middle + rng.normal(0, 0.03, 2) * apart),
            apart * rng.uniform(1.0, 1.4),
            float(rng.normal(0, 0.12)),
        )
        pictures.append(degrade(cut(picture, square, 256).astype(np.uint8), rng))
        units.append(truth(face, photo.person, weights))
    measured = measure(landmarker, iter(pictures))
    people, unknown = np.full(len(units), person), np.full(len(units), -1)
    return Shots(**measured, units=np.stack(units), person=people, label=unknown)


def label_chunk(landmarker: Landmarker, faces: Faces, chosen: np.ndarray) -> Shots:
    """Faces of an expression data set: no units, but a label."""
    pictures = (frame_face(pixels) for pixels in faces.pixels[chosen])
    measured = measure(landmarker, pictures, guess=Region(144, 150, 250))
    nothing = np.full((len(chosen), len(UNITS)), np.nan, np.float32)
    return Shots(**measured, units=nothing, person=chosen, label=faces.labels[chosen])


def frame_face(pixels: np.ndarray) -> np.ndarray:
    """A tight face, uint8 (h, w) or (h, w, 3), enlarged to 192 pixels with a margin: (288, 288, 3)."""
    face = np.asarray(Image.fromarray(pixels).convert("RGB").resize((192, 192), Image.BICUBIC))
    return np.pad(face, ((48, 48), (48, 48), (0, 0)), mode="edge")


def make_renders(face: MorphableFace, folder: Path, chunks: dict[str, int]) -> None:
    """Bring ``folder`` up to ``chunks`` files of renders of each split; what is there is kept."""
    landmarker = Landmarker()
    _make(
        folder,
        {
            f"render-{split}-{i:05d}": partial(render_chunk, face, landmarker, split, i)
            for split, count in chunks.items()
            for i in range(count)
        },
    )


def make_warps(
    face: MorphableFace, photographs: Path, folder: Path, chunks: dict[str, int]
) -> None:
    """Bring ``folder`` up to ``chunks`` files for each neutral photograph of each split."""
    landmarker, vertices = Landmarker(), None
    for path in sorted(photographs.glob("*_neutral.jpg")):
        split, person = split_of(path.name), int(path.name.split("_")[0])
        names = [f"warp-{split}-{person:03d}-{i:03d}" for i in range(chunks[split])]
        if all((folder / f"{name}.safetensors").exists() for name in names):
            continue
        if vertices is None:
            vertices = landmark_vertices(face, landmarker)
        picture = np.asarray(
            Image.open(path, formats=FORMATS).convert("RGB").resize((PHOTO_SIDE, PHOTO_SIDE))
        )
        located = landmarker.find(picture, thorough=True)
        if not located:
            print(f"{path.name}: no face found, left out", file=sys.stderr)
            continue
        photo = fit_photo(face, picture, located[0].landmarks, vertices)
        _make(
            folder,
            {
                name: partial(warp_chunk, face, landmarker, photo, person, i)
                for i, name in enumerate(names)
            },
        )


def make_labelled(faces: Faces, folder: Path, chunks: dict[str, int]) -> None:
    """Bring ``folder`` up to ``chunks`` files of labelled faces of each split, in random order."""
    landmarker = Landmarker()
    wanted = {}
    for split, count in chunks.items():
        order = np.flatnonzero(faces.splits == split)
        np.random.default_rng(0).shuffle(order)
        parts = [order[i : i + FACES_IN_CHUNK] for i in range(0, len(order), FACES_IN_CHUNK)]
        for i, chosen in enumerate(parts[:count]):
            name = f"label-{split}-{i:05d}"
            wanted[name] = partial(label_chunk, landmarker, faces, chosen)
    _make(folder, wanted)


def read_shots(folder: Path, kind: str, split: str) -> Shots:
    """All shots of ``kind`` (render, warp, label) and split; those without a face are left out.

    Raises ValueError where there are none.
    """
    files = sorted(folder.glob(f"{kind}-{split}-*.safetensors"))
    if not files:
        raise ValueError(f"{folder} holds no {kind}s of the {split} split")
    parts = [load_file(file) for file in files]
    shots = Shots(**{f.name: np.concatenate([p[f.name] for p in parts]) for f in fields(Shots)})
    return shots[shots.has_face]


def _make(folder: Path, chunks: dict[str, Callable[[], Shots]]) -> None:
    """Write the chunks that ``folder`` lacks, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{name}.safetensors": make for name, make in chunks.items()}
    missing = {path: make for path, make in paths.items() if not path.exists()}
    started = time.monotonic()
    for done, (path, make) in enumerate(missing.items(), 1):
        shots = make()
        temporary = path.with_suffix(f".{os.getpid()}.part")
        save_file({f.name: getattr(shots, f.name) for f in fields(shots)}, temporary)
        temporary.replace(path)
        left = (time.monotonic() - started) / done * (len(missing) - done)
        message = f"{path.stem}: {done}/{len(missing)}, about {left / 60:.0f} min left"
        print(message, file=sys.stderr, flush=True)
