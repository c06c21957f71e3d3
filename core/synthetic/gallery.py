"""The list of pictures that ship in ``checkpoints/gallery``, and the notice that says what they are."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from core.errors import InputError
from core.files import write_whole

COMPOSITE, RENDER = KINDS = ("composite", "render")
"""How a picture was made: averaged from photographs of several people, or drawn by computer."""

_NOTICE = """# The gallery

No picture here shows a real person. `gallery.json` lists how each was made.

## Composite faces

Each is the average of several people of the Face Research Lab London Set:

> DeBruine, Lisa; Jones, Benedict (2017). Face Research Lab London Set. figshare.
> https://doi.org/10.6084/m9.figshare.5047666.v5

Licence of the set and of these pictures: CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/).
Changes: the photographs of 4 to 7 people were warped to their mean shape and averaged (around the
face: the median), sharpened, faded to a plain ground and scaled to 384x384. `gallery.json` lists who
went into which picture. All have ids of 100 and above, whom no codec was trained on (ids 100 to 121
served its validation).

Made by `python -m core.synthetic composites --data FOLDER --out checkpoints/gallery`.

## Rendered faces

`render-*.png` and the clip `sample.mp4` were drawn by computer from ICT-FaceKit's morphable face (USC
Institute for Creative Technologies, MIT License, Copyright (c) 2020). Shape, skin and hair of the
people are drawn by chance; their action units are known exactly. `sample.csv` holds those of the clip.

Made by `python -m core.synthetic renders --data FOLDER --out checkpoints/gallery` and
`python -m core.synthetic sample --data FOLDER --out checkpoints/gallery/sample.mp4`.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the gallery's list.

    ``label``: the expression.  ``people`` counts those averaged and ``ids`` names them; for a render
    0 and none.  ``kind``: composite or render.
    """

    file: str
    label: str
    title: str
    people: int
    ids: tuple[str, ...]
    source: str
    kind: str = COMPOSITE


def read_list(folder: Path) -> list[Entry]:
    """The entries of a gallery, in order; none without a list.  InputError if it is damaged."""
    path = folder / "gallery.json"
    if not path.is_file():
        return []
    known = {field.name for field in fields(Entry)}
    try:
        return [
            Entry(**{**{k: v for k, v in line.items() if k in known}, "ids": tuple(line["ids"])})
            for line in json.loads(path.read_text())
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} is not the list of a gallery: {error}") from error


def list_pictures(folder: Path, replacing: Iterable[Entry]) -> list[Entry]:
    """Put new pictures into a gallery's list, in place of all of their kind, and write its notice."""
    replacing = list(replacing)
    kinds = {entry.kind for entry in replacing}
    entries = [entry for entry in read_list(folder) if entry.kind not in kinds] + replacing
    entries.sort(key=lambda entry: KINDS.index(entry.kind))
    listed = json.dumps([asdict(entry) for entry in entries], indent=1) + "\n"
    write_whole(folder / "gallery.json", listed.encode())
    write_whole(folder / "NOTICE.md", _NOTICE.encode())
    return entries
