"""Advice on storing recordings: the meter, the search, what is said, and the command."""

import json
import shlex
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from core import checkpoints
from core.bridge.__main__ import main
from core.bridge.advice import Criteria, Stored, advise, judge_recording
from core.bridge.advice_document import (
    as_document,
    as_html,
    is_advice,
    read_study_of_advice,
    shipped_advice,
)
from core.bridge.advice_text import (
    advise_command,
    command_lines,
    described,
    described_row,
    meter_sentence,
    sentence,
    table,
)
from core.bridge.encoders import ENCODERS
from core.bridge.meter import Agreement, agreement, largest_noise, measure_recording, noise
from core.bridge.plan import Plan, Search, Size
from core.bridge.recording_study import study_of
from core.bridge.recording_work import advise_clips, original, stored, stored_table
from core.bridge.recordings import Recording, ffmpeg_command, store_recording
from core.cli import json_text
from core.errors import InputError
from core.facs import UNITS
from tests.core.bridge.conftest import blend
from tests.core.face.film import film


def series(values, times=None, success=None):
    """A measured series whose units are all ``values``."""
    times = np.arange(len(values)) / 25 if times is None else np.asarray(times)
    success = np.ones(len(values), bool) if success is None else np.asarray(success)
    held = np.where(success, values, np.nan)
    return pd.DataFrame(
        {"time": times, "success": success, "confidence": 1.0, **dict.fromkeys(UNITS, held)}
    )


WAVE = 2 + 2 * np.sin(np.arange(100) / 7)


def test_a_series_agrees_with_itself():
    judgement = agreement(series(WAVE), series(WAVE))
    assert judgement.units["r"].to_numpy() == pytest.approx(1)
    assert (judgement.units["change"] == 0).all() and judgement.lost == 0


def test_change_and_correlation_are_those_of_the_frames():
    rng = np.random.default_rng(0)
    noisy = WAVE + rng.normal(0, 0.5, 100)
    row = agreement(series(WAVE), series(noisy)).units.loc["AU12"]
    assert row["change"] == pytest.approx(np.abs(noisy - WAVE).mean())
    assert row["r"] == pytest.approx(np.corrcoef(WAVE, noisy)[0, 1])


def test_a_lower_rate_is_read_between_its_frames_and_misses_what_was_short():
    blink = np.where(np.arange(100) == 50, 4.0, 1.0) + 0.2 * np.sin(np.arange(100))
    whole = series(blink)
    third = whole.iloc[1::3].reset_index(drop=True)
    row = agreement(whole, third).units.loc["AU45"]
    assert row["change"] > 0.05 and row["r"] < 0.7
    smooth = agreement(series(WAVE), series(WAVE).iloc[::3].reset_index(drop=True))
    assert smooth.units["r"].min() > 0.995 and smooth.lost == 0


def test_a_moment_whose_nearest_frame_shows_no_face_is_lost():
    seen = np.ones(100, bool)
    seen[40:44] = False
    assert agreement(series(WAVE), series(WAVE, success=seen)).lost == 4
    none = agreement(series(WAVE), series(WAVE, success=np.zeros(100, bool)))
    assert none.lost == 100 and none.units["change"].isna().all()
    assert none.lost_share == 1


def test_a_unit_that_hardly_moves_has_no_correlation():
    still = series(1 + 0.01 * np.sin(np.arange(100)))
    assert agreement(still, still).units["r"].isna().all()


def agreeing(least_r, change, lost=0, size=1000):
    units = pd.DataFrame(
        {"r": least_r, "change": change, "spread": 1.0}, index=pd.Index(UNITS, name="unit")
    )
    return Stored(size, 10.0, Agreement(units, 100, lost))


def attempt_of(limits, sizes=None):
    """A world in which a codec holds r 0.95 up to a rate factor, and 0.5 beyond."""
    tried = []

    def attempt(wanted):
        tried.append(list(wanted))
        return {
            (clip, each): agreeing(
                0.95 if each.quality <= limits[each.method] else 0.5,
                0.1,
                size=100_000 // each.quality,
            )
            for clip, each in wanted
        }

    return attempt, tried


