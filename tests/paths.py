"""Where the repository and, on some machines, the data sets lie."""

import os
import shutil
from pathlib import Path

from core.face import bundle

ROOT = Path(__file__).resolve().parents[1]

DATA = Path(os.environ.get("EXPRESSRATE_DATA", ROOT.parent / "shared" / "data"))
"""Data sets; tests that want them skip where there are none."""

CASES = DATA.parent / "cases"
"""Inputs that once went wrong; tests that want them skip where there are none."""


def finder_is_installed() -> bool:
    """Whether the face finder's models are where they are looked for."""
    try:
        bundle.locate()
    except bundle.FaceFinderMissing:
        return False
    return True


def copy_tree(to: Path, *left_out: str) -> Path:
    """A copy of the sources, without the folders ``left_out``; checkpoints are linked to."""
    beside = {".git", ".venv", "checkpoints", "shared", *left_out}
    to.mkdir()
    for path in ROOT.iterdir():
        if path.is_dir() and path.name not in beside:
            shutil.copytree(path, to / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.is_file():
            shutil.copy(path, to / path.name)
    (to / "checkpoints").symlink_to(ROOT / "checkpoints")
    return to
