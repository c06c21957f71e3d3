"""Where the repository and, on some machines, the data sets lie."""

import os
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