def nothing():
    return pd.DataFrame({"disturbance": "mirrored", "unit": list(UNITS), "r": 0.99, "change": 0.02})


@pytest.mark.parametrize("limit", [16, 17, 33, 50, 51])
def test_the_coarsest_setting_that_passes_is_found(limit):
    attempt, tried = attempt_of({"h264": limit})
    plan = Plan(("h264",), (None,), (1,))
    judgement = advise(["a", "b"], plan, Criteria(("AU12",)), attempt, [nothing()])
    assert judgement.best.recording == Recording("h264", limit)
    assert sum(map(len, tried)) <= plan.most_measurements(2)


def test_where_nothing_passes_the_unit_that_fails_first_is_named():
    attempt, _ = attempt_of({"h264": 0})
    judgement = advise(
        ["a"], Plan(("h264",), (None,), (1,)), Criteria(("AU12", "AU45")), attempt, [nothing()]
    )
    assert judgement.best is None
    assert "No setting" in sentence(judgement) and "AU12" in sentence(judgement)


def test_the_cheapest_of_several_codecs_is_advised():
    attempt, _ = attempt_of({"h264": 30, "hevc": 40})
    judgement = advise(
        ["a"], Plan(("h264", "hevc"), (None,), (1,)), Criteria(("AU12",)), attempt, [nothing()]
    )
    assert judgement.best.recording == Recording("hevc", 40)
    rows = table(judgement)
    assert rows["passed"].iloc[0] and rows["megabytes_a_minute"].iloc[0] == pytest.approx(
        judgement.best.megabytes_a_minute
    )


def test_a_setting_fails_by_correlation_change_or_lost_faces():
    criteria = Criteria(("AU12",))
    recording = Recording("h264", 30)
    assert judge_recording(recording, {"a": agreeing(0.95, 0.1)}, criteria).passed
    for bad, reason in (
        (agreeing(0.89, 0.1), "r"), (agreeing(0.95, 0.26), "change"), (agreeing(0.95, 0.1, lost=2), "lost"),
        (agreeing(0.95, np.nan), "change"),
    ):  # fmt: skip
        judgement = judge_recording(recording, {"a": agreeing(0.99, 0.01), "b": bad}, criteria)
        assert not judgement.passed and (judgement.reason, judgement.clip) == (reason, "b")
    still = judge_recording(recording, {"a": agreeing(np.nan, 0.1)}, criteria)
    assert still.passed and np.isnan(still.least_r)


def test_megabytes_and_terabytes_are_those_of_the_files():
    judgement = judge_recording(
        Recording("h264", 30),
        {"a": agreeing(0.95, 0.1, size=2_000_000), "b": agreeing(0.95, 0.1, size=1_000_000)},
        Criteria(("AU12",)),
    )
    assert judgement.megabytes_a_minute == pytest.approx(3 / 20 * 60)


def test_a_search_needs_no_more_steps_than_it_says():
    for method in ENCODERS:
        search, steps = Search(Recording(method, ENCODERS[method].fine)), 0
        while search.next is not None:
            search.tell(search.next.quality <= 30)
            steps += 1
        assert steps <= search.most_steps


@pytest.mark.parametrize(
    "wrong", [{"units": ()}, {"units": ("AU99",)}, {"keep": 1.0}, {"change": 0}, {"lost": 1}]
)
def test_criteria_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match="Nothing can be advised"):
        Criteria(**{"units": ("AU12",), **wrong})


@pytest.fixture(scope="module")
def smile(tmp_path_factory):
    shares = np.sin(np.linspace(0, 2 * np.pi, 30)) ** 2
    return film(tmp_path_factory.mktemp("advice") / "smile.mp4", [blend(share) for share in shares])


