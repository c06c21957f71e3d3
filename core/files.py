"""Files that are whole or absent, and never somebody else's: one place writes them.

What exists keeps its permissions and stays a link if it was one.  A device, a pipe or a folder is not
a place for a file.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InputError

_LONGEST_NAME = 255
"""Bytes that common file systems allow a name."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a name of its own first, so that an interruption leaves no half of it.

    Folders on the way are made.  Raises InputError where no file can be written.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; it becomes ``path`` when the block ends well.

    Permissions of the file that is replaced are kept; where ``path`` is a link, the file that it
    points to is replaced and the link stays.  If the block raises, ``path`` is as it was.
    """
    check_writable(path)
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=".expressrate-", suffix=f".part{target.suffix}", dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(_mode(target))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Raise InputError, saying why, if no file can be written at ``path``."""
    text = os.fspath(path)
    if not text or text.endswith(("/", os.sep)) or Path(text).name in ("", ".", ".."):
        raise InputError(f"{text!r} names no file to write: give a file name.")
    if len(os.fsencode(Path(text).name)) > _LONGEST_NAME - 32:  # room for the temporary name
        raise InputError(f"The file name {Path(text).name[:40]}... is too long: shorten it.")
    target = Path(os.path.realpath(text))
    try:
        if target.is_dir():
            raise InputError(f"{text} is a folder: give a file name in it.")
        if target.exists() and not target.is_file():
            raise InputError(f"{text} is a device or a pipe, not a file: give a file name.")
        folder = target.parent
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise InputError(f"{text} cannot be written: {folder} is a file, not a folder.")
        if not os.access(folder, os.W_OK | os.X_OK) or (
            target.exists() and not os.access(target, os.W_OK)
        ):
            raise InputError(f"{text} cannot be written: permission denied.")
    except OSError as error:
        raise InputError(f"{text} cannot be written: {error.strerror}.") from error


def same_file(first: str | Path, second: str | Path) -> bool:
    """Whether two paths name one file, also through links; False where either is missing."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those of any new file here."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
