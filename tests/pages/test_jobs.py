"""Long work runs beside the page, tells how far it is, and stops when asked."""

import os
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from pages.parts.shared import jobs, keeping
from pages.parts.shared.jobs import Job
from tests.core.processes import PATIENCE, is_working, wait_until
from tests.pages import risky


def test_a_job_brings_back_its_result():
    job = Job(lambda progress: 41 + 1)
    job.wait(PATIENCE)
    assert not job.running
    assert job.result == 42
    assert job.error is None


def test_a_job_tells_how_far_it_is():
    reported, go_on = threading.Event(), threading.Event()

    def work(progress):
        progress(3, 10, "third fold")
        reported.set()
        go_on.wait(PATIENCE)

    job = Job(work)
    assert reported.wait(PATIENCE)
    assert (job.done, job.total, job.text) == (3, 10, "third fold")
    assert job.running
    go_on.set()
    job.wait(PATIENCE)
    assert not job.running


def test_a_cancelled_job_stops_at_its_next_report_and_keeps_nothing():
    begun, asked = threading.Event(), threading.Event()
    steps = []

    def work(progress):
        begun.set()
        asked.wait(PATIENCE)
        for step in range(100):
            progress(step, 100, "working")
            steps.append(step)
        return "whole"

    job = Job(work)
    assert begun.wait(PATIENCE)
    job.cancel()
    assert job.stopping
    asked.set()
    job.wait(PATIENCE)
    assert job.cancelled
    assert job.result is None
    assert not steps


def test_what_the_work_raised_is_kept_for_the_page():
    def work(progress):
        raise InputError("Two people are too few.")

    job = Job(work)
    job.wait(PATIENCE)
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
    job_box.append(Job(lambda progress: (ready.wait(PATIENCE), work(progress))))
    ready.set()
    job_box[0].wait(PATIENCE)
    assert told[:2] == [None, None]
    assert told[2:] == [pytest.approx(10 * 0.8 / 0.1), pytest.approx(20 * 0.4 / 0.5)]


def test_work_waits_for_its_turn_and_can_be_cancelled_while_it_waits(monkeypatch):
    monkeypatch.setattr(jobs, "_turns", threading.Semaphore(1))
    begun, go_on = threading.Event(), threading.Event()

    def work(progress):
        begun.set()
        go_on.wait(PATIENCE)

    first = Job(work)
    assert begun.wait(PATIENCE)
    second, third = Job(lambda progress: "second"), Job(lambda progress: "third")
    second.wait(1.0)
    assert second.running and "waiting" in second.text
    third.cancel()
    third.wait(PATIENCE)
    assert third.cancelled and first.running
    go_on.set()
    second.wait(PATIENCE)
    assert second.result == "second"


@pytest.fixture
def visit(monkeypatch):
    """A visit without a page."""
    visit = keeping.Visit(None, "")
    monkeypatch.setattr(keeping, "_visit", lambda: visit)
    monkeypatch.setattr(keeping, "get_script_run_ctx", lambda **_: True)
    yield visit
    visit.clear()


def test_work_in_a_process_shows_and_brings_back_what_it_made(visit):
    shown = []
    job = jobs.start(partial(risky.number, 41), shown=shown.append, then=lambda made: [made])
    job.wait(PATIENCE)
    assert (job.error, job.result, shown) == (None, [42], ["half"])


def test_a_crash_of_the_work_is_one_sentence_and_ends_nothing_else(visit):
    job = jobs.start(risky.crash)
    job.wait(PATIENCE)
    assert isinstance(job.error, InputError) and not job.cancelled
    assert "SIGSEGV" in str(job.error) and "try another file" in str(job.error)


def test_cancelling_ends_the_process_though_it_says_nothing(visit):
    job = jobs.start(risky.go_on)
    assert wait_until(lambda: job.text.split()[0].isdigit())
    process = int(job.text.split()[0])
    assert is_working(process)
    job.cancel()
    job.wait(PATIENCE)
    assert job.cancelled and not is_working(process)


def test_the_end_of_a_visit_ends_its_processes_and_leaves_no_file(visit):
    job = jobs.start(risky.go_on)
    assert wait_until(lambda: job.text.split()[0].isdigit())
    process, left = int(job.text.split()[0]), Path(job.text.split()[1])
    opener = keeping.opened(risky.who)
    assert left.is_file() and visit.folder() in left.parents
    assert is_working(process) and is_working(opener)
    visit.clear()
    assert not is_working(process) and not is_working(opener) and not left.exists()


def test_work_that_is_stopped_writes_nothing_into_what_was_removed(visit):
    folder = visit.folder() / "store"
    job = jobs.start(partial(risky.write_into, folder))
    assert wait_until(lambda: job.text == "writing")
    visit.clear()
    assert not folder.exists()


def test_opening_a_file_that_makes_a_decoder_crash_costs_one_process(visit):
    before = keeping.opened(risky.who)
    with pytest.raises(InputError, match="SIGSEGV"):
        keeping.opened(risky.crash_now)
    assert keeping.opened(risky.who) not in (before, os.getpid())


def test_the_process_of_a_visit_is_ended_when_it_is_not_used(visit):
    process = keeping.opened(risky.who)
    visit.opener.end_if_idle(time.monotonic(), 60)
    assert is_working(process)
    visit.opener.end_if_idle(time.monotonic() + 61, 60)
    assert not is_working(process)


def test_a_page_says_what_became_of_work_that_crashed():
    def page():
        import streamlit as st

        from pages.parts.shared import jobs
        from tests.pages import risky

        if "job" not in st.session_state:
            st.session_state["job"] = jobs.start(risky.crash)
        st.session_state["job"].wait(120)
        jobs.show_job(st.session_state["job"], "risky")
        st.write("the page goes on")

    shown = AppTest.from_function(page, default_timeout=PATIENCE).run()
    assert not shown.exception and "SIGSEGV" in shown.error[0].value
    assert shown.markdown[-1].value == "the page goes on"


def test_networks_and_tables_are_let_go_when_nobody_was_here_for_a_while(monkeypatch):
    monkeypatch.setattr(keeping, "_empty_since", None)
    made = []
    load = st.cache_resource(show_spinner=False)(lambda: made.append(1))
    load()
    for now, in_use in (
        (0, True),
        (10, False),
        (500, False),
        (550, True),
        (600, False),
        (1199, False),
    ):
        keeping.let_go_when_unused(now, in_use)
    load()
    assert made == [1]
    keeping.let_go_when_unused(1200, False)
    load()
    assert made == [1, 1]
    keeping.let_go_when_unused(9999, False)  # nobody came since: nothing is to do
    load()
    assert made == [1, 1]