def test_measuring_twice_is_noisy_but_not_much(smile):
    reference = measure_recording(smile)
    judgement = noise(smile, reference)
    assert set(judgement["disturbance"]) == {"mirrored", "shifted by a pixel", "half a frame later"}
    worst = largest_noise([judgement])
    assert 0 < worst.loc["AU12", "change"] < 0.6


def test_clips_are_advised_on_and_finished_work_is_not_done_twice(smile, store, monkeypatch):
    plan = Plan(("h264",), (None,), (1,))
    criteria = Criteria(("AU12",), keep=0.8, change=0.6, lost=0.2)
    told = []
    first = advise_clips(
        [smile],
        plan,
        criteria,
        store,
        progress=lambda done, total, text: told.append((done, total)),
    )
    assert first.best is not None and first.best.recording.method == "h264"
    assert told and all(done <= total for done, total in told)
    monkeypatch.setattr(
        "core.bridge.recording_work.store_recording", lambda *_: pytest.fail("was done before")
    )
    again = advise_clips([smile], plan, criteria, store)
    assert again.best == first.best
    document = json.loads(json.dumps(as_document(again, [smile], "the command"), default=str))
    assert document["schema"] == "expressrate/recording-advice/1"
    assert document["advice"]["recording"]["quality"] == first.best.recording.quality
    page = as_html(again, [smile], "<the command>")
    assert "&lt;the command&gt;" in page and first.best.recording.method in page


def test_a_clip_without_a_face_and_a_single_frame_are_one_sentence_each(tmp_path, store):
    empty = film(tmp_path / "empty.mp4", [np.full((160, 160, 3), 220, np.uint8)] * 4)
    single = film(tmp_path / "single.mp4", [blend(0.5)])
    for path, word in ((empty, "no face"), (single, "1 frames")):
        with pytest.raises(InputError, match=word):
            advise_clips([path], Plan(("h264",), (None,), (1,)), Criteria(("AU12",)), store)


def test_the_command_writes_its_advice_and_refuses_nonsense(smile, tmp_path, capsys):
    out = tmp_path / "advice.json"
    words = ["advise", str(smile), "--units", "AU12", "--keep", "0.8", "--change", "0.6"]
    words += ["--lost", "0.2", "--codecs", "h264", "--heights", "own", "--rates", "1"]
    words += [
        "--work",
        str(tmp_path / "work"),
        "--json",
        str(out),
        "--html",
        str(tmp_path / "a.html"),
    ]
    assert main(words) == 0
    assert "ffmpeg -i" in capsys.readouterr().out
    assert json.loads(out.read_text())["advice"]["ffmpeg"].startswith("ffmpeg")
    assert "What measuring twice does" in (tmp_path / "a.html").read_text()
    for wrong in (["--units", "AU99"], ["--heights", "tall"], ["--before", "h264"]):
        assert main([*words, *wrong]) == 2
        assert "Traceback" not in capsys.readouterr().err


def test_sizes_that_make_no_clip_smaller_are_not_searched():
    plan = Plan(("h264",), (None, 720, 480), (1,), faces=(240, 60))
    sizes = {"near": Size(480, 200.0), "far": Size(600, 50.0)}
    kept = plan.within(sizes)
    assert (kept.heights, kept.faces) == ((None, 480), (60,))
    with pytest.raises(InputError, match="at most 600 lines, and faces of at most 200 pixels"):
        Plan(("h264",), (1080,), (1,), faces=(240,)).within(sizes)


