"""Where things lie on this machine: data sets, unfinished work, decoded data."""

import os
from pathlib import Path

from core.errors import InputError


def data_folder(given: str | Path | None = None) -> Path:
    """The folder of data sets: the argument, or ``EXPRESSRATE_DATA``.

    Raises InputError where neither names a folder that exists.
    """
    path = given or os.environ.get("EXPRESSRATE_DATA")
    if not path:
        raise InputError("No data folder: pass --data FOLDER or set EXPRESSRATE_DATA.")
    if not Path(path).exists():
        raise InputError(f"The data path {path} does not exist.")
    return Path(path)


def has_data_folder() -> bool:
    """Whether ``EXPRESSRATE_DATA`` names a folder that exists."""
    path = os.environ.get("EXPRESSRATE_DATA")
    return bool(path) and Path(path).exists()


def state_folder() -> Path:
    """Where unfinished work lives: ``EXPRESSRATE_STATE`` or the user's local share, outside git."""
    given = os.environ.get("EXPRESSRATE_STATE")
    return Path(given) if given else Path.home() / ".local" / "share" / "expressrate"


def cache_folder() -> Path:
    """Where decoded data is kept: ``XDG_CACHE_HOME`` or ``~/.cache``, in ``expressrate``."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "expressrate"


def readings_file() -> Path | None:
    """The file in which a class's answers are kept together: ``EXPRESSRATE_READINGS``, or None."""
    given = os.environ.get("EXPRESSRATE_READINGS")
    return Path(given) if given else None
