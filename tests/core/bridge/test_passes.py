"""Clips through codecs: what is coded, what comes back, what is never done twice."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from core.bridge import store as storing
from core.bridge.__main__ import main
from core.bridge.drift import measures
from core.bridge.films import Film, play
from core.bridge.methods import CRF, methods
from core.bridge.passes import DriftSettings, code_frame
from core.bridge.windows import follow
from core.bridge.work import run
from core.errors import InputError
from core.facs import UNITS
from tests.paths import ROOT


def by_name(*names, steps=2):
    return methods(list(names), steps)


def status(words):
    """The exit status of a command, also where its words alone are refused."""
    try:
        return main(words)
    except SystemExit as refused:
        return refused.code


def box_drift(reference, coded, setting):
    """Mean change of confidence: it needs no estimator of units."""
    part = coded[coded["setting"] == setting].reset_index(drop=True)
    return np.abs(part["confidence"] - reference.table["confidence"]).mean()


def test_a_lossless_copy_has_no_drift_at_all(clip, store, quick):
    (original,) = by_name("original")
    reference = store.reference(clip, quick)
    assert list(reference.table["success"]) == [True, True, False] + [True] * 5
    coded = store.coded(clip, original, quick)
    same = ["frame", "time", "success", "confidence", *UNITS]
    assert coded[same].equals(reference.table[same])
    side = reference.windows.side
    sizes = coded["file_bytes"].to_numpy()
    assert sizes[2] == 0 and set(np.delete(sizes, 2)) == {3 * side**2}


def test_a_clip_at_the_top_drifts_less_than_at_the_bottom(clip, store, quick):
    reference = store.reference(clip, quick)
    for method in by_name("jpeg", "h264"):
        coded = store.coded(clip, method, quick)
        low, high = method.settings
        assert box_drift(reference, coded, high) < box_drift(reference, coded, low)
        bits = coded.groupby("setting")["file_bytes"].sum()
        assert bits[high] > 2 * bits[low]


@pytest.mark.parametrize("method", CRF)
def test_a_film_gives_back_as_many_frames_as_it_was_given(method):
    ramp = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)
    film = Film(method, CRF[method][1], 64, 25)
    for shift in range(5):
        film.add(np.roll(ramp, shift, axis=1))
    file = film.close()
    assert not hasattr(os, "sched_getscheduler") or os.sched_getscheduler(0) == os.SCHED_OTHER
    frames = list(play(file, method))
    assert len(frames) == 5
    assert np.abs(frames[4].astype(int) - np.roll(ramp, 4, axis=1)).mean() < 20


_MANY_FILMS = """
import numpy as np
from core.bridge.films import Film
rng = np.random.default_rng(0)
squares = rng.integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)
for _ in range(40):
    films = [Film("hevc", crf, 64, 6.0) for crf in (51, 34, 18)]
    for square in squares:
        for film in films:
            film.add(square)
    print(all(film.close() for film in films))
