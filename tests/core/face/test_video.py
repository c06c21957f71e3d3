import gc
import resource
import wave
import weakref

import numpy as np
import pytest

from core.errors import InputError
from core.face.ledger import Times
from core.face.video import open_video, prefetch, read_frame
from tests.core.face.film import film

CORNERS = {
    "top left": (4, 4),
    "top right": (4, -5),
    "bottom left": (-5, 4),
    "bottom right": (-5, -5),
}


def marked(count: int = 6, height: int = 64, width: int = 96) -> list[np.ndarray]:
    """Dark pictures, a bright mark in the top left corner, a brightness that counts up."""
    pictures = []
    for number in range(count):
        picture = np.full((height, width, 3), 20 + 36 * number, np.uint8)
        picture[: height // 4, : width // 4] = 250
        pictures.append(picture)
    return pictures


def bright_corner(picture: np.ndarray) -> str:
    return max(CORNERS, key=lambda name: picture[CORNERS[name]].mean())


def read(path):
    with open_video(path) as video:
        return video.facts, list(video), video


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("mkv", "libx265"), ("webm", "libvpx-vp9"),
     ("avi", "mjpeg"), ("gif", "gif")],
)  # fmt: skip
def test_every_container_gives_its_frames_in_order(tmp_path, suffix, codec):
    facts, frames, _ = read(film(tmp_path / f"clip.{suffix}", marked(), codec=codec))
    assert [frame.number for frame in frames] == list(range(6))
    assert np.allclose([frame.time for frame in frames], np.arange(6) / 25, atol=0.002)
    assert (facts.height, facts.width) == (64, 96)
    levels = [frame.picture[-24:, -24:].mean() for frame in frames]
    assert (np.diff(levels) > 0).all()
    assert bright_corner(frames[0].picture) == "top left"


def test_frames_that_were_read_are_not_kept(tmp_path):
    clip = film(tmp_path / "clip.mp4", [np.zeros((480, 640, 3), np.uint8)] * 300)
    with open_video(clip) as video, prefetch(video) as frames:
        pictures = [weakref.ref(frame.picture) for frame in frames]
    assert len(pictures) == 300
    gc.disable()
    try:
        assert sum(picture() is not None for picture in pictures) <= 1
        held = sum(type(thing).__name__ == "VideoFrame" for thing in gc.get_objects())
    finally:
        gc.enable()
    assert held < 10, "decoded frames wait for a garbage collection"


@pytest.mark.parametrize(
    ("turn", "corner", "shape"),
    [(0, "top left", (64, 96)), (90, "bottom left", (96, 64)),
     (180, "bottom right", (64, 96)), (270, "top right", (96, 64))],
)  # fmt: skip
def test_the_rotation_of_a_phone_is_applied(tmp_path, turn, corner, shape):
    facts, frames, _ = read(film(tmp_path / "clip.mp4", marked(3), turn=turn))
    assert frames[0].picture.shape[:2] == shape == (facts.height, facts.width)
    assert bright_corner(frames[0].picture) == corner


def test_times_of_a_variable_rate_come_from_the_container(tmp_path):
    times = [0, 40, 55, 200, 230, 301]
    _, frames, _ = read(film(tmp_path / "clip.mkv", marked(), times=times))
    assert [round(1000 * frame.time) for frame in frames] == times


def test_one_frame_is_a_video(tmp_path):
    facts, frames, _ = read(film(tmp_path / "clip.mp4", marked(1)))
    assert [frame.time for frame in frames] == [0.0]
    assert facts.expected == 1


def test_tiny_pictures_are_read(tmp_path):
    _, frames, _ = read(film(tmp_path / "clip.avi", marked(2, 8, 8), codec="mjpeg"))
    assert [frame.picture.shape for frame in frames] == [(8, 8, 3)] * 2


def test_huge_pictures_are_refused_with_their_size(tmp_path):
    path = film(tmp_path / "clip.avi", marked(1, 16, 9000), codec="png")
    with pytest.raises(InputError, match=r"9000x16.*8192"):
        read(path)


def test_what_is_no_video_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video at all\n" * 50)
    whole = film(tmp_path / "whole.mp4", marked(30)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 3])
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000))
    for name, told in {
        "missing.mp4": "not a file",
        "empty.mp4": "is empty",
        "text.mp4": "not a video",
        "cut.mp4": "cut off",
        "sound.wav": "sound only",
    }.items():
        with pytest.raises(InputError, match=told) as caught:
            read(tmp_path / name)
        assert name in str(caught.value)


def test_a_file_that_breaks_off_gives_the_frames_that_arrived(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (20, 64, 96, 3), dtype=np.uint8)
    whole = film(tmp_path / "whole.mkv", list(noise)).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    _, frames, _ = read(tmp_path / "cut.mkv")
    assert 3 < len(frames) < 20


def test_memory_does_not_grow_with_the_length_of_a_video(tmp_path):
    pictures = [np.full((480, 640, 3), level % 200, np.uint8) for level in range(240)]
    path = film(tmp_path / "clip.mp4", pictures)
    del pictures
    peaks = []
    with open_video(path) as video:
        for frame in video:
            if frame.number in (40, 239):
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert peaks[1] - peaks[0] < 20_000  # kB; the pictures between would take 180,000


def judged(steps):
    times = Times()
    for time in np.cumsum([0.0, *steps]):
        times.add(time)
    return times.irregularities()


def test_gaps_in_a_constant_rate_are_dropped_frames():
    assert judged([0.04] * 20 + [0.12] + [0.04] * 20) == (2, 0, False)


def test_a_rate_that_varies_by_design_has_no_dropped_frames():
    assert judged([0.02, 0.05, 0.033, 0.06, 0.027, 0.09]) == (0, 0, True)


def test_times_rounded_to_milliseconds_are_a_constant_rate():
    steps = np.diff(np.round(np.arange(100) / 29.97, 3))
    assert judged(steps) == (0, 0, False)


def test_a_frame_that_is_not_later_is_a_duplicate():
    assert judged([0.04] * 10 + [0.0] + [0.04] * 10) == (0, 1, False)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "libx264"), (".webm", "libvpx-vp9"), (".avi", "mjpeg"), (".gif", "gif")],
)
def test_a_single_frame_is_the_one_that_reading_through_gives(tmp_path, suffix, codec):
    path = film(tmp_path / f"clip{suffix}", marked(6), codec=codec)
    _, frames, _ = read(path)
    for frame in (frames[4], frames[0], frames[-1]):
        np.testing.assert_array_equal(read_frame(path, frame.time), frame.picture)


def test_a_single_frame_of_a_turned_clip_is_upright(tmp_path):
    path = film(tmp_path / "turned.mp4", marked(3), turn=90)
    _, frames, _ = read(path)
    np.testing.assert_array_equal(read_frame(path, frames[1].time), frames[1].picture)


def test_a_time_between_or_after_the_frames_gives_the_nearest(tmp_path):
    path = film(tmp_path / "odd.mp4", marked(4), times=[0, 40, 400, 440])
    _, frames, _ = read(path)
    np.testing.assert_array_equal(read_frame(path, 0.06), frames[1].picture)
    np.testing.assert_array_equal(read_frame(path, 0.38), frames[2].picture)
    np.testing.assert_array_equal(read_frame(path, 99.0), frames[3].picture)
