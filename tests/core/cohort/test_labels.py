"""Participant ids, label files and event logs."""

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables.events import EventReading, is_event_log, read_events
from core.cohort.tables.labels import LabelReading, is_labels, label_values, read_labels
from core.cohort.tables.pattern import match_participant, participant_of
from core.cohort.tables.phases import phase_mask
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
    assert [is_event_log(x) for x in (labels, events, table)] == [False, True, False]


def test_the_reference_group_stands_first():
    assert order_groups(["1", "0.5", "0"]) == ("0", "0.5", "1")
    assert order_groups(["depressed", "healthy"]) == ("healthy", "depressed")
    assert order_groups(["10", "9"]) == ("9", "10")


def in_phases(raw, frames):
    """Label -> which frames are in it."""
    events = read_events(raw).events
    return {label: phase_mask(frames, events, label).tolist() for label in events["label"]}


def test_phases_last_until_the_next_start_or_their_own_end():
    frames = pd.DataFrame({"participant": "a", "time": [0.0, 1.0, 2.0, 3.5, 9.0, np.nan]})
    assert in_phases(b"timestamp,label\n1,ei\n3,coping\n0:05,end\n", frames) == {
        "ei": [False, True, True, False, False, False],
        "coping": [False, False, False, True, False, False],
    }
    assert in_phases(b"start,end,event\n1,2,ei\n", frames)["ei"] == [False, True, *[False] * 4]


def test_a_participants_own_events_go_before_everybodys():
    frames = pd.DataFrame({"participant": ["a", "b"], "time": [5.0, 5.0]})
    log = b"timestamp,label,participant\n0,ei,\n0,rest,b\n4,coping,b\n"
    assert in_phases(log, frames) == {
        "ei": [True, False],
        "rest": [False, False],
        "coping": [False, True],
    }


def test_a_phase_may_come_twice_and_phases_may_overlap():
    frames = pd.DataFrame({"participant": "a", "time": [0.0, 1.0, 2.0]})
    twice = in_phases(b"timestamp,label\n0,rest\n1,task\n2,rest\n", frames)
    assert twice == {"rest": [True, False, True], "task": [False, True, False]}
    overlapping = in_phases(b"timestamp,label,end\n0,a,3\n1,b,2\n", frames)
    assert overlapping == {"a": [True, True, True], "b": [False, True, False]}


def test_clock_times_count_from_the_first_row_or_from_the_one_that_is_named():
    raw = b"timestamp,label\n2024-03-01 10:00:00.5,begin\n2024-03-01 10:00:02,ei\n"
    log = read_events(raw)
    assert log.events["start"].tolist() == [0.0, 1.5]
    assert [p.kind for p in log.problems] == ["clock times"]
    named = read_events(raw, reading=EventReading(zero="ei"))
    assert named.events["start"].tolist() == [-1.5, 0.0]
    with pytest.raises(InputError, match="no row labelled"):
        read_events(raw, reading=EventReading(zero="nowhere"))


@pytest.mark.parametrize("what", ["label", "trial_type"])
def test_the_events_of_bids_last_for_their_duration(what):
    raw = f"onset\tduration\t{what}\n0\t1\ta\n2\t0.5\tb\n".encode()
    assert is_event_log(raw)
    events = read_events(raw).events
    assert events[["start", "end", "label"]].to_numpy().tolist() == [[0, 1, "a"], [2, 2.5, "b"]]


def test_the_events_of_boris_last_from_start_to_stop():
    head = "Observation id\tone\r\n\r\nTime\tFPS\tSubject\tBehavior\tStatus\r\n"
    rows = ["3.3\t25\tp1\ts\tSTART", "4.0\t25\tp1\tblink\tPOINT", "7.5\t25\tp1\ts\tSTOP"]
    log = read_events((head + "\r\n".join(rows)).encode())
    assert log.events.to_numpy().tolist() == [[3.3, 7.5, "s", "p1"]]
    assert [p.kind for p in log.problems] == ["events without length"]


def test_onset_beside_participants_is_the_onset_of_an_illness():
    raw = b"participant,label,onset\np00,0,23\np01,1,31\n"
    assert is_labels(raw) and not is_event_log(raw)
    assert is_event_log(b"participant,label,onset,duration\np00,rest,0,2\n")


def test_words_for_no_label_are_missing_and_spellings_are_one():
    raw = b"Participant ID,Group\na,Control\nb,control\nc,?\nd,n.a.\ne,Control\nf,patient\n"
    labels = read_labels(raw)
    assert labels.people["label"].tolist() == [
        "Control", "Control", None, None, "Control", "patient",
    ]  # fmt: skip
    assert [p.kind for p in labels.problems] == ["no label", "one label, several spellings"]


def test_labels_can_be_renamed_merged_and_left_out():
    raw = b"participant,label\na,0\nb,0.5\nc,1\nd,x\n"
    labels = read_labels(raw, reading=LabelReading(rename={"0.5": "1", "x": ""}))
    assert labels.people["label"].tolist() == ["0", "1", "1", None]
    assert label_values(raw, "labels.csv", LabelReading()) == ["0", "0.5", "1", "x"]
    with pytest.raises(InputError, match="no label '2'"):
        read_labels(raw, reading=LabelReading(rename={"2": "1"}))


def test_columns_can_be_named():
    raw = b"vp;befund;punkte;alter\n1;ja;12;30\n2;nein;3;40\n"
    labels = read_labels(raw, reading=LabelReading("vp", "befund", "punkte"))
    assert labels.people["label"].tolist() == ["ja", "nein"]
    assert labels.people["score"].tolist() == [12, 3]
    with pytest.raises(InputError, match="no column 'diagnose'"):
        read_labels(raw, reading=LabelReading("vp", "diagnose"))


def test_labels_of_windows_keep_their_letters():
    labels = read_labels("participant;label\na;Ängstlich\nb;Gesund\n".encode("cp1252"))
    assert labels.people["label"].tolist() == ["Ängstlich", "Gesund"]


@pytest.mark.parametrize("column", ["file", "session"])
def test_labels_that_change_within_a_person_are_conditions(column):
    words = ("a_1.csv", "a_2.csv", "b_1.csv") if column == "file" else ("1", "2", "1")
    rows = zip(("a", "a", "b"), words, ("happy", "sad", "happy"), strict=True)
    raw = f"participant,{column},label\n" + "".join(",".join(row) + "\n" for row in rows)
    labels = read_labels(raw.encode())
    assert labels.people["label"].isna().all()
    assert list(labels.conditions.values()) == ["happy", "sad", "happy"]
    assert labels.problems[0].kind == "labels are conditions"
