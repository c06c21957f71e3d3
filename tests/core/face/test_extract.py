import json
import shutil
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.face.__main__ import main
from core.face.columns import BOX, EMOTIONS, POSE, RELATIVE
from core.face.extract import ExtractSettings, extract
from core.face.openface import to_openface
from core.face.outputs import Output, plan_outputs
from core.face.series import measure_video, relative_to_neutral
from core.face.units.used import stack_card
from core.face.video_files import VideoFile, is_video_name, place_videos
from core.facs import UNITS
from tests.core.face.film import film
from tests.core.face.openface_back import from_openface
from tests.core.processes import looks_into_proc, survivors

pytestmark = pytest.mark.usefixtures("landmarker")
FACE_ONLY = [*BOX, *POSE, *UNITS, *EMOTIONS]


@pytest.fixture(scope="module")
def leaving(tmp_path_factory, small):
    """A clip with 6 calm frames, 5 without a face, 4 smiling ones."""
    smiling, calm, empty = small
    path = tmp_path_factory.mktemp("clips") / "leaving.mp4"
    return film(path, [calm] * 6 + [empty] * 5 + [smiling] * 4)


@pytest.fixture(scope="module")
def series(leaving):
    return measure_video(leaving)


def test_the_table_has_one_row_a_frame_and_the_ledger_adds_up(series):
    ledger, table = series.ledger, series.table
    assert list(table["frame"]) == list(range(15)) and ledger.expected == 15
    assert (ledger.measured, ledger.no_face, ledger.below_cutoff) == (10, 5, 0)
    assert ledger.decoded == (
        ledger.skipped + ledger.patched + ledger.no_face + ledger.below_cutoff + ledger.measured
    )
    assert list(table["success"]) == [True] * 6 + [False] * 5 + [True] * 4
    assert np.allclose(table["time"], np.arange(15) / 25)


def test_a_frame_without_a_face_is_nan_and_never_zero(series):
    without = series.table[~series.table["success"]]
    assert without[FACE_ONLY].isna().all(axis=None)
    shapes = [name for name in series.table if name.startswith("blendshape_")]
    assert len(shapes) == 52 and without[shapes].isna().all(axis=None)
    there = series.table[series.table["success"]]
    assert there[[*BOX, *POSE, *EMOTIONS, *shapes]].notna().all(axis=None)


def test_what_the_face_does_is_seen(series):
    smile = series.table["blendshape_mouthSmileLeft"]
    assert smile[11:].min() > smile[:6].max() + 0.3
    assert np.allclose(series.table.loc[:5, list(EMOTIONS)].sum(axis=1), 1, atol=1e-5)


def test_what_is_judged_beside_the_tracking_is_the_same(series, leaving):
    beside = measure_video(leaving, threads=2)
    pd.testing.assert_frame_equal(beside.table, series.table, atol=1e-4)
    assert beside.ledger == series.ledger


