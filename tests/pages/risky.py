"""Work for the tests of jobs, some of it deadly."""

import os
import signal
import tempfile
import time
from pathlib import Path


def crash(*, progress):
    """End as a decoder does that reads where it must not."""
    os.kill(os.getpid(), signal.SIGSEGV)


def go_on(*, progress):
    """Never end; the text of the progress is the process's number and a file that it left."""
    _, left = tempfile.mkstemp()
    while True:
        progress(1, 10, f"{os.getpid()} {left}")
        time.sleep(0.05)


def write_into(folder: Path, *, progress):
    """Write into a folder, making it where it is missing, until stopped."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "face").write_bytes(b"a face")
        progress(1, 10, "writing")


def number(first: int, *, progress, show):
    """What is shown on the way, and a result."""
    show("half")
    progress(1, 2, "half")
    return first + 1


def who() -> int:
    """The process's number."""
    return os.getpid()


def crash_now() -> None:
    """End at once."""
    os.kill(os.getpid(), signal.SIGSEGV)


def read_table(name: str, raw: bytes, how):
    """The table in a file; one that is called deadly ends the process."""
    from core.cohort.tables.parsing import parse

    if "deadly" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    return parse(name, raw, how)


def picture_in(file: bytes, place: int):
    """End the process."""
    os.kill(os.getpid(), signal.SIGSEGV)
