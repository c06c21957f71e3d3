"""Work that crashes, runs away or wants all memory costs itself alone."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from core import bounded
from core.bounded import Bounded, Limits, WorkEnded, call
from core.errors import InputError
from tests.core.processes import is_working

ROOMY = Limits(seconds=120, silence=120, megabytes=1024)


def add(first, second, report):
    report(("adding", first))
    return first + second


def number(report):
    return os.getpid()


def crash(report):
    report("begun")
    time.sleep(0.2)  # so that the report is on its way
    os.kill(os.getpid(), signal.SIGSEGV)


def go_on(report):
    report(os.getpid())
    while True:
        pass


def refuse(report):
    raise InputError("This file is upside down.")


def lie_down(report):
    raise Unspeakable(open(os.devnull))  # noqa: SIM115


class Unspeakable(Exception):
    """An error that cannot travel between processes."""


def hoard(report):
    arrays = []
    while True:
        arrays.append(np.ones(64 * 2**20, np.uint8))


def test_the_result_the_reports_and_the_errors_come_back():
    said = []
    assert call(add, 1, 2, limits=ROOMY, report=said.append) == 3
    assert said == [("adding", 1)]
    with pytest.raises(InputError, match="upside down") as error:
        call(refuse, limits=ROOMY)
    assert not isinstance(error.value, WorkEnded)
    with pytest.raises(RuntimeError, match="Unspeakable"):
        call(lie_down, limits=ROOMY)


def test_a_crash_costs_its_own_call_and_the_next_has_a_new_process():
    process = Bounded(ROOMY)
    first = process.call(number)
    assert first != os.getpid() and process.call(number) == first
    with pytest.raises(WorkEnded, match="SIGSEGV"):
        process.call(crash)
    assert process.call(number) not in (first, os.getpid())
    process.end()
    assert process.pid is None


def test_work_that_runs_away_is_ended_and_said_to_be_late():
    said = []
    with pytest.raises(WorkEnded, match="not done after 2 seconds"):
        call(go_on, limits=Limits(2, 60, 1024), report=said.append)
    with pytest.raises(WorkEnded, match="no sign of life for 2 seconds"):
        call(go_on, limits=Limits(60, 2, 1024), report=said.append)
    assert len(said) == 2 and not any(map(is_working, said))


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only Linux holds a process to that")
def test_work_that_wants_more_memory_than_it_may_take_is_ended_and_said_to():
    with pytest.raises(WorkEnded, match="more than 512 MB"):
        call(hoard, limits=Limits(60, 60, 512))


def test_what_a_look_raises_ends_the_process_and_passes_through():
    said = []

    def look():
        if said:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(go_on, limits=ROOMY, report=said.append, look=look)
    assert not is_working(said[0])


def test_a_process_is_ended_from_another_thread():
    process, said, ended = Bounded(ROOMY), threading.Event(), []

    def work():
        try:
            process.call(go_on, report=lambda _: said.set())
        except WorkEnded as error:
            ended.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert said.wait(60)
    process.end()
    thread.join(60)
    assert len(ended) == 1


def test_the_environment_sets_the_limits_of_long_work(monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_JOB_MEMORY", "500")
    monkeypatch.setenv("EXPRESSRATE_JOB_HOURS", "0.5")
    assert (bounded.limits().megabytes, bounded.limits().seconds) == (500, 1800)
    monkeypatch.setenv("EXPRESSRATE_JOB_MEMORY", "much")
    with pytest.raises(InputError, match="EXPRESSRATE_JOB_MEMORY"):
        bounded.limits()
