"""Work for the tests of worker processes, some of it deadly."""

import os
import signal
import time
from pathlib import Path


def work(name: str, folder: Path, report) -> str:
    """Note that the work was begun; die of ``killer``, die once of ``unlucky``, fail with ``wrong``."""
    with (folder / name).open("a") as file:
        file.write("begun\n")
    report((name, 1))
    if name == "killer" or (name == "unlucky" and (folder / name).read_text().count("begun") == 1):
        time.sleep(0.2)  # so that the report is on its way
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "wrong":
        raise ValueError("this one is wrong")
    if name == "endless":
        time.sleep(600)
    return name.upper()
