"""Advice on storing recordings: the meter, the search, what is said, and the command."""

import json

import numpy as np
import pandas as pd
import pytest

from core.bridge.__main__ import main
from core.bridge.advice import Criteria, Stored, advise, judge_recording
from core.bridge.advice_document import as_document, as_html
from core.bridge.advice_text import sentence, table
from core.bridge.encoders import ENCODERS
from core.bridge.meter import Agreement, agreement, largest_noise, measure_recording, noise
from core.bridge.plan import Plan, Search
from core.bridge.recording_work import advise_clips
from core.bridge.recordings import Recording
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


def stored(least_r, change, lost=0, size=1000):
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
            (clip, each): stored(
                0.95 if each.quality <= limits[each.method] else 0.5,
                0.1,
                size=100_000 // each.quality,
            )
            for clip, each in wanted
        }

    return attempt, tried


def nothing():
    return pd.DataFrame({"disturbance": "mirrored", "unit": UNITS, "r": 0.99, "change": 0.02})


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
    assert judge_recording(recording, {"a": stored(0.95, 0.1)}, criteria).passed
    for bad, reason in (
        (stored(0.89, 0.1), "r"), (stored(0.95, 0.26), "change"), (stored(0.95, 0.1, lost=2), "lost"),
        (stored(0.95, np.nan), "change"),
    ):  # fmt: skip
        judgement = judge_recording(recording, {"a": stored(0.99, 0.01), "b": bad}, criteria)
        assert not judgement.passed and (judgement.reason, judgement.clip) == (reason, "b")
    still = judge_recording(recording, {"a": stored(np.nan, 0.1)}, criteria)
    assert still.passed and np.isnan(still.least_r)


def test_megabytes_and_terabytes_are_those_of_the_files():
    judgement = judge_recording(
        Recording("h264", 30),
        {"a": stored(0.95, 0.1, size=2_000_000), "b": stored(0.95, 0.1, size=1_000_000)},
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
