"""Files, folders and zips become a cohort; whatever is odd about them is told, nothing is mended."""

import numpy as np
import pytest

from core.cohort.tables.events import EventReading
from core.cohort.tables.parsing import TableReading
from core.cohort.tables.reading import ImportRefused, read_cohort, who_is_who
from core.cohort.tables.schema import ImportReport, Problem
from core.errors import InputError
from tests.core.cohort.openface_tables import HEAD, openface


def kinds(cohort) -> list[str]:
    return sorted(problem.kind for problem in cohort.report.all_problems)


def test_the_import_report_states_dialect_units_rate_and_share_of_valid_frames():
    raw = openface(r1="2,0,0.040,0.1,0,0,0")
    file = read_cohort(("p.csv", raw)).report.files[0]
    assert (file.dialect, file.unit_kind, file.frames) == ("OpenFace 2", "intensity", 3)
    assert file.rate == pytest.approx(25)
    assert file.valid == pytest.approx(2 / 3)
    assert "AU01" in file.missing and "AU12" not in file.missing
    table = read_cohort(("p.csv", raw)).report.table()
    assert table.loc[0, "dialect"] == "OpenFace 2"


def test_the_share_with_a_face_counts_frames_not_files():
    whole = openface((1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0))
    holed = openface(r1="2,0,0.040,0.1,0,0,0", r2="3,0,0.080,0.1,0,0,0")
    cohort = read_cohort([("p1.csv", whole), ("p2.csv", holed)])
    assert cohort.report.valid == pytest.approx(0.8)
    assert ImportReport().valid == 0


def test_a_decimal_comma_between_semicolons_is_read_and_told():
    raw = openface((1.25, 2.5)).replace(b",", b";").replace(b".", b",")
    cohort = read_cohort(("p.csv", raw))
    np.testing.assert_allclose(cohort.frames["AU06"], [1.25, 2.5])
    assert set(kinds(cohort)) == {"decimal comma"}


def test_decimal_commas_between_commas_are_refused():
    raw = b"frame,timestamp,confidence,success,AU06_r,AU12_r\n1,0,04,0,95,1,1,25,2,5\n"
    raw += b"2,0,08,0,95,1,1,5,2,75\n" * 3
    with pytest.raises(InputError, match="decimal comma"):
        read_cohort(("p.csv", raw))


def test_a_value_of_233_is_missing_and_told_never_clipped():
    cohort = read_cohort(("p.csv", openface((1.0,) * 40, r7="8,0,0.280,0.95,1,233,1.5")))
    assert np.isnan(cohort.frames["AU06"][7])
    assert cohort.frames["AU06"].dropna().eq(1).all()
    (problem,) = cohort.report.all_problems
    assert problem.kind == "out of range"
    assert "233" in problem.text and "AU06" in problem.text and "frame 7" in problem.text


def test_a_table_full_of_lost_commas_is_left_out():
    with pytest.raises(InputError, match="none of its values can be trusted"):
        read_cohort(("p.csv", openface((233.0, 114.0, 45.0))))


def test_time_that_runs_backwards_is_told_and_kept():
    cohort = read_cohort(("p.csv", openface(r2="3,0,0.010,0.95,1,1,1")))
    assert kinds(cohort) == ["time runs backwards"]
    assert cohort.frames["time"].tolist() == [0, 0.04, 0.01]


def test_times_far_apart_are_kept_and_whether_they_are_milliseconds_is_asked():
    cohort = read_cohort(("p.csv", openface(step=40.0)))
    assert kinds(cohort) == ["frame rate"]
    assert "if they are milliseconds" in cohort.report.all_problems[0].text
    np.testing.assert_allclose(cohort.frames["time"], [0, 40, 80])


@pytest.mark.parametrize("how", [{"fps": 25}, {"time_unit": 0.001}])
def test_the_rate_or_the_unit_that_was_named_makes_milliseconds_of_them(how):
    cohort = read_cohort(("p.csv", openface(step=40.0)), tables=TableReading(**how))
    np.testing.assert_allclose(cohort.frames["time"], [0, 0.04, 0.08])


def test_values_of_frames_without_a_face_are_missing_and_told():
    cohort = read_cohort(("p.csv", openface(r1="2,0,0.040,0.1,0,4,4")))
    assert kinds(cohort) == ["values without a face"]
    assert cohort.frames["AU12"].isna().tolist() == [False, True, False]


