"""Stretches that are left out by hand, and events."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables.reading import read_cohort
from core.errors import InputError
from core.face.columns import BOX, EMOTIONS, POSE, SIDES
from core.face.marks import Event, Exclusion, Marks, apply_marks, event_log, read_marks
from core.face.openface import to_openface
from core.facs import UNITS
from tests.core.face.openface_back import from_openface


@pytest.fixture
def table():
    """Ten measured frames, a tenth of a second apart."""
    measured = dict.fromkeys((*BOX, *POSE, *UNITS, *SIDES, *EMOTIONS, "face_width"), 1.0)
    return pd.DataFrame(
        {"frame": range(10), "time": np.arange(10) / 10, "faces": 1, "confidence": 0.9,
         "success": True, "damaged": False, "track": 0.0, **measured}
    )  # fmt: skip


def test_frames_that_are_left_out_have_no_numbers_and_are_no_success(table):
    marks = Marks().without(0.2, 0.4, "a phone rings")
    marked = apply_marks(table, marks)
    assert list(marked["excluded"]) == [2 <= frame <= 4 for frame in range(10)]
    assert list(marked["success"]) == [not 2 <= frame <= 4 for frame in range(10)]
    gone = marked[marked["excluded"]]
    assert gone[["AU12", "AU12_left", "face_width", "pose_Rx", *EMOTIONS]].isna().all(axis=None)
    assert gone[["frame", "time", "confidence"]].notna().all(axis=None)
    assert table["success"].all() and apply_marks(table, Marks()) is table


def test_each_frame_names_the_event_before_it(table):
    marks = Marks().with_event(0.5, "video 2").with_event(0.2, "video 1")
    events = list(apply_marks(table, marks)["event"])
    assert events == [""] * 2 + ["video 1"] * 3 + ["video 2"] * 5


def test_stretches_that_touch_become_one_and_an_event_at_the_same_time_gives_way():
    marks = Marks().without(1, 2).without(5, 4, "late").without(2, 4.5)
    assert marks.exclusions == (Exclusion(1, 5, "late"),)
    assert Marks().with_event(1, "a").with_event(1, " b ").events == (Event(1, "b"),)


def test_marks_come_back_from_the_ledger_and_nonsense_is_refused():
    marks = Marks().without(1, 2, "cough").with_event(0.5, "start")
    assert read_marks(json.loads(json.dumps(marks.as_dict()))) == marks
    assert read_marks({}) == Marks() and not Marks()
    for wrong in ([], {"events": [{"time": "soon"}]}, {"exclusions": [{"start": 1}]},
                  {"events": [{"time": float("nan"), "name": "x"}]}):  # fmt: skip
        with pytest.raises(InputError, match="no marks"):
            read_marks(wrong)


def test_the_openface_form_keeps_the_marks_and_cohort_honours_them(table):
    marks = Marks().without(0, 0.35).with_event(0.5, "task")
    text = to_openface(apply_marks(table, marks))
    assert "AU12_r_left" in text.splitlines()[0] and "face_width" in text.splitlines()[0]
    back = from_openface(text)
    assert back["excluded"].sum() == 4 and list(back["event"].dropna().unique()) == ["task"]
    log = event_log([("P01", marks), ("P02", Marks())])
    assert event_log([("P02", Marks())]) is None
    given = [("P01.csv", text.encode()), ("events.csv", log.encode())]
    cohort = read_cohort([(name, content) for name, content in given])
    assert cohort.frames["success"].sum() == 6
    assert cohort.phases == ("task",)
    assert len(pd.read_csv(io.StringIO(log))) == 1
