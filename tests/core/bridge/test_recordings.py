"""Whole recordings stored again: sizes, times, bytes, refusals, and the command that does the same."""

import shlex
import shutil
import subprocess

import av
import numpy as np
import pytest

from core.bridge.encoders import ENCODERS
from core.bridge.recordings import (
    Recording,
    ffmpeg_command,
    read_recording,
    store_recording,
)
from core.errors import InputError
from tests.core.bridge.conftest import SIDE, blend
from tests.core.face.film import film


@pytest.fixture(scope="module")
def smile(tmp_path_factory):
    """A smile that comes and goes, 24 frames of 160 x 160, nearly lossless."""
    shares = np.sin(np.linspace(0, np.pi, 24)) ** 2
    path = tmp_path_factory.mktemp("recordings") / "smile.mp4"
    return film(path, [blend(share) for share in shares])


def frames(path):
    with av.open(str(path)) as file:
        return [
            (f.time, f.width, f.height, f.to_ndarray(format="rgb24")) for f in file.decode(video=0)
        ]


@pytest.mark.parametrize("method", ENCODERS)
def test_every_codec_gives_all_frames_back_at_their_times(smile, tmp_path, method):
    recording = Recording(method, ENCODERS[method].fine)
    out = tmp_path / f"out{recording.suffix}"
    store_recording(smile, recording, out)
    before, after = frames(smile), frames(out)
    assert [time for time, *_ in after] == pytest.approx([time for time, *_ in before], abs=2e-3)
    errors = [np.abs(a[3].astype(int) - b[3]).mean() for a, b in zip(before, after, strict=True)]
    assert max(errors) < 3


@pytest.mark.parametrize("method", ENCODERS)
def test_a_coarser_setting_takes_fewer_bytes(smile, tmp_path, method):
    encoder = ENCODERS[method]
    sizes = []
    for quality in (encoder.fine, (encoder.fine + encoder.coarse) // 2, encoder.coarse):
        out = tmp_path / f"{quality}.mov"
        store_recording(smile, Recording(method, quality), out)
        sizes.append(out.stat().st_size)
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_height_and_frame_rate_are_those_asked_for(smile, tmp_path):
    out = tmp_path / "small.mp4"
    store_recording(smile, Recording("h264", 30, lines=96, every=3), out)
    found = frames(out)
    assert {(width, height) for _, width, height, _ in found} == {(96, 96)}
    assert [time for time, *_ in found] == pytest.approx(np.arange(8) * 3 / 25, abs=2e-3)


def test_a_turned_recording_is_stored_upright(tmp_path):
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :48] = 255
    source = film(tmp_path / "turned.mp4", [picture] * 3, turn=90)
    with av.open(str(source)) as file:
        (turn,) = {frame.rotation % 360 for frame in file.decode(video=0)}
    out = tmp_path / "upright.mp4"
    store_recording(source, Recording("h264", 18), out)
    stored = frames(out)[0]
    upright = np.rot90(picture, turn // 90)
    assert stored[1:3] == (64, 96)
    assert np.abs(stored[3].astype(int) - upright).mean() < 12


def test_a_variable_rate_is_kept(tmp_path):
    times = [0, 40, 80, 400, 440, 900]
    source = film(tmp_path / "variable.mkv", [blend(0.1 * n) for n in range(6)], times=times)
    out = tmp_path / "out.mp4"
    store_recording(source, Recording("h264", 28), out)
    assert [time for time, *_ in frames(out)] == pytest.approx(np.array(times) / 1000, abs=2e-3)


def test_a_chain_of_two_loses_more_than_its_last_step_alone(smile, tmp_path):
    original = np.stack([f[3] for f in frames(smile)]).astype(int)
    errors = []
    for before in (None, Recording("h264", 48)):
        out = tmp_path / f"{before is None}.mp4"
        store_recording(smile, Recording("h264", 20, before=before), out)
        errors.append(np.abs(np.stack([f[3] for f in frames(out)]) - original).mean())
    assert errors[1] > 1.5 * errors[0]
    assert [p.name for p in tmp_path.iterdir() if "first" in p.name] == []


def test_an_odd_size_is_refused_with_the_remedy_and_scaled_where_asked(tmp_path):
    with av.open(str(tmp_path / "odd.mkv"), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 65, 49, "yuv444p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((49, 65, 3), 90, np.uint8), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    with pytest.raises(InputError, match=r"65 x 49 .* even sizes only: choose a height"):
        store_recording(tmp_path / "odd.mkv", Recording("h264", 30), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    store_recording(tmp_path / "odd.mkv", Recording("h264", 30, lines=48), tmp_path / "out.mp4")
    assert frames(tmp_path / "out.mp4")[0][1:3] == (64, 48)


def test_a_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / "text.mp4").write_text("not a film")
    with pytest.raises(InputError, match=r"text\.mp4"):
        store_recording(tmp_path / "text.mp4", Recording("h264", 30), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    "wrong",
    [("bpg", 30), ("h264", 99), ("h264", 3), ("h264", 30, 481), ("h264", 30, None, 0)],
)
def test_a_setting_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError, match="cannot be stored like that"):
        Recording(*wrong)


def test_a_setting_is_read_from_words():
    assert read_recording("h264:35:480") == Recording("h264", 35, 480)
    assert read_recording("av1:50") == Recording("av1", 50)
    for wrong in ("h264", "h264:x", "h264:3:4:5", "", "bpg:30"):
        with pytest.raises(InputError):
            read_recording(wrong)


def test_the_printed_command_names_everything():
    words = shlex.split(ffmpeg_command(Recording("hevc", 34, 480, 2), "my clip.mp4"))
    assert words[:3] == ["ffmpeg", "-i", "my clip.mp4"]
    assert words[words.index("-vf") + 1] == "select=not(mod(n\\,2)),scale=-2:480"
    assert words[words.index("-crf") + 1] == "34" and words[words.index("-c:v") + 1] == "libx265"


@pytest.mark.parametrize(
    "recording",
    [
        Recording("h264", 30),
        Recording("hevc", 30),
        Recording("h264", 30, 96, 2),
        Recording("av1", 45),
        Recording("mjpeg", 8),
    ],
)
def test_ffmpeg_itself_gives_the_same_pictures_in_the_same_bytes(smile, tmp_path, recording):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    ours, theirs = tmp_path / f"ours{recording.suffix}", tmp_path / f"theirs{recording.suffix}"
    store_recording(smile, recording, ours)
    command = shlex.split(ffmpeg_command(recording, str(smile), str(theirs)))
    subprocess.run([*command, "-loglevel", "error"], check=True)
    assert ours.stat().st_size == pytest.approx(theirs.stat().st_size, rel=0.1)
    a, b = (np.stack([f[3] for f in frames(path)]).astype(int) for path in (ours, theirs))
    assert a.shape == b.shape and a.shape[1] in (SIDE, 96)
    assert np.abs(a - b).mean() < 3  # another version of an encoder decides a little otherwise
