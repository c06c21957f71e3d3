"""Faces with known action units, seen through the real landmarker: made in chunks, resumable.

Renders of the morphable face, and photographs warped by its motion.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from core.data.faces import Faces
from core.face.landmarks import LANDMARKS, LEAST_PRESENCE, Landmarker
from core.face.regions import Region, cut
from core.face.units.alignment import CROP, crop
from core.facs import UNITS
from core.synthetic.morphable import (
    MorphableFace,
    Place,
    Scene,
    cover,
    degrade,
    film,
    make_person,
    natural_expression,
    render,
    sides_truth,
    telephone_scene,
    truth,
)
from core.synthetic.morphable.model import LANDMARKS as VERTICES_OF_LANDMARKS
from core.synthetic.morphable.odd import close_up, drawing
from core.synthetic.morphable.warp import FittedPhoto, warp

PEOPLE_IN_CHUNK, SHOTS_OF_PERSON, SHOTS_OF_PHOTO = 16, 3, 16
RENDER_SIDE = 256
FRAMING = 1.5
"""Side of the square in which landmarks are looked for, in the longer side of the face."""
COVERED = 0.2
"""Share of shots with something before the face."""
ODD = ("upside down", "covered", "drawing", "close-up")
"""Kinds of odd pictures; their number is the shot's label."""
OUTLINE = np.array(VERTICES_OF_LANDMARKS)
FIRST_PERSON = {"train": 0, "val": 1_000_000, "test": 2_000_000}
"""Identity seeds: no person is in two splits."""


@dataclass(frozen=True, slots=True)
class Shots:
    """Faces with known units.

    ``landmarks`` (n, 478, 3) in pixels, ``blendshapes`` (n, 52), ``crops`` uint8 (n, 112, 112),
    ``presence`` (n,) of the face; ``units`` (n, 17) intensities 0..5, NaN where unknown, and
    ``sides`` (n, 17, 2), the person's left and right; ``occlusion`` (n,) share of the face that is
    hidden, NaN where unknown; ``person`` (n,) the identity's number, or the face's in its data set;
    ``label`` (n,) the expression's index, or of odd pictures :data:`ODD`'s; -1 where unknown.  Where
    the landmarker found no face, landmarks and blendshapes are NaN.
    """

    landmarks: np.ndarray
    blendshapes: np.ndarray
    crops: np.ndarray
    presence: np.ndarray
    units: np.ndarray
    sides: np.ndarray
    occlusion: np.ndarray
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
    landmarker: Landmarker,
    pictures: Iterable[np.ndarray],
    guesses: Iterable[Region | None] = itertools.repeat(None),
) -> dict[str, np.ndarray]:
    """Landmarks, blendshapes, crops and presence of one face of each picture, NaN where none is.

    ``guesses``: where its face lies, about; None: the detector looks for the largest.
    """
    rows: dict[str, list] = {"landmarks": [], "blendshapes": [], "crops": [], "presence": []}
    for picture, guess in zip(pictures, guesses, strict=False):
        if guess is None:
            faces = landmarker.find(picture, thorough=True)
        else:  # twice: the second look is where tracking would look
            face = landmarker.measure(picture, landmarker.measure(picture, guess).region)
            faces = [face] if face.presence >= LEAST_PRESENCE else []
        if faces:
            rows["landmarks"].append(faces[0].landmarks)
            rows["blendshapes"].append(faces[0].blendshapes)
            rows["crops"].append(crop(picture, faces[0].landmarks))
            rows["presence"].append(np.float32(faces[0].presence))
        else:
            rows["landmarks"].append(np.full((LANDMARKS, 3), np.nan, np.float32))
            rows["blendshapes"].append(np.full(52, np.nan, np.float32))
            rows["crops"].append(np.zeros((CROP, CROP), np.uint8))
            rows["presence"].append(np.float32(0))
    return {name: np.stack(values) for name, values in rows.items()}


class _Taken:
    """Shots as they are taken one by one."""

    def __init__(self, face: MorphableFace) -> None:
        self._face = face
        self._pictures, self._guesses = [], []
        self._known: dict[str, list] = {
            name: [] for name in ("units", "sides", "occlusion", "person", "label")
        }

    def add(
        self, picture, place: Place | None, weights, vertices, person: int, hidden=0.0, label=-1
    ) -> None:
        """A picture of a person with ``vertices`` at rest under expression ``weights``."""
        self._pictures.append(picture)
        self._guesses.append(None if place is None else _around(place))
        known = (truth(self._face, vertices, weights), sides_truth(self._face, weights))
        for name, value in zip(self._known, (*known, hidden, person, label), strict=True):
            self._known[name].append(value)

    def develop(self, landmarker: Landmarker) -> Shots:
        """All of them, seen through the landmarker."""
        known = {name: np.array(values) for name, values in self._known.items()}
        known["occlusion"] = known["occlusion"].astype(np.float32)
        return Shots(**measure(landmarker, self._pictures, self._guesses), **known)


def _around(place: Place) -> Region:
    side = FRAMING * max(place.width, place.height)
    return Region(place.x, place.y, side, place.roll)


