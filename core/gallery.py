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
        raise InputError(f"{listed.name} of the gallery cannot be read: {error}") from error


def first_face(entries: list[dict]) -> dict:
    """The face that one begins with: a happy one, whose reading changes as bits are taken away."""
    happy = [entry for entry in entries if entry["label"] == "happy"]
    return (happy or entries)[0]
