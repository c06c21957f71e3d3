"""All faces that a training of action units wants: what a configuration asks for, made where it lacks."""

import sys
import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.data.faces import Faces, clean, read_faces
from core.data.photographs import split_of
from core.errors import InputError
from core.face.landmarks import Landmarker
from core.face.tracking import FaceTracker
from core.face.video import open_video
from core.files import whole_file
from core.picture_files import FORMATS
from core.synthetic.morphable import MorphableFace, load_morphable
from core.synthetic.morphable.warp import fit_photo, landmark_vertices
from core.training.settings import UnitsConfig
from core.training.unit_shots import (
    FIRST_PERSON,
    Shots,
    label_chunk,
    odd_chunk,
    render_chunk,
    warp_chunk,
)
from core.workers import DIED, RAISED, RESULT, Worker

SHOTS = "unit-shots"
"""Folder of the shots, beside the state of a training."""
_WARPS_OF_TEST = 2


FACES_IN_CHUNK, PHOTO_SIDE = 128, 384
Part = tuple[int, int]
"""(i, n): each n-th chunk from the i-th, so that n processes do the whole together."""
ALL: Part = (0, 1)


def make_shots(
    data: Path, faces: Faces, folder: Path, config: UnitsConfig, part: Part = ALL
) -> None:
    """Make what is missing of the shots of all splits, or of a ``part`` of them."""
    morphable, splits = load_morphable(data), tuple(FIRST_PERSON)
    make_motion(faces, data / "video", folder, config.motion, part)
    while not all(_motion_file(folder, split).exists() for split in splits):
        time.sleep(0.2)  # another process is at it
    renders = {"train": config.renders, "val": config.renders_val, "test": config.renders_test}
    make_renders(morphable, folder, renders, dict.fromkeys(splits, config.odd), part)
    warps = {"train": config.warps, "val": config.warps_val, "test": _WARPS_OF_TEST}
    make_warps(morphable, data / "london", folder, warps, part)
    seen = config.faces if config.steps and config.weak else 0
    make_labelled(faces, folder, {"train": seen, "test": config.faces_test}, part)


class Making:
    """Shots that are made by ``jobs`` processes while this one does something else.

    Leaving the context ends them; what they made stays, whole chunks only.
    """

    def __init__(self, data: Path, folder: Path, config: UnitsConfig, jobs: int) -> None:
        self._at = [Worker() for _ in range(jobs)]
        for i, worker in enumerate(self._at):
            worker.give(_make_part, data, folder, config, (i, jobs))

    def __enter__(self) -> "Making":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._at:
            worker.end()

    def done(self, seconds: float) -> bool:
        """Whether all shots are there, after ``seconds`` of waiting at most.

        Raises InputError where a process failed.
        """
        until = time.monotonic() + seconds
        while self._at:
            message = self._at[-1].message(max(0.0, until - time.monotonic()))
            if message is None:
                return False
            kind, content = message
            if kind in (RAISED, DIED):
                raise InputError(f"The faces for the action units cannot be made: {content}.")
            if kind == RESULT:
                self._at.pop().end()
        return True


def _make_part(data: Path, folder: Path, config: UnitsConfig, part: Part, _: object) -> None:
    """What one process makes."""
    make_shots(data, clean(read_faces(data)), folder, config, part)


def make_renders(
    face: MorphableFace,
    folder: Path,
    chunks: dict[str, int],
    odd: dict[str, int],
    part: Part = ALL,
) -> None:
    """Bring ``folder`` up to ``chunks`` files of renders of each split, and of odd ones.

    What is there is kept.  The motion is that of the faces that :func:`make_motion` measured.
    """
    landmarker = Landmarker()
    for kind, make, counts in (("render", render_chunk, chunks), ("odd", odd_chunk, odd)):
        for split, count in counts.items():
            motion = read_motion(folder, split)
            _make(
                folder,
                {
                    f"{kind}-{split}-{i:05d}": partial(make, face, landmarker, motion, split, i)
                    for i in range(count)
                },
                part,
            )


