"""Processes of this machine, seen from outside: whose children they are, and whether they end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

import pytest

from tests.paths import ROOT

PATIENCE = 120  # seconds; two busy cores import torch slowly
looks_into_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks into /proc")


def children(parent: int) -> list[int]:
    """Process ids whose parent this is."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry))
        except (OSError, ValueError, IndexError):
            continue
    return found


def is_working(process: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something became true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def survivors(
    command: Sequence[str],
    how: int,
    *,
    processes: int = 2,
    ready: Callable[[], bool] = lambda: True,
) -> list[int]:
    """Workers that are still there after their parent was ended by a signal.

    The signal comes once the command has so many processes at work and is ``ready``.
    """
    parent = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:

        def at_work() -> bool:
            if parent.poll() is not None:
                pytest.fail(f"it ended by itself: {parent.stderr.read().decode()[-2000:]}")
            return len(list(filter(is_working, children(parent.pid)))) >= processes and ready()

        assert wait_until(at_work), "its processes never began"
        workers = children(parent.pid)
        parent.send_signal(how)
        parent.wait(PATIENCE)
        wait_until(lambda: not any(map(is_working, workers)))
        return list(filter(is_working, workers))
    finally:
        parent.kill()


def killer_of(cluster):
    """A progress report that kills a worker of a Dask cluster when first called, and whom it killed."""
    killed = []

    def kill_one(done, total, text):
        if not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    return kill_one, killed
