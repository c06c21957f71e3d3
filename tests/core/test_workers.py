"""Processes that are killed, and processes whose parent is."""

import os
import signal
import sys
import time

import pytest

from core.workers import WorkerKilled, spread
from tests.core.deadly import work
from tests.core.processes import survivors


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
    for _ in spread(work, calls, 2, report=print):
        pass
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent_however_it_ends(tmp_path, how):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(tmp_path)]
    begun = lambda: (tmp_path / "endless").is_file()  # noqa: E731
    assert survivors(command, how, ready=begun) == []
