"""The faces that ship: where they lie and what they are."""

import json
from pathlib import Path

from core import checkpoints
from core.errors import InputError


def folder() -> Path:
    """Where the faces lie, beside the checkpoints."""
    return checkpoints.folder() / "gallery"


def faces() -> list[dict]:
    """The entries of gallery.json whose picture is there: file, title, label, people, source."""
    listed = folder() / "gallery.json"
    if not listed.is_file():
        return []
    try:
        entries = json.loads(listed.read_text(encoding="utf-8"))
        return [entry for entry in entries if (folder() / entry["file"]).is_file()]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"{listed.name} of the gallery cannot be read: {error}. {checkpoints.RESTORE}"
        ) from error


FIRST = "women-older-happy.png"
"""The face that one begins with: read surely as it is, and as something else in few bits, with few
changes of mind in between (of the smiling faces, by each of our codecs and JPEG)."""


def first_face(entries: list[dict]) -> dict:
    """:data:`FIRST`; where it is not among ``entries`` a smiling face, where there is none any."""
    named = [entry for entry in entries if entry["file"] == FIRST]
    smiling = [entry for entry in entries if entry["label"] == "happy"]
    return (named or smiling or entries)[0]
