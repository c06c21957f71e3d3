"""When rows were: no time is guessed, and what was done about an odd one is said."""

import numpy as np
import pytest

from core.cohort.tables.clock import rate_bracket
from core.cohort.tables.parsing import TableReading, parse


def pyfeat(fps, frames, step=1, start=0):
    """A py-feat table whose times are whole seconds."""
    lines = ["FaceRectX,FaceScore,AU06,AU12,frame,approx_time"]
    for frame in range(0, frames, step):
        second = int(start + frame / fps)
        lines.append(f"1,0.99,0.5,0.25,{frame},{second // 60:02d}:{second % 60:02d}")
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 50])
@pytest.mark.parametrize("step", [1, 2])
def test_whole_seconds_give_the_rate_of_usual_cameras(fps, step):
    parsed = parse("a.csv", pyfeat(fps, fps * 4, step))
    assert parsed.rate == pytest.approx(fps / step, rel=0.002)
    assert [p.kind for p in parsed.problems] == ["coarse time"]


def test_a_short_clip_at_25_is_no_clip_at_19():
    parsed = parse("a.csv", pyfeat(25, 40, 2))
    np.testing.assert_allclose(parsed.frames["time"].iloc[-1], 38 / 25)


def test_where_many_rates_fit_the_right_one_is_asked_for():
    parsed = parse("a.csv", pyfeat(25, 20))
    assert parsed.frames["time"].isna().all()
    assert "give the right number" in parsed.problems[0].text
    named = parse("a.csv", pyfeat(25, 20), TableReading(fps=25))
    assert named.frames["time"].iloc[-1] == pytest.approx(19 / 25)


def test_the_bracket_holds_the_truth_wherever_the_clock_began():
    rng = np.random.default_rng(0)
    for _ in range(200):
        fps, start, frames = rng.uniform(5, 120), rng.uniform(0, 5), rng.integers(50, 900)
        frame = np.arange(frames)
        second = np.floor(start + frame / fps)
        if start >= 1 or second[0] == 0 == start:
            low, high = rate_bracket(frame, second)
            assert low < fps <= high


def openface(times):
    rows = "".join(f"{i + 1},{t},0.9,1,1,1\n" for i, t in enumerate(times))
    return f"frame,timestamp,confidence,success,AU06_r,AU12_r\n{rows}".encode()


def test_times_that_contradict_the_rate_that_was_named_are_replaced_and_told():
    parsed = parse("a.csv", openface([0, 0.001, 0.002, 0.003]), TableReading(fps=25))
    np.testing.assert_allclose(parsed.frames["time"], np.arange(4) / 25)
    assert "replaced" in parsed.problems[0].text
    agreeing = parse("a.csv", openface([0, 0.041, 0.08, 0.12]), TableReading(fps=25))
    assert agreeing.problems == () and agreeing.frames["time"][1] == 0.041


def test_frames_two_seconds_apart_stay_two_seconds_apart():
    parsed = parse("a.csv", openface([0, 2, 4, 6]))
    np.testing.assert_allclose(parsed.frames["time"], [0, 2, 4, 6])
    assert "0.5 frames per second" in parsed.problems[0].text


def test_a_clock_that_starts_late_is_kept_and_told():
    parsed = parse("a.csv", openface([3600, 3600.04, 3600.08]))
    assert parsed.frames["time"][0] == 3600
    assert [p.kind for p in parsed.problems] == ["late clock"]


def test_thinning_takes_means_and_keeps_what_is_missing_missing():
    rows = [0.0, 0.04, 0.08, 0.12, 0.16]
    raw = openface(rows).replace(b"2,0.04,0.9,1,1,1", b"2,0.04,0.9,1,3,1")
    parsed = parse("a.csv", raw, TableReading(thin=12.5))
    assert parsed.frames["AU06"].tolist() == [2.0, 1.0, 1.0]
    assert parsed.frames["time"].tolist() == [0.0, 0.08, 0.16]
    assert parsed.rate == pytest.approx(12.5)
