"""Long work runs beside the page, tells how far it is, and stops when asked."""

import threading

import pytest

from core.errors import InputError
from pages.parts.shared import jobs
from pages.parts.shared.jobs import Job


def test_a_job_brings_back_its_result():
    job = Job(lambda progress: 41 + 1)
    job.wait(5)
    assert not job.running
    assert job.result == 42
    assert job.error is None


def test_a_job_tells_how_far_it_is():
    reported, go_on = threading.Event(), threading.Event()

    def work(progress):
        progress(3, 10, "third fold")
        reported.set()
        go_on.wait(5)

    job = Job(work)
    assert reported.wait(5)
    assert (job.done, job.total, job.text) == (3, 10, "third fold")
    assert job.running
    go_on.set()
    job.wait(5)
    assert not job.running


def test_a_cancelled_job_stops_at_its_next_report_and_keeps_nothing():
    begun, asked = threading.Event(), threading.Event()
    steps = []

    def work(progress):
        begun.set()
        asked.wait(5)
        for step in range(100):
            progress(step, 100, "working")
            steps.append(step)
        return "whole"

    job = Job(work)
    assert begun.wait(5)
    job.cancel()
    assert job.stopping
    asked.set()
    job.wait(5)
    assert job.cancelled
    assert job.result is None
    assert not steps


def test_what_the_work_raised_is_kept_for_the_page():
    def work(progress):
        raise InputError("Two people are too few.")

    job = Job(work)
    job.wait(5)
    assert not job.cancelled
    with pytest.raises(InputError, match="too few"):
        raise job.error


def test_a_job_tells_how_long_it_still_takes(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("pages.parts.shared.jobs.time.monotonic", lambda: now[0])
    told = []

    def work(progress):
        for done in (0, 10, 20, 60):
            now[0] += 10
            progress(done, 100, "frames")
            told.append(job_box[0].seconds_left)

    job_box, ready = [], threading.Event()
    job_box.append(Job(lambda progress: (ready.wait(5), work(progress))))
    ready.set()
    job_box[0].wait(5)
    assert told[:2] == [None, None]
    assert told[2:] == [pytest.approx(10 * 0.8 / 0.1), pytest.approx(20 * 0.4 / 0.5)]


def test_work_waits_for_its_turn_and_can_be_cancelled_while_it_waits(monkeypatch):
    monkeypatch.setattr(jobs, "_turns", threading.Semaphore(1))
    begun, go_on = threading.Event(), threading.Event()

    def work(progress):
        begun.set()
        go_on.wait(5)

    first = Job(work)
    assert begun.wait(5)
    second, third = Job(lambda progress: "second"), Job(lambda progress: "third")
    second.wait(1.0)
    assert second.running and "waiting" in second.text
    third.cancel()
    third.wait(5)
    assert third.cancelled and first.running
    go_on.set()
    second.wait(5)
    assert second.result == "second"
