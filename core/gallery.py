"""The faces that ship: where they lie and what they are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from core import checkpoints
from core.errors import InputError

COMPOSITE, RENDER = KINDS = ("composite", "render")
"""How a picture was made: averaged from photographs of several people, or drawn by computer."""

FIRST = "women-older-happy.png"
"""The face that one begins with: read surely as it is, and as something else in few bits, with few
changes of mind in between (of the smiling faces, by each of our codecs and JPEG)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of ``gallery.json``.

    ``file``: the picture, beside the list.  ``label``: its expression, None where it has none.
    ``people`` counts those averaged and ``ids`` names them; for a render 0 and none.  ``source`` names
    who made it and its licence.  ``kind``: composite or render.
    """

    file: str
    label: str | None = None
    title: str = ""
    people: int = 0
    ids: tuple[str, ...] = ()
    source: str = ""
    kind: str = COMPOSITE


def folder() -> Path:
    """Where the faces lie, beside the checkpoints."""
    return checkpoints.folder() / "gallery"


def read_list(gallery: Path) -> list[Entry]:
    """The entries of a gallery, in order; none without a list.  InputError if it is damaged."""
    path = gallery / "gallery.json"
    if not path.is_file():
        return []
    known = {field.name for field in fields(Entry)}
    try:
        lines = [
            {name: value for name, value in line.items() if name in known}
            for line in json.loads(path.read_text(encoding="utf-8"))
        ]
        return [Entry(**{**line, "ids": tuple(line.get("ids", ()))}) for line in lines]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{path.name} of the gallery cannot be read: {error}. {checkpoints.RESTORE}"
        ) from error


def faces() -> list[Entry]:
    """The entries of the gallery that ships whose picture is there.  InputError if it is damaged."""
    return [entry for entry in read_list(folder()) if (folder() / entry.file).is_file()]


def first_face(entries: Sequence[Entry]) -> Entry:
    """:data:`FIRST`; where it is not among ``entries`` a smiling face, where there is none any."""
    named = [entry for entry in entries if entry.file == FIRST]
    smiling = [entry for entry in entries if entry.label == "happy"]
    return (named or smiling or list(entries))[0]
