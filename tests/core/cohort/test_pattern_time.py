"""A pattern that never ends costs itself alone."""

import threading
import time

import pytest

from core.cohort.tables.pattern import DEFAULT_PATTERN, SECONDS, condition_of, participant_of
from core.errors import InputError

ENDLESS = r"^((a|aa)+)+$"
NAME = "a" * 50 + "!.csv"


def test_a_pattern_that_goes_on_and_on_is_refused_in_time():
    begun = time.monotonic()
    with pytest.raises(InputError, match="too long"):
        participant_of(NAME, ENDLESS)
    with pytest.raises(InputError, match="too long"):
        condition_of(NAME, ENDLESS)
    assert time.monotonic() - begun < 20 * SECONDS


def test_others_go_on_while_it_searches():
    steps = 0
    done = threading.Event()

    def search():
        with pytest.raises(InputError):
            participant_of(NAME, ENDLESS)
        done.set()

    threading.Thread(target=search).start()
    while not done.wait(0.01):
        steps += 1
    assert steps > 3


def test_ordinary_patterns_are_read_as_before():
    assert participant_of("004_CLNF_AUs.txt", DEFAULT_PATTERN) == "004"
    assert participant_of("p07-happy.csv", r"(\w+)-(?P<condition>\w+)") == "p07"
    assert condition_of("p07-happy.csv", r"(\w+)-(?P<condition>\w+)") == "happy"
