"""Whole recordings stored again: sizes, times, bytes, refusals, and the command that does the same."""

import shlex
import shutil
import subprocess
from dataclasses import replace

import av
import numpy as np
import pytest

from core.bridge.encoders import ENCODERS, pixel_formats
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


def odd_film(path):
    """Three pictures of 65 x 49 pixels, lossless."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 65, 49, "yuv444p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((49, 65, 3), 90, np.uint8), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def test_an_odd_size_is_refused_with_the_remedy_and_scaled_where_asked(tmp_path):
    source = odd_film(tmp_path / "odd.mkv")
    with pytest.raises(InputError, match=r"65 x 49 .* even sizes only: choose a height"):
        store_recording(source, Recording("h264", 30), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    store_recording(source, Recording("h264", 30, lines=48), tmp_path / "out.mp4")
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
        Recording("h264", 30, preset="veryfast", pixels="yuv444p", gop=6),
        Recording("hevc", 30, preset="fast", pixels="yuv420p10le", gop=6),
        Recording("av1", 45, preset="6", pixels="yuv420p10le", gop=8),
        Recording("mjpeg", 8, pixels="yuv422p"),
    ],
)
def test_ffmpeg_itself_gives_the_same_pictures_in_the_same_bytes(smile, tmp_path, recording):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    ours, theirs = tmp_path / f"ours{recording.suffix}", tmp_path / f"theirs{recording.suffix}"
    store_recording(smile, recording, ours)
    command = shlex.split(ffmpeg_command(recording, str(smile), str(theirs)))
    subprocess.run([*command, "-loglevel", "error"], check=True)
    near = 0.25 if recording.method == "av1" else 0.1  # three years of SVT-AV1 lie between the two
    assert ours.stat().st_size == pytest.approx(theirs.stat().st_size, rel=near)
    a, b = (np.stack([f[3] for f in frames(path)]).astype(int) for path in (ours, theirs))
    assert a.shape == b.shape and a.shape[1] in (SIDE, 96)
    assert np.abs(a - b).mean() < 3  # another version of an encoder decides a little otherwise


def test_a_face_gets_the_width_that_is_asked_for_and_is_never_enlarged():
    asked = Recording("h264", 30, face=60)
    assert asked.sized(720, 120).lines == 360
    assert asked.sized(722, 119).lines % 2 == 0
    assert asked.sized(480, 60) == asked.sized(480, 20) == Recording("h264", 30)
    assert Recording("h264", 30, lines=480).sized(480, 100).lines is None
    assert Recording("h264", 30, lines=480).sized(1080, 100).lines == 480
    chain = Recording("h264", 30, face=60, before=Recording("hevc", 25, lines=240)).sized(480, 240)
    assert (chain.lines, chain.before.lines) == (120, 240)
    for use in (ffmpeg_command, lambda each: store_recording("in.mp4", each, "out.mp4")):
        with pytest.raises(ValueError, match="lines for one clip"):
            use(asked)


@pytest.mark.parametrize(
    ("method", "preset"), [("h264", "veryslow"), ("hevc", "ultrafast"), ("av1", "12")]
)
def test_another_preset_makes_another_file_of_the_same_pictures(smile, tmp_path, method, preset):
    sizes = []
    for name in ("", preset):
        out = tmp_path / f"{name or 'usual'}.mp4"
        store_recording(smile, Recording(method, 30, preset=name), out)
        assert len(frames(out)) == 24
        sizes.append(out.stat().st_size)
    assert sizes[0] != sizes[1]


@pytest.mark.parametrize("method", ENCODERS)
def test_every_pixel_format_that_is_offered_is_written(smile, tmp_path, method):
    for pixels in pixel_formats(method):
        out = tmp_path / "out.mov"
        store_recording(smile, Recording(method, ENCODERS[method].fine + 8, pixels=pixels), out)
        with av.open(str(out)) as file:
            read = file.streams.video[0].format.name.replace("yuvj", "yuv")
        assert read == pixels or (pixels == "gray" and read == "yuv420p")  # as H.264 is decoded


def test_key_frames_come_as_often_as_asked(smile, tmp_path):
    for gop, keys in ((1, 24), (8, 3)):
        out = tmp_path / f"{gop}.mp4"
        store_recording(smile, Recording("h264", 30, gop=gop), out)
        with av.open(str(out)) as file:
            assert sum(packet.is_keyframe for packet in file.demux(video=0) if packet.size) == keys


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"preset": "fastest"}, r"libx264 has no preset 'fastest', only ultrafast, .* placebo\.$"),
        ({"method": "av1", "preset": "slow"}, "libsvtav1 has no preset 'slow'"),
        ({"method": "mjpeg", "quality": 5, "preset": "slow"}, "mjpeg has no presets"),
        ({"pixels": "rgb24"}, "pixel format is 'rgb24', not one of yuv420p"),
        ({"method": "av1", "pixels": "yuv444p"}, r"PyAV's libsvtav1 has no pixel format yuv444p"),
        ({"method": "mjpeg", "quality": 5, "pixels": "yuv420p10le"}, "no pixel format"),
        ({"gop": 0}, "key frame each 0 frames"),
        ({"face": 4}, "4 pixels wide"),
        ({"face": 60, "lines": 480}, "both a height and a width"),
    ],
)
def test_what_an_encoder_lacks_is_one_sentence(wrong, sentence):
    with pytest.raises(InputError, match=sentence) as told:
        Recording(**{"method": "h264", "quality": 30, **wrong})
    assert str(told.value).count(".") == 1


def test_an_encoder_that_this_pyav_lacks_is_named(monkeypatch):
    monkeypatch.setitem(ENCODERS, "h264", replace(ENCODERS["h264"], name="libnothing"))
    with pytest.raises(InputError, match="without the encoder libnothing"):
        Recording("h264", 30, pixels="yuv444p")


def test_an_odd_size_is_held_where_colours_are_not_halved(tmp_path):
    source = odd_film(tmp_path / "odd.mkv")
    store_recording(source, Recording("h264", 30, pixels="yuv444p"), tmp_path / "out.mp4")
    assert frames(tmp_path / "out.mp4")[0][1:3] == (65, 49)
    with pytest.raises(InputError, match="yuv422p holds even sizes only"):
        store_recording(source, Recording("h264", 30, pixels="yuv422p"), tmp_path / "out.mp4")


@pytest.mark.parametrize("method", ENCODERS)
def test_a_ladder_of_rate_factors_is_monotone_in_bytes(smile, tmp_path, method):
    encoder = ENCODERS[method]
    ladder = np.linspace(encoder.fine, encoder.coarse, 8).round().astype(int)
    sizes = []
    for quality in ladder:
        out = tmp_path / f"{quality}.mov"
        store_recording(smile, Recording(method, int(quality)), out)
        sizes.append(out.stat().st_size)
    assert (np.diff(sizes) < 0).all()
