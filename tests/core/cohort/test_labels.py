"""Participant ids, label files and event logs."""

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables.labels import (
    assign_phases,
    is_events,
    is_labels,
    read_events,
    read_labels,
)
from core.cohort.tables.pattern import match_participant, participant_of
from core.cohort.tables.schema import order_groups
from core.errors import InputError


@pytest.mark.parametrize(
    ("name", "participant"),
    [
        ("300_CLNF_AUs.txt", "300"),
        ("folder/P01_facau.csv", "P01"),
        ("P01_facemo.csv", "P01"),
        ("anna.csv", "anna"),
        ("s-12.openface.csv", "s-12"),
        ("subject_003.parquet", "subject_003"),
    ],
)
def test_the_default_pattern_drops_what_programs_append(name, participant):
    assert participant_of(name) == participant


def test_the_pattern_can_be_edited_and_may_look_at_folders():
    assert participant_of("visit2_sub7_x.csv", r"sub(\d+)") == "7"
    assert participant_of("g1/p9/openface.csv", r"/(?P<participant>[^/]+)/") == "p9"
    assert participant_of("nothing.csv", r"sub(\d+)") is None


@pytest.mark.parametrize("pattern", ["(", "sub", ""])
def test_a_pattern_that_catches_nothing_is_refused(pattern):
    with pytest.raises(InputError, match="pattern"):
        participant_of("a.csv", pattern)


def test_a_labelled_id_that_stands_in_the_name_as_a_word_is_found():
    pattern = r"(?P<participant>.+)"
    assert match_participant("2023-01-05_anna_cam1.csv", pattern, {"anna", "bert"}) == "anna"
    assert match_participant("anna_bert.csv", pattern, {"anna", "bert"}) == "anna_bert"
    assert match_participant("joanna.csv", pattern, {"anna"}) == "joanna"


def test_labels_are_text_scores_are_numbers_and_the_rest_is_kept():
    raw = b"participant, label, PHQ8_Score, sex\nb,1.0,17,f\na,0.5,9,m\nc,,3,f\n"
    people = read_labels(raw).people
    assert people.index.tolist() == ["a", "b", "c"]
    assert people["label"].tolist() == ["0.5", "1", None]
    assert people["score"].tolist() == [9, 17, 3]
    assert people["sex"].tolist() == ["m", "f", "f"]


def test_the_label_file_of_daic_woz_is_understood():
    raw = b"Participant_ID,PHQ8_Binary,PHQ8_Score,Gender\n303,0,0,0\n319,1,13,1\n"
    people = read_labels(raw).people
    assert people.loc["319", ["label", "score"]].tolist() == ["1", 13]


def test_many_different_numbers_are_scores_not_groups():
    labels = read_labels(b"participant,label\n" + b"".join(b"p%d,%d\n" % (i, i) for i in range(9)))
    assert labels.people["label"].isna().all()
    assert labels.people["score"].tolist() == list(range(9))
    assert [p.kind for p in labels.problems] == ["labels are scores"]


def test_a_column_file_maps_files_to_participants():
    labels = read_labels(b"participant,label,file\na,1,x1.csv\na,1,x2.csv\nb,0,y.csv\n")
    assert labels.files == {"x1.csv": "a", "x2.csv": "a", "y.csv": "b"}
    assert labels.people.index.tolist() == ["a", "b"]
    assert labels.problems == ()


def test_a_decimal_comma_in_a_label_is_read_and_told():
    labels = read_labels(b"participant;label\na;0,5\nb;1\n")
    assert labels.people["label"].tolist() == ["0.5", "1"]
    assert [p.kind for p in labels.problems] == ["decimal comma"]


def test_a_repeated_participant_is_told_and_a_contradicted_one_refused():
    labels = read_labels(b"participant,label\na,1\na,1\n")
    assert [p.kind for p in labels.problems] == ["duplicate participant"]
    with pytest.raises(InputError, match=r"a \(1, 0\)"):
        read_labels(b"participant,label\na,1\na,0\n")


@pytest.mark.parametrize("raw", [b"", b"who,what\na,1\n", b"participant\na\n"])
def test_what_is_no_label_file_is_refused(raw):
    with pytest.raises(InputError):
        read_labels(raw)


def test_labels_events_and_unit_tables_are_told_apart():
    labels, events = b"participant,label\na,1\n", b"timestamp,label\n0,ei\n"
    table = b"frame,timestamp,success,AU01_r\n0,0,1,0\n"
    assert [is_labels(x) for x in (labels, events, table)] == [True, False, False]
    assert [is_events(x) for x in (labels, events, table)] == [False, True, False]


def test_the_reference_group_stands_first():
    assert order_groups(["1", "0.5", "0"]) == ("0", "0.5", "1")
    assert order_groups(["depressed", "healthy"]) == ("healthy", "depressed")
    assert order_groups(["10", "9"]) == ("9", "10")


def test_phases_last_until_the_next_start_or_their_own_end():
    frames = pd.DataFrame({"participant": "a", "time": [0.0, 1.0, 2.0, 3.5, 9.0, np.nan]})
    log = read_events(b"timestamp,label\n1,ei\n3,coping\n0:05,end\n")
    phase = assign_phases(frames, log)
    assert list(phase.astype(object)) == [np.nan, "ei", "ei", "coping", np.nan, np.nan]
    log = read_events(b"start,end,event\n1,2,ei\n")
    assert assign_phases(frames, log).codes.tolist() == [-1, 0, -1, -1, -1, -1]


def test_a_participants_own_events_go_before_everybodys():
    frames = pd.DataFrame({"participant": ["a", "b"], "time": [5.0, 5.0]})
    log = read_events(b"timestamp,label,participant\n0,ei,\n0,rest,b\n4,coping,b\n")
    assert list(assign_phases(frames, log)) == ["ei", "coping"]


def test_a_phase_may_come_twice():
    frames = pd.DataFrame({"participant": "a", "time": [0.0, 1.0, 2.0]})
    log = read_events(b"timestamp,label\n0,rest\n1,task\n2,rest\n")
    assert list(assign_phases(frames, log)) == ["rest", "task", "rest"]


def test_a_time_of_day_is_no_moment_of_a_recording():
    with pytest.raises(InputError, match="seconds from the start"):
        read_events(b"timestamp,label\n2024-03-01 10:00:00,ei\n")