def test_the_cut_off_turns_unsure_frames_into_missing_ones():
    cohort = read_cohort(
        ("p.csv", openface(r1="2,0,0.040,0.6,1,4,4")), tables=TableReading(cutoff=0.8)
    )
    assert cohort.frames["success"].tolist() == [True, False, True]
    assert np.isnan(cohort.frames["AU12"][1])
    assert "below cut-off" in kinds(cohort)


def test_windows_words_for_missing_are_missing_and_words_are_told():
    cohort = read_cohort(("p.csv", openface(r1="2,0,0.040,0.95,1,-nan(ind),oops")))
    assert cohort.frames.loc[1, ["AU06", "AU12"]].isna().all()
    assert kinds(cohort) == ["not a number"]


def test_a_file_that_was_cut_off_keeps_its_whole_rows():
    cohort = read_cohort(("p.csv", openface((1.0,) * 50) + b"51,0,2.0"))
    assert len(cohort.frames) == 50
    assert kinds(cohort) == ["broken rows"]


def test_two_dialects_in_one_cohort_are_told():
    other = b"frame,timestamp,success,AU06_r,AU12_r\n0,0,True,1,1\n1,0.04,True,1,1\n"
    cohort = read_cohort([("a.csv", openface()), ("b.csv", other)])
    assert "two dialects" in kinds(cohort)


def test_intensities_and_probabilities_never_share_a_column():
    feat = b"frame,FaceScore,AU12\n0,0.9,0.5\n"
    with pytest.raises(InputError, match="different scales"):
        read_cohort([("a.csv", openface()), ("b.csv", feat)])


def test_units_that_one_program_lacks_are_missing_there():
    other = b"frame,timestamp,success,AU12_r\n0,0,True,1\n1,0.04,True,2\n"
    cohort = read_cohort([("a.csv", openface()), ("b.csv", other)])
    assert cohort.units == ("AU06", "AU12")
    assert cohort.frames.loc[cohort.frames["participant"] == "b", "AU06"].isna().all()


def test_two_files_of_one_participant_are_one_person_and_told():
    cohort = read_cohort(
        [("x/p1.csv", openface()), ("y/p1.csv", openface((4.0,)))], pattern=r"(p\d+)"
    )
    assert cohort.people.index.tolist() == ["p1"]
    assert "duplicate participant" in kinds(cohort)


def test_a_copy_is_left_out_and_the_same_recording_of_two_people_is_told():
    cohort = read_cohort([("x/p1.csv", openface()), ("y/p1.csv", openface())], pattern=r"(p\d+)")
    assert len(cohort.frames) == 3 and not cohort.report.files[1].used
    cohort = read_cohort([("p1.csv", openface()), ("p2.csv", openface())])
    assert len(cohort.frames) == 6
    assert kinds(cohort) == ["copy"]


def test_zeros_before_a_number_do_not_part_a_person_from_their_label():
    cohort = read_cohort(
        [("007.csv", openface()), ("8.csv", openface((2.0, 1.0)))],
        labels=("labels.csv", b"participant,label\n7,1\n8,0\n9,0\n"),
    )
    assert {(p.kind, p.where) for p in cohort.report.problems} == {("label without file", "9")}
    assert cohort.people["label"].to_dict() == {"7": "1", "8": "0"}


def test_ids_that_differ_by_zeros_alone_are_kept_apart_and_told_of():
    cohort = read_cohort(
        [("07.csv", openface()), ("8.csv", openface((2.0, 1.0)))],
        labels=("labels.csv", b"participant,label\n7,1\n007,0\n8,0\n"),
    )
    remarks = {(p.kind, p.where): p.text for p in cohort.report.problems}
    assert "is it" in remarks["file without label", "07"]
    assert cohort.people.loc["07", "label"] is None


def test_labels_and_events_are_found_in_the_folder(tmp_path):
    (tmp_path / "a.csv").write_bytes(openface())
    (tmp_path / "labels.csv").write_text("participant,label\na,1\n")
    (tmp_path / "events.csv").write_text("timestamp,label\n0,rest\n0.04,task\n0.08,end\n")
    for labels in (None, tmp_path / "labels.csv"):
        cohort = read_cohort(tmp_path, labels=labels)
        assert cohort.people.loc["a", "label"] == "1"
        assert cohort.phases == ("rest", "task")
        assert cohort.in_phase("rest").tolist() == [True, False, False]
        assert cohort.in_phase("task").tolist() == [False, True, False]
        assert cohort.report.all_problems == ()


