"""Which code made a number: the package's version and, in a checkout, the commit."""

import subprocess
from pathlib import Path

VERSION = "0.3.0"


def code_version() -> str:
    """``0.3.0+abc1234`` in a git checkout (``.dirty`` if changed), ``0.3.0`` elsewhere."""
    root = Path(__file__).resolve().parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty=.dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return VERSION
    return f"{VERSION}+{found.stdout.strip()}" if found.returncode == 0 else VERSION
