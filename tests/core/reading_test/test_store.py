"""A class's file: thirty writers lose nothing, a killed one loses nothing that was kept."""

import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from core.errors import InputError
from core.reading_test.store import Store
from core.reading_test.trials import Kind
from tests.core.reading_test.answering import answer
from tests.paths import ROOT


def test_what_was_added_comes_back_by_session(tmp_path):
    store = Store(tmp_path / "class" / "readings.sqlite")
    first, second = store.begin("faces"), store.begin("other faces")
    given = [answer(0, kind=Kind.CATCH), answer(1, level=3, right=False)]
    for each in given:
        store.add(first, each)
    store.add(second, answer(0))
    sessions = store.sessions()
    assert [session.id for session in sessions] == [str(first), str(second)]
    assert str(sessions[0].answers) == str(tuple(given))  # NaN is not equal to itself
    assert sessions[1].material == "other faces"
    assert store.count() == (2, 3)


def test_the_same_trial_again_changes_nothing(tmp_path):
    store = Store(tmp_path / "readings.sqlite")
    number = store.begin("faces")
    store.add(number, answer(4, right=True))
    store.add(number, answer(4, right=False))
    assert [each.right for each in store.sessions()[0].answers] == [True]


def test_thirty_sessions_at_once_lose_nothing(tmp_path):
    path, failed = tmp_path / "readings.sqlite", []

    def take_part():
        try:
            store = Store(path)
            number = store.begin("faces")
            for trial in range(20):
                store.add(number, answer(trial))
        except Exception as error:
            failed.append(error)

    people = [threading.Thread(target=take_part) for _ in range(30)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert not failed
    sessions = Store(path).sessions()
    assert len(sessions) == 30
    assert all([a.trial for a in session.answers] == list(range(20)) for session in sessions)


@pytest.mark.slow
def test_a_server_that_is_killed_loses_no_answer_that_was_kept(tmp_path):
    path = tmp_path / "readings.sqlite"
    program = (
        "import sys\n"
        "from core.reading_test.store import Store\n"
        "from tests.core.reading_test.answering import answer\n"
        "store = Store(sys.argv[1]); number = store.begin('faces')\n"
        "for trial in range(100000):\n"
        "    store.add(number, answer(trial)); print(trial, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    kept = [int(process.stdout.readline()) for _ in range(25)]
    process.kill()
    kept += [int(line) for line in process.stdout.read().split()]
    process.wait()
    found = [each.trial for each in Store(path).sessions()[0].answers]
    assert found[: len(kept)] == kept and len(found) <= len(kept) + 1


def test_clearing_forgets_everybody_and_a_cleared_session_is_told(tmp_path):
    store = Store(tmp_path / "readings.sqlite")
    number = store.begin("faces")
    store.add(number, answer(0))
    store.clear()
    assert store.count() == (0, 0) and store.sessions() == []
    with pytest.raises(InputError, match="were cleared"):
        store.add(number, answer(1))
    assert store.begin("faces") > number  # a number is not given twice


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes, not a database at all, long enough to be looked at" * 20)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"notes\.txt cannot keep answers"):
        Store(path)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="cannot"):
        Store(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
def test_a_file_that_may_only_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "readings.sqlite"
    Store(path).begin("faces")
    connect = sqlite3.connect

    def read_only(name, **options):  # what the operating system does to others than its keeper
        return connect(f"file:{name}?mode=ro", uri=True, **options)

    store = Store(path)
    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(InputError, match="readonly"):
        store.begin("faces")
    assert len(store.sessions()) == 1


def test_nothing_but_numbers_and_answers_is_kept(tmp_path):
    store = Store(tmp_path / "readings.sqlite")
    store.begin("faces")
    with sqlite3.connect(store.path) as connection:
        columns = {
            table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            for table in ("sessions", "answers")
        }
    assert columns["sessions"] == {"number", "material"}
    assert columns["answers"] == {
        "session", "trial", "kind", "face", "method", "level", "bytes", "truth", "answer", "seconds",
    }  # fmt: skip