def make_motion(faces: Faces, clips: Path, folder: Path, count: int, part: Part = ALL) -> None:
    """Measure the blendshapes of real faces: of the clips in a folder and of ``count`` faces a split.

    Faces of one split of the data set move the renders of the same split only; the clips all.  Raises
    InputError where no face is found.
    """
    folder.mkdir(parents=True, exist_ok=True)
    landmarker, clip_rows = Landmarker(), None
    for i, split in enumerate(FIRST_PERSON):
        path = _motion_file(folder, split)
        if path.exists() or i % part[1] != part[0]:
            continue
        if clip_rows is None:
            clip_rows = [_motion_of(clip) for clip in sorted(clips.glob("*.m*"))]
        order = np.flatnonzero(faces.splits == split)
        chosen = np.random.default_rng(1).permutation(order)[:count]
        rows = label_chunk(landmarker, faces, chosen).blendshapes
        rows = np.concatenate([rows, *clip_rows])
        rows = rows[np.isfinite(rows).all(1)]
        if not len(rows):
            raise InputError(
                f"No face was found in {clips} nor among the faces of the {split} split."
            )
        with whole_file(path) as temporary:
            save_file({"motion": np.ascontiguousarray(rows)}, temporary)


def _motion_of(clip: Path) -> np.ndarray:
    """Blendshapes (n, 52) of a clip, each frame; empty where nobody is in it."""
    tracker = FaceTracker(Landmarker())
    with open_video(clip) as video:
        seen = [tracker.see(frame.picture).face for frame in video]
    rows = [face.blendshapes for face in seen if face is not None]
    return np.stack(rows) if rows else np.empty((0, 52), np.float32)


def read_motion(folder: Path, split: str) -> np.ndarray:
    """The blendshapes (n, 52) that :func:`make_motion` measured."""
    return load_file(_motion_file(folder, split))["motion"]


def _motion_file(folder: Path, split: str) -> Path:
    return folder / f"motion-{split}.safetensors"


def make_warps(
    face: MorphableFace,
    photographs: Path,
    folder: Path,
    chunks: dict[str, int],
    part: Part = ALL,
) -> None:
    """Bring ``folder`` up to ``chunks`` files for each neutral photograph of each split.

    A ``part`` is of photographs.
    """
    landmarker, vertices = Landmarker(), None
    for path in sorted(photographs.glob("*_neutral.jpg"))[part[0] :: part[1]]:
        split, person = split_of(path.name), int(path.name.split("_")[0])
        names = [f"warp-{split}-{person:03d}-{i:03d}" for i in range(chunks[split])]
        if all((folder / f"{name}.safetensors").exists() for name in names):
            continue
        motion = read_motion(folder, split)
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
                name: partial(warp_chunk, face, landmarker, motion, photo, person, i)
                for i, name in enumerate(names)
            },
        )


def make_labelled(faces: Faces, folder: Path, chunks: dict[str, int], part: Part = ALL) -> None:
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
    _make(folder, wanted, part)


def _make(folder: Path, chunks: dict[str, Callable[[], Shots]], part: Part = ALL) -> None:
    """Write the chunks, or a part of them, that ``folder`` lacks, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    mine = list(chunks.items())[part[0] :: part[1]]
    paths = {folder / f"{name}.safetensors": make for name, make in mine}
    missing = {path: make for path, make in paths.items() if not path.exists()}
    started = time.monotonic()
    for done, (path, make) in enumerate(missing.items(), 1):
        shots = make()
        with whole_file(path) as temporary:
            save_file({f.name: getattr(shots, f.name) for f in fields(shots)}, temporary)
        left = (time.monotonic() - started) / done * (len(missing) - done)
        message = f"{path.stem}: {done}/{len(missing)}, about {left / 60:.0f} min left"
        print(message, file=sys.stderr, flush=True)
