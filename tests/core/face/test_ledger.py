"""What the ledger of frames says, and when it says nothing."""

import json
import math
from dataclasses import replace

import pytest

from core.face.ledger import Ledger

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
