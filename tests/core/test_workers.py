"""Processes that are killed, and processes whose parent is."""

import os
import signal
import subprocess
import sys
import time

import pytest

from core.workers import WorkerKilled, spread
from tests.core.deadly import work
from tests.paths import ROOT


def test_a_killed_worker_takes_down_its_own_piece_only_and_that_after_a_second_try(tmp_path):
    reports = []
    names = ["a", "killer", "b", "unlucky", "wrong", "c"]
    calls = [(name, tmp_path) for name in names]
    results = {call[0]: result for call, result in spread(work, calls, 2, report=reports.append)}
    assert set(results) == set(names) and {("a", 1), ("c", 1)} <= set(reports)
    assert [results[name] for name in ("a", "b", "c", "unlucky")] == ["A", "B", "C", "UNLUCKY"]
    assert isinstance(results["wrong"], ValueError)
    assert isinstance(results["killer"], WorkerKilled) and "SIGKILL" in str(results["killer"])
    assert (tmp_path / "killer").read_text().count("begun") == 2
    assert (tmp_path / "a").read_text().count("begun") == 1


def test_closing_ends_the_workers(tmp_path):
    results = spread(work, [("a", tmp_path), ("endless", tmp_path)], 2)
    assert next(results)[1] == "A"
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 20


PARENT = """
import sys
from pathlib import Path
from core.workers import spread
from tests.core.deadly import work

if __name__ == "__main__":
    calls = [("endless", Path(sys.argv[1]))] * 2
    for _ in spread(work, calls, 2, report=lambda said: print("begun", flush=True)):
        pass
"""


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


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent_however_it_ends(tmp_path, how):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() and process.stdout.readline()  # both have begun
    workers = children(process.pid)
    assert len([worker for worker in workers if is_working(worker)]) >= 2
    process.send_signal(how)
    process.wait(20)
    deadline = time.monotonic() + 20
    while any(map(is_working, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [worker for worker in workers if is_working(worker)]
