"""Long work runs beside the page, tells how far it is, and stops when asked."""

import threading

import pytest

from core.errors import InputError
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