def test_what_stops_the_work_stops_its_threads(leaving):
    before = threading.active_count()

    def progress(done, expected, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_video(leaving, threads=2, progress=progress)
    assert threading.active_count() == before


def test_a_cut_off_of_one_leaves_frames_below_it(leaving):
    series = measure_video(leaving, cutoff=1.0, emotions=False)
    ledger = series.ledger
    assert ledger.below_cutoff + ledger.measured == 10 and ledger.below_cutoff > 0
    below = ~series.table["success"] & (series.table["confidence"] > 0)
    assert below.sum() == ledger.below_cutoff
    assert series.table.loc[below, list(UNITS)].isna().all(axis=None)


def test_how_the_face_was_seen_stands_beside_the_units(series):
    table = series.table
    there = table["success"]
    assert table.loc[there, "presence"].min() >= 0.5 and (table["presence"] <= 1).all()
    assert table["confidence"].between(0, 1).all()
    assert (
        table.loc[~there, ["occlusion", "sharpness", "face_width", "track"]].isna().all(axis=None)
    )
    if stack_card() is not None:
        assert table.loc[there, "occlusion"].between(0, 1).all()
    else:
        assert (table["confidence"] == table["presence"]).all()


def test_the_calibrated_stack_is_asked_for_by_name(leaving, tmp_path, monkeypatch):
    if stack_card() is not None:
        calibrated = measure_video(leaving, emotions=False, calibrated=True)
        plain = measure_video(leaving, emotions=False)
        assert not np.allclose(
            calibrated.table[list(UNITS)], plain.table[list(UNITS)], equal_nan=True
        )
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    with pytest.raises(InputError, match="calibrated stack"):
        measure_video(leaving, emotions=False, calibrated=True)


def test_smoothing_is_asked_for_stated_and_measured_anew(leaving, tmp_path):
    plain = ExtractSettings(emotions=False, every=3)
    assert "smooth" not in plain.measurement and "calibrated" not in plain.measurement
    videos = place_videos([leaving])
    (first,) = extract(videos, tmp_path / "out", plain, jobs=1)
    (second,) = extract(
        videos, tmp_path / "out", ExtractSettings(emotions=False, every=3, smooth=0.5), jobs=1
    )
    assert first.state == second.state == "done"
    assert json.loads(second.output.record.read_text())["settings"]["smooth"] == 0.5
    table = pd.read_csv(second.output.table("openface"))
    assert (table["smoothing"] == 0.5).all()
    with pytest.raises(InputError, match="smoothing window"):
        ExtractSettings(smooth=9.0)


def test_every_third_frame_keeps_numbers_and_times(leaving):
    series = measure_video(leaving, every=3, emotions=False)
    assert list(series.table["frame"]) == [0, 3, 6, 9, 12]
    assert np.allclose(series.table["time"], np.array([0, 3, 6, 9, 12]) / 25)
    assert series.ledger.skipped == 10 and series.ledger.decoded == 15


def test_two_faces_are_counted_and_the_larger_is_followed(tmp_path, portrait, small):
    scene = np.full((400, 640, 3), 225, np.uint8)
    scene[:384, :384] = portrait["men-dark-neutral.png"]
    scene[100:292, 420:612] = small[1]
    series = measure_video(film(tmp_path / "two.mp4", [scene] * 3), emotions=False)
    assert list(series.table["faces"]) == [2, 2, 2]
    assert (series.table["face_right"] < 400).all()
    assert series.ledger.several_faces == 3


def test_a_turned_clip_is_measured_like_an_upright_one(tmp_path, portrait):
    face = portrait["black-happy.png"][:, 40:344]
    upright = measure_video(film(tmp_path / "a.mp4", [face] * 2)).table
    lying = np.ascontiguousarray(np.rot90(face, -1))
    turned = measure_video(film(tmp_path / "b.mp4", [lying] * 2, turn=90)).table
    assert np.abs(turned[list(BOX)] - upright[list(BOX)]).max(axis=None) < 3


def test_the_neutral_segment_is_subtracted_beside_the_raw_series(series):
    table = series.table.assign(AU12=np.where(series.table["success"], 1.0, np.nan))
    table.loc[11:, "AU12"] = 3.0
    relative = relative_to_neutral(table, 0, 0.2)
    assert list(relative["AU12"][11:]) == [3.0] * 4
    assert list(relative["AU12_relative"][11:]) == [2.0] * 4
    assert relative["AU12_relative"][6:11].isna().all()
    with pytest.raises(InputError, match=r"no measured face between 0\.26 s"):
        relative_to_neutral(table, 0.26, 0.4)


def test_the_openface_csv_reads_back_as_it_was(series):
    table = series.table.assign(AU12=np.linspace(0, 5, 15), AU45=np.nan)
    text = to_openface(relative_to_neutral(table, 0, 0.2))
    header = text.splitlines()[0].split(",")
    assert header[:5] == ["frame", "face_id", "timestamp", "confidence", "success"]
    assert [name for name in header if name.endswith("_r")] == [f"{unit}_r" for unit in UNITS]
    assert text.splitlines()[1].startswith("1,0,0,")
    back = from_openface(text)
    for name in ("frame", "time", "success", "faces", *POSE, *UNITS, *EMOTIONS):
        expected = table[name].to_numpy(float)
        assert np.allclose(back[name].to_numpy(float), expected, rtol=1e-4, equal_nan=True), name
    assert back[list(RELATIVE)].notna().any(axis=None)


def test_the_command_writes_table_and_ledger_and_reports_the_bad_file(leaving, tmp_path, capsys):
    folder = tmp_path / "videos"
    (folder / "P01").mkdir(parents=True)
    (folder / "P01" / "good.mp4").write_bytes(leaving.read_bytes())
    (folder / "bad.mp4").write_text("this is a text")
    out = tmp_path / "out"
    code = main(["extract", str(folder), "--out", str(out), "--jobs", "1"])
    shown = capsys.readouterr()
    assert code == 1 and "bad.mp4 is not a video" in shown.err
    assert "no face        5" in shown.err and "1 of 2 videos" in shown.out
    written = sorted(path.relative_to(out) for path in out.rglob("*.*"))
    assert [str(path) for path in written] == ["P01/good.csv", "P01/good.json"]
    record = json.loads((out / "P01" / "good.json").read_text())
    assert record["ledger"]["measured"] == 10 and record["container"]["codec"] == "h264"
    assert record["source"] == str(folder / "P01" / "good.mp4") and record["clock_offset"] == 0
    assert pd.read_csv(out / "P01" / "good.csv")["success"].sum() == 10


def test_json_alone_is_on_standard_output(leaving, tmp_path, capsys):
    given = ["extract", str(leaving), "--out", str(tmp_path / "out"), "--jobs", "1", "--json", "-"]
    assert main([*given, "--no-emotions"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert outcome["state"] == "done" and outcome["record"].endswith("leaving.json")


def run(videos, out, settings, **more):
    given = [VideoFile(video, Path(video.name)) for video in videos]
    return {outcome.video.name: outcome for outcome in extract(given, out, settings, **more)}


def test_what_is_done_is_skipped_until_content_or_settings_change(leaving, tmp_path, small):
    video, out = tmp_path / "clip.mp4", tmp_path / "out"
    video.write_bytes(leaving.read_bytes())
    plain, sparse = ExtractSettings(emotions=False), ExtractSettings(emotions=False, every=2)
    assert run([video], out, plain)["clip.mp4"].state == "done"
    assert run([video], out, plain)["clip.mp4"].state == "skipped"
    assert run([video], out, sparse)["clip.mp4"].state == "done"
    assert len(pd.read_csv(out / "clip.csv")) == 8
    assert run([video], out, plain)["clip.mp4"].state == "done"
    film(video, [small[0]] * 2)
    assert run([video], out, plain)["clip.mp4"].state == "done"
    assert len(pd.read_csv(out / "clip.csv")) == 2


def test_both_formats_come_from_one_measurement(leaving, tmp_path, monkeypatch):
    out = tmp_path / "out"
    both = ExtractSettings(("parquet", "openface"), emotions=False)
    assert (
        run([leaving], out, ExtractSettings(("parquet",), emotions=False))["leaving.mp4"].state
        == "done"
    )

    def forbidden(*args, **kwargs):
        raise AssertionError("measured again")

    monkeypatch.setattr("core.face.series.measure_video", forbidden)
    outcome = run([leaving], out, both)["leaving.mp4"]
    assert outcome.state == "done", outcome.report
    assert run([leaving], out, both)["leaving.mp4"].state == "skipped"
    whole, csv = pd.read_parquet(out / "leaving.parquet"), pd.read_csv(out / "leaving.csv")
    assert np.allclose(whole["AU12"], csv["AU12_r"], atol=1e-4, equal_nan=True)


def test_an_interruption_leaves_no_file(leaving, tmp_path):
    def interrupt(video, done, expected):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([leaving], tmp_path / "out", ExtractSettings(emotions=False), report=interrupt)
    assert not list(tmp_path.rglob("*.csv")) and not list(tmp_path.rglob("*.part*"))


def test_a_pool_gives_what_one_process_gives(leaving, tmp_path):
    copies = []
    for name in ("a.mp4", "b.mp4"):
        copies.append(tmp_path / name)
        copies[-1].write_bytes(leaving.read_bytes())
    (tmp_path / "c.mp4").touch()
    settings = ExtractSettings(emotions=False)
    alone = run(copies, tmp_path / "one", settings, jobs=1)
    pooled = run([*copies, tmp_path / "c.mp4"], tmp_path / "two", settings, jobs=2)
    assert {name: outcome.state for name, outcome in pooled.items()} == {
        "a.mp4": "done", "b.mp4": "done", "c.mp4": "failed",
    }  # fmt: skip
    assert "is empty" in pooled["c.mp4"].report[0]
    one = pd.read_csv(alone["a.mp4"].output.table("openface"))
    two = pd.read_csv(pooled["b.mp4"].output.table("openface"))
    assert np.allclose(one, two, atol=1e-3, equal_nan=True)


def test_tables_stand_where_their_videos_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for person in ("P01", "P02"):
        (tmp_path / person).mkdir()
        (tmp_path / person / "session1.mp4").touch()

    def places(*given):
        return [str(video.place) for video in place_videos(Path(each) for each in given)]

    assert places("P01/session1.mp4") == ["P01/session1.mp4"]
    assert places(tmp_path / "P02" / "session1.mp4") == ["P02/session1.mp4"]
    assert places(".") == places("P01", "P02") == ["P01/session1.mp4", "P02/session1.mp4"]
    assert places("P01") == ["session1.mp4"]
    assert places("P01", "P01/session1.mp4", "P01") == ["P01/session1.mp4"]


def test_names_that_differ_in_their_suffix_keep_it_and_equal_ones_get_a_mark(tmp_path):
    def bases(*videos):
        outputs = plan_outputs([VideoFile(tmp_path / a, Path(b)) for a, b in videos], tmp_path)
        return [output.base.name for output in outputs.values()]

    assert bases(("d.mp4", "d.mp4"), ("d.mov", "d.mov"), ("e.mp4", "e.mp4")) == [
        "d.mp4",
        "d.mov",
        "e",
    ]
    assert len(set(bases(("a/P/s.mp4", "P/s.mp4"), ("b/P/s.mp4", "P/s.mp4")))) == 2
    assert Output(tmp_path / "d.mp4").table("openface").name == "d.mp4.csv"


def test_every_video_of_a_folder_is_found_and_what_is_none_is_left(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("a.MTS", "b.3gp", "c.flv", "d.ogv", "e.h264", "deep/er/f.ts"):
        (tmp_path / name).touch()
    for name in ("._a.mp4", "notes.txt", "deep/._f.ts"):
        (tmp_path / name).touch()
    (tmp_path / "deep" / "round").symlink_to(tmp_path)
    places = [str(video.place) for video in place_videos([tmp_path])]
    assert places == ["a.MTS", "b.3gp", "c.flv", "d.ogv", "e.h264", "deep/er/f.ts"]
    assert not is_video_name("._clip.mp4") and is_video_name("clip.M2TS")


def test_two_links_to_one_file_are_two_videos_under_their_own_names(tmp_path):
    (tmp_path / "annex").mkdir()
    (tmp_path / "annex" / "SHA256-s1--abc.mp4").touch()
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("P01.mp4", "P02.mp4"):
        (videos / name).symlink_to(tmp_path / "annex" / "SHA256-s1--abc.mp4")
    assert [video.path.name for video in place_videos([videos])] == ["P01.mp4", "P02.mp4"]


def test_a_file_of_somebody_else_or_of_another_video_is_never_replaced(leaving, tmp_path, small):
    settings, out = ExtractSettings(emotions=False), tmp_path / "out"
    out.mkdir()
    (out / "clip.json").write_text('{"mine": 1}')
    one, other = tmp_path / "a" / "clip.mp4", tmp_path / "b" / "clip.mp4"
    for video, pictures in ((one, small[:1]), (other, small[1:2])):
        video.parent.mkdir()
        film(video, list(pictures) * 2)
    with pytest.raises(InputError, match=r"clip\.json is not of this program.*--overwrite"):
        run([one], out, settings)
    assert (out / "clip.json").read_text() == '{"mine": 1}'
    assert run([one], out, settings, overwrite=True)["clip.mp4"].state == "done"
    first = (out / "clip.csv").read_bytes()
    with pytest.raises(InputError, match=r"holds the numbers of .*a/clip\.mp4"):
        run([other], out, settings)
    assert (out / "clip.csv").read_bytes() == first
    (out / "clip.parquet").write_text("somebody's")  # beside ours, but not in its record
    other.unlink()
    other.write_bytes(one.read_bytes())
    assert run([other], out, settings)["clip.mp4"].state == "skipped"  # the same content, moved
    with pytest.raises(InputError, match=r"clip\.parquet is not of this program"):
        run([one], out, ExtractSettings(("parquet",), emotions=False))
    assert (out / "clip.parquet").read_text() == "somebody's"


def test_what_cannot_be_written_is_told_before_anything_is_measured(leaving, tmp_path, monkeypatch):
    monkeypatch.setattr("core.face.series.measure_video", None)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file, not a folder"):
        run([leaving], tmp_path / "file", ExtractSettings())
    long = VideoFile(leaving, leaving.relative_to(leaving.parent).with_name("x" * 240 + ".mp4"))
    with pytest.raises(InputError, match="too long"):
        extract([long], tmp_path / "out", ExtractSettings())
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("core.face.outputs.shutil.disk_usage", lambda path: usage)
    with pytest.raises(InputError, match="has 0 MB left"):
        run([leaving], tmp_path / "out", ExtractSettings())
    assert not (tmp_path / "out").exists()


def test_a_neutral_segment_after_the_end_is_refused_before_measuring(
    leaving, tmp_path, monkeypatch
):
    monkeypatch.setattr("core.face.series.measure_video", None)
    outcome = run([leaving], tmp_path / "out", ExtractSettings(neutral=(5.0, 6.0)), jobs=1)[
        "leaving.mp4"
    ]
    assert outcome.state == "failed" and "ends at 0.60 s" in outcome.report[0]


def test_folders_and_paths_that_hold_nothing_are_all_listed(tmp_path):
    (tmp_path / "hollow").mkdir()
    with pytest.raises(InputError, match=r"hollow.*nowhere"):
        place_videos([tmp_path / "hollow", tmp_path / "nowhere.mp4"])


def test_settings_that_cannot_be_used_are_all_listed():
    with pytest.raises(InputError, match=r"'xml'.*cut-off is 2.*every is 0.*START-END"):
        ExtractSettings(("xml",), True, 2, 0, (3, 1))


def test_options_that_cannot_be_used_are_refused_by_the_parser(leaving, tmp_path, capsys):
    for option, value, reason in (
        ("--neutral", "soon", "START-END"),
        ("--neutral", "3-1", "START-END"),
        ("--cutoff", "nan", "not a number"),
        ("--every", "0", "not a whole number"),
        ("--jobs", "-2", "not a whole number"),
        ("--format", "xml", "invalid choice"),
    ):
        with pytest.raises(SystemExit) as left:
            main(["extract", str(leaving), "--out", str(tmp_path / "out"), option, value])
        assert left.value.code == 2 and reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_real_clips_add_up(data):
    for name, faces in (("no_face.mp4", 0), ("single_face.mp4", 12)):
        ledger = measure_video(data / "video" / name, every=6, emotions=False).ledger
        assert ledger.measured == faces
        looked_at = ledger.no_face + ledger.below_cutoff + ledger.measured
        assert ledger.decoded == ledger.skipped + looked_at
        assert ledger.decoded + ledger.hidden + ledger.missing == ledger.expected


@pytest.mark.slow
@looks_into_proc
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_commands_workers_end_with_it_however_it_ends(leaving, tmp_path, how):
    for name in "ab":
        shutil.copy(leaving, tmp_path / f"{name}.mp4")
    command = [sys.executable, "-m", "core.face", "extract", str(tmp_path), "--jobs", "2"]
    assert survivors([*command, "--out", str(tmp_path / "out")], how) == []