"""


def test_the_process_lives_through_many_short_hevc_films():
    done = subprocess.run(
        [sys.executable, "-c", _MANY_FILMS], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, "True\n" * 40), done.stderr


def test_the_learned_codec_codes_every_face_in_a_file_of_its_own(
    clip, store, quick, tiny, monkeypatch
):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tiny))
    found = {method.name for method in methods()}
    assert {"original", "baseline", "jpeg", "webp", "avif", "h264", "hevc", "av1"} == found
    (learned,) = by_name("baseline")
    coded = store.coded(clip, learned, DriftSettings(side=64, emotions=False, frames=3))
    faces = coded[coded["file_bytes"] > 0]
    assert len(coded) == 6 and len(faces) == 4
    assert (faces["file_bytes"] - faces["payload_bytes"] == 10).all()
    assert measures(coded)["AU12"].isna().all(), "no estimator here: missing, not 0"


def test_a_frame_comes_back_beside_its_original(clip, store, quick):
    reference = store.reference(clip, quick)
    for method in by_name("original", "jpeg", "h264"):
        before, after = code_frame(clip, reference, method, quick, method.settings[-1], 3)
        assert before.shape == after.shape == (reference.windows.side,) * 2 + (3,)
        error = np.abs(before.astype(int) - after).mean()
        assert (error == 0) if method.name == "original" else 0 < error < 20
    with pytest.raises(InputError, match="No face"):
        code_frame(clip, reference, method, quick, method.settings[-1], 2)


def test_what_is_finished_is_never_done_twice(clip, store, quick, monkeypatch):
    chosen = by_name("original", "jpeg")
    first = run([clip], chosen, quick, store)

    def fail(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(storing, "measure_reference", fail)
    monkeypatch.setattr(storing, "measure_coded", fail)
    again = run([clip], chosen, quick, store)
    assert again.drift.equals(first.drift)
    with pytest.raises(AssertionError, match="measured again"):
        run([clip], chosen, DriftSettings(emotions=False, every=2), store)


def test_work_that_was_cancelled_goes_on_where_it_was(clip, store, quick, monkeypatch):
    chosen = by_name("original", "jpeg")

    def cancel(done, total, text):
        if "jpeg" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([clip], chosen, quick, store, progress=cancel)
    assert store.is_done(clip, chosen[0], quick) and not store.is_done(clip, chosen[1], quick)
    monkeypatch.setattr(storing, "measure_reference", lambda *_: pytest.fail("measured again"))
    assert len(run([clip], chosen, quick, store).drift["name"].unique()) == 2


def test_a_damaged_piece_is_made_again(clip, store, quick):
    (original,) = by_name("original")
    first = store.coded(clip, original, quick)
    for file in store.folder.glob("*.parquet"):
        file.write_bytes(b"half")
    assert store.coded(clip, original, quick).equals(first)


def test_the_window_follows_the_face_and_stays_in_the_picture(clip, store, quick):
    table = store.reference(clip, quick).table
    moved = table.assign(face_left=table["face_left"] + 300, face_right=table["face_right"] + 300)
    windows = follow(moved, 160, 480)
    assert windows.side % 16 == 0 and windows.side <= 160
    assert (windows.corners[0] >= 0).all() and windows.corners[0, 1] + windows.side <= 480
    assert not windows.has_face(2)
    picture = np.arange(160 * 480 * 3, dtype=np.uint32).astype(np.uint8).reshape(160, 480, 3)
    cut = windows.cut(picture, 0, windows.side)
    assert np.array_equal(windows.paste(picture, cut, 0), picture)


def test_the_command_reports_bad_clips_at_the_end(clip, tmp_path, capsys):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    out = tmp_path / "out.json"
    words = ["drift", clip, bad, "--methods", "original", "jpeg", "--steps", "2", "--no-emotions"]
    words += ["--frames", "3", "--work", tmp_path / "work", "--json", out]
    assert main([str(word) for word in words]) == 1
    told = capsys.readouterr()
    assert "failed: bad" in told.err and "1 of 2 clips" in told.out
    made = json.loads(out.read_text())
    assert [failure["clip"] for failure in made["failed"]] == ["bad"]
    assert {row["name"] for row in made["drift"]} == {"original", "jpeg"}
    assert made["conclusion"] is None and len(made["headline"]) == 2


def test_what_cannot_be_used_is_told_with_status_two(clip, tmp_path, capsys):
    out = ["--json", str(tmp_path / "out.json")]
    for words in (
        ["drift", str(tmp_path / "nothing.mp4"), *out],
        ["drift", str(clip), "--methods", "bpg", *out],
        ["drift", str(clip), "--side", "17", *out],
        ["drift", str(clip), "--neutral", "soon", *out],
        ["drift", str(clip), "--steps", "1", *out],
        ["drift", str(clip), "--json", str(tmp_path)],
    ):
        assert status(words) == 2
        assert "Traceback" not in capsys.readouterr().err