def test_opendbm_pairs_are_read_once():
    facau = b"frame,face_id,timestamp,confidence,success,fac_AU12int\n1,0,0,0.9,1,2.5\n"
    facemo = b"frame, timestamp, success, AU12_r,s_confidence,fac_hapintsoft\n1,0,1,2.5,0.9,0.4\n"
    cohort = read_cohort([("p_facau.csv", facau), ("p_facemo.csv", facemo)])
    assert cohort.people.index.tolist() == ["p"]
    assert len(cohort.frames) == 1
    assert [f.used for f in cohort.report.files] == [True, False]


def test_a_bad_file_is_left_out_and_the_others_are_read():
    cohort = read_cohort([("a.csv", openface()), ("b.csv", b""), ("c.csv", b"\x00\x01\x02")])
    assert cohort.people.index.tolist() == ["a"]
    assert [f.used for f in cohort.report.files] == [True, False, False]
    assert "empty" in cohort.report.files[1].problems[0].text


def test_when_no_file_can_be_used_every_reason_is_listed():
    with pytest.raises(InputError, match=r"(?s)a\.csv.*empty.*b\.csv.*heart_rate"):
        read_cohort([("a.csv", b""), ("b.csv", b"time,heart_rate\n0,60\n")])


def test_one_frame_and_no_face_at_all_are_no_accidents():
    one = read_cohort(("p.csv", openface((1.0,))))
    assert len(one.frames) == 1 and np.isnan(one.report.files[0].rate)
    faceless = f"{HEAD}\n1,0,0,0,0,0,0\n".encode()
    both = read_cohort([("p.csv", openface((1.0,))), ("q.csv", faceless)])
    assert both.people.index.tolist() == ["p"], "a recording without a face is no person"
    assert kinds(both) == ["no face"]
    with pytest.raises(InputError, match="no frame has a face"):
        read_cohort(("q.csv", faceless))


def test_several_faces_in_a_frame_keep_the_most_frequent_one():
    raw = openface() + b"2,1,0.040,0.9,1,5,5\n"
    cohort = read_cohort(("p.csv", raw))
    assert len(cohort.frames) == 3 and cohort.frames["AU06"].max() == 3
    assert kinds(cohort) == ["several faces"]


def test_two_faces_without_an_id_are_not_averaged():
    head = "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,AU12,frame\n"
    alike = "".join(f"1,1,9,9,0.9,{v},{i}\n" for i in range(4) for v in (0.5, 0.0))
    with pytest.raises(InputError, match="nothing tells which face is whose"):
        read_cohort(("a.csv", (head + alike).encode()))
    first = read_cohort(("a.csv", (head + alike).encode()), tables=TableReading(faces="first"))
    assert first.frames["AU12"].tolist() == [0.5] * 4
    # the large face wanders; the small one stands and comes first
    apart = "".join(f"0,0,5,5,0.9,0.0,{i}\n{40 + i},0,20,20,0.9,0.5,{i}\n" for i in range(4))
    followed = read_cohort(("a.csv", (head + apart).encode()))
    assert followed.frames["AU12"].tolist() == [0.5] * 4
    assert kinds(followed) == ["no time", "several faces"]


def test_small_negative_values_are_zero_and_large_ones_missing():
    cohort = read_cohort(("p.csv", openface((1.0,) * 40, r7="8,0,0.280,0.95,1,-0.2,-3")))
    assert cohort.frames["AU06"][7] == 0 and np.isnan(cohort.frames["AU12"][7])
    assert kinds(cohort) == ["below zero", "out of range"]
    slight = read_cohort(("p.csv", openface((-0.1, -0.2, -0.05, 0.5))))
    assert slight.frames["AU06"].tolist() == [0, 0, 0, 0.5], "no reason to refuse a table"


def test_one_recording_written_by_two_programs_is_read_once():
    facau = b"frame,face_id,timestamp,confidence,success,fac_AU06int,fac_AU12int\n"
    facau += b"1,0,0,0.9,1,0.37,2.5\n2,0,0.033,0.9,1,0.41,2.6\n"
    raw = b"frame, face_id, timestamp, confidence, success, AU06_r, AU12_r\n"
    raw += b"1, 0, 0.000, 0.9, 1, 0.37, 2.50\n2, 0, 0.033, 0.9, 1, 0.41, 2.60\n"
    names = ("s1/face_au/s1_facau.csv", "s1/s1_openface/s1.csv")
    cohort = read_cohort(list(zip(names, (facau, raw), strict=True)))
    assert len(cohort.frames) == 2
    assert [file.used for file in cohort.report.files] == [True, False]


