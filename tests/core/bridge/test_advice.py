"""Advice on storing recordings: the meter, the search, what is said, and the command."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest

from core.bridge.__main__ import main
from core.bridge.advice import Criteria, Stored, advise, judge_recording
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
from core.bridge.meter import Agreement, agreement
from core.bridge.plan import Plan, Search, Size
from core.bridge.recordings import Recording
from core.errors import InputError
from core.facs import UNITS


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