def test_clips_of_faces_of_two_sizes_get_a_command_each_below_their_names():
    attempt, _ = attempt_of({"h264": 30})
    sizes = {"near": Size(480, 240.0), "far": Size(480, 120.0), "farther": Size(480, 40.0)}
    plan = Plan(("h264",), (), (1,), faces=(60,))
    advice = advise(list(sizes), plan, Criteria(("AU12",)), attempt, [nothing()], sizes=sizes)
    assert advice.best.recording == Recording("h264", 30, face=60)
    assert "the face 60 pixels wide" in sentence(advice)
    lines = command_lines(advice.best.recording, sizes).splitlines()
    assert lines[0] == "# near" and "scale=-2:120 " in lines[1]
    assert lines[2] == "# far" and "scale=-2:240 " in lines[3]
    assert lines[4] == "# farther" and "scale" not in lines[5]
    alone = command_lines(advice.best.recording, {"near": sizes["near"]})
    assert alone == lines[1]
    row = table(advice).iloc[0]
    assert described_row(row) == described(advice.best.recording)
    assert described_row(json.loads(table(advice).to_json(orient="records"))[0]) == described_row(
        row
    )


def test_where_more_is_asked_than_the_meter_has_it_says_so():
    attempt, _ = attempt_of({"h264": 30})
    rough = nothing().assign(change=0.3)
    plan = Plan(("h264",), (None,), (1,))
    advice = advise(["a"], plan, Criteria(("AU12",)), attempt, [rough])
    assert advice.beyond_the_meter == ("AU12",)
    assert "largest mean change of 0.30 (AU12)" in meter_sentence(advice)
    assert "more than the meter has" in meter_sentence(advice)
    fine = advise(["a"], plan, Criteria(("AU12",)), attempt, [nothing()])
    assert fine.beyond_the_meter == () and "more than" not in meter_sentence(fine)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(("h264", "av1"), (None, 720), (1,), Recording("h264", 23)),
        Plan(("h264", "av1"), (), (2, 5), None, (240, 60), (("h264", "slow"),), "yuv420p10le", 25),
    ],
)
def test_the_command_for_a_terminal_asks_the_same(plan, tmp_path, monkeypatch):
    criteria = Criteria(("AU12", "AU45"), 0.85, 0.3, 0.02)
    words = shlex.split(advise_command(["here"], criteria, plan))
    asked = []
    monkeypatch.setattr("core.face.video_files.find_videos", lambda given: list(given))
    monkeypatch.setattr(
        "core.bridge.recording_work.advise_clips",
        lambda clips, plan, criteria, *_, **__: asked.append((plan, criteria)) or stop(),
    )
    (tmp_path / "here").touch()
    monkeypatch.chdir(tmp_path)
    assert main(words[3:]) == 2
    assert asked == [(plan, criteria)]


def stop():
    raise InputError("Enough.")


def test_a_preset_for_a_codec_that_is_not_tried_is_told():
    with pytest.raises(InputError, match="given for hevc, which is not among"):
        Plan(("h264",), presets=(("hevc", "slow"),))
    with pytest.raises(InputError, match="no preset 'fastest'"):
        Plan(("h264",), presets=(("h264", "fastest"),))


def test_a_smile_whose_course_is_known_is_read_from_what_is_advised(smile, store):
    """The hand-made clip smiles with a share that is known for every frame."""
    truth = np.sin(np.linspace(0, 2 * np.pi, 30)) ** 2
    criteria = Criteria(("AU12",), keep=0.9, change=0.5, lost=0.05)
    advice = advise_clips([smile], Plan(("h264",), (None,), (1,)), criteria, store)
    stored = stored_table(smile, advice.best.recording, store)[0]
    whole = original(smile, store)[0]
    assert np.corrcoef(whole["AU12"], truth)[0, 1] > 0.9
    assert np.corrcoef(stored["AU12"], truth)[0, 1] > 0.85
    assert advice.best.recording.quality > ENCODERS["h264"].fine, "the finest is no advice"
    agreed = agreement(whole, stored).units.loc["AU12"]
    assert advice.best.least_r == pytest.approx(agreed["r"]) and agreed["r"] >= 0.9
    assert advice.best.largest_change == pytest.approx(agreed["change"]) and agreed["change"] <= 0.5