def test_each_persons_own_log_is_theirs_and_a_strangers_log_is_nobodys():
    files = [(f"p{i}.csv", openface((1.0,) * 20, 0.5)) for i in range(3)]
    files += [
        (f"p{i}_events.csv", f"timestamp,label\n{i},task\n{i + 2},end\n".encode()) for i in range(3)
    ]
    files += [("p9_events.csv", b"timestamp,label\n0,task\n9,end\n")]
    labels = ("labels.csv", b"participant,label\np0,0\np1,1\np2,0\np9,1\n")
    cohort = read_cohort(files, labels=labels)
    times = cohort.frames.loc[cohort.in_phase("task")].groupby("participant", observed=True)["time"]
    assert times.min().to_dict() == {"p0": 0.0, "p1": 1.0, "p2": 2.0}
    assert times.size().to_dict() == {"p0": 4, "p1": 4, "p2": 4}


def test_a_log_that_cannot_be_read_does_not_stop_the_others():
    files = [("a.csv", openface()), ("b_events.csv", b"timestamp,label\nsoon,task\n")]
    cohort = read_cohort(files)
    assert kinds(cohort) == ["event log"]
    with pytest.raises(InputError, match="hold no time"):
        read_cohort(files[:1], events=files[1])


def test_equal_remarks_are_one_with_a_count():
    files = [(f"p{i}.csv", openface((1.0, 2.0 + i / 10), 40.0)) for i in range(5)]
    remarks = read_cohort(files).report.grouped().set_index("remark")
    assert remarks.loc["frame rate", "count"] == 5
    assert remarks.loc["frame rate", "where"] == "p0.csv, p1.csv, p2.csv and 2 more"


def test_a_refusal_brings_its_report():
    with pytest.raises(ImportRefused) as refusal:
        read_cohort([("a.csv", b""), ("b.csv", b"")])
    assert len(refusal.value.report.files) == 2
    assert str(refusal.value).count("it is empty") == 1, "equal reasons once"


def test_who_joins_whom_is_known_before_anything_is_read():
    files = [("004_x_facau.csv", b"not even a table"), ("events.csv", b"timestamp,label\n0,a\n")]
    labels = ("labels.csv", b"Participant ID;Gruppe\n4;Gesund\n")
    table = who_is_who(files, labels).set_index("file")
    assert table.loc["004_x_facau.csv"].tolist() == ["table", "4", "Gesund"]
    assert table.loc["events.csv", "taken as"] == "events"


def test_the_clock_of_tables_or_the_beginning_places_events():
    raw = openface((1.0,) * 4, 1.0).replace(b",0.000,", b",3600,").replace(b",1.000,", b",3601,")
    raw = raw.replace(b",2.000,", b",3602,").replace(b",3.000,", b",3603,")
    events = ("events.csv", b"timestamp,label,end\n1,task,3\n")
    clock = read_cohort(("p.csv", raw), events=events)
    assert clock.phases == ()
    assert (
        "--events-from-start"
        in clock.report.grouped().set_index("remark").loc["empty phase", "text"]
    )
    start = read_cohort(("p.csv", raw), events=events, event_reading=EventReading(from_start=True))
    assert start.in_phase("task").tolist() == [False, True, True, False]


def test_remarks_that_say_the_same_of_many_files_are_one_and_others_are_not():
    same = [Problem("no face", f"p{i}.csv", f"p{i}.csv: {i} of {9 * i} frames") for i in range(150)]
    other = [
        Problem("estimates", "a.txt", "its evidence is read as a probability"),
        Problem("estimates", "b.txt", "blendshapes, times 5"),
        Problem("empty unit", "a.txt", "AU14 hold no value at all"),
        Problem("empty unit", "b.txt", "AU14, AU15 hold no value at all"),
    ]
    table = ImportReport(problems=(*same, *other)).grouped()
    assert table["count"].tolist() == [150, 1, 1, 2]
    assert table["where"][0] == "p0.csv, p1.csv, p2.csv and 147 more"
