"""Tables, labels and logs that were once misread, each of its kind; skipped where they are not at hand."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cohort import EventReading, TableReading, read_cohort, who_is_who
from core.cohort.statistics.confounds import alarms, audit
from core.cohort.statistics.curves import mean_curves, phase_means
from core.cohort.tables.extras import Extras
from core.cohort.tables.sources import expand
from core.errors import InputError

CASES = Path(os.environ.get("EXPRESSRATE_DATA", "../shared/data")).parent / "cases" / "cohort"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")


def case(number: str) -> Path:
    (folder,) = CASES.glob(f"{number}_*")
    return folder


def kinds(cohort) -> set[str]:
    return {problem.kind for problem in cohort.report.all_problems}


def test_01_participants_of_another_spelling_join_and_the_log_of_one_person_stays_theirs():
    table = who_is_who(case("01")).set_index("file")
    assert table.loc["047_t2_20240101_facau.csv", "participant"] == "47"
    assert table.loc["405_t2_20240101_app.csv", "taken as"] == "events"
    cohort = read_cohort(case("01"))
    assert cohort.people["label"].to_dict() == {"47": "0", "312": "0", "318": "1"}
    assert set(cohort.events["participant"]) == {"405"} and cohort.phases == ()


def test_02_a_log_a_person_is_that_persons():
    folder = case("02")
    own = read_cohort(folder)
    right = read_cohort(
        [*sorted(folder.glob("p??.csv"))],
        labels=folder / "labels.csv",
        events=folder / "right_answer_events_one_file.csv.txt",
    )
    assert own.phases == right.phases and "task" in own.phases
    pd.testing.assert_frame_equal(phase_means(own, "AU12"), phase_means(right, "AU12"))


def test_03_phases_that_overlap_keep_their_frames():
    cohort = read_cohort(case("03"))
    time = cohort.frames["time"].to_numpy()
    for label, start, end in (("a", 0, 3), ("b", 1, 2)):
        np.testing.assert_array_equal(cohort.in_phase(label), (time >= start) & (time < end))


def test_04_two_faces_that_nothing_tells_apart_are_not_averaged():
    cohort = read_cohort(case("04"))
    assert "unreadable" in kinds(cohort) and cohort.groups == ("0",)
    first = read_cohort(case("04"), tables=TableReading(faces="first"))
    assert first.groups == ("0", "1")
    assert first.frames.groupby("participant", observed=True)["AU12"].max().min() > 0


def test_05_frames_two_seconds_apart_stay_so():
    cohort = read_cohort(case("05"))
    assert {round(file.rate, 3) for file in cohort.report.files} == {0.5}
    assert "frame rate" in kinds(cohort)


def test_06_a_late_clock_does_not_put_everything_into_one_moment():
    cohort = read_cohort(case("06"))
    assert cohort.frames["time"].min() == 3600
    assert (mean_curves(cohort, "AU12", bins=20)["n"] > 0).all()
    assert (
        read_cohort(case("06"), event_reading=EventReading(from_start=True)).frames["time"][0] == 0
    )


def test_07_the_rate_is_bracketed_by_counting():
    cohort = read_cohort(case("07"))
    assert {round(file.rate * 2, 3) for file in cohort.report.files} == {25.0}, "every second frame"


def test_08_a_scale_that_differs_between_groups_raises_an_alarm():
    assert any(
        "a fifth of the range differs" in text for text in alarms(audit(read_cohort(case("08"))))
    )


def test_09_words_for_no_label_are_no_labels():
    cohort = read_cohort(case("09"))
    assert cohort.groups == ("0", "1") and cohort.people["label"].isna().sum() == 3


@pytest.mark.parametrize("log", ["events.csv", "sub-01_events.tsv.txt"])
def test_10_events_of_bids_last_for_their_duration(log):
    folder = case("10")
    tables = sorted(folder.glob("p*.csv"))
    cohort = read_cohort(tables, labels=folder / "labels.csv", events=folder / log)
    assert cohort.events[["start", "end", "label"]].to_numpy().tolist() == [
        [0, 1, "a"],
        [2, 3, "b"],
    ]


def test_11_the_onset_of_an_illness_is_no_event():
    cohort = read_cohort(case("11"))
    assert cohort.phases == () and list(cohort.people["onset"]) == ["23", "31", "19", "44"]


@pytest.mark.parametrize(
    "name, dialect, units",
    [
        ("affectiva_affdex_sdk.csv", "Affectiva SDK", 15),
        ("facereader_detailed_aus.txt", "FaceReader", 15),
        ("imotions6_facet.txt", "iMotions FACET", 15),
        ("livelink_arkit_blendshapes.csv", "ARKit blendshapes", 15),
    ],
)
def test_13_programs_that_were_refused_are_read(name, dialect, units):
    cohort = read_cohort(case("13") / name)
    (file,) = cohort.report.files
    assert file.used and file.dialect == dialect and len(file.units) >= units
    assert cohort.frames["time"].notna().all() or "coarse time" in kinds(cohort), (
        "told, not guessed"
    )
    assert np.isfinite(cohort.frames[list(cohort.units)].to_numpy()).any()


def test_13_a_log_of_boris_is_a_log():
    (file,), _ = expand(case("13") / "boris_tabular.tsv")
    assert Extras(None, None).take(file) == "events"


def test_15_a_recording_that_two_programs_wrote_counts_once():
    cohort = read_cohort(case("15"))
    assert [file.used for file in cohort.report.files] == [True, False, True, False]
    assert len(cohort.frames) == 158 + 148


def test_16_labels_of_windows_keep_their_letters():
    assert read_cohort(case("16")).groups == ("Gesund", "Ängstlich")


def test_a_refusal_names_what_each_table_was():
    with pytest.raises(InputError, match="different scales") as refused:
        read_cohort(case("13"))
    assert len(refused.value.report.files) == 4
