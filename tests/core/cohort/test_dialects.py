"""Every dialect, from small tables with known values, and two real ones."""

import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables import vendors
from core.cohort.tables.dialects import recognise
from core.cohort.tables.parsing import TableReading, parse
from core.errors import InputError
from core.facs import UNITS

DATA = Path(os.environ.get("EXPRESSRATE_DATA", "../shared/data")) / "tables"
OPENFACE_1 = [u for u in UNITS if u not in ("AU07", "AU23", "AU45")]


def table(columns: list[str], rows: list[list], separator: str = ",") -> bytes:
    """A text table; rows may be shorter lists of text or numbers."""
    lines = [separator.join(columns)] + [separator.join(map(str, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def intensities(frames: int = 3) -> np.ndarray:
    """0.1 in the first unit and frame, then rising by 0.1 along units and by 0.5 along frames."""
    return np.round(0.1 + 0.1 * np.arange(17) + 0.5 * np.arange(frames)[:, None], 2)


def openface(space: str = "", face_id: bool = True, motion: bool = True) -> bytes:
    columns = ["frame"] + ["face_id"] * face_id + ["timestamp", "confidence", "success"]
    columns += ["gaze_0_x", "pose_Tx"] * motion
    columns += [f"{u}_r" for u in UNITS] + ["AU28_c", "AU01_c"]
    rows = []
    for i, values in enumerate(intensities()):
        lead = [i + 1] + [0] * face_id + [round(i / 25, 3), 0.98, 1]
        rows.append([*lead, *([0.1, 12.5] * motion), *values, 0, 1])
    return table([columns[0], *(space + c for c in columns[1:])], rows)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (openface(), "OpenFace 2"),
        (openface(space=" "), "OpenFace 2"),
        (openface(face_id=False), "OpenFace without face_id"),
        (openface(space=" ", face_id=False), "OpenFace without face_id"),
        (openface(face_id=False, motion=False), "OpenFace 1 (DAIC-WOZ)"),
    ],
)
def test_openface_in_all_its_builds_gives_the_same_frames(raw, name):
    parsed = parse("a.csv", raw)
    assert parsed.dialect.name == name
    assert parsed.dialect.unit_kind == "intensity"
    assert list(parsed.dialect.units) == list(UNITS)
    np.testing.assert_allclose(parsed.frames[list(UNITS)], intensities(), atol=1e-6)
    assert parsed.frames["frame"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(parsed.frames["time"], [0, 0.04, 0.08])
    assert parsed.frames["success"].all()
    assert parsed.rate == pytest.approx(25)
    assert parsed.problems == ()


def test_daic_woz_with_its_fourteen_units_is_openface_1():
    columns = ["frame", "timestamp", "confidence", "success", *(f"{u}_r" for u in OPENFACE_1)]
    columns += ["AU04_c", "AU23_c"]
    rows = [[1, 0, 0.9, 1, *np.arange(14) / 10, 0, 1], [2, 0.0333, 0.1, 0, *[0] * 14, 0, 0]]
    parsed = parse("300_CLNF_AUs.txt", table(columns, rows, ", "))
    assert parsed.dialect.name == "OpenFace 1 (DAIC-WOZ)"
    assert list(parsed.dialect.units) == OPENFACE_1
    assert parsed.frames["AU02"].tolist()[0] == pytest.approx(0.1)
    assert parsed.frames["success"].tolist() == [True, False]
    assert parsed.frames.loc[1, OPENFACE_1].isna().all()


def test_opendbm_facau_holds_intensities_and_facemo_none():
    columns = ["frame", "face_id", "timestamp", "confidence", "success"]
    columns += [f"fac_{u}int" for u in UNITS] + [f"fac_{u}pres" for u in UNITS] + ["dbm_master_url"]
    rows = [[i + 1, 0, i / 30, 0.9, 1, *x, *[1] * 17, "a.mp4"] for i, x in enumerate(intensities())]
    parsed = parse("p_facau.csv", table(columns, rows))
    assert parsed.dialect.name == "OpenDBM facau"
    np.testing.assert_allclose(parsed.frames[list(UNITS)], intensities(), atol=1e-6)

    columns = ["frame", " face_id", " timestamp", " confidence", " success", "s_confidence"]
    columns += ["fac_hapintsoft", "fac_hapinthard", "fac_happres", "neu_exp", "error_reason"]
    parsed = parse("p_facemo.csv", table(columns, [[1, 0, 0, 0.9, 1, 0.9, 0.2, 0, 0, 0, ""]]))
    assert parsed.dialect.name == "OpenDBM facemo"
    assert parsed.dialect.companion
    assert parsed.dialect.units == {}


def test_pyfeat_gives_probabilities_and_times_from_frames_between_whole_seconds():
    units = ["AU01", "AU11", "AU24", "AU43"]
    columns = ["FaceRectX", "FaceScore", *units, "Neutral", "Happy", "input", "frame"]
    columns += ["approx_time", "Identity"]
    rows = [
        [9.5, 0.99, 0.25, 0.5, 0.75, 1, 0.9, 0.1, "v.mp4", i, f"00:{i // 25:02d}", "Person_0"]
        for i in range(100)
    ]
    rows[40][1:6] = [""] * 5
    parsed = parse("v.csv", table(columns, rows))
    assert parsed.dialect.name == "py-feat 2"
    assert parsed.dialect.unit_kind == "probability"
    assert parsed.frames[units].iloc[0].tolist() == [0.25, 0.5, 0.75, 1]
    assert parsed.frames["success"].sum() == 99 and not parsed.frames["success"][40]
    assert parsed.frames["confidence"][0] == pytest.approx(0.99)
    assert parsed.rate == pytest.approx(25, rel=0.02)
    assert [p.kind for p in parsed.problems] == ["coarse time"]


def test_pyfeat_1_has_no_times_unless_told_the_rate():
    raw = table(["frame", "FaceScore", "AU01", "happiness"], [[0, 0.9, 0.5, 1], [1, 0.9, 0.25, 1]])
    parsed = parse("v.csv", raw)
    assert parsed.dialect.name == "py-feat 1"
    assert parsed.frames["time"].isna().all()
    assert [p.kind for p in parsed.problems] == ["no time"]
    assert parse("v.csv", raw, TableReading(fps=20)).frames["time"].tolist() == [0, 0.05]


@pytest.mark.parametrize(("step", "told"), [(40, []), (0.04, ["time unit"])])
def test_libreface_writes_milliseconds_or_seconds_and_both_are_understood(step, told):
    columns = [
        "frame_idx",
        "frame_time_in_ms",
        "au_1",
        "au_12",
        "au_1_intensity",
        "au_12_intensity",
    ]
    rows = [[i, i * step, 0, 1, 0.5, 2.25] for i in range(5)]
    parsed = parse(
        "l.csv", table([*columns, "facial_expression"], [[*r, "Happiness"] for r in rows])
    )
    assert parsed.dialect.name == "LibreFace"
    assert parsed.dialect.unit_kind == "intensity"
    assert parsed.frames[["AU01", "AU12"]].iloc[3].tolist() == [0.5, 2.25]
    np.testing.assert_allclose(parsed.frames["time"], np.arange(5) * 0.04)
    assert [p.kind for p in parsed.problems] == told


def test_libreface_without_intensities_is_presence():
    parsed = parse(
        "l.csv", table(["frame_idx", "au_1", "au_12"], [[0, 0, 1], [1, 1, 1]]), TableReading(fps=30)
    )
    assert parsed.dialect.unit_kind == "presence"
    assert parsed.frames["AU01"].tolist() == [0, 1]


def test_pyfaceau_counts_from_0_and_writes_true_and_false():
    raw = table(
        ["frame", "timestamp", "success", "AU01_r", "AU12_r"],
        [[0, 0.0, "True", 0.5, 1.5], [1, 0.033, "False", 0, 0], [2, 0.067, "True", 0.7, 1.7]],
    )
    parsed = parse("p.csv", raw)
    assert parsed.dialect.name == "pyfaceau"
    assert parsed.frames["frame"].tolist() == [0, 1, 2]
    assert parsed.frames["success"].tolist() == [True, False, True]
    np.testing.assert_allclose(parsed.frames["AU12"], [1.5, np.nan, 1.7], atol=1e-6)


def test_our_own_parquet_keeps_missing_values_missing():
    frame = pd.DataFrame({"frame": [0, 1], "time": [0.0, 0.04], "success": [True, False]})
    frame["AU06"], frame["AU12"] = [1.25, np.nan], [3.5, np.nan]
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    parsed = parse("clip.parquet", buffer.getvalue())
    assert parsed.dialect.name == "ExpressRate"
    assert parsed.dialect.unit_kind == "intensity"
    np.testing.assert_allclose(parsed.frames["AU12"], [3.5, np.nan])


OPENFACE_3 = ["frame", "timestamp", *(f"AU{i:02d}_r" for i in range(1, 9))]


def test_openface_3_numbers_its_outputs_and_they_are_read_as_the_units_they_stand_for():
    parsed = parse("x.csv", table(OPENFACE_3, [[1, 0, *np.arange(8) / 10]]))
    expected = ["AU01", "AU02", "AU04", "AU06", "AU09", "AU12", "AU25", "AU26"]
    assert list(parsed.dialect.units) == expected
    np.testing.assert_allclose(parsed.frames[expected].iloc[0], np.arange(8) / 10)
    assert parsed.dialect.unit_kind == "probability", (
        "it was trained to tell whether, not how strong"
    )
    assert "is not documented" in parsed.problems[0].text
    assert "the names of its units" in parsed.dialect.lacks


def test_openface_3_is_read_in_the_order_that_is_named():
    order = ("AU12", "AU01", "AU02", "AU04", "AU06", "AU09", "AU25", "AU26")
    raw = table(OPENFACE_3, [[1, 0, *np.arange(8) / 10]])
    parsed = parse("x.csv", raw, TableReading(unit_order=order))
    assert parsed.frames["AU12"].iloc[0] == 0
    np.testing.assert_allclose(parsed.frames["AU01"], 0.1)
    assert "as you said" in parsed.problems[0].text
    for wrong in (order[:7], (*order[:7], "AU12"), (*order[:7], "smile")):
        with pytest.raises(InputError, match="writes 8 outputs"):
            parse("x.csv", raw, TableReading(unit_order=wrong))


def test_an_order_of_units_changes_nothing_where_units_have_names():
    raw = table(["frame", "timestamp", "AU01_r", "AU12_r"], [[1, 0, 1, 2]])
    assert (
        parse("x.csv", raw, TableReading(unit_order=("AU06", "AU12"))).frames["AU01"].iloc[0] == 1
    )


def test_what_a_dialect_lacks_is_listed():
    pyfeat = parse("x.csv", table(["frame", "FaceScore", "AU01", "AU12"], [[0, 0.9, 0.1, 0.2]]))
    assert pyfeat.dialect.lacks == ("times", "the width of the face", "intensities")


def facereader(values, rate="30"):
    """FaceReader's detailed log: lines about the analysis, carriage returns, letters or numbers."""
    head = ["Video analysis detailed log", "Face Model:\tGeneral", f"Frame rate:\t{rate}"]
    names = "Video Time\tNeutral\tAction Unit 06 - Cheek Raiser\tAction Unit 12 - Lip Corner Puller"
    rows = [f"00:00.{i // 3}\t0.5\t{a}\t{b}" for i, (a, b) in enumerate(values)]
    return "\r".join([*(line + "\t" for line in head), names, *rows]).encode()


def test_facereaders_letters_are_intensities_and_a_lost_face_is_missing():
    raw = facereader([("NotActive", "A"), ("E", "C"), ("FIND_FAILED", "FIND_FAILED"), ("B", "D")])
    parsed = parse("p.txt", raw)
    assert parsed.dialect.name == "FaceReader"
    np.testing.assert_allclose(parsed.frames["AU06"], [0, 5, np.nan, 2])
    np.testing.assert_allclose(parsed.frames["AU12"], [1, 3, np.nan, 4])
    assert parsed.frames["success"].tolist() == [True, True, False, True]
    np.testing.assert_allclose(parsed.frames["time"], np.arange(4) / 30)


def test_facets_evidence_is_the_logarithm_of_odds():
    head = "#Study : x\r\n#Version : 6\r\n\r\nName\tFrameNo\tFrameTime\tAU4 Evidence\tAU12 Evidence\r\n"
    parsed = parse("p.txt", (head + "a\t0\t0\t0\t1\r\na\t1\t40\t-1\t\r\n").encode())
    assert (parsed.dialect.name, parsed.dialect.unit_kind) == ("iMotions FACET", "probability")
    np.testing.assert_allclose(parsed.frames["AU04"], [0.5, 1 / 11], rtol=1e-6)
    np.testing.assert_allclose(parsed.frames["AU12"], [10 / 11, np.nan], rtol=1e-6)
    assert parsed.rate == pytest.approx(25)


@pytest.mark.parametrize("spaced", [False, True])
def test_affectivas_scores_are_read_from_its_sdk_and_from_imotions(spaced):
    names = ["browFurrow", "smile", "lipCornerDepressor", "cheekRaise", "jawDrop", "innerBrowRaise"]
    shown = ["".join(f" {c}" if c.isupper() else c for c in n).title() for n in names]
    time = "Timestamp" if spaced else "TimeStamp"
    scale = 1000 if spaced else 1
    rows = [[i * 0.04 * scale, 50, 100, 0, 25, 10, 5] for i in range(3)]
    parsed = parse("a.csv", table([time, *(shown if spaced else names)], rows))
    assert parsed.dialect.name == ("iMotions AFFDEX" if spaced else "Affectiva SDK")
    assert parsed.frames[["AU04", "AU12", "AU06"]].iloc[0].tolist() == [0.5, 1.0, 0.25]
    np.testing.assert_allclose(parsed.frames["time"], [0, 0.04, 0.08])


@pytest.mark.parametrize("rig", ["ARKit", "MediaPipe"])
def test_blendshapes_are_estimates_of_the_units_they_move(rig):
    shapes = [s for columns in vendors._SHAPES.values() for s in columns]
    names = [s[:1].upper() + s[1:] for s in shapes] if rig == "ARKit" else shapes
    values = [0.4 if s.endswith("Left") else 0.2 for s in shapes]
    raw = table(["time", *names], [[0.0, *values], [0.04, *values]])
    parsed = parse("a.csv", raw)
    assert parsed.dialect.name == f"{rig} blendshapes"
    assert parsed.frames["AU12"][0] == pytest.approx(1.5), "both sides averaged, times 5"
    assert parsed.frames["AU26"][0] == pytest.approx(1.0)
    assert ("AU09" in parsed.dialect.units) is (rig == "ARKit"), (
        "noseSneer never moves in MediaPipe"
    )
    assert parsed.problems[0].kind == "estimates"


def test_a_table_without_units_is_no_dialect():
    assert recognise(["time", "heart_rate"]) is None
    with pytest.raises(InputError, match="heart_rate"):
        parse("x.csv", b"time,heart_rate\n0,60\n")


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared tables are not here")
def test_a_real_openface_table_is_read_whole():
    raw = (DATA / "OpenFace_Test.csv").read_bytes()
    parsed = parse("OpenFace_Test.csv", raw)
    assert parsed.dialect.name == "OpenFace without face_id"
    expected = pd.read_csv(io.BytesIO(raw), skipinitialspace=True)
    assert len(parsed.frames) == len(expected) == 100
    np.testing.assert_allclose(parsed.frames["AU01"], expected["AU01_r"], atol=1e-6)
    np.testing.assert_allclose(parsed.frames["time"], expected["timestamp"])
    assert [p.kind for p in parsed.problems] == ["frame rate"]  # its times step by one millisecond


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared tables are not here")
def test_a_real_pyfeat_table_holds_twenty_probabilities():
    parsed = parse("Feat_Test.csv", (DATA / "Feat_Test.csv").read_bytes())
    assert parsed.dialect.name == "py-feat 1"
    assert len(parsed.dialect.units) == 20
    assert parsed.frames["AU12"][0] == pytest.approx(0.96437925)
