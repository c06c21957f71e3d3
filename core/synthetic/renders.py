"""Pictures of two people who do not exist, each showing the seven expressions."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.files import write_whole
from core.gallery import RENDER, Entry
from core.synthetic.gallery import list_pictures
from core.synthetic.morphable import MorphableFace, Person, Scene, perform_units, render
from core.synthetic.morphable.paint import random_looks
from core.synthetic.morphable.render import dress
from core.synthetic.morphable.scene import Light

SIDE = 384
SHOWN: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"AU06": 4, "AU12": 4.6, "AU25": 2.5},
    "sad": {"AU01": 4.5, "AU04": 3, "AU15": 4.8, "AU17": 3.2},
    "surprise": {"AU01": 4.5, "AU02": 4.8, "AU05": 4.5, "AU25": 1.5, "AU26": 3.2},
    "fear": {
        "AU01": 4.8, "AU02": 2, "AU04": 3, "AU05": 5, "AU20": 4.5, "AU25": 3, "AU26": 0.8,
    },
    "angry": {
        "AU04": 5, "AU05": 1, "AU07": 4.5, "AU09": 1, "AU15": 1.5, "AU17": 2.5, "AU23": 5,
    },
    "disgust": {"AU04": 2.5, "AU07": 2.5, "AU09": 5, "AU10": 4.2, "AU15": 1.5, "AU17": 2.5},
}  # fmt: skip
"""Expression -> intensities (0..5) of the units that make it, after EMFACS."""

SOURCE = (
    "Drawn from ICT-FaceKit's morphable face (USC Institute for Creative Technologies, MIT License), "
    "identity by chance"
)
_STUDIO = Scene(
    size=0.68,
    place=(0.5, 0.54),
    lights=(
        Light(np.array([-0.35, 0.45, 0.8]), np.array([0.72, 0.70, 0.68])),
        Light(np.array([0.8, 0.2, 0.4]), np.full(3, 0.22)),
    ),
)
_EARS = (6.3, 3.5)
"""Beyond this x and below this y, in centimetres, there is no hair on a head at rest."""


@dataclass(frozen=True, slots=True)
class Invented:
    """A person by number."""

    name: str
    title: str
    seed: int


PEOPLE = (Invented("first", "Rendered face 1", 2), Invented("second", "Rendered face 2", 23))


def invent(face: MorphableFace, seed: int) -> Person:
    """The person of that number, ears free of hair."""
    rng = np.random.default_rng((seed, 0xFACE))
    bare = face.person(rng.normal(0, 1, 60))
    looks = random_looks(face, rng)
    side, top = _EARS
    hidden = (np.abs(face.neutral[:, 0]) > side) & (face.neutral[:, 1] < top)
    return dress(face, bare, replace(looks, scalp=np.where(hidden, 0, looks.scalp), length=0.0))


def write_renders(
    face: MorphableFace, out: Path, report: Callable[[str], None] = lambda line: None
) -> list[Entry]:
    """Write ``render-NAME-EXPRESSION.png`` of all people; return the gallery's whole list."""
    entries = []
    for person in PEOPLE:
        invented = invent(face, person.seed)
        for label, units in SHOWN.items():
            drawn = render(face, invented, perform_units(face, units), _STUDIO, SIDE, SIDE)
            content = io.BytesIO()
            Image.fromarray(drawn).save(content, "PNG", optimize=True)
            file = f"render-{person.name}-{label}.png"
            write_whole(out / file, content.getvalue())
            entries.append(Entry(file, label, f"{person.title}, {label}", 0, (), SOURCE, RENDER))
            report(f"{file}: {', '.join(f'{u} {v:g}' for u, v in units.items()) or 'at rest'}")
    return list_pictures(out, entries)
