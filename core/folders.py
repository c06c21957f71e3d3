"""Where things lie on this machine: data sets, unfinished work, decoded data."""

import contextlib
import os
import tempfile
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
    return Path(given) if given else _home() / ".local" / "share" / "expressrate"


def cache_folder() -> Path:
    """Where decoded data is kept: ``XDG_CACHE_HOME`` or ``~/.cache``, in ``expressrate``."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else _home() / ".cache") / "expressrate"


def keep_compiled_code(tree: Path) -> None:
    """Give numba a folder of the user's own for compiled code where ``tree`` cannot be written.

    To be called before numba is imported.  ``NUMBA_CACHE_DIR`` of the environment stands.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or os.access(tree, os.W_OK):
        return
    for folder in (lambda: cache_folder() / "numba", lambda: private_folder() / "numba"):
        with contextlib.suppress(OSError):
            folder().mkdir(parents=True, exist_ok=True)
            if os.access(folder(), os.W_OK | os.X_OK):
                os.environ["NUMBA_CACHE_DIR"] = str(folder())
                return


def private_folder() -> Path:
    """A folder among the temporary files that is this user's alone, the same at each start."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"expressrate-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if hasattr(os, "getuid") and (
        status.st_uid != user or status.st_mode & 0o077 or folder.is_symlink()
    ):
        return Path(tempfile.mkdtemp(prefix="expressrate-"))  # somebody else made that one
    return folder


def _home() -> Path:
    """The user's home, or a private folder where there is none that can be written."""
    with contextlib.suppress(RuntimeError):
        home = Path.home()
        if os.access(home, os.W_OK) and home != Path("/"):
            return home
    return private_folder()


def readings_file() -> Path | None:
    """The file in which a class's answers are kept together: ``EXPRESSRATE_READINGS``, or None."""
    given = os.environ.get("EXPRESSRATE_READINGS")
    return Path(given) if given else None