def test_the_bytes_that_are_told_are_those_of_the_file(smile, store, tmp_path):
    recording = Recording("h264", 35)
    made = stored(smile, recording, store)
    store_recording(smile, recording, tmp_path / "out.mp4")
    assert made.file_bytes == (tmp_path / "out.mp4").stat().st_size
    assert made.seconds == pytest.approx(30 / 25)
    assert made.megabytes_a_minute == pytest.approx(made.file_bytes / (30 / 25) * 60 / 1e6)


@pytest.mark.slow
def test_the_shipped_advice_is_what_its_command_gives(store):
    """The printed line agrees as told within the meter's noise; also by an ffmpeg of another year."""
    (document,) = [d for d in shipped_advice() if d["clips"][0]["file"] == "sample.mp4"]
    clip = checkpoints.folder() / "gallery" / "sample.mp4"
    advice, units = document["advice"], document["criteria"]["units"]
    recording = Recording(**advice["recording"])
    assert ffmpeg_command(recording) == advice["ffmpeg"]
    whole, facts = original(clip, store)
    noise = pd.DataFrame(document["noise"], dtype=float, columns=["r", "change"]).set_axis(
        [row["unit"] for row in document["noise"]]
    )
    noise = noise.loc[units]
    ours, theirs = store.folder / "ours.mp4", store.folder / "theirs.mp4"
    store_recording(clip, recording, ours)
    assert ours.stat().st_size / facts["seconds"] * 60 / 1e6 == pytest.approx(
        advice["megabytes_a_minute"], rel=0.02
    )
    outputs = [ours]
    if shutil.which("ffmpeg"):
        line = advice["ffmpeg"].replace("IN.mp4", str(clip)).replace("OUT.mp4", str(theirs))
        subprocess.run([*shlex.split(line), "-loglevel", "error"], check=True)
        assert theirs.stat().st_size == pytest.approx(ours.stat().st_size, rel=0.35)
        outputs.append(theirs)
    for out in outputs:
        agreed = agreement(whole, measure_recording(out))
        assert agreed.lost_share <= document["criteria"]["lost"]
        least, largest = agreed.units.loc[units, "r"].min(), agreed.units.loc[units, "change"].max()
        assert least == pytest.approx(advice["least_r"], abs=1 - noise["r"].min())
        assert largest == pytest.approx(advice["largest_change"], abs=noise["change"].max())


def test_a_study_of_clips_is_made_told_and_read_back(smile, store, tmp_path):
    clips = []
    for number in range(6):
        share = 0.1 * (number % 3) + (0.7 if number > 2 else 0.0)
        clips.append(
            film(tmp_path / f"p{number}.mp4", [blend(share)] * 2 + [blend(share + 0.05)] * 2)
        )
    labels = "participant,label\n" + "".join(f"p{n},{n // 3}\n" for n in range(6))
    study = study_of(clips, labels.encode(), Recording("h264", 18), store)
    row = study.table.set_index("unit").loc["AU12"]
    assert row["effect"] == pytest.approx(row["original_effect"], rel=0.5)
    assert abs(row["original_effect"]) > 1
    criteria = Criteria(("AU12",), keep=0.5, change=2.0, lost=0.5)
    advice = advise_clips(clips, Plan(("h264",), (None,), (1,)), criteria, store)
    content = json_text(as_document(advice, clips, "the command", study)).encode()
    assert is_advice(content)
    again = read_study_of_advice(content, "advice.json")
    assert again.recording == advice.best.recording and again.clips == 6
    assert again.sentence == study.sentence
    for broken, sentence_ in (
        (json_text(as_document(advice, clips, "the command")).encode(), "compares no groups"),
        (b'{"schema": "expressrate/recording-advice/1"}', "is not what"),
    ):
        with pytest.raises(InputError, match=sentence_):
            read_study_of_advice(broken, "advice.json")
    assert not is_advice(b"[1]") and not is_advice(b"\xff")
    with pytest.raises(InputError, match="no label for 6 of 6"):
        study_of(clips, b"participant,label\nx,0\ny,1\n", Recording("h264", 18), store)
