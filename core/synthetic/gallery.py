"""The list of pictures that ship in ``checkpoints/gallery``, and the notice that says what they are."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from core.files import write_whole
from core.gallery import KINDS, Entry, read_list

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