def render_chunk(
    face: MorphableFace, landmarker: Landmarker, motion: np.ndarray, split: str, chunk: int
) -> Shots:
    """The renders of chunk number ``chunk`` of a split; the same numbers give the same shots."""
    taken = _Taken(face)
    for i in range(PEOPLE_IN_CHUNK):
        seed = FIRST_PERSON[split] + chunk * PEOPLE_IN_CHUNK + i
        person = make_person(face, seed)
        for shot in range(SHOTS_OF_PERSON):
            rng = np.random.default_rng((seed, shot))
            weights = natural_expression(face, motion, rng)
            scene = telephone_scene(rng)
            picture = render(face, person, weights, scene)
            place = _place(scene, person.vertices)
            picture, hidden = _perhaps_cover(picture, place, rng)
            taken.add(film(picture, rng), place, weights, person.vertices, seed, hidden)
    return taken.develop(landmarker)


def _place(scene: Scene, vertices: np.ndarray, side: int = RENDER_SIDE) -> Place:
    """Where the face of a person with ``vertices`` lies in a render."""
    outline = scene.place_head(vertices[OUTLINE])
    return Place.of(scene.project(outline, side, side)[0], scene.roll)


def _perhaps_cover(picture: np.ndarray, place: Place, rng) -> tuple[np.ndarray, float]:
    return cover(picture, place, rng) if rng.random() < COVERED else (picture, 0.0)


def warp_chunk(
    face: MorphableFace,
    landmarker: Landmarker,
    motion: np.ndarray,
    photo: FittedPhoto,
    person: int,
    chunk: int,
) -> Shots:
    """Shots of one photograph under natural expressions, turned and scaled a little."""
    taken = _Taken(face)
    for shot in range(SHOTS_OF_PHOTO):
        rng = np.random.default_rng((person, chunk, shot))
        weights = natural_expression(face, motion, rng)
        picture = warp(face, photo, weights, rng, another=rng.choice([0.0, 0.4]))
        middle, apart = photo.at.mean(0), float(np.ptp(photo.at[:, 0]))
        square = Region(
            *(float(m) for m in middle + rng.normal(0, 0.03, 2) * apart),
            apart * rng.uniform(1.0, 1.4),
            float(rng.normal(0, 0.12)),
        )
        picture = cut(picture, square, RENDER_SIDE).astype(np.uint8)
        place = Place.of(_in_square(photo.at[OUTLINE], square), -square.angle)
        picture, hidden = _perhaps_cover(picture, place, rng)
        taken.add(film(picture, rng), place, weights, photo.person, person, hidden)
    return taken.develop(landmarker)


def _in_square(points: np.ndarray, square: Region) -> np.ndarray:
    """Points (n, 2) of a picture in the pixels of a square that is cut from it."""
    x, y = (points - (square.x, square.y)).T
    cos, sin = np.cos(square.angle), np.sin(square.angle)
    part = np.stack([cos * x + sin * y, cos * y - sin * x], 1) / square.side
    return (part + 0.5) * RENDER_SIDE


def odd_chunk(
    face: MorphableFace, landmarker: Landmarker, motion: np.ndarray, split: str, chunk: int
) -> Shots:
    """Pictures that no estimate should be trusted on, one kind after the other (:data:`ODD`)."""
    taken = _Taken(face)
    for i in range(PEOPLE_IN_CHUNK):
        seed = FIRST_PERSON[split] + 400_000 + chunk * PEOPLE_IN_CHUNK + i
        person = make_person(face, seed)
        for shot, kind in enumerate(ODD):
            rng = np.random.default_rng((seed, shot))
            weights = natural_expression(face, motion, rng)
            scene = telephone_scene(rng)
            picture = render(face, person, weights, scene)
            place = _place(scene, person.vertices)
            hidden = 0.0
            if kind == "upside down":
                picture = picture[::-1, ::-1]
            elif kind == "covered":
                picture, hidden = cover(picture, place, rng, str(rng.choice(["hand", "mask"])))
            elif kind == "drawing":
                picture = drawing(picture, rng)
            else:
                picture = close_up(picture, place, rng)
            picture = degrade(np.ascontiguousarray(picture), rng)
            taken.add(picture, None, weights, person.vertices, seed, hidden, shot)
    return taken.develop(landmarker)


def label_chunk(landmarker: Landmarker, faces: Faces, chosen: np.ndarray) -> Shots:
    """Faces of an expression data set: no units, but a label."""
    pictures = (frame_face(pixels) for pixels in faces.pixels[chosen])
    measured = measure(landmarker, pictures, itertools.repeat(Region(144, 150, 250)))
    count = len(chosen)
    return Shots(
        **measured,
        units=np.full((count, len(UNITS)), np.nan, np.float32),
        sides=np.full((count, len(UNITS), 2), np.nan, np.float32),
        occlusion=np.full(count, np.nan, np.float32),
        person=chosen,
        label=faces.labels[chosen],
    )


def frame_face(pixels: np.ndarray) -> np.ndarray:
    """A tight face, uint8 (h, w) or (h, w, 3), enlarged to 192 pixels with a margin: (288, 288, 3)."""
    face = np.asarray(Image.fromarray(pixels).convert("RGB").resize((192, 192), Image.BICUBIC))
    return np.pad(face, ((48, 48), (48, 48), (0, 0)), mode="edge")


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


def join_shots(parts: Iterable[Shots | None]) -> Shots:
    """All shots as one; None among them are left out."""
    parts = [part for part in parts if part is not None]
    names = [f.name for f in fields(Shots)]
    return Shots(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def there(folder: Path, kind: str, split: str) -> Shots | None:
    """The shots of a folder, None where it has none of that kind."""
    try:
        return read_shots(folder, kind, split)
    except ValueError:
        return None
