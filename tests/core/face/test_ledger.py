"""What the ledger of frames says, and when it says nothing."""

import json
import math
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.face.ledger import Ledger, Times, missing_frames

PLAIN = Ledger(
    expected=10, decoded=10, missing=0, dropped=0, duplicate=0, skipped=0, no_face=0, below_cutoff=0,
    measured=10, several_faces=0, damaged=0, variable_rate=False, duration=0.4, face_width=120.0,
)  # fmt: skip


def test_a_video_without_anything_odd_has_no_remark():
    assert PLAIN.remarks() == []


@pytest.mark.parametrize(
    ("odd", "word"),
    [
        ({"offset": 0.02}, "first picture comes at 0.020 s"),
        ({"offset": 1.5}, "first picture comes at 1.500 s"),
        ({"tracks": 2}, "2 stretches"),
        ({"cuts": (1.25,)}, "1 scene cuts, at 1.25 s"),
        ({"resized": 3}, "3 frames are stored in another size"),
        ({"upside_down": 4}, "In 4 frames the face is upside down"),
        ({"hidden": 5}, "5 frames are in the file but left out"),
        ({"face_width": 40.0}, "40 pixels wide"),
    ],
)
def test_each_oddity_has_its_one_remark(odd, word):
    (said,) = replace(PLAIN, **odd).remarks()
    assert word in said


def test_the_first_picture_may_come_half_a_millisecond_late_without_a_word():
    assert replace(PLAIN, offset=0.0004).remarks() == []


@pytest.mark.parametrize("width", [120.0, math.nan])
def test_the_ledger_is_json_in_which_no_number_is_not_a_number(width):
    made = json.loads(json.dumps(replace(PLAIN, face_width=width).as_dict(), allow_nan=False))
    assert made["face_width"] == (None if math.isnan(width) else width)
    assert (made["decoded"], made["measured"]) == (10, 10)


def times_of(*steps: float) -> Times:
    """Times that begin at 1 s and go on by these steps."""
    times = Times()
    for time in (1 + np.cumsum((0, *steps))).tolist():
        times.add(time)
    return times


def test_a_frame_that_is_left_out_and_one_that_comes_twice_are_counted():
    assert times_of(*[0.04] * 20, 0.12, 0.0, *[0.04] * 20).irregularities() == (2, 1, False)


def test_steps_of_two_lengths_are_a_rate_that_varies_and_no_loss():
    assert times_of(*[0.04, 0.06] * 20).irregularities() == (0, 0, True)


@pytest.mark.parametrize("steps", [None, (), (0.04,), (0.0, 0.0)], ids=str)
def test_few_frames_have_nothing_irregular_and_need_no_mean(steps):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = (Times() if steps is None else times_of(*steps)).irregularities()
    assert found == (0, (steps or ()).count(0.0), False)


def test_the_span_goes_from_the_first_frame_to_the_last():
    assert times_of(0.5, 2.0).span == pytest.approx(2.5)
    assert Times().span == 0


@pytest.mark.parametrize(
    "counted, variable, decoded, missing",
    [(True, False, 999, 1), (True, True, 990, 10), (False, True, 500, 0), (False, False, 995, 0),
     (False, False, 990, 10), (True, False, 1001, 0)],
)  # fmt: skip
def test_frames_are_missing_where_a_count_says_so_or_an_estimate_is_far_off(
    counted, variable, decoded, missing
):
    facts = SimpleNamespace(expected=1000, counted=counted)
    assert missing_frames(facts, decoded, 0, variable) == missing
    assert missing_frames(facts, decoded - 7, 7, variable) == missing
