"""Where the repository and, on some machines, the data sets lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = Path(os.environ.get("EXPRESSRATE_DATA", ROOT.parent / "shared" / "data"))
"""Data sets; tests that want them skip where there are none."""

CASES = DATA.parent / "cases"
"""Inputs that once went wrong; tests that want them skip where there are none."""
