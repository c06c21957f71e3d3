"""Advice on clips whose faces are known: measured, stored, measured again, and told."""

import json
import shlex
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from core import checkpoints
from core.bridge.__main__ import main
from core.bridge.advice import Criteria
from core.bridge.advice_document import (
    as_document,
    as_html,
    is_advice,
    read_study_of_advice,
    shipped_advice,
)
from core.bridge.encoders import ENCODERS
from core.bridge.meter import agreement, largest_noise, measure_recording, noise
from core.bridge.plan import Plan
from core.bridge.recording_study import study_of
from core.bridge.recording_work import advise_clips, original, stored, stored_table
from core.bridge.recordings import Recording, ffmpeg_command, store_recording
from core.cli import json_text
from core.errors import InputError
from tests.core.bridge.conftest import blend
from tests.core.face.film import film


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
